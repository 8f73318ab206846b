"""CheckPushAddress, ReceivePush, WorkOffPush, ForgetPush: what WeChat pushes, from door to effect.

An event is stored before it is answered, and worked off afterwards. Every effect may be had twice
and is then the same as had once; so a worker that dies half-way is simply followed by another.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from attrs import frozen

from wxlogin.domain.errors import FieldProblem, InvalidRequest, LoginError
from wxlogin.domain.ports.ambient import Clock, Fact, Journal
from wxlogin.domain.ports.push import (
    Inbox,
    Pushed,
    PushEntry,
    PushReader,
    PushRefused,
    PushState,
    Shown,
)
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.push_event import KNOWN, PushEvent, late

LEASE = timedelta(minutes=1)
"""How long one worker has an event to itself; after that it must have died."""
MOST_TRIES = 20
"""Spread over about six hours."""
DONE_KEPT_FOR = timedelta(days=1)
"""Far longer than an event counts, so a repeated one is always known."""
OTHERS_KEPT_FOR = timedelta(days=30)
"""How long an operator can look at what nobody here could do anything about."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=30)
_PURPOSE = "push_event"
_BATCH = 500


@frozen
class CheckPushAddress:
    """Tells WeChat, when it checks our address, that it is ours."""

    reader: PushReader
    journal: Journal

    async def __call__(self, *, appid: str, shown: Shown) -> None:
        """Returns when it is WeChat that asks.

        Raises:
            NotFound: no such app, or it has no push token.
            InvalidRequest: `push_refused`.
        """
        try:
            self.reader.check_address(appid, shown)
        except PushRefused as refusal:
            raise _refused(self.journal, appid, refusal) from None


@frozen
class ReceivePush:
    """Takes in what WeChat pushes."""

    reader: PushReader
    inbox: Inbox
    vault: Vault
    clock: Clock
    journal: Journal

    async def __call__(self, *, appid: str, shown: Shown, body: bytes) -> None:
        """Returns when WeChat may forget the message: it is stored, known, or no longer counts.

        Raises:
            NotFound: no such app, or it has no push token.
            InvalidRequest: `push_refused`, whatever was wrong with it.
            StoreUnavailable: it could not be stored; WeChat will send it again.
        """
        try:
            pushed = self.reader.read(appid, shown, body)
        except PushRefused as refusal:
            raise _refused(self.journal, appid, refusal) from None
        event, now = pushed.event, self.clock.now()
        if late(event.created_at, now) or late(shown.timestamp, now):
            how = "late"
        else:
            how = "new" if await self._add(pushed, now) else "repeated"
        self.journal.record(Fact("push_received", how, appid=appid))

    async def _add(self, pushed: Pushed, now: datetime) -> bool:
        keys = self.vault.indexes(pushed.event.itself(), purpose=_PURPOSE)
        once = None if pushed.once is None else self.vault.index(pushed.once, purpose=_PURPOSE)
        return await self.inbox.add(keys, pushed.event, now, once)


@frozen
class Became:
    """What became of an event: done, or kept for an operator, and a stable word why."""

    word: str
    state: PushState = PushState.DONE
    user_id: str | None = None


Effect = Callable[[PushEvent], Awaitable[Became]]
"""What one kind of event does here. It may be done twice, and is then as if done once."""


@frozen
class WorkOffPush:
    """Does what stored events ask for, one at a time; `effects` by their kind."""

    inbox: Inbox
    effects: Mapping[str, Effect]
    clock: Clock
    journal: Journal

    async def __call__(self) -> int:
        """Answers how many were taken, 0 or 1; another call is worth it while that is not 0.

        What fails is tried again, later each time, and after the last try kept as failed.
        """
        now = self.clock.now()
        taken = await self.inbox.take(now, now + LEASE)
        if taken is None:
            return 0
        try:
            became = await self._became(taken)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the event is not lost by it
            await self._failed(taken, failure)
            return 1
        if await self.inbox.settle(taken, became.state, became.word):
            self._tell(taken, became.word, became.user_id)
        return 1

    async def _became(self, taken: PushEntry) -> Became:
        event = taken.event
        if taken.forgotten:
            return Became("nobody")
        if event is None:
            return Became("unreadable", PushState.FAILED)
        effect = self.effects.get(event.kind)
        if effect is None:
            return Became("unknown", PushState.KEPT)
        if event.foreign:
            return Became("other_app", PushState.KEPT)
        return await effect(event)

    async def _failed(self, taken: PushEntry, failure: Exception) -> None:
        word = failure.code if isinstance(failure, LoginError) else type(failure).__name__
        if taken.attempts >= MOST_TRIES:
            if await self.inbox.settle(taken, PushState.FAILED, word):
                self._tell(taken, "failed")
            return
        pause = min(_FIRST_PAUSE * 2 ** (taken.attempts - 1), _LONGEST_PAUSE)
        if await self.inbox.put_off(taken, word, self.clock.now() + pause):
            self._tell(taken, "put_off")

    def _tell(self, taken: PushEntry, word: str, user_id: str | None = None) -> None:
        kind = taken.kind if taken.kind in KNOWN else "other"
        self.journal.record(Fact(f"push_{kind}", word, appid=taken.appid, user_id=user_id))


@frozen
class ForgetPush:
    """Deletes entries that nobody needs any more, in small batches."""

    inbox: Inbox
    clock: Clock

    async def __call__(self) -> int:
        """Answers how many rows went; another call is worth it while that is not 0."""
        now = self.clock.now()
        return await self.inbox.sweep(now - DONE_KEPT_FOR, now - OTHERS_KEPT_FOR, _BATCH)


def _refused(journal: Journal, appid: str, refusal: PushRefused) -> InvalidRequest:
    """Answers one and the same refusal for every reason; the reason itself is for operators."""
    journal.record(Fact("push_refused", refusal.why, appid=appid))
    return InvalidRequest(FieldProblem("signature", "push_refused"))
