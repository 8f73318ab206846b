"""The contract of `Outbox`: told in the commit of the act, in order, to one sender."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve, frozen

from tests.contracts.people import MINUTE, NOW, OTHER_APP, TICK, a_session, a_user, an_identity
from wxlogin.domain.errors import AlreadyThere, PhoneTaken
from wxlogin.domain.merge import Merge
from wxlogin.domain.ports.accounts import AccountRepository
from wxlogin.domain.ports.links import LinkRepository
from wxlogin.domain.ports.merges import MergeRepository
from wxlogin.domain.ports.outbox import Depth, Happened, Notice, Outbox
from wxlogin.domain.ports.sessions import SessionRepository
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.session import EndReason, Session
from wxlogin.domain.user import Identity, Phone, ProfileChange, User

DAY = timedelta(days=1)
ALL = 1000


@frozen
class TellingStores:
    """Stores of one deployment that has a webhook."""

    users: UserRepository
    accounts: AccountRepository
    sessions: SessionRepository
    outbox: Outbox
    merges: MergeRepository
    links: LinkRepository

    async def person(
        self, user: User | None = None, identity: Identity | None = None
    ) -> tuple[User, Session, Identity]:
        """Register somebody; answer user, session and identity."""
        user, session = user or a_user(), a_session()
        identity = identity or an_identity()
        owner = await self.users.register(user, identity, session)
        return owner, evolve(session, user_id=owner.id), identity

    async def told(self, user_id: str) -> list[tuple[str, str | None, str]]:
        """Answer kind, session and reason of what is to be told of a user, in order."""
        return [
            (each.kind.value, each.sid, each.reason)
            for each in await self.outbox.oldest(ALL)
            if each.user_id == user_id
        ]

    async def take(self, at=NOW, limit: int = ALL) -> list[Notice]:
        return list(await self.outbox.take(at, at + MINUTE, limit))


CREATED, UPDATED, ERASED = (
    (kind.value, None, "")
    for kind in (Happened.USER_CREATED, Happened.USER_UPDATED, Happened.USER_ERASED)
)


def ended(session: Session, reason: EndReason) -> tuple[str, str, str]:
    return "session.ended", session.sid, reason.value


class OutboxContract:
    """Subclasses answer empty stores that tell from a fixture `telling`."""

    async def test_a_new_user_is_told_once(self, telling: TellingStores):
        """However many register the same identity at once; a login tells nothing."""
        identity = an_identity()
        came = await asyncio.gather(
            *(telling.person(identity=identity) for _ in range(5)), return_exceptions=True
        )
        assert await telling.users.sign_in(identity, a_session()) is not None

        (user, _, _) = next(each for each in came if not isinstance(each, BaseException))
        assert 4 == sum(isinstance(each, AlreadyThere) for each in came)
        assert [(Happened.USER_CREATED, user.id, NOW)] == [
            (each.kind, each.user_id, each.at) for each in await telling.outbox.oldest(ALL)
        ]

    async def test_who_joins_a_user_makes_none(self, telling: TellingStores):
        """The same person in another app is told of once."""
        user, *_ = await telling.person(identity=an_identity(unionid="u1"))
        again, *_ = await telling.person(identity=an_identity(appid="wx2", unionid="u1"))

        assert user.id == again.id
        assert [CREATED] == await telling.told(user.id)

    async def test_a_change_is_told_and_a_lost_race_is_not(self, telling: TellingStores):
        """One notice for each save that was written, with its time."""
        user, *_ = await telling.person()
        changed = user.changed(ProfileChange(nickname="新名字"), NOW + MINUTE)

        saved = await asyncio.gather(*(telling.users.save(changed) for _ in range(5)))

        assert 1 == saved.count(True)
        assert [CREATED, UPDATED] == await telling.told(user.id)
        assert NOW + MINUTE == (await telling.outbox.oldest(ALL))[-1].at

    async def test_a_refused_change_is_not_told(self, telling: TellingStores):
        """A taken phone leaves user and outbox as they were."""
        phone = Phone("15600000077")
        await telling.person(a_user(phone=phone))
        user, *_ = await telling.person()

        with pytest.raises(PhoneTaken):
            await telling.users.save(user.with_phone(phone, NOW))

        assert [CREATED] == await telling.told(user.id)

    async def test_a_phone_that_moves_is_told_of_both(self, telling: TellingStores):
        """Who lost it and who has it now."""
        phone = Phone("15600000077")
        former, *_ = await telling.person(a_user(phone=phone))
        user, *_ = await telling.person()

        assert await telling.users.save_taking_phone(user.with_phone(phone, NOW))
        assert not await telling.users.save_taking_phone(user.with_phone(phone, NOW))

        assert [CREATED, UPDATED] == await telling.told(former.id)
        assert [CREATED, UPDATED] == await telling.told(user.id)

    async def test_an_ended_session_is_told_with_its_reason(self, telling: TellingStores):
        """Once, whoever ends it, and not when it was over."""
        user, session, _ = await telling.person()

        done = await asyncio.gather(
            *(telling.sessions.end(session.sid, EndReason.LOGGED_OUT, NOW) for _ in range(5))
        )
        assert not await telling.sessions.end("unknown", EndReason.KICKED, NOW)

        assert 1 == done.count(True)
        assert [CREATED, ended(session, EndReason.LOGGED_OUT)] == await telling.told(user.id)

    async def test_an_expired_session_is_not_told(self, telling: TellingStores):
        """Whoever checks tokens sees that by themselves."""
        user, session, _ = await telling.person()
        over = NOW + timedelta(days=31)

        assert not await telling.sessions.end(session.sid, EndReason.KICKED, over)
        assert 0 == await telling.sessions.end_all(user.id, EndReason.KICKED, over)
        assert await telling.accounts.ban(user.id, over)

        assert [CREATED, (*UPDATED[:2], "banned")] == await telling.told(user.id)

    async def test_all_sessions_but_one(self, telling: TellingStores):
        """Each that ends is told, the one that stays is not, nor other people's."""
        user, first, identity = await telling.person()
        others = [a_session(), a_session()]
        for session in others:
            assert await telling.users.sign_in(identity, session)
        stranger, *_ = await telling.person()

        assert 2 == await telling.sessions.end_all(user.id, EndReason.KICKED, NOW, but=first.sid)

        told = await telling.told(user.id)
        assert CREATED == told[0]
        assert {ended(each, EndReason.KICKED) for each in others} == set(told[1:])
        assert 3 == len(told)
        assert [CREATED] == await telling.told(stranger.id)

    async def test_a_login_tells_what_had_to_make_room(self, telling: TellingStores):
        """The session idle the longest ends as superseded."""
        user, first, identity = await telling.person()
        for number in range(1, 4):
            later = a_session(last_used_at=NOW + number * TICK)
            assert await telling.users.sign_in(identity, later, 3)

        assert [CREATED, ended(first, EndReason.SUPERSEDED)] == await telling.told(user.id)

    async def test_an_erasure_is_told_last(self, telling: TellingStores):
        """After its sessions; a second one tells nothing."""
        user, session, _ = await telling.person()

        assert await telling.accounts.erase(user.id, NOW)
        assert not await telling.accounts.erase(user.id, NOW)

        assert [CREATED, ended(session, EndReason.ERASED), ERASED] == await telling.told(user.id)

    async def test_a_ban_and_its_end_are_told(self, telling: TellingStores):
        """With their words."""
        user, session, _ = await telling.person()
        assert await telling.accounts.ban(user.id, NOW)
        assert await telling.accounts.unban(user.id, NOW)
        assert not await telling.accounts.ban("unknown", NOW)

        assert [
            CREATED,
            ended(session, EndReason.BANNED),
            (*UPDATED[:2], "banned"),
            (*UPDATED[:2], "unbanned"),
        ] == await telling.told(user.id)

    async def test_leaving_and_coming_back_are_told(self, telling: TellingStores):
        """With their words, and the end of each session; staying where one is is no news."""
        user, session, _ = await telling.person()
        assert await telling.accounts.leave(user.id, NOW, NOW + MINUTE)
        assert await telling.accounts.stay(user.id, NOW)
        assert await telling.accounts.stay(user.id, NOW)

        assert [
            CREATED,
            ended(session, EndReason.ERASED),
            (*UPDATED[:2], "leaving"),
            (*UPDATED[:2], "restored"),
        ] == await telling.told(user.id)

    async def test_a_merge_and_its_undoing_are_told(self, telling: TellingStores):
        """Of the one who stays, with the id of the other; the sessions that end with it before."""
        (kept, mine, _), (gone, session, _) = await telling.person(), await telling.person()
        assert isinstance(await telling.merges.merge("m1", kept.id, gone.id, NOW), Merge)
        assert isinstance(await telling.merges.unmerge("m1", NOW + MINUTE), Merge)
        assert not isinstance(await telling.merges.unmerge("m1", NOW + MINUTE), Merge)

        merged, unmerged = ("user.merged", None, ""), ("user.unmerged", None, "")
        over = ended(mine, EndReason.SUPERSEDED)
        assert [CREATED, merged, over, unmerged] == await telling.told(kept.id)
        assert [CREATED, ended(session, EndReason.SUPERSEDED)] == await telling.told(gone.id)
        assert [(gone.id, NOW), (gone.id, NOW + MINUTE)] == [
            (each.other_id, each.at)
            for each in await telling.outbox.oldest(ALL)
            if each.other_id is not None
        ]

    async def test_an_app_taken_away_tells_of_the_sessions_it_ends(self, telling: TellingStores):
        """And of no others."""
        user, first, _ = await telling.person(identity=an_identity(unionid="u1"))
        second = a_session(appid=OTHER_APP)
        await telling.users.register(a_user(), an_identity(appid=OTHER_APP, unionid="u1"), second)

        await telling.links.detach(user.id, OTHER_APP, NOW)

        assert [CREATED, ended(second, EndReason.LOGGED_OUT)] == await telling.told(user.id)
        assert first.sid not in [each.sid for each in await telling.outbox.oldest(ALL)]

    async def test_erasures_and_logins_at_once_do_not_hold_each_other_up(
        self, telling: TellingStores
    ):
        """One erasure is done and told once, after all that ended before it."""
        user, _, identity = await telling.person()

        answers = await asyncio.gather(
            *(telling.accounts.erase(user.id, NOW) for _ in range(10)),
            *(telling.users.sign_in(identity, a_session()) for _ in range(10)),
        )

        assert 1 == answers[:10].count(True)
        told = await telling.told(user.id)
        assert (1, ERASED) == (told.count(ERASED), told[-1])

    async def test_each_notice_goes_to_one_sender(self, telling: TellingStores):
        """However many ask at once; each asker gets no more than wanted."""
        for _ in range(10):
            await telling.person()

        taken: list[list[Notice]] = []
        while any(batches := await asyncio.gather(*(telling.take(limit=3) for _ in range(4)))):
            taken += batches

        assert max(map(len, taken)) <= 3
        seqs = [each.seq for batch in taken for each in batch]
        assert len(set(seqs)) == len(seqs) == 10
        assert {1} == {each.attempts for batch in taken for each in batch}

    async def test_the_notices_of_a_user_come_one_after_the_other(self, telling: TellingStores):
        """Others go on meanwhile; the next one comes when the one before is delivered."""
        user, session, _ = await telling.person()
        other, *_ = await telling.person()
        await telling.sessions.end(session.sid, EndReason.LOGGED_OUT, NOW)

        first = await telling.take()
        assert [user.id, other.id] == [each.user_id for each in first]
        assert [] == await telling.take()
        assert await telling.outbox.done(first[1])
        assert await telling.outbox.put_off(first[0], "503", NOW + DAY)
        assert [] == await telling.take()
        (again,) = await telling.take(NOW + DAY)
        assert (first[0].id, 2) == (again.id, again.attempts)
        assert await telling.outbox.done(again)

        (last,) = await telling.take(NOW + DAY)
        assert (Happened.SESSION_ENDED, session.sid) == (last.kind, last.sid)

    async def test_what_a_dead_sender_held_is_taken_again(self, telling: TellingStores):
        """When its time is over, and not before; then the first one has no say any more."""
        await telling.person()
        (first,) = await telling.take()

        assert [] == await telling.take(NOW + MINUTE - TICK)
        (second,) = await telling.take(NOW + MINUTE)

        assert not await telling.outbox.done(first)
        assert not await telling.outbox.put_off(first, "late", NOW)
        assert not await telling.outbox.park(first, "late")
        assert await telling.outbox.done(second)
        assert not await telling.outbox.done(second)
        assert [] == list(await telling.outbox.oldest(ALL))

    async def test_a_parked_notice_holds_nobody_up(self, telling: TellingStores):
        """It stays, says why, and is sent again when an operator wants it."""
        user, session, _ = await telling.person()
        await telling.sessions.end(session.sid, EndReason.KICKED, NOW)
        (first,) = await telling.take()

        assert await telling.outbox.park(first, "410")
        assert not await telling.outbox.park(first, "410")

        (second,) = await telling.take(NOW + DAY)
        assert session.sid == second.sid
        kept = (await telling.outbox.oldest(1))[0]
        assert (first.id, True, "410") == (kept.id, kept.parked, kept.word)
        assert 0 == await telling.outbox.retry(NOW + DAY, second.seq)
        assert 1 == await telling.outbox.retry(NOW + DAY, first.seq)
        assert 0 == await telling.outbox.retry(NOW + DAY)
        (again,) = await telling.take(NOW + DAY)
        assert (first.id, user.id, 1) == (again.id, again.user_id, again.attempts)

    async def test_depth_counts_what_waits_and_what_is_parked(self, telling: TellingStores):
        """A notice under way waits still; the oldest tells its time."""
        assert Depth(0, 0) == await telling.outbox.depth()
        await telling.person()
        _, session, _ = await telling.person()
        await telling.sessions.end(session.sid, EndReason.KICKED, NOW + DAY)
        first, second = await telling.take()

        assert Depth(3, 0, NOW) == await telling.outbox.depth()
        assert await telling.outbox.park(first, "")
        assert await telling.outbox.done(second)
        assert Depth(1, 1, NOW + DAY) == await telling.outbox.depth()

    async def test_a_sweep_deletes_old_parked_notices(self, telling: TellingStores):
        """What waits stays, however old."""
        for _ in range(3):
            await telling.person()
        first, second, _ = await telling.take()
        assert await telling.outbox.park(first, "410")
        assert await telling.outbox.park(second, "410")

        assert 0 == await telling.outbox.sweep(NOW, ALL)
        assert 1 == await telling.outbox.sweep(NOW + TICK, 1)
        assert 1 == await telling.outbox.sweep(NOW + TICK, ALL)
        assert [False] == [each.parked for each in await telling.outbox.oldest(ALL)]

    @pytest.mark.parametrize("word", ["w" * 500, "原因"])
    async def test_an_odd_word_is_cut(self, telling: TellingStores, word: str):
        """What an error is called breaks nothing."""
        await telling.person()
        (taken,) = await telling.take()

        assert await telling.outbox.put_off(taken, word, NOW)

    async def test_senders_side_by_side_keep_each_users_order(self, telling: TellingStores):
        """Five of them, some of whose tries fail: each user's notices are heard in order, once."""
        people = [await telling.person() for _ in range(4)]
        for user, session, _ in people:
            saved = user.changed(ProfileChange(nickname="n"), NOW)
            assert await telling.users.save(saved)
            assert await telling.sessions.end(session.sid, EndReason.LOGGED_OUT, NOW)
            assert await telling.accounts.erase(user.id, NOW)
        wanted = {user.id: await telling.told(user.id) for user, *_ in people}
        heard: dict[str, list[tuple[str, str | None, str]]] = {each: [] for each in wanted}

        async def send(number: int) -> None:
            while sum(map(len, heard.values())) < 16:
                for notice in await telling.take(limit=2):
                    await asyncio.sleep(0)
                    if (notice.seq + notice.attempts + number) % 3 == 0:
                        assert await telling.outbox.put_off(notice, "503", NOW)
                        continue
                    told = notice.kind.value, notice.sid, notice.reason
                    heard[notice.user_id].append(told)
                    assert await telling.outbox.done(notice)
                await asyncio.sleep(0)

        async with asyncio.timeout(60):
            await asyncio.gather(*(send(number) for number in range(5)))

        assert wanted == heard
