"""Crowd: when more come than one process can serve, who is refused, and with which words.

Refusing must cost next to nothing, or a crowd ten times too big would leave no time to serve
anybody. So it is decided before a request is even read, and the words are prepared.
"""

from collections.abc import Callable, Sized
from itertools import cycle
from time import perf_counter

import structlog
from attrs import define, field, frozen

from wxlogin.domain.errors import Overloaded
from wxlogin.domain.ports.ambient import Ids
from wxlogin.entrypoints.web.door import standing_headers
from wxlogin.entrypoints.web.errors import problem
from wxlogin.entrypoints.web.language import Language
from wxlogin.entrypoints.web.wishes import DoorPolicy

MOST = 512
"""Requests that may keep a process and its database busy at once. A few dozen would do; the rest is
room for bursts, for a pause of the database, and for one that is far away."""
_RETRY_SECONDS = (1, 2, 3, 4, 5)
"""In turn, so that those who were refused together do not come back together."""
_TELL_SECONDS = 1.0
_ID = "request-id-goes-here"

ANY_ROUTE, REASON = "*", "crowd"
"""What the metrics call the route of a request that was not read, and why it was refused."""

_log = structlog.get_logger("wxlogin.access")


@frozen
class Words:
    """A prepared 503 `overloaded`, whole but for the request's id and the body's length."""

    headers: tuple[tuple[bytes, bytes], ...]
    before: bytes
    after: bytes
    lines: bytes = field(init=False)
    """The headers as they are written."""

    @lines.default
    def _as_written(self) -> bytes:
        return b"".join(b"%s: %s\r\n" % header for header in self.headers)

    def body(self, request_id: bytes) -> bytes:
        """Answers the body for one request."""
        return self.before + request_id + self.after


@define(eq=False)
class Crowd:
    """Says when to refuse.

    `under_way` are the requests under way in this process. Those that wait for WeChat (counted by
    `elsewhere`, and bounded by their own gate) or for the rest of their body (`unread`) keep
    nothing busy and do not count: neither a silent WeChat nor slow clients make a crowd.
    """

    policy: DoorPolicy
    ids: Ids = field(repr=False)
    refused: Callable[[str, str, str], None] = field(repr=False)
    elsewhere: Callable[[], int] = field(repr=False)
    under_way: Sized = field(default=(), init=False, repr=False)
    unread: int = field(default=0, init=False)
    _untold: int = field(default=0, init=False)
    _told_at: float = field(default=0.0, init=False)
    _words: dict[Language, "cycle[Words]"] = field(init=False, repr=False)

    @_words.default
    def _prepared(self) -> dict[Language, "cycle[Words]"]:
        return {
            language: cycle([_words(self.policy, language, wait) for wait in _RETRY_SECONDS])
            for language in Language
        }

    def refuses(self) -> bool:
        """Tells whether one more request is to be refused."""
        return len(self.under_way) - self.elsewhere() - self.unread >= MOST

    def words(self, language: Language) -> Words:
        """Answers what to say to one more who is refused, and counts it."""
        self.refused(ANY_ROUTE, Overloaded.code, REASON)
        self._untold += 1
        now = perf_counter()
        if now - self._told_at > _TELL_SECONDS:
            _log.warning("crowd", refused=self._untold, under_way=len(self.under_way))
            self._untold, self._told_at = 0, now
        return next(self._words[language])


def _words(policy: DoorPolicy, language: Language, seconds: int) -> Words:
    answer = problem(
        Overloaded(seconds), issuer=policy.issuer, request_id=_ID, accept_language=language
    )
    headers = {**standing_headers(policy), **answer.headers, "content-type": answer.media_type}
    before, after = answer.body.split(_ID.encode())
    return Words(
        tuple((name.encode(), text.encode()) for name, text in headers.items()), before, after
    )
