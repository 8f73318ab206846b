"""The contract of `MergeRepository`: two users made one, and two again."""

import asyncio
from datetime import datetime

import pytest
from attrs import evolve, frozen

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
from wxlogin.domain.errors import AlreadyThere
from wxlogin.domain.merge import RESTORABLE_FOR, Merge, MergeRefusal
from wxlogin.domain.session import Device, EndReason, Session
from wxlogin.domain.user import Gender, Identity, Phone, Profile, ProfileChange, User

LATER, STILL_LATER = NOW + MINUTE, NOW + 2 * MINUTE
PHONE, OTHER_PHONE = Phone("13800138000"), Phone("85291234567", "852")
ID = "0199a1b2-0000-7000-8000-00000000000a"
OTHER_ID = "0199a1b2-0000-7000-8000-00000000000b"


@frozen
class Two:
    """Who stays and who goes, with an identity and a session each."""

    kept: User
    gone: User
    mine: Identity
    theirs: Identity
    session: Session

    async def as_seen(self, stores: Stores) -> tuple[object, ...]:
        """Answer all that a merge changes and undoing it brings back; versions only grow."""
        users = [await stores.users.get(user.id) for user in (self.kept, self.gone)]
        return (
            [user and evolve(user, version=0) for user in users],
            [set(await stores.users.identities(user.id)) for user in (self.kept, self.gone)],
            list(await stores.users.conflicts()),
        )


async def two(
    stores: Stores,
    mine: str | None = None,
    theirs: str | None = None,
    *,
    kept: User | None = None,
    gone: User | None = None,
) -> Two:
    """Register two people, whose identities have these unionids in the end."""
    session = a_session(appid=OTHER_APP)
    people = Two(
        kept or a_user(profile=Profile("留下", "https://e.example/k.png", Gender.MALE)),
        gone or a_user(profile=Profile("离开", gender=Gender.FEMALE), phone=PHONE),
        an_identity(unionid=mine),
        an_identity(appid=OTHER_APP, unionid=theirs),
        session,
    )
    await stores.users.register(people.kept, people.mine, a_session())
    await stores.users.register(people.gone, evolve(people.theirs, unionid=None), session)
    if theirs is not None:
        await stores.users.sign_in(people.theirs, a_session(appid=OTHER_APP))
    return people


async def merged(stores: Stores, people: Two, merge_id: str = ID, at: datetime = LATER) -> Merge:
    done = await stores.merges.merge(merge_id, people.kept.id, people.gone.id, at)
    assert isinstance(done, Merge), done
    return done


async def undone(stores: Stores, merge_id: str = ID, at: datetime = STILL_LATER) -> Merge:
    done = await stores.merges.unmerge(merge_id, at)
    assert isinstance(done, Merge), done
    return done


