"""Session: one login on one device, and the rule that keeps it alive or ends it.

A session counts its refreshes. The refresh token a client holds names the session and the count
at which it was given (see `refresh_token`); nothing else about it is kept. `Session.present` is
the whole rotation rule, without any I/O:

    count shown        living session                          ended session
    newest             Rotated                                 Ended(reason)
    one behind         Repeated within the reuse window,       Ended(reason)
                       Superseded after it
    further behind     Stolen                                  Ended(reason)
    ahead              NotOurs (never given)                   NotOurs
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from attrs import evolve, field, frozen


class EndReason(StrEnum):
    """Why a session is over. The words are public: clients show them."""

    LOGGED_OUT = "logged_out"
    KICKED = "kicked"
    BANNED = "banned"
    ERASED = "erased"
    REUSE_DETECTED = "reuse_detected"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


@frozen
class Device:
    """What a client says of the device it runs on: shown to its owner, trusted by nobody."""

    name: str = ""
    platform: str = ""
    model: str = ""


@frozen
class SessionPolicy:
    """How long things live, and how many sessions one user keeps.

    `refresh_ttl` begins anew at each refresh; `max_life` does not, and None means for ever.
    """

    access_ttl: timedelta = timedelta(minutes=15)
    refresh_ttl: timedelta = timedelta(days=30)
    reuse_window: timedelta = timedelta(seconds=60)
    tutorial_ttl: timedelta = timedelta(days=1)
    max_life: timedelta | None = timedelta(days=365)
    per_user: int = 10

    def expiry(self, created_at: datetime, now: datetime, life: timedelta) -> datetime:
        """Answers until when a session that is used now lives on, given its sliding life."""
        sliding = now + life
        return sliding if self.max_life is None else min(sliding, created_at + self.max_life)


@frozen
class Session:
    """One login on one device. `counter` is the count of the newest refresh token.

    `session_key` is WeChat's, only while a login for an app that declares open data opens the
    session: no store answers it with the session (see `SessionRepository.session_keys`).
    """

    sid: str
    user_id: str
    appid: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    counter: int = 0
    device: Device = Device()
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    session_key: str | None = field(default=None, repr=False)

    def over(self, now: datetime) -> EndReason | None:
        """Answers why the session is over at `now`, or None while it lives."""
        if self.end_reason is not None:
            return self.end_reason
        return EndReason.EXPIRED if now >= self.expires_at else None

    def outlived(self, now: datetime, max_life: timedelta | None) -> bool:
        """Tells whether the session is older than any may be; `expires_at` may not know it yet."""
        return max_life is not None and now >= self.created_at + max_life

    def present(self, counter: int, now: datetime, policy: SessionPolicy) -> "Presented":
        """Answers what showing the refresh token of `counter` at `now` means."""
        if counter > self.counter:
            return NotOurs()
        if reason := self.over(now):
            return Ended(reason)
        if self.outlived(now, policy.max_life):
            return Ended(EndReason.EXPIRED)
        if counter == self.counter:
            return Rotated(self.rotated(now, policy))
        if counter < self.counter - 1:
            return Stolen()
        within = now < self.last_used_at + policy.reuse_window
        return Repeated(self) if within else Superseded()

    def rotated(self, now: datetime, policy: SessionPolicy) -> Self:
        """Answers the session after one refresh: next count, life extended as far as it goes."""
        return evolve(
            self,
            counter=self.counter + 1,
            last_used_at=now,
            expires_at=policy.expiry(self.created_at, now, policy.refresh_ttl),
        )


@frozen
class Rotated:
    """The newest token: the session moves on to the next."""

    session: Session


@frozen
class Repeated:
    """The token before the newest, soon after: the answer was lost; the newest is given again."""

    session: Session


@frozen
class Superseded:
    """The token before the newest, late: the answer was lost long ago; a fresh login is due."""


@frozen
class Stolen:
    """A token whose successor was used: two parties hold this session."""


@frozen
class Ended:
    """The session is over."""

    reason: EndReason


@frozen
class NotOurs:
    """A count never given out, behind a valid MAC: a restored database, or a broken one."""


Presented = Rotated | Repeated | Superseded | Stolen | Ended | NotOurs
