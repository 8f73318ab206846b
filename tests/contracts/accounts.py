"""The contract of `AccountRepository`: bans and erasure."""

import asyncio

import pytest
from attrs import evolve

from tests.contracts.people import (
    APP,
    MINUTE,
    NOW,
    OTHER_APP,
    TICK,
    a_session,
    a_user,
    an_identity,
)
from tests.contracts.stores import Stores
from wxlogin.domain.ports.push import PushState
from wxlogin.domain.push_event import PushEvent
from wxlogin.domain.session import Device, EndReason
from wxlogin.domain.ticket import LoginTicket
from wxlogin.domain.user import Identity, Phone, Profile, ProfileChange, User

LATER = NOW + MINUTE


class AccountsContract:
    async def test_a_ban_ends_every_living_session(self, stores: Stores):
        """Living sessions end as banned; those over before keep their reason."""
        user, identity = a_user(), an_identity()
        old, living = a_session(), a_session()
        await stores.users.register(user, identity, old)
        await stores.sessions.end(old.sid, EndReason.LOGGED_OUT, NOW)
        await stores.users.sign_in(identity, living)

        assert await stores.accounts.ban(user.id, LATER)

        assert (EndReason.LOGGED_OUT, NOW) == await _end_of(stores, old.sid)
        assert (EndReason.BANNED, LATER) == await _end_of(stores, living.sid)
        banned = await stores.users.get(user.id)
        assert banned is not None
        assert banned.banned

    async def test_a_ban_touches_nobody_else(self, stores: Stores):
        """Other users and their sessions live on."""
        victim, other, session = a_user(), a_user(), a_session()
        await stores.users.register(victim, an_identity(), a_session())
        await stores.users.register(other, an_identity(), session)

        await stores.accounts.ban(victim.id, NOW)

        live = await stores.sessions.load(session.sid)
        assert live is not None
        assert (None, False) == (live.session.end_reason, live.user.banned)

    async def test_a_ban_may_be_repeated_and_lifted(self, stores: Stores):
        """A second ban is no error; after unban the user signs in anew, old sessions stay over."""
        user, identity, old, fresh = a_user(), an_identity(), a_session(), a_session()
        await stores.users.register(user, identity, old)
        assert await stores.accounts.ban(user.id, NOW)
        assert await stores.accounts.ban(user.id, LATER)

        assert await stores.accounts.unban(user.id, LATER)
        assert await stores.accounts.unban(user.id, LATER)

        answered = await stores.users.sign_in(identity, fresh)
        assert answered is not None
        assert not answered.banned
        assert (EndReason.BANNED, NOW) == await _end_of(stores, old.sid)
        assert (None, None) == await _end_of(stores, fresh.sid)

    async def test_nobody_unknown_is_banned(self, stores: Stores):
        """False for an id that is nobody's, or no id at all."""
        for odd in (a_user().id, "", "\0", "é"):
            assert not await stores.accounts.ban(odd, NOW)
            assert not await stores.accounts.unban(odd, NOW)
            assert not await stores.accounts.erase(odd, NOW)

    async def test_an_erased_person_is_gone(self, stores: Stores):
        """Not found by identity or id, no identities, no second erasure, no ban, no save."""
        user, identity = await _somebody(stores)

        assert await stores.accounts.erase(user.id, LATER)

        assert None is await stores.users.find(identity)
        assert None is await stores.users.get(user.id)
        assert [] == list(await stores.users.identities(user.id))
        assert None is await stores.users.sign_in(identity, a_session())
        assert not await stores.users.save(user.changed(ProfileChange(nickname="x"), LATER))
        assert not await stores.accounts.erase(user.id, LATER)
        assert not await stores.accounts.ban(user.id, LATER)
        assert not await stores.accounts.unban(user.id, LATER)

    async def test_sessions_of_an_erased_person_say_why_and_nothing_more(self, stores: Stores):
        """Sessions end as erased, ended ones keep their reason, device words are gone from all."""
        user, identity = a_user(profile=Profile("小明")), an_identity()
        old, living = a_session(), a_session()
        await stores.users.register(user, identity, old)
        await stores.sessions.end(old.sid, EndReason.KICKED, NOW)
        await stores.users.sign_in(identity, living)

        await stores.accounts.erase(user.id, LATER)

        assert (EndReason.KICKED, NOW) == await _end_of(stores, old.sid)
        assert (EndReason.ERASED, LATER) == await _end_of(stores, living.sid)
        for sid in (old.sid, living.sid):
            live = await stores.sessions.load(sid)
            assert live is not None
            assert Device() == live.session.device
            assert live.user.erased
            assert (Profile(), None) == (live.user.profile, live.user.phone)
            assert user.created_at == live.user.created_at

    async def test_openid_unionid_and_phone_are_free_at_once(self, stores: Stores):
        """After an erasure the same person starts anew, as another user."""
        user, identity = await _somebody(stores)
        await stores.accounts.erase(user.id, LATER)
        fresh, session = a_user(phone=user.phone), a_session()

        assert fresh == await stores.users.register(fresh, identity, session)

        assert fresh == await stores.users.find(identity)
        live = await stores.sessions.load(session.sid)
        assert live is not None
        assert fresh == live.user

    async def test_pending_tickets_of_an_erased_person_go(self, stores: Stores):
        """Tickets of every identity are gone; those of others stay."""
        user, identity = await _somebody(stores)
        there = an_identity(appid=OTHER_APP, unionid=identity.unionid)
        await stores.users.register(a_user(), there, a_session(appid=OTHER_APP))
        other = Identity(OTHER_APP, identity.openid)
        for digest, owner in (("a" * 64, identity), ("b" * 64, there), ("c" * 64, other)):
            await stores.tickets.add(LoginTicket(digest, owner, LATER + MINUTE))

        await stores.accounts.erase(user.id, LATER)

        assert None is await stores.tickets.redeem("a" * 64, LATER)
        assert None is await stores.tickets.redeem("b" * 64, LATER)
        assert other == await stores.tickets.redeem("c" * 64, LATER)

    async def test_an_erasure_takes_the_conflicts_along(self, stores: Stores):
        """No conflict names an erased person; the unionid goes to the user who still has it."""
        first, second = a_user(), a_user()
        late = an_identity(appid=OTHER_APP)
        await stores.users.register(first, an_identity(unionid="u-1"), a_session())
        await stores.users.register(second, late, a_session())
        await stores.users.sign_in(evolve(late, unionid="u-1"), a_session())

        await stores.accounts.erase(first.id, LATER)

        assert [] == list(await stores.users.conflicts())
        again = an_identity(unionid="u-1")
        assert second == await stores.users.register(a_user(), again, a_session())

    async def test_an_erasure_touches_nobody_else(self, stores: Stores):
        """Other users, their phones and sessions stay."""
        user, _ = await _somebody(stores)
        other, identity, session = a_user(phone=Phone("13900139000")), an_identity(), a_session()
        await stores.users.register(other, identity, session)

        await stores.accounts.erase(user.id, LATER)

        assert other == await stores.users.find(identity)
        live = await stores.sessions.load(session.sid)
        assert live is not None
        assert evolve(session, user_id=other.id) == live.session

    async def test_a_banned_person_may_be_erased(self, stores: Stores):
        """A ban does not outlive the account."""
        user, identity = await _somebody(stores)
        await stores.accounts.ban(user.id, NOW)
        assert await stores.accounts.erase(user.id, LATER)
        fresh = a_user()

        assert fresh == await stores.users.register(fresh, identity, a_session())

    async def test_who_leaves_is_out_and_can_be_found(self, stores: Stores):
        """Sessions end as erased, nothing else changes, and the time to return stays the first."""
        user, identity = await _somebody(stores)
        living = a_session()
        await stores.users.sign_in(identity, living)

        assert await stores.accounts.leave(user.id, NOW, LATER)
        assert await stores.accounts.leave(user.id, NOW, LATER + MINUTE)

        assert (EndReason.ERASED, NOW) == await _end_of(stores, living.sid)
        assert evolve(user, leaves_at=LATER) == await stores.users.get(user.id)
        assert evolve(user, leaves_at=LATER) == await stores.users.find(identity)
        assert ["session"] == sorted({r.kind for r in await stores.sessions.revoked_since(NOW)})

    async def test_a_sign_in_tells_of_a_leaving(self, stores: Stores):
        """Whoever signs in, with a unionid new to us or an app new to them, is told the time."""
        user, identity = await _somebody(stores)
        there = an_identity(appid=OTHER_APP, unionid=identity.unionid)
        await stores.accounts.leave(user.id, NOW, LATER)

        known = await stores.users.sign_in(identity, a_session())
        joined = await stores.users.register(a_user(), there, a_session(appid=OTHER_APP))

        assert known is not None
        assert (LATER, LATER) == (known.leaves_at, joined.leaves_at)

    async def test_a_leaving_is_taken_back_in_time_only(self, stores: Stores):
        """Until its moment, and again without harm; from then on not, nor for nobody."""
        user, _ = await _somebody(stores)
        assert await stores.accounts.stay(user.id, NOW)
        await stores.accounts.leave(user.id, NOW, LATER)

        assert not await stores.accounts.stay(user.id, LATER)
        assert await stores.accounts.stay(user.id, LATER - TICK)
        assert await stores.accounts.stay(user.id, LATER)

        assert user == await stores.users.get(user.id)
        await stores.accounts.erase(user.id, LATER)
        for nobody in (user.id, a_user().id, "", "\0", "é"):
            assert not await stores.accounts.stay(nobody, NOW)
            assert not await stores.accounts.leave(nobody, NOW, LATER)

    async def test_those_whose_time_is_over_are_told(self, stores: Stores):
        """The longest over first, as many as wanted; not who stays, has time, or is erased."""
        users = [(await _somebody(stores, n))[0] for n in range(5)]
        for number, user in enumerate(users):
            await stores.accounts.leave(user.id, NOW, LATER + number * MINUTE)
        await stores.accounts.stay(users[0].id, NOW)
        await stores.accounts.erase(users[1].id, NOW)
        over = LATER + 4 * MINUTE

        assert [users[2].id, users[3].id] == list(await stores.accounts.left(over, 9))
        assert [users[2].id] == list(await stores.accounts.left(over, 1))

    async def test_an_edit_does_not_take_a_leaving_back(self, stores: Stores):
        """Neither a change of the profile nor a ban and its end touches the time."""
        user, _ = await _somebody(stores)
        await stores.accounts.leave(user.id, NOW, LATER)

        assert await stores.users.save(user.changed(ProfileChange(nickname="x"), NOW))
        await stores.accounts.ban(user.id, NOW)
        await stores.accounts.unban(user.id, NOW)

        kept = await stores.users.get(user.id)
        assert kept is not None
        assert LATER == kept.leaves_at

    async def test_of_parallel_erasures_one_is_done(self, stores: Stores):
        """Exactly one is answered True, and no sign-in beside them leaves a living session."""
        user, identity = await _somebody(stores)

        answers = await asyncio.gather(
            *(stores.accounts.erase(user.id, LATER) for _ in range(10)),
            *(stores.users.sign_in(identity, a_session()) for _ in range(10)),
        )

        assert 1 == answers[:10].count(True)
        assert [] == list(await stores.sessions.living(user.id, NOW))

    @pytest.mark.parametrize("state", [None, PushState.KEPT, PushState.FAILED])
    async def test_what_pushed_events_say_of_the_erased_goes_too(
        self, stores: Stores, state: PushState | None
    ):
        """In every app of theirs, as sender too; that they came stays known, others' say all."""
        user, here = await _somebody(stores)
        there = an_identity(appid=OTHER_APP, unionid=here.unionid)
        await stores.users.register(a_user(), there, a_session())
        moment = {"CreateTime": int(NOW.timestamp())}
        theirs = [
            PushEvent.of(here.appid, {"Event": "a", "OpenID": here.openid, **moment}),
            PushEvent.of(there.appid, {"Event": "b", " OpenID": f" {there.openid} ", **moment}),
            PushEvent.of(here.appid, {"MsgType": "text", "FromUserName": here.openid, **moment}),
        ]
        others = [
            PushEvent.of(there.appid, {"Event": "d", "OpenID": here.openid, **moment}),
            PushEvent.of(here.appid, {"Event": "e", "OpenID": "oSomebodyElse", **moment}),
            PushEvent.of(
                here.appid,
                {"Event": "f", "OpenID": "oOther", "FromUserName": here.openid, **moment},
            ),
            PushEvent.of(here.appid, {"Event": "g", **moment}),
        ]
        for each in (*theirs, *others):
            assert await stores.inbox.add([each.kind], each, NOW)
            if state is not None:
                taken = await stores.inbox.take(NOW, LATER)
                assert taken is not None
                assert await stores.inbox.settle(taken, state, "why")

        assert await stores.accounts.erase(user.id, LATER)

        found = {each.key: each for each in await stores.inbox.newest(9)}
        kinds = [each.kind for each in theirs]
        assert {key: key in kinds for key in found} == {
            key: each.forgotten for key, each in found.items()
        }
        left = {each.kind: each for each in others} | dict.fromkeys(kinds)
        assert left == {key: each.event for key, each in found.items()}
        assert {state or PushState.WAITING} == {each.state for each in found.values()}
        assert not await stores.inbox.add(["a"], theirs[0], LATER)

    async def test_an_event_that_is_worked_on_while_it_is_forgotten_ends_well(self, stores: Stores):
        """The one that asks for the erasure is such a one."""
        user, identity = await _somebody(stores)
        told = {"Event": "x", "OpenID": identity.openid, "CreateTime": int(NOW.timestamp())}
        await stores.inbox.add(["x"], PushEvent.of(identity.appid, told), NOW)
        taken = await stores.inbox.take(NOW, LATER)
        assert taken is not None

        await stores.accounts.erase(user.id, NOW)

        assert await stores.inbox.settle(taken, PushState.DONE, "erased")


async def _somebody(stores: Stores, number: int = 0) -> tuple[User, Identity]:
    phone = Phone(f"1380013800{number}")
    user = a_user(profile=Profile("小明", "/avatars/x.webp"), phone=phone)
    identity = an_identity(appid=APP, unionid=f"u-{number + 1}")
    await stores.users.register(user, identity, a_session())
    return user, identity


async def _end_of(stores: Stores, sid: str) -> tuple[object, object]:
    live = await stores.sessions.load(sid)
    assert live is not None
    return live.session.end_reason, live.session.ended_at
