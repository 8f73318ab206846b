"""What becomes of pushed events: once, in time, and exactly what they ask for."""

import asyncio
import json
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from tests.world import APPID, PUSH_TOKEN, SECOND_APPID, START, World
from wxlogin.adapters.memory.avatars import MemoryAvatars
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.errors import InvalidRequest, NotFound, SessionEnded, StoreUnavailable
from wxlogin.domain.ports.push import PushState, Shown
from wxlogin.domain.push_event import KNOWN, PushEvent
from wxlogin.domain.use_cases.profile import ChangeProfile
from wxlogin.domain.use_cases.push import (
    DONE_KEPT_FOR,
    LEASE,
    MOST_TRIES,
    OTHERS_KEPT_FOR,
    Became,
    ForgetPush,
    ReceivePush,
    WorkOffPush,
)
from wxlogin.domain.use_cases.push_effects import (
    REVOKED,
    EraseCancelled,
    ForgetProfile,
    ForgetRevoked,
    MeantUser,
    keep_for_operator,
)
from wxlogin.domain.user import Gender, Identity, ProfileChange, User
from wxlogin.simulator.pushing import Console, letter

REVOKE = "user_authorization_revoke"
CANCEL = "user_authorization_cancellation"
MODIFIED = "user_info_modified"


@define
class House:
    """A world with somebody in it, and the push parts over its twins."""

    world: World
    user: User
    token: str
    openid: str
    worked: WorkOffPush
    receive: ReceivePush
    failing: list[Exception] = field(factory=list)

    @classmethod
    async def built(cls, world: World | None = None) -> "House":
        world = await (world or World()).prepared()
        wishes = world.wishes()
        tokens = await wishes.login(
            code=world.wechat.new_code(APPID, "ming"),
            appid=APPID,
            profile=ProfileChange("小明", "https://example.com/a.png", Gender.MALE),
            phone_code=world.wechat.new_phone_code(APPID, "ming"),
        )
        (identity,) = await world.users.identities(tokens.user.id)
        worker = WorkOffPush(world.inbox, effects(world), world.clock, world.journal)
        user = await world.users.get(tokens.user.id)
        assert user is not None
        assert user.phone is not None
        return cls(world, user, tokens.access_token, identity.openid, worker, wishes.receive_push)

    async def push(self, event: str, *, appid: str = APPID, age: float = 0, **told: Any) -> None:
        moment = str(int(self.world.clock.now().timestamp() - age))
        fields = {"CreateTime": moment, "Event": event, "MsgType": "event", **told}
        if "OpenID" not in fields and event in KNOWN:
            fields["OpenID"] = self.openid
        await self.receive(appid=appid, shown=shown(moment), body=json.dumps(fields).encode())

    async def work(self) -> None:
        while await self.worked():
            pass

    async def now(self) -> User | None:
        return await self.world.users.get(self.user.id)

    async def entries(self) -> list[tuple[PushState, str]]:
        return [(each.state, each.word) for each in await self.world.inbox.newest(99)]

    def facts(self, name: str) -> list[str]:
        return [fact.outcome for fact in self.world.journal.facts if fact.name == name]


def effects(world: World):
    meant = MeantUser(world.users)
    change = ChangeProfile(world.users, world.avatars, world.clear_nickname, world.clock)
    take = world.take_phone
    erase = world.erase
    return {
        MODIFIED: ForgetProfile(meant, change),
        REVOKE: ForgetRevoked(meant, change, take),
        CANCEL: EraseCancelled(meant, erase),
        "wxa_media_check": world.hear_verdict,
        "wxa_punish_event": keep_for_operator,
    }


_NONCES = count(1)


def shown(moment: str, token: str = PUSH_TOKEN) -> Shown:
    console = Console(token, None, APPID, str(next(_NONCES)), b"")
    query = dict(
        part.split("=") for part in letter({}, console, mode="plain", form="json",
                                           timestamp=moment).query.split("&")
    )  # fmt: skip
    return Shown(query["timestamp"], query["nonce"], query["signature"])


@pytest.fixture
async def house() -> House:
    return await House.built()


