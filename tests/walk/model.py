"""What must happen, in plain counts and times: written from the promises, not from the code."""

from datetime import datetime, timedelta

from attrs import define, evolve, field, frozen

from wxlogin.domain.session import SessionPolicy

ROTATES, REPEATS, GONE = "rotates", "repeats", "gone"
KEPT = timedelta(days=7)
"""So long an ended session can say why, if a sweep comes by."""


@frozen
class Life:
    """Where a session stands: its newest token, when that was given, and how it ended."""

    counter: int
    last: datetime
    ended: str | None = None
    ended_at: datetime | None = None


@define
class Holder:
    """A phone or a thief, and what is stored there. `lost_at`: since when answers do not arrive."""

    count: int
    access: str
    access_until: datetime
    lost_at: datetime | None = None


@define
class Login:
    """One login, as somebody sees it who sees everything."""

    sid: str
    began: datetime
    life: Life
    policy: SessionPolicy
    tokens: dict[int, str] = field(factory=dict)
    phone: Holder | None = None
    thief: Holder | None = None
    stolen: bool = False
    swept: bool = False

    def expiry(self) -> datetime:
        """Answers when it expires if nothing happens."""
        return min(self.life.last + self.policy.refresh_ttl, self.began + self.policy.max_life)

    def over(self, now: datetime) -> str | None:
        """Answers what anybody is told who asks in its name; None while it lives."""
        if self.swept:
            return GONE
        return self.life.ended or ("expired" if now >= self.expiry() else None)

    def shown(self, count: int, now: datetime) -> str:
        """Answers what showing the refresh token of a count must come to."""
        if over := self.over(now):
            return over
        if count == self.life.counter:
            return ROTATES
        if count < self.life.counter - 1:
            return "reuse_detected"
        within = now < self.life.last + self.policy.reuse_window
        return REPEATS if within else "superseded"

    def after(self, verdict: str, now: datetime) -> Life:
        """Answers where it stands after that."""
        if verdict == ROTATES:
            return evolve(self.life, counter=self.life.counter + 1, last=now)
        if verdict in {REPEATS, GONE} or self.over(now):
            return self.life
        return evolve(self.life, ended=verdict, ended_at=now)

    def end(self, reason: str, now: datetime) -> None:
        """Ends it, if it lives."""
        if self.over(now) is None:
            self.life = evolve(self.life, ended=reason, ended_at=now)

    def sweep(self, now: datetime) -> None:
        """Forgets it when it has been over for long."""
        over_since = min(self.expiry(), self.life.ended_at or self.expiry())
        self.swept = self.swept or over_since < now - KEPT

    def must_be_let_in(self, now: datetime) -> bool:
        """Tells whether a refusal of the phone would be a surprise to an honest person.

        Nobody else had its token, nobody ended it, it is not too old, and the phone asks again
        before the time for lost answers is over.
        """
        honest = self.phone is not None and not self.stolen and self.over(now) is None
        lost_at = self.phone.lost_at if self.phone else None
        return honest and (lost_at is None or now < lost_at + self.policy.reuse_window)
