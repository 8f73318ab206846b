"""The contract of `UserRepository.save_taking_phone`: a number moves, and has one user always."""

import asyncio

import pytest
from attrs import evolve

from tests.contracts.people import MINUTE, NOW, a_session, a_user, an_identity
from tests.contracts.stores import Stores
from wxlogin.domain.errors import PhoneTaken
from wxlogin.domain.ports.users import PhoneMoved
from wxlogin.domain.user import Phone, Profile, ProfileChange, User

MANY = 12
LATER = NOW + MINUTE
NUMBER = Phone("13800138000")


class PhonesContract:
    async def test_a_number_moves_to_who_proved_to_hold_it(self, stores: Stores):
        """The former owner is without one, a version later; all else of both stays."""
        owner = await _somebody(stores, phone=NUMBER, profile=Profile("旧"))
        taker = await _somebody(stores, profile=Profile("新"))
        wish = taker.with_phone(NUMBER, LATER)

        assert PhoneMoved(owner.id) == await stores.users.save_taking_phone(wish)

        assert wish == await stores.users.get(taker.id)
        assert owner.with_phone(None, LATER) == await stores.users.get(owner.id)

    async def test_a_number_that_is_free_is_taken_from_nobody(self, stores: Stores):
        """As `save`, and nobody is answered; the owner too may save it again."""
        user = await _somebody(stores)
        wish = user.with_phone(NUMBER, LATER)

        assert PhoneMoved(None) == await stores.users.save_taking_phone(wish)
        again = wish.changed(ProfileChange(nickname="x"), LATER)
        assert PhoneMoved(None) == await stores.users.save_taking_phone(again)
        assert again == await stores.users.get(user.id)

    async def test_a_stale_wish_takes_nothing(self, stores: Stores):
        """None, and everybody keeps what they have: of an old version, unknown, erased."""
        owner = await _somebody(stores, phone=NUMBER)
        taker, gone = await _somebody(stores), await _somebody(stores)
        await stores.accounts.erase(gone.id, NOW)

        for stale in (evolve(taker, phone=NUMBER), a_user(phone=NUMBER, version=2), gone):
            wish = evolve(stale, phone=NUMBER, updated_at=LATER)
            assert await stores.users.save_taking_phone(wish) is None
        assert owner == await stores.users.get(owner.id)
        assert taker == await stores.users.get(taker.id)

    async def test_a_number_moves_without_touching_a_ban(self, stores: Stores):
        """Whoever is banned loses the number all the same, and stays banned."""
        owner, taker = await _somebody(stores, phone=NUMBER), await _somebody(stores)
        await stores.accounts.ban(owner.id, NOW)

        await stores.users.save_taking_phone(taker.with_phone(NUMBER, LATER))

        kept = await stores.users.get(owner.id)
        assert kept is not None
        assert (True, None) == (kept.banned, kept.phone)

    async def test_parallel_binds_of_one_number_leave_one_owner(self, stores: Stores):
        """Every one of them is done, each takes it from the one before, one has it in the end."""
        first = await _somebody(stores, phone=NUMBER)
        takers = [await _somebody(stores) for _ in range(MANY)]

        answers = await asyncio.gather(
            *(stores.users.save_taking_phone(t.with_phone(NUMBER, LATER)) for t in takers)
        )

        formers = [answer.former for answer in answers if answer is not None]
        assert MANY == len(set(formers)) == len(formers)
        assert first.id in formers
        owners = await _owners(stores, [first, *takers])
        assert {first.id, *(t.id for t in takers)} - set(formers) == set(owners)

    async def test_crossing_wishes_do_not_stand_still(self, stores: Stores):
        """Two who want each other's number: the first gets it, the second is told to look again."""
        other = Phone("13900139000")
        one, two = await _somebody(stores, phone=NUMBER), await _somebody(stores, phone=other)

        answers = await asyncio.gather(
            stores.users.save_taking_phone(one.with_phone(other, LATER)),
            stores.users.save_taking_phone(two.with_phone(NUMBER, LATER)),
        )

        assert 1 == answers.count(None)  # who lost the number first stood on an old version
        assert 1 == len(await _owners(stores, [one, two]))

    async def test_moving_and_refusing_binds_of_one_number_leave_one_owner(self, stores: Stores):
        """Saves that may be refused and takings that are not, all at once."""
        people = [await _somebody(stores) for _ in range(MANY)]
        wishes = [user.with_phone(NUMBER, LATER) for user in people]

        answers = await asyncio.gather(
            *(stores.users.save_taking_phone(wish) for wish in wishes[1::2]),
            *(stores.users.save(wish) for wish in wishes[::2]),
            return_exceptions=True,
        )

        taken = answers[: MANY // 2]
        assert [PhoneMoved] * (MANY // 2) == [type(each) for each in taken]
        assert 1 == len(await _owners(stores, people))
        with pytest.raises(PhoneTaken):
            await stores.users.save((await _somebody(stores)).with_phone(NUMBER, LATER))


async def _somebody(stores: Stores, **fields: object) -> User:
    return await stores.users.register(a_user(**fields), an_identity(), a_session())


async def _owners(stores: Stores, people: list[User]) -> list[str]:
    found = [await stores.users.get(user.id) for user in people]
    return [user.id for user in found if user is not None and user.phone is not None]