@pytest.mark.parametrize(
    ("code", "gone"),
    [
        ("6", {"nickname", "avatar"}), ("8", {"phone"}), ("19", {"nickname"}), ("20", {"avatar"}),
        ("1", set()), ("13", set()), ("18", set()), ("8,19", {"phone", "nickname"}),
        (" 20 | 6 ", {"nickname", "avatar"}),
    ],
)  # fmt: skip
async def test_each_code_removes_exactly_its_fields(house: House, code: str, gone: set[str]):
    """Nothing else of the person changes, and they stay logged in."""
    await house.push(REVOKE, AppID=APPID, RevokeInfo=code)
    await house.work()

    user = await house.now()
    left = {
        "nickname": user.profile.nickname,
        "avatar": user.profile.avatar_url,
        "phone": user.phone,
    }
    assert gone == {name for name, value in left.items() if not value}
    assert Gender.MALE == user.profile.gender
    assert await house.world.wishes().authenticate(house.token)
    assert [(PushState.DONE, "removed" if gone else "nothing_held")] == await house.entries()
    assert ["removed" if gone else "nothing_held"] == house.facts(f"push_{REVOKE}")


async def test_every_published_code_has_its_fields():
    """The table of the page, code by code."""
    published = [*range(1, 9), *range(12, 17), 18, 19, 20]
    assert {str(code) for code in published} == set(REVOKED)
    assert {"6", "8", "19", "20"} == {code for code, fields in REVOKED.items() if fields}


async def test_an_unknown_code_is_kept_and_the_known_ones_count(house: House):
    """Whatever stands beside it; an operator sees what it was."""
    await house.push(REVOKE, RevokeInfo="999,8")
    await house.work()

    assert (await house.now()).phone is None
    (entry,) = await house.world.inbox.newest(9)
    assert (PushState.KEPT, "unknown_code") == (entry.state, entry.word)
    assert "999,8" == entry.event.says("RevokeInfo")


async def test_cleaned_profile_data_goes_here_too(house: House):
    """`user_info_modified`: nickname and avatar; the phone has nothing to do with it."""
    await house.push(MODIFIED)
    await house.work()

    user = await house.now()
    assert ("", "", Gender.MALE) == (
        user.profile.nickname, user.profile.avatar_url, user.profile.gender,
    )  # fmt: skip
    assert user.phone is not None


@pytest.mark.parametrize(
    ("kind", "code", "left"), [(REVOKE, "19", 0), (REVOKE, "20", 1), (MODIFIED, "", 0)]
)
async def test_a_nickname_that_waits_goes_with_the_one_there_is(house: House, kind, code, left):
    """Passed later, it would bring back what its person took away."""
    await house.world.clear_nickname.reviews.ask(house.user.id, APPID, "可疑")

    await house.push(kind, RevokeInfo=code)
    await house.work()

    assert left == len(await house.world.reviews.waiting(9))


async def test_a_revoked_avatar_is_deleted_where_it_is_kept(house: House):
    """Not only its address."""
    world = house.world
    avatars: MemoryAvatars = world.avatars
    path = await avatars.keep(b"a picture", owner=house.user.id)
    change = effects(world)[MODIFIED].change_profile
    await change(await house.now(), ProfileChange(avatar_url=path))

    await house.push(REVOKE, RevokeInfo="20")
    await house.work()

    assert await avatars.read(path) is None


async def test_a_cancelled_account_is_erased(house: House):
    """Sessions end as erased, openid and phone are free, nothing personal is left."""
    await house.push(CANCEL, AppID=APPID)
    await house.work()

    assert await house.now() is None
    assert await house.world.users.find(Identity(APPID, house.openid)) is None
    with pytest.raises(SessionEnded) as ended:
        await house.world.wishes().authenticate(house.token)
    assert "erased" == ended.value.reason
    assert [(PushState.DONE, "erased")] == await house.entries()
    assert ["ok"] == house.facts("erase")


