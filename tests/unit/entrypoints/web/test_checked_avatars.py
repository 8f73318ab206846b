"""A picture from upload to verdict: who sees it when, and what becomes of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count

import httpx
import pytest
from attrs import define

from tests.contracts.http_asking import assert_problem, bearer, login
from tests.world import APPID, ISSUER, SECOND_APPID, World
from wxlogin.adapters.memory.reviews import MemoryReviews
from wxlogin.domain.errors import AppMisconfigured, StoreUnavailable, WeChatUnavailable
from wxlogin.domain.ports.push import PushState
from wxlogin.domain.push_event import PushEvent
from wxlogin.domain.review import Review, ReviewState
from wxlogin.domain.session import SessionPolicy
from wxlogin.domain.use_cases.avatars import ANSWERED_WITHIN
from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.domain.use_cases.push import WorkOffPush
from wxlogin.domain.user import released
from wxlogin.entrypoints.http import create_app

CLOSED, OPEN, OFF = ContentPolicy.FAIL_CLOSED, ContentPolicy.FAIL_OPEN, ContentPolicy.OFF
_KEYS = count(1)


@define
class House:
    """A world behind its door, with one person logged in."""

    world: World
    client: httpx.AsyncClient
    headers: dict[str, str]

    async def upload(self, picture: bytes = b"one") -> httpx.Response:
        files = {"avatar": ("a.png", picture, "image/png")}
        return await self.client.post("/v1/me/avatar", headers=self.headers, files=files)

    async def shown(self) -> str:
        """Answer the address that the profile shows."""
        return (await self.client.get("/v1/me", headers=self.headers)).json()["avatar_url"]

    async def status(self, address: str) -> int:
        return (await self.client.get(address)).status_code

    async def verdict(self, suggest: str, trace_id: str | None = None, **told) -> None:
        """Let WeChat say it of the newest question, and work that off."""
        self.world.advance(seconds=1)
        fields = {
            "Event": "wxa_media_check", "MsgType": "event", "appid": APPID,
            "CreateTime": int(self.world.clock.now().timestamp()),
            "trace_id": trace_id or list(self.world.wechat.media)[-1],
            **({"result": {"suggest": suggest, "label": 20002}} if suggest else {}), **told,
        }  # fmt: skip
        event = PushEvent.of(APPID, fields)
        await self.world.inbox.add([f"k{next(_KEYS)}"], event, self.world.clock.now())
        await self.work()

    async def work(self) -> None:
        effects = {"wxa_media_check": self.world.hear_verdict}
        work = WorkOffPush(self.world.inbox, effects, self.world.clock, self.world.journal)
        while await work():
            pass

    async def inbox(self) -> tuple[PushState, str]:
        """Answer how far the newest event is."""
        (newest,) = await self.world.inbox.newest(1)
        return newest.state, newest.word

    async def review(self) -> Review:
        (*_, newest) = self.world.room.reviews.values()
        return newest


@asynccontextmanager
async def lived_in(policy: ContentPolicy, appid: str = APPID) -> AsyncIterator[House]:
    world = await World(SessionPolicy(access_ttl=timedelta(hours=2)), policy).prepared()
    came = {"appid": appid, "code": world.wechat.new_code(appid, "ming")}
    app = httpx.ASGITransport(create_app(world.wishes()))
    async with httpx.AsyncClient(transport=app, base_url=ISSUER) as client:
        yield House(world, client, bearer(await login(client, world, **came)))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with lived_in(CLOSED) as house:
        yield house


async def test_a_picture_is_its_owners_until_it_passes(house: House):
    """At once at an address only they are told, and where WeChat fetches it; then everybody's."""
    address = (await house.upload()).json()["avatar_url"]
    public = ISSUER + released(address.removeprefix(ISSUER))
    assert "/avatars/held/" in address
    assert [address] == list(house.world.wechat.media.values())
    assert (200, 404) == (await house.status(address), await house.status(public))

    await house.verdict("pass")

    assert public == await house.shown()
    assert (200, 200) == (await house.status(address), await house.status(public))
    assert ReviewState.PASSED == (await house.review()).state
    assert (PushState.DONE, "passed") == await house.inbox()


async def test_a_risky_picture_goes(house: House):
    """The profile shows none, and nothing of it is left."""
    await house.upload()

    await house.verdict("risky")

    assert "" == await house.shown()
    assert {} == house.world.avatars.pictures
    assert (ReviewState.REFUSED, 20002) == (
        (await house.review()).state,
        (await house.review()).label,
    )