class MergesContract:
    async def test_the_one_who_goes_is_the_one_who_stays(self, stores: Stores):
        """Both identities are one user's, with their own profile and the other's phone."""
        people = await two(stores)

        done = await merged(stores, people)

        assert Merge(ID, people.kept.id, people.gone.id, LATER) == done
        kept = evolve(people.kept, phone=PHONE, updated_at=LATER, version=2)
        assert kept == await stores.users.find(people.mine)
        assert kept == await stores.users.find(people.theirs)
        assert kept == await stores.users.sign_in(people.theirs, a_session())
        assert {people.mine, people.theirs} == set(await stores.users.identities(kept.id))
        assert None is await stores.users.get(people.gone.id)
        assert [] == list(await stores.users.identities(people.gone.id))

    async def test_what_was_never_told_is_filled_in(self, stores: Stores):
        """Empty fields only; a picture kept here stays its owner's, who is gone."""
        told = Profile("离开", "https://e.example/g.png", Gender.FEMALE)
        people = await two(stores, kept=a_user(phone=OTHER_PHONE), gone=a_user(profile=told))
        own = Profile(avatar_url="/avatars/x.webp")
        others = await two(stores, kept=a_user(), gone=a_user(profile=own))

        await merged(stores, people)
        await merged(stores, others, OTHER_ID)

        kept = await stores.users.get(people.kept.id)
        assert kept is not None
        assert (told, OTHER_PHONE) == (kept.profile, kept.phone)
        assert others.kept == await stores.users.get(others.kept.id)

    async def test_a_number_not_taken_over_is_free(self, stores: Stores):
        """One user has one number; the other one is anybody's who proves to hold it."""
        people = await two(stores, kept=a_user(phone=OTHER_PHONE))
        await merged(stores, people)

        somebody = await stores.users.register(a_user(phone=PHONE), an_identity(), a_session())

        assert PHONE == somebody.phone

    async def test_the_sessions_of_the_one_who_goes_end(self, stores: Stores):
        """As superseded, told one by one; expired ones say so too; ended ones keep their reason."""
        people = await two(stores)
        old, expired = a_session(), a_session(expires_at=NOW + TICK)
        for session in (old, expired):
            await stores.users.sign_in(people.theirs, session)
        await stores.sessions.end(old.sid, EndReason.KICKED, NOW)
        mine = a_session()
        await stores.users.sign_in(people.mine, mine)

        await merged(stores, people)

        reasons = []
        for session in (people.session, expired, old, mine):
            live = await stores.sessions.load(session.sid)
            assert live is not None
            reasons.append(live.session.end_reason)
        superseded = EndReason.SUPERSEDED
        assert [superseded, superseded, EndReason.KICKED, None] == reasons
        told = {(r.kind, r.id) for r in await stores.sessions.revoked_since(LATER)}
        assert ("session", people.session.sid) in told
        assert {"session"} == {kind for kind, _ in told}

    async def test_nothing_reaches_the_one_who_is_gone(self, stores: Stores):
        """No save, ban, erasure, second merge of theirs; no phone either."""
        people = await two(stores)
        await merged(stores, people)

        assert not await stores.users.save(people.gone.changed(ProfileChange(nickname="x"), LATER))
        wish = people.gone.with_phone(OTHER_PHONE, LATER)
        assert None is await stores.users.save_taking_phone(wish)
        assert not await stores.accounts.ban(people.gone.id, LATER)
        assert not await stores.accounts.erase(people.gone.id, LATER)
        other = await stores.users.register(a_user(), an_identity(), a_session())
        for pair in ((people.gone.id, other.id), (other.id, people.gone.id)):
            assert MergeRefusal.UNKNOWN is await stores.merges.merge(OTHER_ID, *pair, LATER)

    @pytest.mark.parametrize("odd", ["", "\0", "é", "nobody"])
    async def test_unknown_users_and_merges_are_refused(self, stores: Stores, odd: str):
        """So is one user twice; nothing changes."""
        people = await two(stores)
        mine, theirs = people.kept.id, people.gone.id
        for pair in ((mine, odd), (odd, theirs), (mine, mine)):
            assert MergeRefusal.UNKNOWN is await stores.merges.merge(ID, *pair, LATER)
        assert MergeRefusal.UNKNOWN is await stores.merges.unmerge(odd, LATER)
        assert [] == list(await stores.merges.of())
        assert [] == list(await stores.merges.of(odd))

    async def test_neither_merging_nor_undoing_lifts_a_ban(self, stores: Stores):
        """Either of them banned refuses it; so does giving an account up."""
        people = await two(stores)
        before = await people.as_seen(stores)
        for user in (people.kept, people.gone):
            await stores.accounts.ban(user.id, NOW)
            refused = await stores.merges.merge(ID, people.kept.id, people.gone.id, LATER)
            assert MergeRefusal.BANNED is refused
            await stores.accounts.unban(user.id, NOW)
            await stores.accounts.leave(user.id, NOW, NOW + RESTORABLE_FOR)
            refused = await stores.merges.merge(ID, people.kept.id, people.gone.id, LATER)
            assert MergeRefusal.LEAVING is refused
            await stores.accounts.stay(user.id, NOW)
        assert before == await people.as_seen(stores)

        await merged(stores, people)
        await stores.accounts.leave(people.kept.id, LATER, NOW + RESTORABLE_FOR)
        assert MergeRefusal.LEAVING is await stores.merges.unmerge(ID, STILL_LATER)
        await stores.accounts.ban(people.kept.id, LATER)
        assert MergeRefusal.BANNED is await stores.merges.unmerge(ID, STILL_LATER)

    async def test_undoing_brings_back_exactly_what_was(self, stores: Stores):
        """Users, identities, conflicts; only versions grow and sessions stay over."""
        people = await two(stores, "u-1", "u-1")
        third = an_identity(appid=THIRD_APP)
        await stores.users.register(a_user(), third, a_session())
        await stores.users.sign_in(evolve(third, unionid="u-1"), a_session())
        before = await people.as_seen(stores)

        await merged(stores, people)
        during = await stores.users.conflicts()
        done = await undone(stores)

        assert before == await people.as_seen(stores)
        assert 1 == len(during) < len(before[2])
        assert evolve(done, undone_at=STILL_LATER, restorable=False) == done
        assert [done] == list(await stores.merges.of(people.gone.id))
        live = await stores.sessions.load(people.session.sid)
        assert live is not None
        assert EndReason.SUPERSEDED is live.session.end_reason
        signed_in = await stores.users.sign_in(people.theirs, a_session())
        assert signed_in is not None
        assert people.gone.id == signed_in.id
        assert people.gone.version < signed_in.version
        kept = await stores.users.get(people.kept.id)
        assert kept is not None
        assert people.kept.version < kept.version

    async def test_undoing_ends_the_sessions_in_the_apps_that_go_back(self, stores: Stores):
        """Whoever logged in there since must not stay the one whom they turned out not to be."""
        people = await two(stores)
        theirs, mine = a_session(appid=OTHER_APP), a_session()
        await merged(stores, people)
        for identity, session in ((people.theirs, theirs), (people.mine, mine)):
            signed_in = await stores.users.sign_in(identity, session)
            assert signed_in is not None
            assert people.kept.id == signed_in.id

        await undone(stores)

        over = await stores.sessions.load(theirs.sid)
        assert over is not None
        assert EndReason.SUPERSEDED is over.session.end_reason
        living = await stores.sessions.living(people.kept.id, STILL_LATER)
        assert mine.sid in {session.sid for session in living}
        assert {APP} == {session.appid for session in living}

    async def test_a_merge_resolves_the_conflict_between_the_two(self, stores: Stores):
        """And whoever comes with the unionid afterwards joins the one who stays."""
        people = await two(stores, "u-1", "u-1")
        assert 1 == len(await stores.users.conflicts())

        await merged(stores, people)

        assert [] == list(await stores.users.conflicts())
        there = an_identity(appid=THIRD_APP, unionid="u-1")
        joined = await stores.users.register(a_user(), there, a_session())
        assert people.kept.id == joined.id

    async def test_the_holder_may_be_the_one_who_goes(self, stores: Stores):
        """The unionid goes along, there and back."""
        people = await two(stores, None, "u-1")
        await merged(stores, people)
        there, again = (an_identity(appid=THIRD_APP, unionid="u-1") for _ in range(2))

        joined = await stores.users.register(a_user(), there, a_session())
        await undone(stores)
        after = await stores.users.register(a_user(), again, a_session())

        assert people.kept.id == joined.id
        assert people.gone.id == after.id
        kept = await stores.users.find(there)
        assert kept is not None
        assert people.kept.id == kept.id  # came since, so it stays; now the two share a unionid
        assert [(people.gone.id, people.kept.id)] == [
            (c.first_user_id, c.second_user_id) for c in await stores.users.conflicts()
        ]

    async def test_a_third_one_s_conflict_keeps_its_time(self, stores: Stores):
        """It is with the one who stays meanwhile, and with who held the unionid after."""
        people = await two(stores, None, "u-1")
        third = an_identity(appid=THIRD_APP)
        other = await stores.users.register(a_user(), third, a_session())
        await stores.users.sign_in(evolve(third, unionid="u-1"), a_session())
        before = await people.as_seen(stores)

        await merged(stores, people)
        during = [(c.first_user_id, c.second_user_id) for c in await stores.users.conflicts()]
        await undone(stores)

        assert [(people.kept.id, other.id)] == during
        assert before == await people.as_seen(stores)

    async def test_a_unionid_that_came_since_goes_with_its_identity(self, stores: Stores):
        """Filled in while merged, it is its identity's user's after."""
        people = await two(stores)
        await merged(stores, people)
        await stores.users.sign_in(evolve(people.theirs, unionid="u-9"), a_session())

        await undone(stores)

        there = an_identity(appid=THIRD_APP, unionid="u-9")
        joined = await stores.users.register(a_user(), there, a_session())
        assert people.gone.id == joined.id
        assert [] == list(await stores.users.conflicts())

    async def test_what_the_one_who_stays_changed_since_stays(self, stores: Stores):
        """Their edits and their identities, a number they gave up; what is as taken goes back."""
        told = Profile("离开", "https://e.example/g.png", Gender.FEMALE)
        people = await two(stores, kept=a_user(), gone=a_user(profile=told, phone=PHONE))
        await merged(stores, people)
        kept = await stores.users.get(people.kept.id)
        assert kept is not None
        later = LATER + TICK
        edited = kept.changed(ProfileChange(nickname="新"), later).with_phone(None, later)
        assert await stores.users.save(evolve(edited, version=kept.version + 1))

        await undone(stores)

        kept = await stores.users.get(people.kept.id)
        gone = await stores.users.get(people.gone.id)
        assert kept is not None
        assert gone is not None
        assert (Profile("新"), None, STILL_LATER) == (kept.profile, kept.phone, kept.updated_at)
        assert (told, PHONE, NOW) == (gone.profile, gone.phone, gone.updated_at)

    async def test_a_number_that_is_anothers_by_now_stays_theirs(self, stores: Stores):
        """Whoever holds it, a third person or the one who stays by an act of their own."""
        people = await two(stores, kept=a_user(phone=OTHER_PHONE))
        await merged(stores, people)
        third = await stores.users.register(a_user(phone=PHONE), an_identity(), a_session())

        await undone(stores)

        gone = await stores.users.get(people.gone.id)
        assert gone is not None
        assert (None, people.gone.profile) == (gone.phone, gone.profile)
        assert third == await stores.users.get(third.id)

    async def test_it_can_be_undone_once_and_for_thirty_days(self, stores: Stores):
        """Up to the last moment, not after it, and not twice."""
        people, others = await two(stores), await two(stores, gone=a_user())
        await merged(stores, people)
        await merged(stores, others, OTHER_ID)

        last = LATER + RESTORABLE_FOR - TICK
        assert isinstance(await stores.merges.unmerge(ID, last), Merge)
        assert MergeRefusal.UNDONE is await stores.merges.unmerge(ID, last)
        assert MergeRefusal.TOO_LATE is await stores.merges.unmerge(OTHER_ID, last + TICK)

    async def test_what_is_old_is_found_and_forgotten(self, stores: Stores):
        """Then nothing is left to undo it with, and nothing is due any more."""
        people = await two(stores)
        done = await merged(stores, people)

        assert [] == list(await stores.merges.due(LATER, 10))
        assert [done] == list(await stores.merges.due(LATER + TICK, 10))
        await stores.merges.forget(ID)

        assert [] == list(await stores.merges.due(LATER + TICK, 10))
        assert [evolve(done, restorable=False)] == list(await stores.merges.of(people.kept.id))
        assert MergeRefusal.TOO_LATE is await stores.merges.unmerge(ID, STILL_LATER)

    async def test_two_merges_are_undone_the_later_first(self, stores: Stores):
        """Who went into one who went on is part of the last one, and comes back in turn."""
        people = await two(stores)
        last = await stores.users.register(a_user(), an_identity(), a_session())
        before = await people.as_seen(stores)
        await merged(stores, people)
        on = await stores.merges.merge(OTHER_ID, last.id, people.kept.id, STILL_LATER)

        assert isinstance(on, Merge)
        assert sorted((people.kept.id, people.gone.id)) == list(
            await stores.merges.absorbed(last.id)
        )
        assert MergeRefusal.MERGED_ON is await stores.merges.unmerge(ID, STILL_LATER)
        await undone(stores, OTHER_ID)
        assert [people.gone.id] == list(await stores.merges.absorbed(people.kept.id))
        await undone(stores)
        assert before == await people.as_seen(stores)
        assert [] == list(await stores.merges.absorbed(last.id))

    async def test_an_erasure_takes_what_is_kept_aside_along(self, stores: Stores):
        """Of everybody who is part of the erased one, also devices and consents; all is gone."""
        people = await two(stores)
        await stores.consents.agree(people.gone.id, APP, "1", NOW)
        last = await stores.users.register(a_user(), an_identity(), a_session())
        await merged(stores, people)
        await stores.merges.merge(OTHER_ID, last.id, people.kept.id, STILL_LATER)

        assert await stores.accounts.erase(last.id, STILL_LATER)

        for merge_id in (ID, OTHER_ID):
            answer = await stores.merges.unmerge(merge_id, STILL_LATER)
            assert answer in {MergeRefusal.TOO_LATE, MergeRefusal.MERGED_ON}
        assert [False, False] == [merge.restorable for merge in await stores.merges.of()]
        for identity in (people.mine, people.theirs):
            assert None is await stores.users.find(identity)
        live = await stores.sessions.load(people.session.sid)
        assert live is not None
        assert Device() == live.session.device
        assert people.gone.id == live.user.id
        assert None is live.user.consent
        assert [] == list(await stores.consents.of(people.gone.id))

    async def test_nobody_is_left_without_an_identity(self, stores: Stores):
        """Undoing is refused where only one of the two could still log in."""
        people = await two(stores)
        await merged(stores, people)
        await stores.links.detach(people.kept.id, APP, LATER)

        assert MergeRefusal.NO_IDENTITY is await stores.merges.unmerge(ID, STILL_LATER)

    async def test_of_merges_at_once_one_is_done(self, stores: Stores):
        """The same, the other way round, and a chain: somebody is left, and one way only."""
        people = await two(stores)
        pairs = [(people.kept.id, people.gone.id), (people.gone.id, people.kept.id)] * 5

        answers = await asyncio.gather(
            *(stores.merges.merge(f"{ID[:-2]}{n:02}", *pair, LATER) for n, pair in enumerate(pairs))
        )

        done = [answer for answer in answers if isinstance(answer, Merge)]
        assert 1 == len(done)
        assert [MergeRefusal.UNKNOWN] * 9 == [a for a in answers if not isinstance(a, Merge)]
        there = [await stores.users.find(each) for each in (people.mine, people.theirs)]
        assert [done[0].kept_id] * 2 == [user and user.id for user in there]

    async def test_undoing_at_once_is_done_once(self, stores: Stores):
        """The rest is told that it was done."""
        people = await two(stores)
        before = await people.as_seen(stores)
        await merged(stores, people)

        answers = await asyncio.gather(*(stores.merges.unmerge(ID, STILL_LATER) for _ in range(8)))

        assert 7 == answers.count(MergeRefusal.UNDONE)
        assert before == await people.as_seen(stores)

    async def test_logins_beside_a_merge_leave_no_session_with_the_one_who_is_gone(
        self, stores: Stores
    ):
        """Each is let in once, as the one or the other; late unionids do not stand in the way."""
        people = await two(stores, "u-1")
        known = evolve(people.theirs, unionid="u-1")

        async def log_in(identity: Identity) -> User:
            for _ in range(5):
                found = await stores.users.sign_in(identity, a_session(created_at=LATER))
                if found is not None:
                    return found
                try:
                    return await stores.users.register(a_user(), identity, a_session())
                except AlreadyThere:
                    continue
            raise AssertionError

        answers = await asyncio.gather(
            *(log_in(known) for _ in range(4)),
            merged(stores, people),
            *(log_in(people.theirs) for _ in range(4)),
        )

        users = [answer for answer in answers if isinstance(answer, User)]
        assert {user.id for user in users} <= {people.kept.id, people.gone.id}
        assert [] == list(await stores.sessions.living(people.gone.id, LATER))
        assert [] == list(await stores.users.conflicts())
        found = await stores.users.find(known)
        assert found is not None
        assert people.kept.id == found.id

    async def test_logins_beside_an_undoing_leave_nobody_in_the_wrong_account(self, stores: Stores):
        """Whoever signs in with an identity that goes back has no session as the other one."""
        for round_ in range(2):
            people = await two(stores, gone=a_user())
            merge_id = f"{ID[:-2]}{round_:02}"
            await merged(stores, people, merge_id)
            came = [a_session(appid=OTHER_APP) for _ in range(8)]
            enter = [stores.users.sign_in(people.theirs, each) for each in came]
            await asyncio.gather(*enter[:4], undone(stores, merge_id), *enter[4:])

            living = await stores.sessions.living(people.kept.id, STILL_LATER)
            assert {APP} == {session.appid for session in living}

    async def test_an_erasure_beside_a_merge_leaves_one_consistent_state(self, stores: Stores):
        """Whichever was first: nothing of the erased one is found, and nothing comes back."""
        people = await two(stores, "u-1", "u-1")

        answer, *_ = await asyncio.gather(
            stores.merges.merge(ID, people.kept.id, people.gone.id, LATER),
            stores.accounts.erase(people.kept.id, LATER),
            stores.merges.merge(OTHER_ID, people.gone.id, people.kept.id, LATER),
        )

        assert None is await stores.users.get(people.kept.id)
        if isinstance(answer, Merge):
            assert None is await stores.users.find(people.theirs)
            assert MergeRefusal.TOO_LATE is await stores.merges.unmerge(ID, STILL_LATER)
        for conflict in await stores.users.conflicts():
            assert people.kept.id not in {conflict.first_user_id, conflict.second_user_id}

    async def test_merges_of_many_in_a_ring_leave_somebody(self, stores: Stores):
        """Everybody into their neighbour, all at once: who stays has every identity there is."""
        people = [await two(stores, gone=a_user()) for _ in range(3)]
        ring = [user.id for pair in people for user in (pair.kept, pair.gone)]

        answers = await asyncio.gather(
            *(
                stores.merges.merge(f"{ID[:-2]}{n:02}", one, ring[n - 1], LATER)
                for n, one in enumerate(ring)
            )
        )

        done = [answer for answer in answers if isinstance(answer, Merge)]
        alive = [user_id for user_id in ring if await stores.users.get(user_id) is not None]
        assert len(ring) - len(done) == len(alive) >= 1
        names = [each for user_id in alive for each in await stores.users.identities(user_id)]
        assert {i for pair in people for i in (pair.mine, pair.theirs)} == set(names)
        assert len(ring) == len(names)
