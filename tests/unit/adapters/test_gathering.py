"""Gathering: who comes alone waits for nobody, who comes with others shares a statement."""

import asyncio
from collections.abc import Sequence

import pytest
from attrs import define, field

from wxlogin.adapters.sql import gathering as gathering_module
from wxlogin.adapters.sql.gathering import Gathering
from wxlogin.domain.errors import StoreUnavailable


@define
class Store:
    """Doubles numbers; a call waits until it is let go, when told to."""

    calls: list[list[int]] = field(factory=list)
    called: asyncio.Event = field(factory=asyncio.Event)
    gate: asyncio.Event = field(factory=asyncio.Event)
    broken: int | None = None
    away: bool = False

    async def answer(self, asked: Sequence[int]) -> Sequence[int]:
        """Answers all of them, or fails for all because of one."""
        self.calls.append(list(asked))
        self.called.set()
        await self.gate.wait()
        if self.away:
            raise StoreUnavailable(1)
        if self.broken in asked:
            raise ValueError(self.broken)
        return [2 * each for each in asked]


def _open(store: Store) -> Store:
    store.gate.set()
    return store


async def test_who_comes_together_is_answered_by_one_call() -> None:
    """Three questions of one moment make one call, and each gets its own answer."""
    store = _open(Store())
    gathering = Gathering(store.answer)

    answers = await asyncio.gather(*(gathering.ask(number) for number in (1, 2, 3)))

    assert [2, 4, 6] == answers
    assert [[1, 2, 3]] == store.calls


async def test_who_comes_while_a_call_runs_shares_the_next() -> None:
    """With one lane the second and third wait for the first call and then go together."""
    store = Store()
    gathering = Gathering(store.answer)
    first = asyncio.create_task(gathering.ask(1))
    await store.called.wait()
    later = [asyncio.create_task(gathering.ask(number)) for number in (2, 3)]
    for _ in range(5):  # turns of the loop in which a second call could begin
        await asyncio.sleep(0)
    assert [[1]] == store.calls
    store.gate.set()

    assert [2, 4, 6] == [await first, *[await each for each in later]]
    assert [[1], [2, 3]] == store.calls


async def test_after_a_shared_call_the_next_waits_for_company(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who comes in the breath after a shared call goes with who comes a few turns later."""
    monkeypatch.setattr(gathering_module, "BREATH", 0.05)
    store = _open(Store())
    gathering = Gathering(store.answer)
    await asyncio.gather(gathering.ask(1), gathering.ask(2))
    fourth = asyncio.create_task(gathering.ask(3))
    for _ in range(5):
        await asyncio.sleep(0)

    await asyncio.gather(fourth, gathering.ask(4))

    assert [[1, 2], [3, 4]] == store.calls


async def test_a_question_at_the_very_end_of_a_call_is_answered() -> None:
    """Whoever asks as soon as an answer is there finds the lane free, however often."""
    store = _open(Store())
    gathering = Gathering(store.answer)

    async with asyncio.timeout(5):
        assert [2 * number for number in range(50)] == [
            await gathering.ask(number) for number in range(50)
        ]


async def test_no_two_alike_in_one_call() -> None:
    """Questions that must be told apart go one after the other, in their order."""
    store = _open(Store())
    gathering = Gathering(store.answer, apart=lambda number: number % 10)

    answers = await asyncio.gather(*(gathering.ask(number) for number in (1, 11, 2, 21, 3)))

    assert [2, 22, 4, 42, 6] == answers
    assert [[1, 2, 3], [11], [21]] == store.calls


async def test_no_more_than_most_in_one_call() -> None:
    """What does not fit waits for the next call."""
    store = _open(Store())
    gathering = Gathering(store.answer, most=2)

    await asyncio.gather(*(gathering.ask(number) for number in range(5)))

    assert [[0, 1], [2, 3], [4]] == store.calls


async def test_nobody_suffers_for_anothers_question() -> None:
    """When a call fails for several, each is asked alone and only the guilty one refused."""
    store = _open(Store(broken=2))
    gathering = Gathering(store.answer)

    answers = await asyncio.gather(
        *(gathering.ask(number) for number in (1, 2, 3)), return_exceptions=True
    )

    assert [2, 6] == [answers[0], answers[2]]
    assert isinstance(answers[1], ValueError)
    assert [[1, 2, 3], [1], [2], [3]] == store.calls


async def test_a_store_out_of_reach_is_not_asked_again_by_each() -> None:
    """StoreUnavailable goes to everybody at once."""
    store = _open(Store(away=True))
    gathering = Gathering(store.answer)

    answers = await asyncio.gather(
        *(gathering.ask(number) for number in (1, 2)), return_exceptions=True
    )

    assert [StoreUnavailable, StoreUnavailable] == [type(answer) for answer in answers]
    assert [[1, 2]] == store.calls


async def test_who_leaves_takes_nobody_along() -> None:
    """A cancelled question is not asked if its turn had not come; the others are answered."""
    store = Store()
    gathering = Gathering(store.answer)
    first = asyncio.create_task(gathering.ask(1))
    await store.called.wait()
    leaver, other = (asyncio.create_task(gathering.ask(number)) for number in (2, 3))
    await asyncio.sleep(0)
    leaver.cancel()
    first.cancel()
    store.gate.set()

    assert 6 == await other
    assert [[1], [3]] == store.calls
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_store_that_let_all_wait_is_out_of_reach_for_all(monkeypatch) -> None:
    """When a call fails late, who waited for as long is told too, at once."""
    monkeypatch.setattr(gathering_module, "PATIENCE", 0.0)
    store = Store(away=True)
    gathering = Gathering(store.answer, most=2)
    asking = [asyncio.create_task(gathering.ask(number)) for number in range(9)]
    await store.called.wait()
    await asyncio.sleep(0.01)  # the clock must move at all

    store.gate.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)

    assert [StoreUnavailable] * 9 == [type(answer) for answer in answers]
    assert [[0, 1]] == store.calls


async def test_who_has_just_come_is_asked_for_all_the_same() -> None:
    """A connection that broke is no store out of reach: the next call may well go through."""
    store = _open(Store(away=True))
    gathering = Gathering(store.answer, most=2)

    answers = await asyncio.gather(
        *(gathering.ask(number) for number in range(4)), return_exceptions=True
    )

    assert [StoreUnavailable] * 4 == [type(answer) for answer in answers]
    assert [[0, 1], [2, 3]] == store.calls