@pytest.mark.parametrize(("passed", "left"), [(True, 1), (False, 0)])
async def test_a_doubtful_picture_waits_for_an_operator(house: House, passed, left):
    """It stays as it was until they decide."""
    address = (await house.upload()).json()["avatar_url"]
    await house.verdict("review")
    (waiting,) = await house.world.reviews.waiting(9)
    assert (PushState.DONE, "waiting") == await house.inbox()
    assert address == await house.shown()

    assert await house.world.decide_avatar(waiting, passed=passed)

    assert (released(address.removeprefix(ISSUER)) in await house.shown()) == passed
    assert left == len(house.world.avatars.pictures)
    assert not await house.world.decide_avatar(waiting, passed=not passed)
    assert left == len(house.world.avatars.pictures)


@pytest.mark.parametrize("second", ["pass", "risky", "review"])
async def test_a_second_verdict_changes_nothing(house: House, second: str):
    """Whatever it says."""
    await house.upload()
    await house.verdict("pass")
    before = await house.shown()

    await house.verdict(second)

    assert before == await house.shown()
    assert 200 == await house.status(before)
    assert (PushState.DONE, "decided_before") == await house.inbox()


@pytest.mark.parametrize("late", ["pass", "risky"])
async def test_a_verdict_on_a_replaced_picture_changes_nothing(house: House, late: str):
    """Another picture or an address elsewhere stays; of the old one nothing is left."""
    await house.upload()
    first = list(house.world.wechat.media)[-1]
    second = (await house.upload(b"two")).json()["avatar_url"]
    await house.verdict(late, first)
    assert second == await house.shown()
    assert [b"two"] == list(house.world.avatars.pictures.values())

    elsewhere = {"avatar_url": "https://a.example/b"}
    await house.client.put("/v1/me", headers=house.headers, json=elsewhere)
    house.world.advance(minutes=2)
    await house.verdict(late)
    assert elsewhere["avatar_url"] == await house.shown()
    assert {} == house.world.avatars.pictures


async def test_a_verdict_before_our_row_is_put_off(house: House, monkeypatch):
    """The upload is still under way: the verdict waits for it and then counts."""

    add = MemoryReviews.add

    async def early(self, review):
        await house.verdict("pass", review.trace_id)
        return await add(self, review)

    monkeypatch.setattr(MemoryReviews, "add", early)
    address = (await house.upload()).json()["avatar_url"]
    assert (PushState.WAITING, "not_found") == await house.inbox()
    assert address == await house.shown()

    house.world.advance(seconds=10)
    await house.work()
    assert released(address.removeprefix(ISSUER)) in await house.shown()


async def test_a_verdict_between_row_and_profile_is_put_off(house: House):
    """Else it would take the picture for a replaced one; what no profile came to show just goes."""
    await house.upload()
    review, kept = await house.review(), house.world.avatars
    never_shown = await kept.keep(b"new", owner=review.user_id, held=True)
    new = Review(
        "new", review.user_id, APPID, review.kind, released(never_shown), ReviewState.ASKED,
        house.world.clock.now(), "row-without-profile",
    )  # fmt: skip
    await house.world.reviews.add(new)

    await house.verdict("pass", "row-without-profile")
    assert (PushState.WAITING, "not_found") == await house.inbox()
    assert never_shown in kept.pictures

    house.world.advance(minutes=3)
    await house.work()
    assert (PushState.DONE, "passed") == await house.inbox()
    assert [b"one"] == list(kept.pictures.values())


@pytest.mark.parametrize("trace_id", ["nobody-asked", " "])
async def test_a_verdict_nobody_asked_for_is_kept(house: House, trace_id: str):
    """After some minutes an operator can look at it."""
    await house.verdict("risky", trace_id)
    for _ in range(10):
        house.world.advance(minutes=1)
        await house.work()

    assert (PushState.KEPT, "for_operator") == await house.inbox()


async def test_a_failing_check_refuses_the_picture_where_closed(house: House):
    """Nothing is kept, and the profile stays as it was."""
    for failure, status in ((WeChatUnavailable(3), 503), (AppMisconfigured(), 500)):
        house.world.wechat.refuse("check_avatar", failure)
        assert_problem(await house.upload(), status, failure.code)

    assert "" == await house.shown()
    assert {} == house.world.avatars.pictures
    assert {} == house.world.room.reviews


async def test_a_failing_check_lets_the_picture_through_where_open():
    """Everybody sees it at once, and the journal says so."""
    async with lived_in(OPEN) as house:
        house.world.wechat.refuse("check_avatar", WeChatUnavailable(3))
        address = (await house.upload()).json()["avatar_url"]

        assert "/held/" not in address
        assert 200 == await house.status(address)
        assert "content_check" in [fact.name for fact in house.world.journal.facts]
        assert {} == house.world.room.reviews


