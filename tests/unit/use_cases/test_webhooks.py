"""Telling the application: until it has heard, in order, at least once, at times that spread."""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.people import NOW, a_session, a_user, an_identity
from wxlogin.adapters.memory.ambient import ListJournal, SetClock
from wxlogin.adapters.memory.outbox import MemoryOutbox
from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.adapters.memory.users import MemoryAccounts, MemoryUsers
from wxlogin.adapters.system import RandomIds
from wxlogin.domain.ports.outbox import Happened, Notice, Reply
from wxlogin.domain.use_cases.webhooks import (
    LEASE,
    LONGEST_PAUSE,
    MOST_TRIES,
    PARKED_FOR,
    DeliverNotice,
    ForgetNotices,
)
from wxlogin.domain.user import ProfileChange, User

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OK, DOWN, GONE = Reply(204, "204"), Reply(0, "ConnectError"), Reply(410, "410")


@define
class App:
    """An application that keeps what it heard, and answers as told."""

    answer: Callable[[Notice], Reply] = lambda _: OK
    heard: list[tuple[Notice, User | None]] = field(factory=list)
    asked: int = 0

    async def tell(self, notice: Notice, user: User | None) -> Reply:
        self.asked += 1
        reply = self.answer(notice)
        if reply.well:
            self.heard.append((notice, user))
        return reply

    def kinds(self) -> list[str]:
        return [notice.kind.value for notice, _ in self.heard]


@define
class Place:
    """A deployment of twins with a webhook."""

    app: App = field(factory=App)
    room: MemoryRoom = field(factory=lambda: MemoryRoom(telling=True))
    clock: SetClock = field(factory=lambda: SetClock(NOW))
    journal: ListJournal = field(factory=ListJournal)

    @property
    def users(self) -> MemoryUsers:
        return MemoryUsers(self.room)

    @property
    def outbox(self) -> MemoryOutbox:
        return MemoryOutbox(self.room)

    @property
    def deliver(self) -> DeliverNotice:
        ids = RandomIds()
        return DeliverNotice(self.outbox, self.users, self.app, self.clock, ids, self.journal)

    async def person(self) -> User:
        now = self.clock.now()
        user = a_user(created_at=now, updated_at=now)
        return await self.users.register(user, an_identity(), a_session(created_at=now))

    async def rename(self, user: User, name: str) -> User:
        changed = user.changed(ProfileChange(nickname=name), self.clock.now())
        assert await self.users.save(changed)
        return changed

    async def send(self, limit: int = 8) -> int:
        """Deliver what is due; answer how many tries that took."""
        tries = 0
        while taken := await self.outbox.take(self.clock.now(), self.clock.now() + LEASE, limit):
            for notice in taken:
                await self.deliver(notice)
                tries += 1
        return tries

    async def send_for(self, time: timedelta, step: timedelta = timedelta(seconds=5)) -> None:
        until = self.clock.now() + time
        while self.clock.now() < until:
            await self.send()
            self.clock.advance(step)


@pytest.fixture
def place() -> Place:
    return Place()


async def test_the_application_hears_of_the_person_as_they_are(place: Place):
    """The user is read when it is sent; of who is gone nothing is told but the id."""
    user = await place.person()
    await place.rename(user, "old")
    user = await place.users.get(user.id)
    await place.rename(user, "new")
    gone = await place.person()
    assert await MemoryAccounts(place.room).erase(gone.id, NOW)

    await place.send()

    names = [seen and seen.profile.nickname for notice, seen in place.app.heard]
    by_user = {user.id: [], gone.id: []}
    for (notice, _), name in zip(place.app.heard, names, strict=True):
        by_user[notice.user_id].append((notice.kind.value, name))
    assert [("user.created", "new"), *[("user.updated", "new")] * 2] == by_user[user.id]
    assert {None} == {name for _, name in by_user[gone.id]}
    assert ("user.erased", None) == by_user[gone.id][-1]
    assert {"delivered"} == {fact.outcome for fact in place.journal.facts}
    assert [] == list(await place.outbox.oldest(9))


async def test_an_application_down_for_an_hour_hears_everything_afterwards(place: Place):
    """In each user's order, with the ids of the first tries, and soon."""
    seen: dict[int, set[str]] = {}

    def down(notice: Notice) -> Reply:
        seen.setdefault(notice.seq, set()).add(notice.id)
        return DOWN

    place.app.answer = down
    users = [await place.person() for _ in range(5)]
    for minute in range(60):
        at = minute % 5
        users[at] = await place.rename(users[at], f"name {minute}")
        await place.send_for(timedelta(minutes=1))
    assert (0, 65) == (len(place.app.heard), len(place.room.outbox))

    place.app.answer = lambda _: OK
    await place.send_for(LONGEST_PAUSE * 1.25 + timedelta(seconds=5))

    assert {} == place.room.outbox
    for user in users:
        seqs = [notice.seq for notice, _ in place.app.heard if notice.user_id == user.id]
        assert 13 == len(seqs)
        assert sorted(seqs) == seqs
    for notice, _ in place.app.heard:
        assert seen.get(notice.seq, {notice.id}) == {notice.id}


