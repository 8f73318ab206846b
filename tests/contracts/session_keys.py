"""The contract of `SessionRepository.session_keys`: which are kept, and that they go."""

from datetime import timedelta

from tests.contracts.people import APP, MINUTE, NOW, OTHER_APP, a_session, a_user, an_identity
from tests.contracts.stores import Stores
from wxlogin.domain.session import EndReason, Session
from wxlogin.domain.user import Identity, User

LATER = NOW + 9 * MINUTE


class SessionKeysContract:
    async def test_the_sessions_own_key_comes_first_and_then_the_newest_other(self, stores: Stores):
        """At most two, of the same user in the same app; a session without one has the others'."""
        user, identity, first = await _somebody(stores)
        second = await _another(stores, identity, 1)
        third = await _another(stores, identity, 2)
        bare = a_session(created_at=NOW + 3 * MINUTE)
        await stores.users.sign_in(identity, bare)

        assert ["key0", "key2"] == await _keys(stores, user, first)
        assert ["key1", "key2"] == await _keys(stores, user, second)
        assert ["key2", "key1"] == await _keys(stores, user, third)
        assert ["key2", "key1"] == await _keys(stores, user, bare)

    async def test_a_key_comes_with_nothing_else(self, stores: Stores):
        """Neither with the session, nor for another app or user."""
        user, _, session = await _somebody(stores)
        there = an_identity(appid=OTHER_APP, unionid="u")
        elsewhere = a_session(appid=OTHER_APP, session_key="other app")
        await stores.users.register(a_user(), there, elsewhere)
        stranger, _, theirs = await _somebody(stores)

        assert ["key0"] == await _keys(stores, user, session)
        assert ["key0"] == await _keys(stores, stranger, theirs)
        (living,) = await stores.sessions.living(user.id, NOW)
        assert living.sid == session.sid
        assert "key0" not in repr(living)
        assert "key0" not in repr(session)

    async def test_a_key_goes_with_the_session_however_it_ends(self, stores: Stores):
        """Logout, kick, a ban, a leaving, making room, expiry: no key is left to be read."""
        ends = {
            "end": lambda user, s: stores.sessions.end(s.sid, EndReason.LOGGED_OUT, NOW),
            "all": lambda user, _: stores.sessions.end_all(user.id, EndReason.KICKED, NOW),
            "ban": lambda user, _: stores.accounts.ban(user.id, NOW),
            "leave": lambda user, _: stores.accounts.leave(user.id, NOW, LATER),
            "erase": lambda user, _: stores.accounts.erase(user.id, NOW),
        }
        for name, end in ends.items():
            user, _, session = await _somebody(stores)
            await end(user, session)
            assert [] == await _keys(stores, user, session), name
        user, identity, session = await _somebody(stores)
        await stores.users.sign_in(identity, a_session(created_at=NOW + MINUTE), keep=1)
        assert [] == await _keys(stores, user, session), "made room"
        user, _, session = await _somebody(stores)
        assert [] == list(
            await stores.sessions.session_keys(_of(user, session), NOW + timedelta(days=31))
        )


async def _somebody(stores: Stores) -> tuple[User, Identity, Session]:
    user, identity, session = a_user(), an_identity(), a_session(session_key="key0")
    await stores.users.register(user, identity, session)
    return user, identity, session


async def _another(stores: Stores, identity: Identity, number: int) -> Session:
    moment = NOW + number * MINUTE
    session = a_session(
        session_key=f"key{number}", appid=APP, created_at=moment, last_used_at=moment
    )
    await stores.users.sign_in(identity, session)
    return session


def _of(user: User, session: Session) -> Session:
    return Session(
        session.sid, user.id, session.appid, session.created_at, session.last_used_at,
        session.expires_at,
    )  # fmt: skip


async def _keys(stores: Stores, user: User, session: Session) -> list[str]:
    return list(await stores.sessions.session_keys(_of(user, session), LATER))
