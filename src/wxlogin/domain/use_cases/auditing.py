"""What of all facts goes into the audit trail, and in which form."""

from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Network, ip_address

from attrs import frozen

from wxlogin.domain.ports.ambient import Fact
from wxlogin.domain.ports.audit import Actor, AuditEvent, AuditWord

AUDITED = {
    "login": AuditWord.LOGIN,
    "register": AuditWord.REGISTER,
    "refresh_reuse_detected": AuditWord.REUSE_DETECTED,
    "refresh_superseded": AuditWord.SUPERSEDED,
    "logout": AuditWord.LOGOUT,
    "session_ended": AuditWord.KICKED,
    "ban": AuditWord.BANNED,
    "unban": AuditWord.UNBANNED,
    "leave": AuditWord.LEAVING,
    "restore": AuditWord.RESTORED,
    "erase": AuditWord.ERASED,
    "phone_moved": AuditWord.PHONE_MOVED,
    "merge": AuditWord.MERGED,
    "unmerge": AuditWord.UNMERGED,
    "identity_removed": AuditWord.IDENTITY_REMOVED,
    "key_staged": AuditWord.KEY_STAGED,
    "keys_rotated": AuditWord.KEYS_ROTATED,
}
"""The facts of the trail. Ordinary refreshes are not among them: they would drown the rest."""

_BY_ANOTHER = {("phone_moved", "lost")}
"""What somebody else's wish did to the user of the entry: that one's address is not theirs."""
_WELL = "ok"
_KEPT_BITS = 48


@frozen
class Heard:
    """A fact of the trail with its moment, and the address of whoever asked; None: nobody did."""

    fact: Fact
    at: datetime
    client: str | None


def entry(heard: Heard, event_id: str, unasked: Actor) -> AuditEvent:
    """Answers the entry of a fact; `unasked` is who acts when nobody asked over the network."""
    fact, client = heard.fact, heard.client
    if (fact.name, fact.outcome) in _BY_ANOTHER:
        client, unasked = None, Actor.SERVICE
    word = AUDITED[fact.name]
    if word is AuditWord.LOGIN and fact.outcome != _WELL:
        word = AuditWord.LOGIN_REFUSED
    return AuditEvent(
        id=event_id,
        at=heard.at,
        event=word,
        actor=unasked if client is None else Actor.SELF,
        reason="" if fact.outcome == _WELL else fact.outcome,
        appid=fact.appid,
        user_id=fact.user_id,
        sid=fact.sid,
        client=masked(client or ""),
    )


@lru_cache(maxsize=4096)
def masked(client: str) -> str:
    """Answers an address without what tells one household from its neighbours.

    That is IPv4 with a last octet of 0, IPv6 cut to its /48, and nothing of what is no address.
    """
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return ""
    mapped = address if isinstance(address, IPv4Address) else address.ipv4_mapped
    if mapped is not None:
        return f"{str(mapped).rpartition('.')[0]}.0"
    return str(IPv6Network((str(address), _KEPT_BITS), strict=False).network_address)
