"""The contract of `SessionRepository`: moving on, ending, listing, sweeping."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.contracts.people import MINUTE, NOW, TICK, a_session, a_user, an_identity
from tests.contracts.stores import Stores
from wxlogin.domain.session import EndReason, Rotated, Session, SessionPolicy
from wxlogin.domain.user import Identity, User

MANY = 30
POLICY = SessionPolicy()
LATER = NOW + MINUTE


class SessionsContract:
    async def test_a_session_is_loaded_with_its_user(self, stores: Stores):
        """Load answers session and user as they were given, times to the microsecond in UTC."""
        session = a_session(
            counter=7,
            created_at=NOW,
            last_used_at=NOW + TICK,
            expires_at=datetime(2099, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        )
        user, _ = await _somebody(stores, session)

        live = await stores.sessions.load(session.sid)

        assert live is not None
        assert (evolve(session, user_id=user.id), user) == (live.session, live.user)
        assert UTC is live.session.last_used_at.tzinfo

    @pytest.mark.parametrize("odd", ["", "\0", "é", "\ud800", "a" * 500, "' OR ''='"])
    async def test_an_odd_sid_is_only_unknown(self, stores: Stores, odd: str):
        """Text that can be no sid of ours is answered like any unknown one."""
        assert None is await stores.sessions.load(odd)
        assert None is await stores.sessions.advance(odd, 0, NOW, LATER)
        assert not await stores.sessions.end(odd, EndReason.KICKED, NOW)
        assert 0 == await stores.sessions.end_all(odd, EndReason.KICKED, NOW)
        assert [] == list(await stores.sessions.living(odd, NOW))

    async def test_an_unknown_session_is_nothing(self, stores: Stores):
        """None or False for a sid nobody has."""
        sid = a_session().sid

        assert None is await stores.sessions.load(sid)
        assert None is await stores.sessions.advance(sid, 0, NOW, LATER)
        assert not await stores.sessions.end(sid, EndReason.KICKED, NOW)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(
        stored=st.integers(0, 3),
        shown=st.integers(0, 4),
        ended=st.booleans(),
        life=st.timedeltas(-2 * TICK, 2 * TICK),
        max_life=st.none()
        | st.timedeltas(MINUTE - 2 * TICK, MINUTE + 2 * TICK)
        | st.timedeltas(MINUTE, POLICY.refresh_ttl),
    )
    @example(stored=1, shown=1, ended=False, life=TICK, max_life=MINUTE)
    @example(stored=1, shown=1, ended=False, life=TICK, max_life=MINUTE + TICK)
    async def test_advance_agrees_with_the_rule(
        self,
        stores: Stores,
        stored: int,
        shown: int,
        life: timedelta,
        max_life: timedelta | None,
        *,
        ended: bool,
    ):
        """Advance answers exactly when `Session.present` says Rotated, and with its session."""
        policy = evolve(POLICY, max_life=max_life)
        session = a_session(counter=stored, expires_at=LATER + life)
        user, _ = await _somebody(stores, session)
        if ended:
            await stores.sessions.end(session.sid, EndReason.KICKED, NOW)
        before = await stores.sessions.load(session.sid)
        assert before is not None
        said = before.session.present(shown, LATER, policy)

        live = await stores.sessions.advance(
            session.sid, shown, LATER, LATER + policy.refresh_ttl, max_life
        )

        if isinstance(said, Rotated):
            assert live is not None
            assert (said.session, user) == (live.session, live.user)
            assert live == await stores.sessions.load(session.sid)
        else:
            assert None is live
            assert before == await stores.sessions.load(session.sid)

    async def test_of_parallel_advances_one_moves_the_session(self, stores: Stores):
        """Of many refreshes with one token exactly one rotates."""
        session = a_session()
        await _somebody(stores, session)

        answers = await asyncio.gather(
            *(stores.sessions.advance(session.sid, 0, LATER, LATER + MINUTE) for _ in range(MANY))
        )

        assert [1] == [live.session.counter for live in answers if live is not None]
        live = await stores.sessions.load(session.sid)
        assert live is not None
        assert (1, LATER, LATER + MINUTE) == (
            live.session.counter,
            live.session.last_used_at,
            live.session.expires_at,
        )

    async def test_each_advance_answers_its_own_step(self, stores: Stores):
        """Racing steps of one session are each answered with the count they made."""
        session = a_session()
        await _somebody(stores, session)

        async def step_on(counter: int) -> int:
            while True:
                live = await stores.sessions.advance(session.sid, counter, LATER, LATER + MINUTE)
                if live is not None:
                    return live.session.counter
                await asyncio.sleep(0)

        assert [1, 2, 3, 4, 5] == await asyncio.gather(*(step_on(n) for n in range(5)))

    async def test_a_session_ends_once(self, stores: Stores):
        """The first reason stays; of parallel ends exactly one is answered True."""
        session = a_session()
        await _somebody(stores, session)

        answers = await asyncio.gather(
            *(stores.sessions.end(session.sid, EndReason.KICKED, LATER) for _ in range(MANY))
        )

        assert 1 == answers.count(True)
        assert not await stores.sessions.end(session.sid, EndReason.LOGGED_OUT, LATER + MINUTE)
        live = await stores.sessions.load(session.sid)
        assert live is not None
        assert (EndReason.KICKED, LATER) == (live.session.end_reason, live.session.ended_at)

    async def test_an_expired_session_is_over_already(self, stores: Stores):
        """Ending an expired session is answered False and changes nothing."""
        session = a_session(expires_at=LATER)
        user, _ = await _somebody(stores, session)

        assert not await stores.sessions.end(session.sid, EndReason.KICKED, LATER)
        assert 0 == await stores.sessions.end_all(user.id, EndReason.KICKED, LATER)
        assert [] == list(await stores.sessions.living(user.id, LATER))
        live = await stores.sessions.load(session.sid)
        assert live is not None
        assert None is live.session.end_reason

        assert await stores.sessions.end(session.sid, EndReason.KICKED, LATER - TICK)

    async def test_an_ended_session_does_not_advance(self, stores: Stores):
        """Of an end and parallel advances, nothing moves after the end."""
        session = a_session()
        await _somebody(stores, session)

        _, ended, _ = await asyncio.gather(
            stores.sessions.advance(session.sid, 0, LATER, LATER + MINUTE),
            stores.sessions.end(session.sid, EndReason.LOGGED_OUT, LATER),
            stores.sessions.advance(session.sid, 1, LATER, LATER + MINUTE),
        )

        assert ended
        for counter in range(3):
            assert None is await stores.sessions.advance(
                session.sid, counter, LATER, LATER + MINUTE
            )

    async def test_all_sessions_of_a_user_end_but_one(self, stores: Stores):
        """End all answers how many it ended and spares `but` and other people."""
        first, second, third, stranger = (a_session() for _ in range(4))
        user, identity = await _somebody(stores, first)
        await stores.users.sign_in(identity, second)
        await stores.users.sign_in(identity, third)
        await _somebody(stores, stranger)
        await stores.sessions.end(first.sid, EndReason.LOGGED_OUT, NOW)

        assert 1 == await stores.sessions.end_all(user.id, EndReason.KICKED, LATER, but=third.sid)
        assert [third.sid] == [s.sid for s in await stores.sessions.living(user.id, LATER)]
        assert 1 == await stores.sessions.end_all(user.id, EndReason.LOGGED_OUT, LATER)
        assert 0 == await stores.sessions.end_all(user.id, EndReason.LOGGED_OUT, LATER)

        reasons = [await _reason(stores, s.sid) for s in (first, second, third, stranger)]
        assert [EndReason.LOGGED_OUT, EndReason.KICKED, EndReason.LOGGED_OUT, None] == reasons

    async def test_sessions_that_are_over_are_told_too(self, stores: Stores):
        """Ended and expired ones, newest use first; not the living, nor those of others."""
        user, identity = a_user(), an_identity()
        ended, living = a_session(), a_session()
        expired = a_session(last_used_at=NOW + TICK, expires_at=LATER)
        await stores.users.register(user, identity, ended)
        await stores.users.register(a_user(), an_identity(), a_session(expires_at=LATER))
        for session in (living, expired):
            await stores.users.sign_in(identity, session)
        await stores.sessions.end(ended.sid, EndReason.KICKED, NOW)

        over = await stores.sessions.ended(user.id, LATER)

        assert [(expired.sid, None), (ended.sid, EndReason.KICKED)] == [
            (each.sid, each.end_reason) for each in over
        ]
        assert [] == list(await stores.sessions.ended("\0", LATER))

    async def test_living_sessions_come_newest_use_first(self, stores: Stores):
        """The list holds what lives, in order of last use, and nobody else's."""
        old, fresh, over = a_session(), a_session(), a_session(expires_at=LATER)
        user, identity = await _somebody(stores, old)
        await stores.users.sign_in(identity, fresh)
        await stores.users.sign_in(identity, over)
        await _somebody(stores, a_session())
        await stores.sessions.advance(fresh.sid, 0, LATER, LATER + MINUTE)

        living = await stores.sessions.living(user.id, LATER)

        assert [fresh.sid, old.sid] == [session.sid for session in living]
        assert evolve(old, user_id=user.id) == living[1]

    async def test_revocations_come_oldest_first_from_a_moment_on(self, stores: Stores):
        """What ended at or after the moment is told, in order, with kind and reason."""
        moments = [NOW + n * MINUTE for n in range(5)]
        early, kicked, banned = (a_session() for _ in range(3))
        await _somebody(stores, early)
        await _somebody(stores, kicked)
        victim, _ = await _somebody(stores, banned)
        gone, _ = await _somebody(stores, a_session(expires_at=moments[1]))
        await stores.sessions.end(early.sid, EndReason.LOGGED_OUT, moments[0])
        await stores.sessions.end(kicked.sid, EndReason.KICKED, moments[1])
        await stores.accounts.erase(gone.id, moments[3])
        await stores.accounts.ban(victim.id, moments[2])

        told = await stores.sessions.revoked_since(moments[1])

        assert {
            ("session", kicked.sid, EndReason.KICKED, moments[1]),
            ("session", banned.sid, EndReason.BANNED, moments[2]),
            ("user", victim.id, EndReason.BANNED, moments[2]),
            ("user", gone.id, EndReason.ERASED, moments[3]),
        } == {(r.kind, r.id, r.reason, r.at) for r in told}
        assert [moments[1], moments[2], moments[2], moments[3]] == [r.at for r in told]
        assert 5 == len(await stores.sessions.revoked_since(NOW))
        assert [] == list(await stores.sessions.revoked_since(moments[3] + TICK))

    async def test_a_lifted_ban_is_no_longer_told_of_the_user(self, stores: Stores):
        """After unban the user's new sessions count; the ended ones stay told one by one."""
        session = a_session()
        user, _ = await _somebody(stores, session)
        await stores.accounts.ban(user.id, LATER)
        await stores.accounts.unban(user.id, LATER + MINUTE)

        told = await stores.sessions.revoked_since(NOW)

        assert [("session", session.sid)] == [(r.kind, r.id) for r in told]

    async def test_a_user_banned_then_erased_is_told_as_erased(self, stores: Stores):
        """A user is told once, with the last word about them."""
        user, _ = await _somebody(stores, a_session(expires_at=NOW))
        await stores.accounts.ban(user.id, NOW)
        await stores.accounts.erase(user.id, LATER)

        told = await stores.sessions.revoked_since(NOW)

        assert [("user", user.id, EndReason.ERASED)] == [(r.kind, r.id, r.reason) for r in told]

    async def test_a_sweep_deletes_what_is_long_over(self, stores: Stores):
        """Sessions over before the moment go, up to the limit; the others stay."""
        dead = [a_session(expires_at=NOW) for _ in range(3)]
        ended, ended_late, living = a_session(), a_session(), a_session()
        edge = a_session(expires_at=LATER)
        for session in (*dead, ended, ended_late, living, edge):
            await _somebody(stores, session)
        await stores.sessions.end(ended.sid, EndReason.KICKED, NOW)
        await stores.sessions.end(ended_late.sid, EndReason.KICKED, LATER)

        assert 3 == await stores.sessions.sweep(LATER, limit=3)
        assert 1 == await stores.sessions.sweep(LATER, limit=3)
        assert 0 == await stores.sessions.sweep(LATER, limit=3)

        for session in (*dead, ended):
            assert None is await stores.sessions.load(session.sid)
        for session in (ended_late, living, edge):
            assert None is not await stores.sessions.load(session.sid)

    async def test_sweeps_in_small_batches_come_to_an_end(self, stores: Stores):
        """What was refreshed since is put off, also in front of what is over, and goes in time."""
        used = [a_session(expires_at=LATER) for _ in range(5)]
        idle = [a_session(expires_at=LATER + TICK) for _ in range(3)]
        for session in (*used, *idle):
            await _somebody(stores, session)
        for session in used:
            await stores.sessions.advance(session.sid, 0, NOW, LATER + MINUTE)

        await _swept(stores, LATER + 2 * TICK)
        assert [True] * 5 == [await _is_there(stores, session) for session in used]
        assert [False] * 3 == [await _is_there(stores, session) for session in idle]

        await _swept(stores, LATER + MINUTE)
        assert [True] * 5 == [await _is_there(stores, session) for session in used]
        await _swept(stores, LATER + MINUTE + TICK)
        assert [False] * 5 == [await _is_there(stores, session) for session in used]


async def _swept(stores: Stores, before: datetime) -> None:
    for _ in range(20):
        if not await stores.sessions.sweep(before, limit=2):
            return
    raise AssertionError("the sweep does not come to an end")


async def _is_there(stores: Stores, session: Session) -> bool:
    return await stores.sessions.load(session.sid) is not None


async def _somebody(stores: Stores, session: Session) -> tuple[User, Identity]:
    user, identity = a_user(), an_identity()
    await stores.users.register(user, identity, session)
    return user, identity


async def _reason(stores: Stores, sid: str) -> EndReason | None:
    live = await stores.sessions.load(sid)
    assert live is not None
    return live.session.end_reason
