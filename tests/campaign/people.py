"""People: what persons do with their phones, what thieves do with copies, what operators do."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from time import monotonic
from typing import Protocol

from attrs import define, evolve, field

from tests.campaign.history import Act
from tests.campaign.phone import Failed, Person, Phone
from tests.campaign.town import APPIDS, Town

LIFE = 30
"""Wishes of one phone; then its owner is gone and somebody new comes."""
_WISHES = {
    "look": 30,
    "renew": 28,
    "change": 16,
    "log in anew": 8,
    "this": 6,
    "others": 1,
    "all": 1,
    "kick": 2,
    "stolen, shown late": 1,
    "stolen, used first": 1,
}
_NAP = 0.25
_OPERATED_EVERY = 150
"""Wishes between two acts of the operator."""


class Operator(Protocol):
    """An operator's hands. Each answers whether there was what it named, or raises."""

    async def ban(self, user_id: str) -> bool: ...
    async def unban(self, user_id: str) -> bool: ...
    async def revoke(self, sid: str) -> bool: ...


@define(eq=False)
class Crowd:
    """So many persons at a time, each with one phone or two, in one app or two."""

    town: Town
    size: int
    phones: dict[str, Phone] = field(factory=dict)
    _numbers: "count[int]" = field(factory=lambda: count(1), init=False)

    async def live(self) -> None:
        """Returns when all wishes were made."""
        await asyncio.gather(*(self._seat() for _ in range(self.size)))

    async def _seat(self) -> None:
        while self.town.open:
            await self._person()

    async def _person(self) -> None:
        number, chance = next(self._numbers), self.town.chance
        person = Person(
            f"p{number}",
            joined=chance.random() < 0.5,
            late=chance.random() < 0.3,
            address=f"10.0.{number >> 8}.{number & 255}",
        )
        first = chance.randrange(len(APPIDS))
        apps = [first, *([1 - first if chance.random() < 0.4 else first] if number % 2 else [])]
        own = [Phone(f"{person.name}/{at}", person, app, self.town) for at, app in enumerate(apps)]
        self.phones.update((phone.name, phone) for phone in own)
        await asyncio.gather(*(self._use(phone, own) for phone in own))
        for phone in own:
            del self.phones[phone.name]

    async def _use(self, phone: Phone, own: list[Phone]) -> None:
        for _ in range(LIFE):
            if not self.town.open:
                return
            if (cooling := phone.cool_until - monotonic()) > 0:
                await self._sleep(cooling)
                continue
            if phone.ended:
                await self._sleep(self.town.chance.random() * 0.5)
            self.town.wish()
            with suppress(Failed):
                await self._wish(phone, own)

    async def _wish(self, phone: Phone, own: list[Phone]) -> None:
        if not phone.access:  # also after an end: the person taps
            await phone.log_in()
            return
        (wish,) = self.town.chance.choices(tuple(_WISHES), tuple(_WISHES.values()))
        own = [each for each in own if each is not phone and each.sid]
        others = [each for each in own if each.user_id == phone.user_id]
        match wish:
            case "change":
                await phone.change(f"名{self.town.wishes}")
            case "log in anew":
                phone.forget()
                await phone.log_in()
            case "kick" if others:
                await phone.kick(others[0])
            case "kick":
                await phone.log_out("this")
            case "this" | "others" | "all":
                await phone.log_out(wish)
            case _:
                await _SIMPLE[wish](phone)

    async def _sleep(self, seconds: float) -> None:
        for _ in range(int(seconds / _NAP)):
            if self.town.open:
                await asyncio.sleep(_NAP)
        await asyncio.sleep(seconds % _NAP)


async def _is_stolen_and_shown_late(phone: Phone) -> None:
    copy = evolve(phone)
    await phone.renew()
    await phone.renew()
    await _show_copy(copy)


async def _is_stolen_and_used_first(phone: Phone) -> None:
    copy = evolve(phone)
    for _ in range(2):
        await _show_copy(copy)
    await phone.renew()


async def _show_copy(copy: Phone) -> None:
    """Refreshes with what was copied, as a thief does: once, and keeps what comes."""
    act = copy._act("refresh", token=copy.refresh)
    act.behaves = False
    raw = copy._raw("POST", "/v1/token/refresh", {"refresh_token": copy.refresh})
    answer = await copy.town.ask(act, raw)
    if answer.good:
        copy.refresh = answer.told.refresh_token


_SIMPLE: dict[str, Callable[[Phone], Awaitable[object]]] = {
    "look": Phone.look,
    "renew": Phone.renew,
    "stolen, shown late": _is_stolen_and_shown_late,
    "stolen, used first": _is_stolen_and_used_first,
}


async def operate(crowd: Crowd, operator: Operator) -> None:
    """Bans and unbans users and revokes sessions, now and then, as long as there is life."""
    town, due = crowd.town, _OPERATED_EVERY
    while town.open:
        await asyncio.sleep(0.02)
        known = [phone for phone in crowd.phones.values() if phone.sid]
        if town.wishes < due or not known:
            continue
        due += _OPERATED_EVERY
        phone = town.chance.choice(known)
        if town.chance.random() < 0.5:
            await _insist(town, "revoke", operator.revoke, target=phone.sid)
            continue
        who = phone.user_id
        await _insist(town, "ban", operator.ban, user_id=who)
        await asyncio.sleep(town.chance.random() * 0.5)
        await _insist(town, "unban", operator.unban, user_id=who)


async def _insist(
    town: Town, kind: str, act: Callable[[str], Awaitable[bool]], **about: str
) -> None:
    """Does it, again where it may not have been done."""
    town.wish()
    while True:
        note = Act(kind, "operator", "operator", monotonic(), **about)
        town.history.acts.append(note)
        try:
            found = await act(next(iter(about.values())))
        except Exception as failure:  # noqa: BLE001 - whatever it is, it may or may not have been done
            note.code = type(failure).__name__
            await asyncio.sleep(0.5)
            continue
        note.answered, note.status = monotonic(), 204 if found else 404
        return
