"""Town: what phones share: the doors, the history, chance, and how much is still to be done."""

import random
from collections.abc import Callable
from functools import partial
from itertools import count
from time import monotonic

import msgspec
from attrs import define, evolve, field

from tests.campaign.doors import Doors, Heard
from tests.campaign.history import Act, History

APPIDS = ("wx0000000000000001", "wx0000000000000002")


class ToldUser(msgspec.Struct, frozen=True):
    """The part of a user that matters here."""

    id: str = ""
    nickname: str | None = None


class Told(msgspec.Struct, frozen=True):
    """What of any answer matters here."""

    access_token: str = ""
    refresh_token: str = ""
    session_id: str = ""
    is_new_user: bool = False
    user: ToldUser = ToldUser()
    id: str = ""
    nickname: str | None = None
    code: str = ""
    reason: str = ""


_told = msgspec.json.Decoder(Told)
_NOTHING = Told()


class Answered(msgspec.Struct, frozen=True):
    """An answer, read. `status` is 0 where nothing came; `wait` is Retry-After in seconds."""

    status: int
    told: Told = _NOTHING
    wait: int | None = None
    etag: str | None = None

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


@define(eq=False)
class Town:
    """Counts wishes up to `wanted`; `tell` hears of each."""

    doors: Doors
    history: History
    chance: random.Random
    wanted: int
    tell: Callable[[int], None]
    wishes: int = 0
    codes: count = field(factory=lambda: count(1))

    @property
    def open(self) -> bool:
        """Tells whether there is more to be done."""
        return self.wishes < self.wanted

    def wish(self) -> None:
        """Counts one wish of a person or an operator."""
        self.wishes += 1
        self.tell(self.wishes)

    async def ask(self, act: Act, raw: bytes) -> Answered:
        """Sends a request to some process, once, and writes down what came."""
        await self.doors.turn()
        try:
            act = evolve(act, sent=monotonic())
            self.history.acts.append(act)
            heard = await self.doors.ask(raw, partial(setattr, act, "place"))
        finally:
            self.doors.over()
        return Answered(0) if heard is None else _written(act, heard)


def _written(act: Act, heard: Heard) -> Answered:
    act.answered, act.status = monotonic(), heard.status
    told = _told.decode(heard.body) if heard.body else _NOTHING
    wait = heard.header(b"retry-after")
    act.retry_after = None if wait is None else int(wait)
    if not act.done:
        act.code, act.reason = told.code, told.reason
    elif told.session_id:
        act.told_sid, act.told_token = told.session_id, told.refresh_token
        act.told_user, act.told_value = told.user.id, told.user.nickname
        act.told_new = told.is_new_user
    else:
        act.told_user, act.told_value = told.id, told.nickname
    return Answered(act.status, told, act.retry_after, heard.header(b"etag"))