async def test_a_try_that_fails_is_made_again_later_each_time(place: Place):
    """After seconds at first, about every ten minutes in the end; given up after three days."""
    place.app.answer = lambda _: DOWN
    await place.person()
    moments = []
    while not (await place.outbox.oldest(1))[0].parked:
        if await place.send():
            moments.append(place.clock.now() - NOW)
        place.clock.advance(timedelta(seconds=1 if len(moments) < 5 else 10))

    pauses = [later - sooner for sooner, later in pairwise(moments)]
    assert MOST_TRIES == len(moments)
    assert timedelta(seconds=3) <= pauses[0] <= timedelta(seconds=8)
    assert timedelta(minutes=7) <= min(pauses[10:])
    assert max(pauses) <= timedelta(minutes=13)
    assert len(set(pauses[10:])) > 1
    assert 2.5 * DAY < moments[-1] < 3.5 * DAY
    assert ["parked"] == [f.outcome for f in place.journal.facts if f.outcome != "put_off"]


async def test_what_the_application_wants_no_more_of_is_parked(place: Place):
    """410 is a no for good; what comes after it goes on."""
    user = await place.person()
    await place.rename(user, "n")
    place.app.answer = lambda notice: GONE if notice.kind is Happened.USER_CREATED else OK

    assert 2 == await place.send()

    (kept,) = await place.outbox.oldest(9)
    assert (True, "410", "user.created") == (kept.parked, kept.word, kept.kind.value)
    assert ["user.updated"] == place.app.kinds()


@pytest.mark.parametrize(
    ("wish", "at_least", "at_most"),
    [(120, 120, 121), (1, 3, 7), (10**9, 3600, 3601), (None, 3, 7)],
)
async def test_the_application_may_ask_for_time(place: Place, wish, at_least, at_most):
    """Retry-After counts where it is longer than our own pause, up to an hour."""
    place.app.answer = lambda _: Reply(503, "503", wish)
    await place.person()
    await place.send()

    waited = 0
    while not await place.outbox.take(place.clock.now(), place.clock.now() + LEASE, 1):
        place.clock.advance(timedelta(seconds=1))
        waited += 1
    assert at_least <= waited <= at_most


async def test_a_sender_that_died_after_it_was_heard_is_followed(place: Place):
    """The application hears it twice, with one id."""
    await place.person()
    now = place.clock.now()
    (taken,) = await place.outbox.take(now, now + LEASE, 1)
    await place.app.tell(taken, None)  # and then its process was killed

    assert 0 == await place.send()
    place.clock.advance(LEASE)
    assert 1 == await place.send()

    assert 1 == len({notice.id for notice, _ in place.app.heard})
    assert 2 == len(place.app.heard)


async def test_parked_notices_are_kept_a_month(place: Place):
    """Then they go."""
    place.app.answer = lambda _: GONE
    await place.person()
    await place.send()
    forget = ForgetNotices(place.outbox, place.clock)

    place.clock.advance(PARKED_FOR)
    assert 0 == await forget()
    place.clock.advance(timedelta(seconds=1))
    assert 1 == await forget()


@given(st.randoms(use_true_random=False))
async def test_whatever_senders_do_order_and_ids_hold(chance: random.Random):
    """Slow, dying and failing senders side by side: first hearings are in order, none is lost."""
    place = Place()
    users = [await place.person() for _ in range(3)]
    hands: list[Notice] = []
    place.app.answer = lambda _: chance.choice([OK, OK, DOWN])
    for step in range(60):
        now = place.clock.now()
        match chance.randrange(6):
            case 0 | 1:
                at = chance.randrange(3)
                users[at] = await place.rename(users[at], f"name {step}")
            case 2:
                hands += await place.outbox.take(now, now + LEASE, chance.randrange(1, 4))
            case 3 if hands:
                await place.deliver(hands.pop(chance.randrange(len(hands))))
            case 4 if hands:
                hands.pop(chance.randrange(len(hands)))  # its process died
            case _:
                place.clock.advance(timedelta(seconds=chance.randrange(40)))
    place.app.answer = lambda _: OK
    await place.send_for(LONGEST_PAUSE * 1.25 + LEASE)

    told = place.room.told
    first: dict[int, str] = {}
    for notice, _ in place.app.heard:
        assert first.setdefault(notice.seq, notice.id) == notice.id
    assert set(range(1, told + 1)) == first.keys()
    by_seq = {notice.seq: notice.user_id for notice, _ in place.app.heard}
    for user in users:
        own = [seq for seq in first if by_seq[seq] == user.id]
        assert sorted(own) == own
