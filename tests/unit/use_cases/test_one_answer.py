"""One code, one act, one answer."""

import asyncio
from datetime import timedelta

import pytest

from tests.world import World
from wxlogin.domain.errors import (
    CodeInvalid,
    CodeUsed,
    IdempotencyConflict,
    Overloaded,
    TicketInvalid,
    WeChatUnavailable,
)
from wxlogin.domain.use_cases.one_answer import ANSWER_LIFE, PATIENCE, Credential
from wxlogin.entrypoints.settings import Settings


class Act:
    """Something that may be done once; counts how often it was, and waits to be let go."""

    def __init__(self, answer: bytes | BaseException = b"answer", *, open_gate: bool = True):
        self.answer, self.times = answer, 0
        self.begun, self.gate = asyncio.Event(), asyncio.Event()
        if open_gate:
            self.gate.set()

    async def __call__(self) -> bytes:
        self.times += 1
        self.begun.set()
        await self.gate.wait()
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ask(world):
    one_answer = world.wishes().one_answer

    def asking(act, *, key="k", body=b"b", credential="code", kind=Credential.CODE):
        return one_answer(kind=kind, credential=credential, key=key, body=body, act=act)

    return asking


def test_who_waits_for_a_dead_caller_hears_it_before_the_phone_gives_up():
    """The wait outlasts a call to WeChat and ends before the ten seconds that the library waits."""
    assert Settings().wechat_timeout.total_seconds() < PATIENCE < 9.5


async def test_a_repeat_with_the_same_key_gets_the_same_answer(ask):
    """The second caller is given what the first was, and nothing is done twice."""
    act = Act()

    assert [b"answer"] * 3 == [await ask(act) for _ in range(3)]
    assert 1 == act.times


async def test_a_repeat_while_the_first_is_under_way_waits(ask):
    """Twenty impatient taps are one act."""
    act = Act(open_gate=False)
    tasks = [asyncio.create_task(ask(act)) for _ in range(20)]
    await act.begun.wait()
    act.gate.set()

    assert [b"answer"] * 20 == await asyncio.gather(*tasks)
    assert 1 == act.times


@pytest.mark.parametrize(
    ("kind", "refusal"), [(Credential.CODE, CodeUsed), (Credential.TICKET, TicketInvalid)]
)
@pytest.mark.parametrize("keys", [(None, None), ("k", None), (None, "k"), ("k", "other")])
async def test_without_the_same_key_a_repeat_is_refused(ask, kind, refusal, keys):
    """The answer is bound to its key: nobody else can fetch it."""
    act = Act()
    await ask(act, key=keys[0], kind=kind)

    with pytest.raises(refusal):
        await ask(act, key=keys[1], kind=kind)
    assert 1 == act.times


@pytest.mark.parametrize("body", [b"b", b"other"])
async def test_without_a_key_nobody_waits_and_nothing_conflicts(ask, body):
    """Who shows no key is refused at once, while the first is still under way too."""
    act = Act(open_gate=False)
    first = asyncio.create_task(ask(act, key=None))
    await act.begun.wait()

    async with asyncio.timeout(1):
        with pytest.raises(CodeUsed):
            await ask(Act(), key=None, body=body)

    act.gate.set()
    assert b"answer" == await first


async def test_another_body_under_the_same_key_is_a_conflict(ask):
    """A key stands for one request."""
    await ask(Act())

    with pytest.raises(IdempotencyConflict):
        await ask(Act(), body=b"other")


async def test_an_answer_is_gone_after_a_minute(ask, world):
    """There is no replay hole: a minute later the code is simply used."""
    await ask(Act())
    world.clock.advance(ANSWER_LIFE)

    with pytest.raises(CodeUsed):
        await ask(Act())


async def test_a_refusal_is_an_answer_too(ask):
    """A code WeChat does not know stays unknown, from one call."""
    act = Act(CodeInvalid())

    for _ in range(2):
        with pytest.raises(CodeInvalid):
            await ask(act)
    assert 1 == act.times


@pytest.mark.parametrize("failure", [Overloaded(1), WeChatUnavailable(1)])
async def test_what_was_not_spent_may_be_tried_again(ask, failure):
    """When WeChat was never asked, the same code is still good."""
    with pytest.raises(type(failure)):
        await ask(Act(failure))

    assert b"answer" == await ask(Act())


@pytest.mark.parametrize("failure", [WeChatUnavailable(1, code_may_be_spent=True), OSError()])
async def test_what_may_be_spent_is_never_sent_again(ask, failure):
    """A lost answer means: the code may be gone; the client is told to fetch a fresh one."""
    with pytest.raises(type(failure)):
        await ask(Act(failure))
    again = Act()

    with pytest.raises(CodeUsed):
        await ask(again)
    assert 0 == again.times


async def test_a_waiter_takes_over_when_the_first_was_not_spent(ask):
    """The first was refused before WeChat was asked: who waited now goes first."""
    first, second = Act(Overloaded(1), open_gate=False), Act()
    leading = asyncio.create_task(ask(first))
    await first.begun.wait()
    waiting = asyncio.create_task(ask(second))
    await asyncio.sleep(0)
    first.gate.set()

    with pytest.raises(Overloaded):
        await leading
    assert b"answer" == await waiting


async def test_a_caller_who_leaves_leaves_no_half_act(ask):
    """A cancelled first caller settles the claim, so nobody waits for it in vain."""
    act = Act(open_gate=False)
    leaving = asyncio.create_task(ask(act))
    await act.begun.wait()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving

    with pytest.raises(CodeUsed):
        await ask(Act())


async def test_what_is_kept_is_sealed(ask, world):
    """Neither answer nor code nor key can be read from the ledger."""
    await ask(Act(b"a token"), key="the key", credential="the code", body=b"the body")
    kept = repr(world.room.ledger) + repr(
        [row.outcome.answer for row in world.room.ledger.values()]
    )

    assert not [word for word in ("a token", "the key", "the code", "the body") if word in kept]


async def test_claims_are_forgotten_in_the_end(ask, world):
    """The ledger does not grow with use."""
    await ask(Act())
    world.clock.advance(timedelta(minutes=11))

    assert 1 == await world.wishes().one_answer.ledger.sweep(world.clock.now(), 10)
    assert not world.room.ledger
