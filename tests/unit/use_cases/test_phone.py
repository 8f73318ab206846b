"""Phones: one paid code is asked about once, and a number moves only where that is set."""

import asyncio

import pytest

from tests.world import APPID, World
from wxlogin.domain.errors import (
    Overloaded,
    PhoneCodeInvalid,
    PhoneTaken,
    WeChatUnavailable,
)
from wxlogin.domain.ports.audit import Actor
from wxlogin.domain.use_cases.auditing import Heard, entry
from wxlogin.domain.use_cases.phone import PhonePolicy

NUMBER = "15612345677"


@pytest.fixture(params=list(PhonePolicy))
async def world(request):
    return await World(phone_policy=request.param).prepared()


@pytest.fixture
async def moving():
    return await World(phone_policy=PhonePolicy.MOVE).prepared()


async def enter(world, person="alice", **more):
    code = world.wechat.new_code(APPID, person)
    return await world.wishes().login(appid=APPID, code=code, **more)


def asked(world):
    return sum(method == "phone" for method, _ in world.wechat.asked)


async def bind(world, tokens, code):
    return await world.wishes().bind_phone(token=tokens.access_token, phone_code=code)


async def test_a_lost_answer_costs_no_second_call(world):
    """The same person with the same code gets the same user; WeChat was paid once."""
    tokens = await enter(world)
    code = world.wechat.new_phone_code(APPID, "alice", NUMBER)

    first, second = await bind(world, tokens, code), await bind(world, tokens, code)

    assert first == second
    assert (NUMBER, 1) == (second.phone.number, asked(world))


async def test_a_code_sent_many_times_at_once_is_asked_about_once(world):
    """Those who come while it is under way wait for it."""
    tokens = await enter(world)
    code = world.wechat.new_phone_code(APPID, "alice", NUMBER)

    users = await asyncio.gather(*(bind(world, tokens, code) for _ in range(5)))

    assert ({NUMBER}, 1) == ({user.phone.number for user in users}, asked(world))


async def test_a_login_repeated_with_the_same_phone_code_keeps_the_phone(world):
    """The phone lost the answer, so it comes with a new login code and the old phone code."""
    code = world.wechat.new_phone_code(APPID, "alice", NUMBER)

    tokens = [await enter(world, phone_code=code) for _ in range(2)]

    assert [()] * 2 == [each.warnings for each in tokens]
    assert (NUMBER, 1) == (tokens[1].user.phone.number, asked(world))


async def test_a_minute_later_or_from_another_a_spent_code_is_refused(world):
    """The answer is for its person and for a minute; WeChat is not asked again."""
    tokens, other = await enter(world), await enter(world, "bob")
    code = world.wechat.new_phone_code(APPID, "alice", NUMBER)
    await bind(world, tokens, code)

    with pytest.raises(PhoneCodeInvalid):
        await bind(world, other, code)
    world.advance(seconds=61)
    with pytest.raises(PhoneCodeInvalid):
        await bind(world, tokens, code)
    assert 1 == asked(world)


async def test_a_code_whose_process_died_is_never_sent_again(world):
    """Whether WeChat had answered nobody knows; the person taps the button again."""
    tokens = await enter(world)
    code = world.wechat.new_phone_code(APPID, "alice", NUMBER)
    arrived = asyncio.Event()

    async def hang(method):
        if method == "phone":
            arrived.set()
            await asyncio.Event().wait()

    world.wechat.before = hang
    dying = asyncio.ensure_future(bind(world, tokens, code))
    await arrived.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    world.wechat.before = None

    with pytest.raises(PhoneCodeInvalid):
        await bind(world, tokens, code)
    assert 1 == asked(world)


@pytest.mark.parametrize(
    ("failure", "again"),
    [
        (Overloaded(1), True),
        (WeChatUnavailable(1), True),
        (WeChatUnavailable(1, code_may_be_spent=True), False),
    ],
)
async def test_a_code_that_may_be_spent_is_not_sent_again(world, failure, again):
    """One that never arrived at WeChat is as good as new."""
    tokens = await enter(world)
    code = world.wechat.new_phone_code(APPID, "alice", NUMBER)
    world.wechat.refuse("phone", failure)
    with pytest.raises(type(failure)):
        await bind(world, tokens, code)

    if again:
        assert NUMBER == (await bind(world, tokens, code)).phone.number
    else:
        with pytest.raises(PhoneCodeInvalid):
            await bind(world, tokens, code)
    assert 1 + again == asked(world)


async def test_a_number_moves_where_that_is_set(moving):
    """At once and at a login too; the former owner is without one and goes on."""
    alice, bob = await enter(moving), await enter(moving, "bob")
    await bind(moving, alice, moving.wechat.new_phone_code(APPID, "alice", NUMBER))

    user = await bind(moving, bob, moving.wechat.new_phone_code(APPID, "bob", NUMBER))
    carol = await enter(
        moving, "carol", phone_code=moving.wechat.new_phone_code(APPID, "carol", NUMBER)
    )

    assert (NUMBER, NUMBER) == (user.phone.number, carol.user.phone.number)
    assert () == carol.warnings
    for tokens in (alice, bob):
        told = await moving.wishes().read_profile(token=tokens.access_token)
        assert (None, 3) == (told.phone, told.version)


async def test_both_are_told_of_a_move(moving):
    """Two entries; the one of the former owner names no address, for it is another's."""
    alice, bob = await enter(moving), await enter(moving, "bob")
    await bind(moving, alice, moving.wechat.new_phone_code(APPID, "alice", NUMBER))
    await bind(moving, bob, moving.wechat.new_phone_code(APPID, "bob", NUMBER))

    facts = [fact for fact in moving.journal.facts if fact.name == "phone_moved"]
    entries = [
        entry(Heard(fact, moving.clock.now(), "203.0.113.7"), "id", Actor.SERVICE) for fact in facts
    ]
    assert [
        ("phone_moved", "gained", bob.user.id, Actor.SELF, "203.0.113.0"),
        ("phone_moved", "lost", alice.user.id, Actor.SERVICE, ""),
    ] == [(e.event, e.reason, e.user_id, e.actor, e.client) for e in entries]


async def test_no_number_moves_by_default():
    """Who had it keeps it; the other is told."""
    world = await World().prepared()
    alice, bob = await enter(world), await enter(world, "bob")
    await bind(world, alice, world.wechat.new_phone_code(APPID, "alice", NUMBER))

    with pytest.raises(PhoneTaken):
        await bind(world, bob, world.wechat.new_phone_code(APPID, "bob", NUMBER))

    told = await world.wishes().read_profile(token=alice.access_token)
    assert NUMBER == told.phone.number


async def test_who_has_two_identities_in_one_app_binds_by_either(world):
    """After a merge of two WeChat accounts; somebody else's code is refused all the same."""
    old, new = await enter(world, "old"), await enter(world, "new")
    await world.merge(kept_id=new.user.id, gone_id=old.user.id)

    for person, number in (("old", "15612345671"), ("new", "15612345672")):
        user = await bind(world, new, world.wechat.new_phone_code(APPID, person, number))
        assert number == user.phone.number
    with pytest.raises(PhoneCodeInvalid):
        await bind(world, new, world.wechat.new_phone_code(APPID, "bob", NUMBER))
