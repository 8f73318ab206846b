"""The contract of `ConsentRepository`: what people agreed to."""

import asyncio

from attrs import evolve

from tests.contracts.people import APP, MINUTE, NOW, OTHER_APP, a_session, a_user, an_identity
from tests.contracts.stores import Stores
from wxlogin.domain.ports.consents import Consent
from wxlogin.domain.user import ProfileChange, User

LATER, LAST = NOW + MINUTE, NOW + 2 * MINUTE


class ConsentsContract:
    async def test_a_consent_is_kept_and_comes_with_the_user(self, stores: Stores):
        """Each version once, with app and moment; whoever signs in comes with the last."""
        user, identity = a_user(), an_identity()
        await stores.users.register(user, identity, a_session())

        assert await stores.consents.agree(user.id, APP, "1", NOW)
        assert not await stores.consents.agree(user.id, OTHER_APP, "1", LATER)
        assert await stores.consents.agree(user.id, OTHER_APP, "2", LATER)

        assert [Consent("1", APP, NOW), Consent("2", OTHER_APP, LATER)] == list(
            await stores.consents.of(user.id)
        )
        entered = await stores.users.sign_in(identity, a_session())
        assert evolve(user, consent="2") == entered == await stores.users.get(user.id)

    async def test_what_is_withdrawn_is_still_told(self, stores: Stores):
        """With the moment, once; a new consent follows it, of the same version too."""
        user = await _somebody(stores)
        await stores.consents.agree(user.id, APP, "1", NOW)

        assert await stores.consents.withdraw(user.id, LATER)
        assert not await stores.consents.withdraw(user.id, LAST)
        assert user == await stores.users.get(user.id)
        assert await stores.consents.agree(user.id, APP, "1", LAST)

        assert [Consent("1", APP, NOW, LATER), Consent("1", APP, LAST)] == list(
            await stores.consents.of(user.id)
        )

    async def test_an_edit_leaves_a_consent_alone(self, stores: Stores):
        """Whoever writes a user read before the consent does not take it back."""
        user = await _somebody(stores)
        await stores.consents.agree(user.id, APP, "1", NOW)

        assert await stores.users.save(user.changed(ProfileChange(nickname="x"), LATER))

        kept = await stores.users.get(user.id)
        assert kept is not None
        assert "1" == kept.consent

    async def test_consents_go_with_the_person(self, stores: Stores):
        """An erasure takes them, and only theirs; an erased person agrees to nothing."""
        gone, stays = await _somebody(stores), await _somebody(stores)
        for user in (gone, stays):
            await stores.consents.agree(user.id, APP, "1", NOW)

        await stores.accounts.erase(gone.id, LATER)

        assert [] == list(await stores.consents.of(gone.id))
        assert [Consent("1", APP, NOW)] == list(await stores.consents.of(stays.id))
        for nobody in (gone.id, a_user().id, "", "\0", "é"):
            assert not await stores.consents.agree(nobody, APP, "1", LATER)
            assert not await stores.consents.withdraw(nobody, LATER)
            assert [] == list(await stores.consents.of(nobody))

    async def test_of_parallel_consents_to_one_version_one_is_kept(self, stores: Stores):
        """However many phones say so at once."""
        user = await _somebody(stores)

        answers = await asyncio.gather(
            *(stores.consents.agree(user.id, APP, "1", NOW) for _ in range(8))
        )

        assert 1 == answers.count(True)
        assert 1 == len(await stores.consents.of(user.id))


async def _somebody(stores: Stores) -> User:
    user = a_user()
    await stores.users.register(user, an_identity(), a_session())
    return user
