"""Revocations: which sessions and users no longer count, as the service's feed tells it.

A session that ended never comes back, so all tokens with its `sid` are refused. A user may come
back, after a ban was lifted, so an entry of a user made `at` a moment refuses the tokens issued up
to then. `iat` is in whole seconds, cut off: a token with the `iat` of the second of `at` may have
been issued before or after it. It is refused: a person who is let in again within the same second
logs in once more, where the other choice would let a banned one go on. Should the clock of the
machine that signed be ahead of the one that banned, the entry of the user misses a token; the ban
also ended each session, and those entries know no time.
"""

import json
import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from attrs import define, field, frozen

from wxlogin.guard.claims import Claims
from wxlogin.guard.outage import Outage
from wxlogin.guard.wire import Answer, Ask

PATH = "/v1/revocations"
_HINTS = {
    401: "the service token is not the one in WXLOGIN_SERVICE_TOKEN",
    404: "WXLOGIN_SERVICE_TOKEN is not set on the service",
}


@frozen
class Ended:
    """Why, when by the service's clock, and when it became known here; Unix seconds."""

    reason: str
    at: float
    known_at: float


@define(eq=False)
class Revocations:
    """What the feed told. Written by one caller at a time (see `Lane`), read by any number.

    An entry is kept for `forget_after` seconds after it became known. Every token it could concern
    is as old by then, and such old ones do not count (see `outlives`). While the feed cannot be
    asked all that is known stays in force.
    """

    service_token: str = field(repr=False)
    forget_after: float = 86_460.0
    known_at: float = field(default=-math.inf, init=False)
    tried: bool = field(default=False, init=False)
    _sessions: dict[str, Ended] = field(factory=dict, init=False, repr=False)
    _users: dict[str, Ended] = field(factory=dict, init=False, repr=False)
    _since: str | None = field(default=None, init=False, repr=False)
    _outage: Outage = field(factory=lambda: Outage("revocations"), init=False, repr=False)

    def ended(self, claims: Claims) -> str | None:
        """Answers the reason why a token no longer counts, or None while it does."""
        if end := self._sessions.get(claims.sid):
            return end.reason
        end = self._users.get(claims.sub)
        if end is not None and claims.raw["iat"] <= end.at:
            return end.reason
        return None

    def outlives(self, claims: Claims, now: float) -> bool:
        """Tells whether a token is so old that its end could be forgotten again."""
        return bool(now >= claims.raw["iat"] + self.forget_after)

    def age_seconds(self, now: float) -> float:
        """Answers how long ago the service was asked with success; infinity when never."""
        return max(0.0, now - self.known_at)

    def ask(self) -> Ask:
        """Answers the question to put to the service."""
        query = {} if self._since is None else {"since": self._since}
        return Ask(PATH, query, {"authorization": f"Bearer {self.service_token}"})

    def took(self, answer: Answer, now: float) -> None:
        """Takes the service's answer to a question put at `now`."""
        self.tried = True
        if answer.status == 200:  # noqa: PLR2004 - the one good status
            try:
                self._note(answer.body, now)
            except (ValueError, RecursionError):
                self._outage.goes_on("not the feed of wxlogin")
            else:
                self.known_at = now
                self._outage.ends()
        else:
            if answer.status == 400:  # noqa: PLR2004 - it no longer knows our place in the feed
                self._since = None
            hint = _HINTS.get(answer.status, f"status {answer.status}")
            self._outage.goes_on(answer.error or hint)
        self._drop_forgotten(now)

    def _note(self, body: bytes, now: float) -> None:
        match json.loads(body):
            case {"revocations": list(entries), "next": str(following)}:
                for kind, name, end in _read(entries, now):
                    self._add(self._sessions if kind == "session" else self._users, name, end)
                self._since = following
            case _:
                raise ValueError("not the feed")

    def _add(self, ends: dict[str, Ended], name: str, end: Ended) -> None:
        """Entries come several times: only a later end of a user changes anything."""
        before = ends.get(name)
        if before is None or (ends is self._users and end.at > before.at):
            ends.pop(name, None)  # so that the oldest stay in front
            ends[name] = end

    def _drop_forgotten(self, now: float) -> None:
        for ends in (self._sessions, self._users):
            while ends:
                oldest = next(iter(ends))
                if now < ends[oldest].known_at + self.forget_after:
                    break
                del ends[oldest]


def _read(entries: list[Any], now: float) -> Iterator[tuple[str, str, Ended]]:
    """Kinds that a later wxlogin may add are passed over; an odd moment counts as now."""
    for entry in entries:
        match entry:
            case {"kind": ("session" | "user") as kind, "id": str(name)}:
                reason = entry.get("reason")
                said = reason if isinstance(reason, str) else "revoked"
                yield kind, name, Ended(said, _moment(entry.get("at"), now), now)


def _moment(text: Any, now: float) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return now
    return now if moment.tzinfo is None else moment.timestamp()
