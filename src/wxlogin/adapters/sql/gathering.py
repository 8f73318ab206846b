"""Gathering: questions that come in while others are being answered share the next statement.

Reaching a server costs more than what it does there, so under load one statement for twenty
people costs hardly more than one for each. Who comes alone waits for nobody.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from attrs import define, field

from wxlogin.domain.errors import StoreUnavailable

Question = TypeVar("Question")
Answer = TypeVar("Answer")
_Waiting = tuple[Question, "asyncio.Future[Answer]", float]

PATIENCE = 1.0
"""Seconds after which a call that found the store out of reach speaks for who waited behind it:
else each further call would take its time-out, and the last in line would wait for all of them."""

BREATH = 0.001
"""Seconds between two calls where several came together: more of them will, and each costs less.
"""


@define(eq=False)
class Gathering(Generic[Question, Answer]):
    """Hands questions to `answer` together, and each answer to who asked.

    `answer` is given up to `most` questions, no two with the same `apart`, and answers as many, in
    their order. Up to `lanes` calls of it run at a time. When it fails for several, each is asked
    again alone, so that nobody suffers for another's question; a store out of reach is out of reach
    for all, those included who waited long for it.
    """

    answer: Callable[[Sequence[Question]], Awaitable[Sequence[Answer]]]
    apart: Callable[[Question], Hashable] | None = None
    most: int = 50
    lanes: int = 1
    _waiting: "deque[_Waiting[Question, Answer]]" = field(factory=deque, init=False, repr=False)
    _working: set["asyncio.Task[Any] | None"] = field(factory=set, init=False, repr=False)

    async def ask(self, question: Question) -> Answer:
        """Answers one question; who is cancelled meanwhile stops nobody else's."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((question, future, loop.time()))
        if len(self._working) < self.lanes:
            self._working.add(loop.create_task(self._work()))
        return await future

    async def _work(self) -> None:
        try:
            while self._waiting:
                wanted = [one for one in self._take() if not one[1].done()]
                if wanted:
                    await self._serve(wanted)
                if len(wanted) > 1:
                    await asyncio.sleep(BREATH)
        finally:  # at once, not when somebody hears of it: the next question needs a worker
            self._working.discard(asyncio.current_task())

    def _take(self) -> list["_Waiting[Question, Answer]"]:
        if self.apart is None:
            number = min(self.most, len(self._waiting))
            return [self._waiting.popleft() for _ in range(number)]
        taken: dict[Hashable, _Waiting[Question, Answer]] = {}
        later: list[_Waiting[Question, Answer]] = []
        while self._waiting and len(taken) < self.most:
            one = self._waiting.popleft()
            if taken.setdefault(self.apart(one[0]), one) is not one:
                later.append(one)
        self._waiting.extendleft(reversed(later))
        return list(taken.values())

    async def _serve(self, asked: list["_Waiting[Question, Answer]"]) -> None:
        try:
            answers = await self.answer([question for question, _, _ in asked])
        except StoreUnavailable as failure:
            _refuse([*asked, *self._who_waited()], failure)
        except Exception as failure:  # noqa: BLE001 - handed to who asked
            if len(asked) == 1:
                _refuse(asked, failure)
                return
            for one in asked:
                await self._serve([one])
        except BaseException:
            for _, future, _ in asked:
                future.cancel()
            raise
        else:
            for (_, future, _), answer in zip(asked, answers, strict=True):
                if not future.done():
                    future.set_result(answer)

    def _who_waited(self) -> Iterator["_Waiting[Question, Answer]"]:
        since = asyncio.get_running_loop().time() - PATIENCE
        while self._waiting and self._waiting[0][2] < since:
            yield self._waiting.popleft()


def _refuse(asked: list["_Waiting[Question, Answer]"], failure: Exception) -> None:
    for _, future, _ in asked:
        if not future.done():
            future.set_exception(failure)
