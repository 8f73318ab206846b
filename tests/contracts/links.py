"""The contract of `LinkRepository`: the apps of a user, and taking one away."""

import asyncio

import pytest
from attrs import evolve

from tests.contracts.people import (
    APP,
    MINUTE,
    NOW,
    OTHER_APP,
    THIRD_APP,
    a_session,
    a_user,
    an_identity,
)
from tests.contracts.stores import Stores
from wxlogin.domain.ports.links import Detached, Link
from wxlogin.domain.session import EndReason, Session
from wxlogin.domain.user import Identity, User

LATER = NOW + MINUTE


async def known_in(stores: Stores, *apps: str) -> tuple[User, list[Identity], list[Session]]:
    """Register a person with one identity and session in each app, a minute between them."""
    user, names, sessions = a_user(), [], []
    for number, appid in enumerate(apps):
        names.append(an_identity(appid=appid, unionid="u-1"))
        sessions.append(a_session(appid=appid, created_at=NOW + number * MINUTE))
        user = await stores.users.register(user, names[-1], sessions[-1])
    return user, names, sessions


class LinksContract:
    async def test_the_apps_of_a_user_are_told_with_their_time(self, stores: Stores):
        """Each once, the oldest first; nobody's are none."""
        user, names, _ = await known_in(stores, OTHER_APP, APP)
        again = an_identity(appid=OTHER_APP, unionid="u-1")
        await stores.users.register(a_user(), again, a_session(created_at=NOW + 5 * MINUTE))

        told = [Link(OTHER_APP, NOW), Link(APP, NOW + MINUTE)]
        assert told == list(await stores.links.linked(user.id))
        for odd in (a_user().id, "", "\0", "é"):
            assert [] == list(await stores.links.linked(odd))
        assert {*names, again} == set(await stores.users.identities(user.id))

    async def test_a_detached_app_knows_the_user_no_more(self, stores: Stores):
        """Its sessions end as logged out, those of other apps and people live on."""
        user, (here, there), (session, other) = await known_in(stores, APP, OTHER_APP)
        stranger = a_session()
        await stores.users.register(a_user(), an_identity(), stranger)

        assert Detached.DONE is await stores.links.detach(user.id, APP, LATER)

        assert None is await stores.users.find(here)
        assert user == await stores.users.find(there)
        reasons = []
        for each in (session, other, stranger):
            live = await stores.sessions.load(each.sid)
            assert live is not None
            reasons.append(live.session.end_reason)
        assert [EndReason.LOGGED_OUT, None, None] == reasons

    async def test_the_last_app_stays(self, stores: Stores):
        """Also when several were taken away at once."""
        user, names, _ = await known_in(stores, APP, OTHER_APP, THIRD_APP)

        answers = await asyncio.gather(
            *(stores.links.detach(user.id, app, LATER) for app in (APP, OTHER_APP, THIRD_APP))
        )

        assert [Detached.DONE, Detached.DONE, Detached.LAST] == sorted(
            answers, key=lambda answer: answer.value
        )
        (left,) = await stores.users.identities(user.id)
        assert left in names
        assert Detached.LAST is await stores.links.detach(user.id, left.appid, LATER)

    @pytest.mark.parametrize("odd", ["", "\0", "é", "wx-unknown"])
    async def test_what_is_not_there_is_not_detached(self, stores: Stores, odd: str):
        """An app the user is not known in, a user nobody is."""
        user, *_ = await known_in(stores, APP, OTHER_APP)

        assert Detached.NOTHING is await stores.links.detach(user.id, odd, LATER)
        assert Detached.NOTHING is await stores.links.detach(odd, APP, LATER)

    async def test_who_parted_does_not_fall_back_by_the_unionid(self, stores: Stores):
        """The next login there is another user; a third app still joins the first."""
        user, (here, there), _ = await known_in(stores, APP, OTHER_APP)
        await stores.links.detach(user.id, OTHER_APP, LATER)
        fresh = a_user()

        assert fresh == await stores.users.register(fresh, there, a_session(created_at=LATER))

        third = an_identity(appid=THIRD_APP, unionid="u-1")
        assert user == await stores.users.register(a_user(), third, a_session())
        assert [(user.id, fresh.id, LATER)] == [
            (c.first_user_id, c.second_user_id, c.found_at) for c in await stores.users.conflicts()
        ]
        assert user == await stores.users.find(here)

    async def test_a_unionid_that_left_with_its_identity_is_free(self, stores: Stores):
        """Nobody else has it, so whoever comes with it next holds it."""
        user, plain = a_user(), an_identity(appid=OTHER_APP)
        await stores.users.register(user, an_identity(unionid="u-1"), a_session())
        await stores.users.register(a_user(), plain, a_session())
        other = await stores.users.find(plain)
        assert other is not None
        await stores.merges.merge("m" * 36, user.id, other.id, NOW)
        await stores.links.detach(user.id, APP, LATER)

        again = an_identity(appid=THIRD_APP, unionid="u-1")
        fresh = a_user()
        assert fresh == await stores.users.register(fresh, again, a_session())
        assert [] == list(await stores.users.conflicts())

    async def test_an_erasure_forgets_what_parted(self, stores: Stores):
        """Of the user it left, and of the user it is now: then the unionid decides again."""
        for which in (0, 1):
            people = await known_in(stores, APP, OTHER_APP)
            user, (_, there), _ = people
            await stores.links.detach(user.id, OTHER_APP, LATER)
            now = await stores.users.register(a_user(), there, a_session())
            await stores.accounts.erase((user, now)[which].id, LATER)
            left = (now, user)[which]
            if which == 0:
                another = evolve(there, openid=there.openid[::-1])
                assert left == await stores.users.register(a_user(), another, a_session())
            else:
                assert left == await stores.users.register(a_user(), there, a_session())
            await stores.accounts.erase(left.id, LATER)

    async def test_a_login_beside_it_is_of_the_one_or_the_other(self, stores: Stores):
        """No session in that app lives on with the user who left it."""
        user, (_, there), _ = await known_in(stores, APP, OTHER_APP)

        await asyncio.gather(
            *(stores.users.sign_in(there, a_session(appid=OTHER_APP)) for _ in range(6)),
            stores.links.detach(user.id, OTHER_APP, LATER),
            *(stores.users.sign_in(there, a_session(appid=OTHER_APP)) for _ in range(6)),
        )

        living = await stores.sessions.living(user.id, LATER)
        assert [APP] == [session.appid for session in living]