async def test_who_registers_again_is_not_meant_by_an_older_event(house: House):
    """Delivered late, once more or out of order: the new account stays as it is."""
    await house.push(CANCEL)
    await house.work()
    house.world.advance(minutes=3)
    again = await house.world.wishes().login(
        code=house.world.wechat.new_code(APPID, "ming"), profile=ProfileChange("新的"), appid=APPID
    )

    await house.push(CANCEL, age=180)  # the same once more
    await house.push(CANCEL, age=179)
    await house.push(REVOKE, age=170, RevokeInfo="6")
    await house.work()

    assert ["new", "repeated", "new", "new"] == house.facts("push_received")
    user = await house.world.users.get(again.user.id)
    assert "新的" == user.profile.nickname
    assert [(PushState.DONE, "nobody")] * 2 == (await house.entries())[:2]


async def test_events_about_nobody_change_nothing(house: House):
    """An unknown openid, another app's, one of strange shape, none at all."""
    before = await house.now()

    await house.push(CANCEL, OpenID="oSomebodyElse")
    await house.push(REVOKE, OpenID="x' OR 1=1", RevokeInfo="8")
    await house.push(MODIFIED, OpenID="", FromUserName=house.openid)
    await house.push(CANCEL, AppID=SECOND_APPID)
    await house.work()

    assert before == await house.now()
    assert {"nobody", "no_openid", "other_app"} == {word for _, word in await house.entries()}


async def test_the_sender_is_never_the_person_meant(house: House):
    """FromUserName is WeChat's own push user, whatever it looks like."""
    await house.push(CANCEL, OpenID="", FromUserName=house.openid)
    await house.work()

    assert await house.now() is not None


@pytest.mark.parametrize("age", [601, 86_400, -601])
async def test_events_out_of_their_time_are_acknowledged_and_ignored(house: House, age: int):
    """Older than ten minutes, or as much ahead of time."""
    await house.push(CANCEL, age=age)
    await house.work()

    assert await house.now() is not None
    assert [] == await house.entries()
    assert ["late"] == house.facts("push_received")


@pytest.mark.parametrize("age", [599, -599])
async def test_events_within_ten_minutes_count(house: House, age: int):
    """A user who was there by then is meant."""
    house.world.advance(hours=1)
    await house.push(CANCEL, age=age)
    await house.work()

    assert await house.now() is None


async def test_an_old_event_is_not_made_younger_by_a_new_signature(house: House):
    """Its own moment counts as well."""
    await house.push(CANCEL, CreateTime=str(int(START.timestamp()) - 601))
    await house.work()

    assert await house.now() is not None
    assert ["late"] == house.facts("push_received")


async def test_an_old_signature_opens_no_door_for_a_new_event(house: House):
    """A plain message is signed without its content, so its signature must be young too."""
    house.world.advance(hours=1)
    moment = str(int(START.timestamp()))
    now = int(house.world.clock.now().timestamp())
    body = {"Event": CANCEL, "CreateTime": now, "OpenID": house.openid}

    await house.receive(appid=APPID, shown=shown(moment), body=json.dumps(body).encode())
    await house.work()

    assert await house.now() is not None
    assert ["late"] == house.facts("push_received")


async def test_an_event_seen_before_is_acknowledged_and_ignored(house: House):
    """Also in another order of its fields, after it was done, and under a newer master key."""
    await house.push(REVOKE, RevokeInfo="8", AppID=APPID)
    await house.push(REVOKE, AppID=APPID, RevokeInfo="8")
    await house.work()
    await house.push(REVOKE, RevokeInfo="8", AppID=APPID)
    world = house.world
    rotated = MasterVault((b"n" * 32, b"m" * 32))
    house.receive = ReceivePush(world.push_reader, world.inbox, rotated, world.clock, world.journal)
    await house.push(REVOKE, RevokeInfo="8", AppID=APPID)

    assert ["new", "repeated", "repeated", "repeated"] == house.facts("push_received")
    assert 1 == len(await house.entries())


