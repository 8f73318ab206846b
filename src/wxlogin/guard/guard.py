"""Guard: what a service asks about each token it is shown."""

import math
import ssl
import time
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, Self

import httpx
from attrs import Attribute, Factory, define, field, frozen
from attrs.validators import gt, min_len

from wxlogin.guard.claims import (
    SESSION_ENDED,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOKEN_MISSING,
    Claims,
    Rejected,
)
from wxlogin.guard.follower import Follower
from wxlogin.guard.jwks import PublishedKeys
from wxlogin.guard.lane import Lane
from wxlogin.guard.revocations import Revocations
from wxlogin.guard.verifier import Verifier
from wxlogin.guard.wire import Wire

# The guard stands alone: its clock is a parameter, and this the only place that asks the machine.
_machine_clock: Callable[[], float] = time.time  # noqa: TID251 - said above


@frozen
class _Errand:
    """Something to ask on the way; `patient`: the answer is needed to go on."""

    lane: Lane
    due: Callable[[float], bool]
    patient: bool = True


def _is_address(_guard: Any, attribute: "Attribute[str]", value: str) -> None:
    try:
        url = httpx.URL(value)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError(f"{attribute.name} must be an address like https://login.example.com")


def _is_a_credential(_guard: Any, attribute: "Attribute[str | None]", value: str | None) -> None:
    if value is not None and not (value.isascii() and value.isprintable() and value.strip()):
        raise ValueError(f"{attribute.name} must be visible ASCII")


