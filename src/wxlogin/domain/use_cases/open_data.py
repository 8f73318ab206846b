"""ReadOpenData: what WeChat encrypted on a person's phone, decrypted for their own client.

Wechat docs: 开放数据校验与解密. One and the same refusal for whatever is wrong: who could tell bad
padding from a bad key would learn to decrypt (a padding oracle).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import field, frozen

from wxlogin.domain.errors import NotFound, OpenDataInvalid
from wxlogin.domain.ports.ambient import Clock, Fact, Journal
from wxlogin.domain.ports.ledger import Claim, Ledger
from wxlogin.domain.ports.open_data import OpenDataReader
from wxlogin.domain.ports.sessions import SessionRepository
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.use_cases.authenticate import Authenticate, Caller

MOST_AGE = timedelta(minutes=10)
"""How far the watermark's moment may be from now; so long a piece is remembered as shown."""

MARKS = {
    "phone": "phoneNumber",
    "werun": "stepInfoList",
    "group": "openGId",
    "user": "nickName",
}
"""By which field each kind of open data is known; what has none of them is `other`."""
KINDS = (*MARKS, "other")
_PURPOSE = "open_data"


@frozen
class ReadOpenData:
    """Decrypts open data of the kinds an app declares, by the current or the previous key."""

    authenticate: Authenticate
    sessions: SessionRepository
    reader: OpenDataReader
    ledger: Ledger
    vault: Vault
    clock: Clock
    journal: Journal
    declared: Mapping[str, frozenset[str]] = field(factory=dict)

    async def __call__(
        self, *, token: str | None, encrypted: bytes, iv: bytes, kind: str | None = None
    ) -> Mapping[str, Any]:
        """Answers the object that was encrypted.

        Raises:
            NotFound: the app declares no open data.
            OpenDataInvalid: whatever is wrong with it, and when it was shown before.
        """
        caller = await self.authenticate(token)
        kinds = self.declared.get(caller.session.appid)
        if not kinds:
            raise NotFound
        now = self.clock.now()
        keys = await self.sessions.session_keys(caller.session, now)
        read = [self.reader.read(key, encrypted, iv) for key in keys]
        found = next((each for each in read if each is not None), None)
        why = _why_not(found, caller, now)
        if found is not None and why is None:
            what = next((name for name, mark in MARKS.items() if mark in found), "other")
            if what not in kinds or kind not in {None, what}:
                why = "undeclared"
            elif not await self._first_time(encrypted, now):
                why = "repeated"
        self._note(caller, why or "ok")
        if found is None or why is not None:
            raise OpenDataInvalid
        return found

    async def _first_time(self, encrypted: bytes, now: datetime) -> bool:
        spent = self.vault.index(encrypted, purpose=_PURPOSE)
        return await self.ledger.claim(Claim(spent, None, ""), now, now + 2 * MOST_AGE) is None

    def _note(self, caller: Caller, outcome: str) -> None:
        self.journal.record(
            Fact("open_data", outcome, appid=caller.session.appid, user_id=caller.user.id)
        )


def _why_not(found: Mapping[str, Any] | None, caller: Caller, now: datetime) -> str | None:
    if found is None:
        return "unreadable"
    mark = found.get("watermark")
    if not isinstance(mark, dict) or mark.get("appid") != caller.session.appid:
        return "other_app"
    seconds = mark.get("timestamp")
    if not isinstance(seconds, int) or not 0 <= seconds < 1 << 33:
        return "stale"
    made = datetime.fromtimestamp(seconds, UTC)
    return "stale" if abs(now - made) > MOST_AGE else None