async def test_a_signature_seen_once_makes_no_other_event(house: House):
    """A plain message is signed without its content: the second with one signature is ignored."""
    moment = str(int(START.timestamp()))
    seen = shown(moment)
    real = {"Event": "debug_demo", "CreateTime": moment}
    made_up = {"Event": CANCEL, "CreateTime": moment, "OpenID": house.openid}

    for fields in (real, made_up):
        await house.receive(appid=APPID, shown=seen, body=json.dumps(fields).encode())
    await house.work()

    assert await house.now() is not None
    assert ["new", "repeated"] == house.facts("push_received")


async def test_what_differs_is_another_event(house: House):
    """Another code, person, second, app or kind."""
    await house.push(REVOKE, RevokeInfo="8")
    await house.push(REVOKE, RevokeInfo="19")
    await house.push(REVOKE, RevokeInfo="8", OpenID="oOther")
    await house.push(REVOKE, RevokeInfo="8", age=1)
    await house.push(MODIFIED)
    await house.push("wxa_media_check", trace_id="a")
    await house.push("wxa_media_check", trace_id="b")
    await house.push("debug_demo", debug_str="a")
    await house.push("debug_demo", debug_str="b")

    assert ["new"] * 9 == house.facts("push_received")


async def test_a_forged_message_is_refused_and_leaves_nothing(house: House):
    """Another token: no entry, no effect, a fact for the operator, one refusal for all reasons."""
    moment = str(int(START.timestamp()))
    body = json.dumps({"Event": CANCEL, "CreateTime": moment, "OpenID": house.openid}).encode()
    good, forged = shown(moment), shown(moment, "another token")
    tries = [(forged, body), (good, b"nonsense"), (good, b"{}")]

    for seal, sent in tries:
        with pytest.raises(InvalidRequest) as refusal:
            await house.receive(appid=APPID, shown=seal, body=sent)
        assert [("signature", "push_refused")] == [
            (each.field, each.problem) for each in refusal.value.problems
        ]
    with pytest.raises(NotFound):
        await house.receive(appid="wx_unknown", shown=shown(moment), body=body)
    await house.work()

    assert await house.now() is not None
    assert [] == await house.entries()
    assert ["signature", "unreadable", "no_event"] == house.facts("push_refused")


@pytest.mark.parametrize("kind", ["wxa_media_check", "wxa_punish_event", "something_new"])
async def test_what_nothing_hangs_on_is_kept_for_an_operator(house: House, kind: str):
    """With all it says; an unknown kind is no error, and does not make a metric of its own."""
    await house.push(kind, detail="a verdict")
    await house.work()

    (entry,) = await house.world.inbox.newest(9)
    assert PushState.KEPT == entry.state
    assert "a verdict" == entry.event.says("detail")
    assert 1 == len(house.facts(f"push_{kind}" if kind in KNOWN else "push_other"))


async def test_a_failing_event_is_tried_again_and_at_last_kept(house: House):
    """Later each time, others go on meanwhile, and an operator finds what it said."""
    calls = []

    async def broken(event: PushEvent) -> Became:
        calls.append(house.world.clock.now())
        raise StoreUnavailable(1)

    house.worked = WorkOffPush(
        house.world.inbox, {REVOKE: broken, MODIFIED: effects(house.world)[MODIFIED]},
        house.world.clock, house.world.journal,
    )  # fmt: skip
    await house.push(REVOKE, RevokeInfo="8")
    await house.push(MODIFIED)
    await house.work()
    assert "" == (await house.now()).profile.nickname

    for _ in range(400):
        house.world.advance(minutes=1)
        await house.work()

    pauses = [later - sooner for sooner, later in pairwise(calls)]
    assert MOST_TRIES == len(calls)
    assert sorted(pauses) == pauses
    assert timedelta(minutes=1) == pauses[0]
    assert timedelta(minutes=30) == pauses[-1]
    entry = next(each for each in await house.world.inbox.newest(9) if each.kind == REVOKE)
    assert (PushState.FAILED, "store_unavailable") == (entry.state, entry.word)
    assert "8" == entry.event.says("RevokeInfo")
    assert ["put_off"] * (MOST_TRIES - 1) + ["failed"] == house.facts(f"push_{REVOKE}")


