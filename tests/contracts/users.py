"""The contract of `UserRepository`: registering, signing in, saving."""

import asyncio
from datetime import UTC, timedelta, timezone

import pytest
from attrs import evolve

from tests.contracts.people import (
    APP,
    MINUTE,
    NOW,
    OTHER_APP,
    THIRD_APP,
    TICK,
    a_session,
    a_user,
    an_identity,
)
from tests.contracts.stores import Stores
from wxlogin.domain.errors import AlreadyThere, PhoneTaken
from wxlogin.domain.session import Device, EndReason
from wxlogin.domain.user import Gender, Identity, Phone, Profile, ProfileChange, User

MANY = 20
LATER = NOW + MINUTE


class UsersContract:
    async def test_a_registered_user_is_found_as_given(self, stores: Stores):
        """Register answers the user; find and get answer an equal one."""
        identity = an_identity(unionid="u-1")
        user = a_user(
            profile=Profile("小明", "https://example.com/a.png", Gender.FEMALE),
            phone=Phone("85212345678", country_code="852"),
        )

        assert user == await stores.users.register(user, identity, a_session())
        assert user == await stores.users.find(identity)
        assert user == await stores.users.get(user.id)
        assert [identity] == list(await stores.users.identities(user.id))

    async def test_nobody_is_found_who_is_not_there(self, stores: Stores):
        """Unknown identities and ids are answered None or nothing."""
        assert None is await stores.users.find(an_identity())
        assert None is await stores.users.get(a_user().id)
        assert [] == list(await stores.users.identities(a_user().id))

    @pytest.mark.parametrize("odd", ["", "\0", "x\0", "é", "\ud800", "a" * 500, "%", "' OR ''='"])
    async def test_an_odd_id_is_only_unknown(self, stores: Stores, odd: str):
        """Text that can be no id of ours is answered like any unknown id."""
        assert None is await stores.users.get(odd)
        assert [] == list(await stores.users.identities(odd))

    async def test_times_keep_their_microseconds_and_come_back_in_utc(self, stores: Stores):
        """A moment given in any zone is the same moment, in UTC, to the microsecond."""
        shanghai = timezone(timedelta(hours=8))
        created = NOW.replace(microsecond=999999).astimezone(shanghai)
        updated = NOW.replace(microsecond=1).astimezone(shanghai)
        user = a_user(created_at=created, updated_at=updated)
        await stores.users.register(user, an_identity(), a_session())

        kept = await stores.users.get(user.id)

        assert kept is not None
        assert (created, updated) == (kept.created_at, kept.updated_at)
        assert UTC is kept.created_at.tzinfo is kept.updated_at.tzinfo

    async def test_openids_that_differ_in_case_are_two_people(self, stores: Stores):
        """Openids are compared sign by sign."""
        lower, upper = a_user(), a_user()
        await stores.users.register(lower, an_identity("oAbCdEf"), a_session())
        await stores.users.register(upper, an_identity("oABCDEF"), a_session())

        assert lower == await stores.users.find(an_identity("oAbCdEf"))
        assert upper == await stores.users.find(an_identity("oABCDEF"))
        assert None is await stores.users.find(an_identity("oabcdef"))

    async def test_unionids_that_differ_in_case_are_two_people(self, stores: Stores):
        """Unionids are compared sign by sign."""
        lower, upper = a_user(), a_user()
        await stores.users.register(lower, an_identity(unionid="uAb"), a_session())

        joined = await stores.users.register(upper, an_identity(unionid="uAB"), a_session())

        assert upper == joined

    async def test_one_openid_in_two_apps_is_two_identities(self, stores: Stores):
        """An openid counts only together with its app."""
        here, there = a_user(), a_user()
        await stores.users.register(here, Identity(APP, "o-same"), a_session())
        await stores.users.register(there, Identity(OTHER_APP, "o-same"), a_session())

        assert here == await stores.users.find(Identity(APP, "o-same"))
        assert there == await stores.users.find(Identity(OTHER_APP, "o-same"))

    @pytest.mark.parametrize(
        "nickname",
        [
            "😀👨‍👩‍👧‍👦",
            "𠮷野家",
            "e\u0301\u0327",
            "\u0627\u0644",
            "ß ẞ ı İ",
            "'; --\\%_",
            "",
            "名" * 64,
            "😀" * 64,
        ],
    )
    async def test_a_nickname_comes_back_sign_by_sign(self, stores: Stores, nickname: str):
        """Four-byte, combining and right-to-left signs are kept as they are."""
        user = a_user(profile=Profile(nickname=nickname))
        await stores.users.register(user, an_identity(), a_session())

        kept = await stores.users.get(user.id)

        assert kept is not None
        assert nickname == kept.profile.nickname

    async def test_an_identity_is_registered_once(self, stores: Stores):
        """A second register of an identity raises AlreadyThere and leaves nothing behind."""
        identity, first, second = an_identity(), a_user(), a_user()
        await stores.users.register(first, identity, a_session())
        late = a_session()

        with pytest.raises(AlreadyThere):
            await stores.users.register(second, evolve(identity, unionid="u-2"), late)

        assert first == await stores.users.find(identity)
        assert None is await stores.users.get(second.id)
        assert None is await stores.sessions.load(late.sid)
        fresh = a_user()
        other = an_identity(appid=OTHER_APP, unionid="u-2")
        assert fresh == await stores.users.register(fresh, other, a_session())

    async def test_parallel_registers_of_one_identity_make_one_user(self, stores: Stores):
        """One of many parallel registers wins, the rest is told AlreadyThere."""
        identity = an_identity(unionid="u-1")
        candidates = [a_user() for _ in range(MANY)]

        answers = await asyncio.gather(
            *(stores.users.register(user, identity, a_session()) for user in candidates),
            return_exceptions=True,
        )

        winners = [answer for answer in answers if isinstance(answer, User)]
        assert [AlreadyThere] * (MANY - 1) == [
            type(answer) for answer in answers if not isinstance(answer, User)
        ]
        assert winners == [await stores.users.find(identity)]
        assert 1 == len(await stores.sessions.living(winners[0].id, NOW))
        there = [await stores.users.get(user.id) for user in candidates]
        assert winners == [user for user in there if user is not None]

    async def test_a_known_unionid_joins_the_user_who_has_it(self, stores: Stores):
        """The same person in another app becomes the same user; the candidate is not kept."""
        first, candidate, session = a_user(), a_user(), a_session(appid=OTHER_APP)
        here = an_identity(unionid="u-1")
        there = an_identity(appid=OTHER_APP, unionid="u-1")
        await stores.users.register(first, here, a_session())

        later = evolve(candidate, created_at=NOW + MINUTE)
        answered = await stores.users.register(
            later, there, evolve(session, created_at=NOW + MINUTE)
        )

        assert first == answered == await stores.users.find(there)
        assert None is await stores.users.get(candidate.id)
        assert [here, there] == list(await stores.users.identities(first.id))
        live = await stores.sessions.load(session.sid)
        assert live is not None
        assert first.id == live.session.user_id
        assert [] == list(await stores.users.conflicts())

    async def test_parallel_first_registers_of_one_unionid_make_one_user(self, stores: Stores):
        """First logins of one person in many apps at once still make one user."""
        identities = [
            an_identity(appid=app, unionid="u-1")
            for app in (APP, OTHER_APP)
            for _ in range(MANY // 2)
        ]

        answers = await asyncio.gather(
            *(stores.users.register(a_user(), identity, a_session()) for identity in identities)
        )

        assert 1 == len({answer.id for answer in answers})
        assert set(identities) == set(await stores.users.identities(answers[0].id))
        assert MANY == len(await stores.sessions.living(answers[0].id, NOW))

    async def test_more_sessions_than_kept_end_those_idle_the_longest(self, stores: Stores):
        """At a sign-in beyond the limit what was used least recently ends, as superseded."""
        identity, (first, second, third, fresh) = an_identity(), (a_session() for _ in range(4))
        user = await stores.users.register(a_user(), identity, first, keep=3)
        await stores.users.sign_in(identity, second, keep=3)
        await stores.users.sign_in(identity, third, keep=3)
        await stores.sessions.advance(first.sid, 0, NOW + TICK, first.expires_at)
        await stores.sessions.advance(third.sid, 0, NOW + 2 * TICK, third.expires_at)
        late = evolve(fresh, created_at=LATER, last_used_at=LATER)

        assert user == await stores.users.sign_in(identity, late, keep=3)

        living = await stores.sessions.living(user.id, LATER)
        assert [fresh.sid, third.sid, first.sid] == [session.sid for session in living]
        ended = await stores.sessions.load(second.sid)
        assert ended is not None
        assert (EndReason.SUPERSEDED, LATER) == (ended.session.end_reason, ended.session.ended_at)
        told = await stores.sessions.revoked_since(NOW)
        assert [(second.sid, EndReason.SUPERSEDED)] == [(each.id, each.reason) for each in told]

    async def test_only_ones_own_living_sessions_count(self, stores: Stores):
        """Ended, expired and other people's sessions neither fill the limit nor change."""
        identity, stranger = an_identity(), a_session()
        ended, expired, living, fresh = (
            a_session(), a_session(expires_at=LATER), a_session(), a_session(created_at=LATER),
        )  # fmt: skip
        await stores.users.register(a_user(), an_identity(), stranger)
        for session in (ended, expired, living):
            await stores.users.sign_in(identity, session) or await stores.users.register(
                a_user(), identity, session
            )
        await stores.sessions.end(ended.sid, EndReason.KICKED, NOW)

        await stores.users.sign_in(identity, fresh, keep=2)

        reasons = [
            live.session.end_reason
            for session in (ended, expired, living, fresh, stranger)
            if (live := await stores.sessions.load(session.sid)) is not None
        ]
        assert [EndReason.KICKED, None, None, None, None] == reasons

    async def test_a_lower_limit_ends_several_at_once(self, stores: Stores):
        """Who has more sessions than are kept now has as many as are kept after a sign-in."""
        identity, first, fresh = an_identity(), a_session(), a_session()
        user = await stores.users.register(a_user(), identity, first)
        for n in range(5):
            later = a_session(last_used_at=NOW + (n + 1) * TICK)
            await stores.users.sign_in(identity, later)

        await stores.users.sign_in(identity, evolve(fresh, created_at=LATER), keep=1)

        assert [fresh.sid] == [s.sid for s in await stores.sessions.living(user.id, LATER)]

    async def test_the_limit_holds_where_the_unionid_decides(self, stores: Stores):
        """Joining a user from another app and filling in a unionid end the longest idle, too."""
        here, there = an_identity(), an_identity(appid=OTHER_APP, unionid="u-1")
        first, second, third = (
            a_session(created_at=NOW + n * TICK, last_used_at=NOW + n * TICK) for n in range(3)
        )
        user = await stores.users.register(a_user(), here, first)

        await stores.users.sign_in(evolve(here, unionid="u-1"), second, keep=1)
        filled_in = await stores.sessions.living(user.id, LATER)
        joined = await stores.users.register(a_user(), there, third, keep=1)

        assert user.id == joined.id
        assert [second.sid] == [session.sid for session in filled_in]
        assert [third.sid] == [s.sid for s in await stores.sessions.living(user.id, LATER)]

    async def test_a_banned_user_loses_nothing_to_the_limit(self, stores: Stores):
        """No session is added, so none makes room; the reasons stay."""
        identity, first = an_identity(), a_session()
        user = await stores.users.register(a_user(), identity, first)
        await stores.accounts.ban(user.id, NOW)

        await stores.users.sign_in(identity, a_session(), keep=1)

        live = await stores.sessions.load(first.sid)
        assert live is not None
        assert EndReason.BANNED is live.session.end_reason

    async def test_parallel_sign_ins_beyond_the_limit_all_succeed(self, stores: Stores):
        """None waits for or spoils another; the next one leaves as many as are kept."""
        identity = an_identity()
        user = await stores.users.register(a_user(), identity, a_session())
        for _ in range(MANY):
            await stores.users.sign_in(identity, a_session())

        answers = await asyncio.gather(
            *(
                stores.users.sign_in(identity, a_session(last_used_at=LATER), keep=3)
                for _ in range(MANY)
            )
        )
        last = a_session(created_at=LATER, last_used_at=LATER + TICK)
        await stores.users.sign_in(identity, last, keep=3)

        assert [user] * MANY == answers
        living = await stores.sessions.living(user.id, LATER)
        assert (3, last.sid) == (len(living), living[0].sid)

    async def test_joining_a_banned_user_opens_no_session(self, stores: Stores):
        """A banned person in another app is the same banned user, without a session."""
        first, session = a_user(), a_session()
        await stores.users.register(first, an_identity(unionid="u-1"), a_session())
        await stores.accounts.ban(first.id, NOW)
        there = an_identity(appid=OTHER_APP, unionid="u-1")

        answered = await stores.users.register(a_user(), there, session)

        assert (first.id, True) == (answered.id, answered.banned)
        assert None is await stores.sessions.load(session.sid)
        found = await stores.users.find(there)
        assert found is not None
        assert first.id == found.id

    async def test_signing_in_opens_a_session_for_the_user(self, stores: Stores):
        """Sign in answers the user and adds the session as that user's, whatever it said."""
        identity, user = an_identity(), a_user(phone=Phone("13800138000"))
        await stores.users.register(user, identity, a_session())
        session = a_session(user_id="somebody else", counter=3)

        assert user == await stores.users.sign_in(identity, session)

        live = await stores.sessions.load(session.sid)
        assert live is not None
        assert (evolve(session, user_id=user.id), user) == (live.session, live.user)

    async def test_signing_in_an_unknown_identity_does_nothing(self, stores: Stores):
        """None for an identity nobody has, and no session."""
        session = a_session()

        assert None is await stores.users.sign_in(an_identity(unionid="u-1"), session)

        assert None is await stores.sessions.load(session.sid)

    async def test_a_banned_user_gets_no_session(self, stores: Stores):
        """Sign in answers a banned user as banned and adds nothing."""
        identity, user, session = an_identity(), a_user(), a_session()
        await stores.users.register(user, identity, a_session())
        await stores.accounts.ban(user.id, NOW)

        answered = await stores.users.sign_in(identity, session)

        assert answered is not None
        assert (user.id, True) == (answered.id, answered.banned)
        assert None is await stores.sessions.load(session.sid)

    async def test_parallel_sign_ins_open_a_session_each(self, stores: Stores):
        """Many devices of one person sign in at once, also while the unionid is filled in."""
        identity, user = an_identity(), a_user()
        await stores.users.register(user, identity, a_session())
        known = evolve(identity, unionid="u-1")

        answers = await asyncio.gather(
            *(stores.users.sign_in(known, a_session()) for _ in range(MANY))
        )

        assert [user] * MANY == answers
        assert MANY + 1 == len(await stores.sessions.living(user.id, NOW))
        assert [known] == list(await stores.users.identities(user.id))

    async def test_a_ban_leaves_no_living_session_of_a_parallel_sign_in(self, stores: Stores):
        """Whoever comes first, after a ban and parallel sign-ins no session lives."""
        identity, user = an_identity(), a_user()
        await stores.users.register(user, identity, a_session())

        await asyncio.gather(
            *(stores.users.sign_in(identity, a_session()) for _ in range(MANY // 2)),
            stores.accounts.ban(user.id, NOW),
            *(stores.users.sign_in(identity, a_session()) for _ in range(MANY // 2)),
        )

        assert [] == list(await stores.sessions.living(user.id, NOW))

    async def test_a_unionid_that_comes_later_is_filled_in(self, stores: Stores):
        """Sign in notes a first unionid, and it then joins other apps to this user."""
        identity, user = an_identity(), a_user()
        await stores.users.register(user, identity, a_session())

        await stores.users.sign_in(evolve(identity, unionid="u-1"), a_session())

        assert [evolve(identity, unionid="u-1")] == list(await stores.users.identities(user.id))
        there = an_identity(appid=OTHER_APP, unionid="u-1")
        assert user == await stores.users.register(a_user(), there, a_session())

    async def test_a_known_unionid_is_kept(self, stores: Stores):
        """Sign in replaces no unionid, neither by another nor by none."""
        identity, user = an_identity(unionid="u-1"), a_user()
        await stores.users.register(user, identity, a_session())

        assert user == await stores.users.sign_in(evolve(identity, unionid="u-2"), a_session())
        assert user == await stores.users.sign_in(evolve(identity, unionid=None), a_session())

        assert [identity] == list(await stores.users.identities(user.id))

    async def test_two_users_with_one_unionid_stay_two(self, stores: Stores):
        """A unionid another user holds is noted and recorded as a conflict, once."""
        first, second = a_user(), a_user()
        late = an_identity(appid=OTHER_APP)
        later_still = an_identity(appid=OTHER_APP)
        await stores.users.register(first, an_identity(unionid="u-1"), a_session())
        await stores.users.register(second, late, a_session())
        known = evolve(late, unionid="u-1")

        for _ in range(2):
            assert second == await stores.users.sign_in(known, a_session(created_at=NOW + MINUTE))

        assert [known] == list(await stores.users.identities(second.id))
        conflicts = await stores.users.conflicts()
        assert [("u-1", first.id, second.id, NOW + MINUTE)] == [
            (c.unionid, c.first_user_id, c.second_user_id, c.found_at) for c in conflicts
        ]
        third = evolve(later_still, appid=THIRD_APP, unionid="u-1")
        assert first == await stores.users.register(a_user(), third, a_session())

    async def test_conflicts_come_oldest_first_and_one_per_pair(self, stores: Stores):
        """Parallel sign-ins that meet one conflict record it once; others follow in time."""
        first, second = a_user(), a_user()
        ones = [an_identity(), an_identity()]
        await stores.users.register(first, an_identity(unionid="u-a"), a_session())
        await stores.users.register(a_user(), an_identity(unionid="u-b"), a_session())
        for identity in ones:
            await stores.users.register(second, identity, a_session())
            second = a_user()

        await stores.users.sign_in(
            evolve(ones[1], unionid="u-b"), a_session(created_at=NOW + 2 * MINUTE)
        )
        await asyncio.gather(
            *(
                stores.users.sign_in(
                    evolve(ones[0], unionid="u-a"), a_session(created_at=NOW + MINUTE)
                )
                for _ in range(MANY)
            )
        )

        assert ["u-a", "u-b"] == [c.unionid for c in await stores.users.conflicts()]

    async def test_a_save_writes_what_changed(self, stores: Stores):
        """Profile, phone, times and version are kept."""
        user = a_user()
        await stores.users.register(user, an_identity(), a_session())
        changed = user.changed(
            ProfileChange(nickname="新名字", avatar_url="/avatars/x.webp", gender=2), NOW + MINUTE
        )
        with_phone = changed.with_phone(Phone("13800138000"), NOW + 2 * MINUTE)

        assert await stores.users.save(changed)
        assert changed == await stores.users.get(user.id)
        assert await stores.users.save(with_phone)
        assert with_phone == await stores.users.get(user.id)

    async def test_a_save_on_an_old_version_changes_nothing(self, stores: Stores):
        """False when the stored version is not the one before, or the user is unknown."""
        user = a_user()
        await stores.users.register(user, an_identity(), a_session())

        assert not await stores.users.save(user)
        assert not await stores.users.save(evolve(user, version=3, profile=Profile("x")))
        assert not await stores.users.save(a_user(version=2))
        assert user == await stores.users.get(user.id)

    async def test_of_parallel_saves_one_wins(self, stores: Stores):
        """No update is lost: of many saves of one version exactly one is answered True."""
        user = a_user()
        await stores.users.register(user, an_identity(), a_session())
        changes = [user.changed(ProfileChange(nickname=f"n{n}"), NOW) for n in range(MANY)]

        answers = await asyncio.gather(*(stores.users.save(change) for change in changes))

        assert 1 == answers.count(True)
        assert changes[answers.index(True)] == await stores.users.get(user.id)

    async def test_a_save_lifts_no_ban(self, stores: Stores):
        """A save by somebody who read the user before the ban leaves the ban in force."""
        user = a_user()
        await stores.users.register(user, an_identity(), a_session())
        await stores.accounts.ban(user.id, NOW)

        await stores.users.save(user.changed(ProfileChange(nickname="x"), NOW))

        kept = await stores.users.get(user.id)
        assert kept is not None
        assert kept.banned

    async def test_a_phone_belongs_to_one_user(self, stores: Stores):
        """A second user with the number is refused and unchanged until it is free."""
        owner, other = a_user(), a_user()
        phone = Phone("13800138000")
        for user in (owner, other):
            await stores.users.register(user, an_identity(), a_session())
        owner, wish = owner.with_phone(phone, NOW), other.with_phone(phone, NOW)
        assert await stores.users.save(owner)

        with pytest.raises(PhoneTaken):
            await stores.users.save(wish)

        assert other == await stores.users.get(other.id)
        assert await stores.users.save(owner.changed(ProfileChange(nickname="x"), NOW))
        kept = await stores.users.get(owner.id)
        assert kept is not None
        assert phone == kept.phone
        assert await stores.users.save(kept.with_phone(None, NOW))
        assert await stores.users.save(wish)

    async def test_registering_with_a_taken_phone_is_refused(self, stores: Stores):
        """The phone rule holds for new users too, and nothing is added."""
        phone = Phone("13800138000")
        owner, other, identity = a_user(phone=phone), a_user(phone=phone), an_identity()
        await stores.users.register(owner, an_identity(), a_session())

        with pytest.raises(PhoneTaken):
            await stores.users.register(other, identity, a_session())

        assert None is await stores.users.find(identity)

    async def test_of_parallel_wishes_for_a_phone_one_is_granted(self, stores: Stores):
        """Many users ask for one number at once; one gets it, the rest is told PhoneTaken."""
        users = [a_user() for _ in range(MANY)]
        for user in users:
            await stores.users.register(user, an_identity(), a_session())
        phone = Phone("13800138000")

        answers = await asyncio.gather(
            *(stores.users.save(user.with_phone(phone, NOW)) for user in users),
            return_exceptions=True,
        )

        assert 1 == answers.count(True)
        assert MANY - 1 == sum(isinstance(answer, PhoneTaken) for answer in answers)

    async def test_a_device_is_kept_as_told(self, stores: Stores):
        """Device words come back sign by sign, four-byte signs too."""
        session = a_session(device=Device(name="😀 e\u0301", platform="", model="Mi 14 '\\"))
        await stores.users.register(a_user(), an_identity(), session)

        live = await stores.sessions.load(session.sid)

        assert live is not None
        assert session.device == live.session.device