@define(kw_only=True, eq=False)
class Guard:
    """Checks access tokens of one wxlogin. One per process is enough; safe for threads and tasks.

    `issuer` is the service's WXLOGIN_ISSUER, letter by letter; `base_url` where it is asked, when
    that is another address. With `service_token` (its WXLOGIN_SERVICE_TOKEN) the guard follows the
    revocation feed: a logout or ban counts here within `poll_seconds`. Without it, a token counts
    until its end. What ended is remembered for `forget_after` (a day and a minute): where the
    service's WXLOGIN_TUTORIAL_TTL is longer, set it as long, for older tokens do not count.

    Nothing is asked and no thread runs before the first check or `start`. Times are in seconds.
    `clock` answers Unix time. `transport` and `async_transport` replace the network, in tests.
    """

    issuer: str = field(validator=_is_address)
    audience: str = field(default="wxlogin", validator=min_len(1))
    service_token: str | None = field(default=None, repr=False, validator=_is_a_credential)
    follow_revocations: bool = field(
        default=Factory(lambda self: self.service_token is not None, takes_self=True)
    )
    base_url: str = field(
        default=Factory(lambda self: self.issuer, takes_self=True), validator=_is_address
    )
    poll_seconds: float = field(default=5.0, validator=gt(0))
    forget_after: float = field(default=86_460.0, validator=gt(0))
    keys_max_age: float = field(default=300.0, validator=gt(0))
    keys_max_stale: float = field(default=math.inf, validator=gt(0))
    timeout: float = field(default=3.0, validator=gt(0))
    clock: Callable[[], float] = field(default=_machine_clock, repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    transport: httpx.BaseTransport | None = field(default=None, repr=False)
    async_transport: httpx.AsyncBaseTransport | None = field(default=None, repr=False)

    _verifier: Verifier = field(init=False, repr=False)
    _keys: PublishedKeys = field(init=False, repr=False)
    _revocations: Revocations = field(init=False, repr=False)
    _key_lane: Lane = field(init=False, repr=False)
    _feed_lane: Lane = field(init=False, repr=False)
    _follower: Follower = field(init=False, repr=False)
    _stopped: bool = field(default=False, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.follow_revocations and not self.service_token:
            raise ValueError("following revocations takes the service token")
        wire = Wire(self.base_url, self.timeout, self.tls, self.transport, self.async_transport)
        self._verifier = Verifier(self.issuer, self.audience)
        self._keys = PublishedKeys(max_age=self.keys_max_age, max_stale=self.keys_max_stale)
        self._revocations = Revocations(self.service_token or "", self.forget_after)
        self._key_lane = Lane(wire, self._keys, self.clock)
        self._feed_lane = Lane(wire, self._revocations, self.clock)
        self._follower = Follower(self.poll_seconds, self.refresh, self.arefresh)

    def check(self, token: str | None) -> Claims:
        """Answers what a token says. From memory as a rule; now and then it asks the service.

        Raises:
            Rejected: it does not count.
            KeysUnavailable: its key is not known here and cannot be asked for now.
        """
        steps = self._check(token)
        try:
            while True:
                errand = next(steps)
                errand.lane.go(errand.due, patient=errand.patient)
        except StopIteration as done:
            claims: Claims = done.value
            return claims

    async def acheck(self, token: str | None) -> Claims:
        """Answers what a token says, like `check`, without holding up the event loop."""
        steps = self._check(token)
        try:
            while True:
                errand = next(steps)
                await errand.lane.ago(errand.due, patient=errand.patient)
        except StopIteration as done:
            claims: Claims = done.value
            return claims

    @property
    def age_seconds(self) -> float:
        """How old the knowledge of logouts and bans is; infinity when the feed was never read."""
        return self._revocations.age_seconds(self.clock())

    def refresh(self) -> None:
        """Reads the revocation feed, if it is followed, and the keys if they are due."""
        if self.follow_revocations:
            self._feed_lane.go(_always)
        self._key_lane.go(self._keys.stale)

    async def arefresh(self) -> None:
        """Does what `refresh` does, without holding up the event loop."""
        if self.follow_revocations:
            await self._feed_lane.ago(_always)
        await self._key_lane.ago(self._keys.stale)

    def start(self) -> None:
        """Fetches keys and feed, and follows the feed in a thread. An outage is no error."""
        self._stopped = False
        self.refresh()
        if self.follow_revocations:
            self._follower.start()

    async def astart(self) -> None:
        """Fetches keys and feed, and follows the feed in a task. An outage is no error."""
        self._stopped = False
        await self.arefresh()
        if self.follow_revocations:
            await self._follower.astart()

    def stop(self) -> None:
        """Follows the feed no longer. What is known stays in force."""
        self._stopped = True
        self._follower.stop()

    async def astop(self) -> None:
        """Follows the feed no longer. What is known stays in force."""
        self._stopped = True
        await self._follower.astop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:  # fmt: skip
        self.stop()

    async def __aenter__(self) -> Self:
        await self.astart()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:  # fmt: skip
        await self.astop()

    def _check(self, token: str | None) -> Generator[_Errand, None, Claims]:
        if not token:
            raise Rejected(TOKEN_MISSING)
        if not isinstance(token, str):
            raise Rejected(TOKEN_INVALID)
        yield from self._looks_that_are_due()
        now = self.clock()
        claims = self._verifier.recall(token, self._keys.usable(now), now)
        if claims is None:
            shown = self._verifier.read(token)
            if not self._keys.has(shown.kid):
                yield _Errand(self._key_lane, lambda now: self._keys.lacking(shown.kid, now))
                now = self.clock()
            claims = self._verifier.verify(token, shown, self._keys.at_hand(shown.kid, now), now)
        if self.follow_revocations and self._revocations.outlives(claims, now):
            self._verifier.forget(token)
            raise Rejected(TOKEN_EXPIRED)
        reason = self._revocations.ended(claims)
        if reason is not None:
            self._verifier.forget(token)
            raise Rejected(SESSION_ENDED, reason)
        return claims

    def _looks_that_are_due(self) -> Generator[_Errand, None, None]:
        if self.follow_revocations:
            if not (self._stopped or self._follower.lives()):
                self._follower.start()
            if not self._revocations.tried:
                yield _Errand(self._feed_lane, lambda _now: not self._revocations.tried)
        if self._keys.stale(self.clock()):
            # Known keys are good enough while another caller fetches them anew.
            yield _Errand(self._key_lane, self._keys.stale, patient=self._keys.keys is None)


def _always(_now: float) -> bool:
    return True