async def test_a_failure_in_the_middle_is_made_good(house: House):
    """Profile gone, phone not yet: the next try removes the rest, and nothing twice."""
    act = effects(house.world)[REVOKE]
    fails = [StoreUnavailable(1)]

    class OnceBroken:
        async def write(self, user, phone):
            if fails:
                raise fails.pop()
            return await act.take_phone.write(user, phone)

    broken = ForgetRevoked(act.meant, act.change_profile, OnceBroken())
    house.worked = WorkOffPush(
        house.world.inbox, {REVOKE: broken}, house.world.clock, house.world.journal
    )
    await house.push(REVOKE, RevokeInfo="6,8")
    await house.work()
    half = await house.now()
    assert ("", True) == (half.profile.nickname, half.phone is not None)

    house.world.advance(seconds=5)
    await house.work()

    assert (await house.now()).phone is None
    assert [(PushState.DONE, "removed")] == await house.entries()


async def test_a_dead_workers_event_is_done_by_another_once(house: House):
    """Taken and never settled: after the lease it is done, by one of many, and told once."""
    await house.push(CANCEL)
    now = house.world.clock.now()
    assert await house.world.inbox.take(now, now + LEASE)
    await house.work()
    assert await house.now() is not None

    house.world.advance(seconds=LEASE.total_seconds())
    await asyncio.gather(*(house.worked() for _ in range(8)))

    assert await house.now() is None
    assert ["erased"] == house.facts(f"push_{CANCEL}")


async def test_what_waits_about_somebody_erased_is_done(house: House):
    """Put off, and forgotten with its person: it concerns nobody, and no try fails any more."""

    async def broken(_event: PushEvent) -> Became:
        raise StoreUnavailable(1)

    house.worked = WorkOffPush(
        house.world.inbox, {REVOKE: broken}, house.world.clock, house.world.journal
    )
    await house.push(REVOKE, RevokeInfo="99")
    await house.work()
    await house.world.erase(user_id=house.user.id)

    house.world.advance(minutes=1)
    await house.work()

    assert [(PushState.DONE, "nobody")] == await house.entries()


async def test_an_event_nobody_can_open_does_not_stop_the_others(house: House):
    """Its master key is gone: it is kept as failed."""
    await house.push(CANCEL)
    (row,) = house.world.room.push.values()
    row.entry = type(row.entry)(
        row.entry.key, APPID, CANCEL, row.entry.created_at, row.entry.received_at
    )
    await house.push(MODIFIED)
    await house.work()

    assert {(PushState.FAILED, "unreadable"), (PushState.DONE, "cleared")} == set(
        await house.entries()
    )


async def test_entries_are_forgotten_in_time(house: House):
    """Done ones after a day, what an operator may want to see after a month."""
    await house.push(MODIFIED)
    await house.push("something_new")
    await house.work()
    forget = ForgetPush(house.world.inbox, house.world.clock)

    house.world.advance(seconds=DONE_KEPT_FOR.total_seconds())
    assert 0 == await forget()
    house.world.advance(seconds=1)
    assert 1 == await forget()
    house.world.advance(seconds=OTHERS_KEPT_FOR.total_seconds())
    assert 1 == await forget()
    assert [] == await house.entries()


_EVENTS = st.lists(
    st.tuples(
        st.sampled_from([REVOKE, MODIFIED]), st.sampled_from(["6", "8", "19", "20", "1"]),
        st.integers(0, 3),
    ),
    max_size=12,
)  # fmt: skip


@given(_EVENTS, st.randoms(use_true_random=False))
def test_order_and_repetition_make_no_difference(events, chance):
    """Any events, twice each and shuffled, leave what they leave in order and once."""

    async def after(pushed) -> tuple:
        house = await House.built()
        house.world.advance(minutes=1)
        for kind, code, age in pushed:
            await house.push(kind, age=age, **({"RevokeInfo": code} if kind == REVOKE else {}))
            if chance.random() < 0.5:
                await house.work()
        await house.work()
        user = await house.now()
        return user.profile, user.phone

    shuffled = events * 2
    chance.shuffle(shuffled)
    assert asyncio.run(after(events)) == asyncio.run(after(shuffled))