@pytest.mark.parametrize(("policy", "appid"), [(OFF, APPID), (CLOSED, SECOND_APPID)])
async def test_where_no_verdict_can_come_nothing_is_held(policy, appid):
    """The setting is off, or the app has no push token: WeChat is not asked."""
    async with lived_in(policy, appid) as house:
        address = (await house.upload()).json()["avatar_url"]

        assert "/held/" not in address
        assert "check_avatar" not in [name for name, _ in house.world.wechat.asked]


@pytest.mark.parametrize("policy", [OPEN, CLOSED])
@pytest.mark.parametrize("told", [True, False])
async def test_without_a_verdict_the_policy_of_failing_checks_counts(policy, told):
    """WeChat says it could not fetch it, or says nothing for half an hour: released, or waiting."""
    async with lived_in(policy) as house:
        address = (await house.upload()).json()["avatar_url"]
        assert 0 == await house.world.treat_unanswered()
        if told:
            await house.verdict("pass", errcode=-1008)
        else:
            house.world.clock.advance(ANSWERED_WITHIN + timedelta(seconds=1))
            assert 1 == await house.world.treat_unanswered()
        review = await house.review()

        assert 0 == await house.world.treat_unanswered()
        if policy is OPEN:
            assert ReviewState.PASSED == review.state
            assert "/held/" not in await house.shown()
            assert 200 == await house.status(await house.shown())
        else:
            assert ReviewState.WAITING == review.state
            assert address == await house.shown()


async def test_what_fails_half_way_is_done_by_the_next_try(house: House, monkeypatch):
    """A bucket that is away, after the decision was written."""
    await house.upload()
    release = type(house.world.avatars).release
    left = [StoreUnavailable(1)]

    async def shaky(self, path, *, owner):
        if left:
            raise left.pop()
        return await release(self, path, owner=owner)

    monkeypatch.setattr(type(house.world.avatars), "release", shaky)
    await house.verdict("pass")
    assert "/held/" in await house.shown()

    house.world.advance(minutes=1)
    await house.work()
    assert "/held/" not in await house.shown()
    assert 200 == await house.status(await house.shown())


async def test_a_change_at_the_same_moment_is_kept(house: House, monkeypatch):
    """The verdict reads again what the person wrote in between."""
    await house.upload()
    save = type(house.world.users).save
    first = [True]

    async def late(self, user):
        if first:
            first.clear()
            await house.client.put("/v1/me", headers=house.headers, json={"gender": 1})
        return await save(self, user)

    monkeypatch.setattr(type(house.world.users), "save", late)
    await house.verdict("pass")

    me = (await house.client.get("/v1/me", headers=house.headers)).json()
    assert 1 == me["gender"]
    assert "/held/" not in me["avatar_url"]


async def test_two_decisions_at_once_are_one(house: House):
    """One of them counts, and file and profile agree with it."""
    await house.upload()
    review = await house.review()

    new = await asyncio.gather(
        *(house.world.decide_avatar(review, passed=passed) for passed in (True, False) * 5)
    )

    assert 1 == sum(new)
    passed = (await house.review()).state is ReviewState.PASSED
    assert passed == bool(await house.shown()) == bool(house.world.avatars.pictures)


async def test_the_erased_take_their_verdicts_along(house: House):
    """A verdict on a picture of somebody who is gone brings nothing back."""
    await house.upload()
    review = await house.review()
    await house.world.erase(user_id=review.user_id)

    assert not await house.world.decide_avatar(review, passed=True)
    assert {} == house.world.avatars.pictures


async def test_who_still_names_the_held_address_keeps_the_picture(house: House):
    """A client that saves its form after the verdict sends what it was told before."""
    address = (await house.upload()).json()["avatar_url"]
    await house.verdict("pass")

    body = {"avatar_url": address, "gender": 1}
    answer = await house.client.put("/v1/me", headers=house.headers, json=body)

    assert 200 == answer.status_code
    assert 200 == await house.status(await house.shown())
    assert "/held/" not in await house.shown()


async def test_a_verdict_is_read_from_xml_too(house: House):
    """There all is text."""
    await house.upload()
    await house.verdict(
        "", **{" result": {" suggest": " risky ", "label": "20002"}, "errcode": "0"}
    )

    assert "" == await house.shown()
    assert 20002 == (await house.review()).label
