"""What happened: every request with its answer, every trouble, every call that reached WeChat."""

from pathlib import Path

import msgspec
from attrs import define, field


@define(eq=False)
class Act:
    """One request, from the side of who sent it.

    Times are seconds of the machine's monotonic clock. While `answered` is None nobody knows
    whether it was done. `kind` is login, refresh, me, update, logout or kick for phones; ban,
    unban or revoke for operators, whose `status` is 204 when done. `sid` is the session it speaks
    for, `target` the one to be ended (kick, revoke). A thief's acts do not `behave`.
    """

    kind: str
    person: str
    phone: str
    sent: float
    answered: float | None = None
    status: int = 0
    code: str = ""
    reason: str = ""
    retry_after: int | None = None
    place: int = -1
    behaves: bool = True
    user_id: str = ""
    sid: str = ""
    appid: str = ""
    openid: str = ""
    unionid: str = ""
    login_code: str = ""
    scope: str = ""
    target: str = ""
    value: str | None = None
    token: str = ""
    told_sid: str = ""
    told_user: str = ""
    told_token: str = ""
    told_value: str | None = None
    told_new: bool = False

    @property
    def done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def known(self) -> bool:
        """Tells whether the answer says what was done: 5xx leave it open."""
        return self.answered is not None and self.status < 500

    def __str__(self) -> str:
        told = " ".join(
            each for each in (str(self.status or "unknown"), self.code, self.reason) if each
        )
        about = " ".join(
            each
            for each in (self.scope, self.target, self.login_code, self.sid, self.value)
            if each
        )
        until = "…" if self.answered is None else f"{self.answered:.3f}"
        return f"{self.phone} {self.kind} {about} [{self.sent:.3f}–{until} at {self.place}]: {told}"


@define(eq=False)
class Trouble:
    """Something that was broken on purpose: a process (`service`), `database`, `redis`,
    database `connections`, or `wechat`."""

    kind: str
    began: float
    ended: float = float("inf")
    place: int = -1


@define(eq=False)
class Call:
    """A code2Session call as WeChat saw it, and what it did about it."""

    code: str
    at: float
    verdict: str


@define(eq=False)
class History:
    """All of it, in the order in which it was noted."""

    acts: list[Act] = field(factory=list)
    troubles: list[Trouble] = field(factory=list)
    calls: list[Call] = field(factory=list)

    def write(self, path: Path) -> None:
        """Keeps it for people to read, one JSON object a line."""
        with path.open("wb") as file:
            for each in (*self.troubles, *self.calls, *self.acts):
                file.write(msgspec.json.encode({type(each).__name__: each}) + b"\n")
