"""HookParts: the parts that tell an application by webhook what happened, where it wants to know.

Without an address the plain stores are built, nothing is put into the outbox, and nobody looks
into it.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from attrs import define, evolve, field
from dependency_injector import containers, providers

from wxlogin.adapters.metrics import Metrics
from wxlogin.adapters.sql import (
    Database,
    SqlAccounts,
    SqlOutbox,
    SqlSessions,
    SqlUsers,
    TellingAccounts,
    TellingSessions,
    TellingUsers,
)
from wxlogin.adapters.webhooks import LANES, WebhookReceiver
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.outbox import Notice, Outbox
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.use_cases.webhooks import LEASE, DeliverNotice, ForgetNotices
from wxlogin.domain.user import User, released
from wxlogin.entrypoints.settings import Settings
from wxlogin.entrypoints.web.answers import UserJson

POLL_SECONDS = 1.0
"""So long a notice of another process, or one put off, waits at most beyond its time."""
DEPTH_SECONDS = 10.0
_LONGEST_REST = 15.0
_LAST_SECONDS = 0.4
"""What is under way gets to its end, before whoever ends us loses patience."""
Handed = providers.Dependency[Any]
_log = structlog.get_logger("wxlogin.webhooks")


@define(eq=False)
class Bell:
    """Wakes the sender of this process; rung by the stores once an act is committed."""

    _rung: asyncio.Event = field(factory=asyncio.Event, init=False, repr=False)

    def ring(self) -> None:
        """Wakes the sender, or keeps it from falling asleep."""
        self._rung.set()

    def quiet(self) -> None:
        """Forgets what was rung; to be called before looking, so that no ring is lost."""
        self._rung.clear()

    async def wait(self, seconds: float) -> None:
        """Returns when it is rung, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()


def users_of(settings: Settings, db: Database, vault: Vault, bell: Bell) -> SqlUsers:
    """Answers the users, telling where somebody listens."""
    return SqlUsers(db, vault) if _nobody(settings) else TellingUsers(db, vault, bell.ring)


def sessions_of(settings: Settings, db: Database, vault: Vault, bell: Bell) -> SqlSessions:
    """Answers the sessions, telling where somebody listens."""
    return SqlSessions(db, vault) if _nobody(settings) else TellingSessions(db, vault, bell.ring)


def accounts_of(settings: Settings, db: Database, vault: Vault, bell: Bell) -> SqlAccounts:
    """Answers the accounts, telling where somebody listens."""
    return SqlAccounts(db, vault) if _nobody(settings) else TellingAccounts(db, vault, bell.ring)


def _nobody(settings: Settings) -> bool:
    return settings.webhook_url is None


def as_told(issuer: str) -> Callable[[User], UserJson]:
    """Answers a user's form for the application.

    A picture that only its owner may see yet is told by the address it gets once it has passed.
    """

    def told(user: User) -> UserJson:
        avatar = released(user.profile.avatar_url)
        return UserJson.of(evolve(user, profile=evolve(user.profile, avatar_url=avatar)), issuer)

    return told


@define(eq=False)
class Sending:
    """Takes what is due and delivers it, some at a time, for as long as the process lives.

    While the receiver fails it is asked by one notice at a time, after a rest that grows, so that
    the others need not wait out a pause of their own when it is back.
    """

    outbox: Outbox
    deliver: Callable[[Notice], Any]
    clock: Clock
    bell: Bell
    lanes: int = LANES
    _under_way: set["asyncio.Task[None]"] = field(factory=set, init=False, repr=False)
    _rest: float = field(default=0.0, init=False)
    _failing: bool = field(default=False, init=False)

    async def work(self) -> None:
        """Works until cancelled."""
        try:
            while True:
                self.bell.quiet()
                if self._rest and not self._under_way:
                    await asyncio.sleep(self._rest)
                for notice in await self._taken():
                    task = asyncio.create_task(self._one(notice))
                    self._under_way.add(task)
                    task.add_done_callback(self._over)
                await self.bell.wait(POLL_SECONDS)
        finally:
            await self._end()

    async def _taken(self) -> Sequence[Notice]:
        free = self.lanes - len(self._under_way)
        if self._rest:
            free = 0 if self._under_way else 1
        if not free:
            return []
        now = self.clock.now()
        try:
            taken = await self.outbox.take(now, now + LEASE, free)
        except Exception as failure:  # noqa: BLE001 - a database that is away comes back
            self._tell(failure)
            return []
        self._failing = False
        return taken

    async def _one(self, notice: Notice) -> None:
        try:
            delivered = await self.deliver(notice)
        except Exception as failure:  # noqa: BLE001 - its lease ends by itself
            self._tell(failure)
            return
        if delivered:
            self._rest = 0.0
        elif len(self._under_way) == 1:
            self._rest = min(self._rest * 2 or 1.0, _LONGEST_REST)
        else:
            self._rest = self._rest or 1.0

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self.bell.ring()

    def _tell(self, failure: Exception) -> None:
        if not self._failing:
            _log.warning("webhooks_not_sent", exc_info=failure)
        self._failing = True

    async def _end(self) -> None:
        if self._under_way:
            with suppress(asyncio.CancelledError):
                await asyncio.wait(self._under_way, timeout=_LAST_SECONDS)
        for task in self._under_way:
            task.cancel()


class HookParts(containers.DeclarativeContainer):
    """Everything about webhooks; the rest of the house is handed in."""

    settings = providers.Dependency(instance_of=Settings)
    database: Handed = providers.Dependency()
    clock: Handed = providers.Dependency()
    ids: Handed = providers.Dependency()
    journal: Handed = providers.Dependency()
    users: Handed = providers.Dependency()
    bell: Handed = providers.Dependency()

    outbox = providers.Singleton(SqlOutbox, db=database)
    receiver = providers.Singleton(
        WebhookReceiver,
        url=settings.provided.webhook_url,
        secrets=settings.provided.webhook_secret,
        clock=clock,
        show=providers.Singleton(as_told, settings.provided.issuer),
    )
    deliver = providers.Singleton(
        DeliverNotice,
        outbox=outbox,
        users=users,
        receiver=receiver,
        clock=clock,
        ids=ids,
        journal=journal,
    )
    sending = providers.Singleton(Sending, outbox=outbox, deliver=deliver, clock=clock, bell=bell)
    forget = providers.Singleton(ForgetNotices, outbox=outbox, clock=clock)


async def send_out(hooks: HookParts) -> None:
    """Delivers what happened, until cancelled; where nobody listens there is nothing to do."""
    if _nobody(hooks.settings()):
        return
    try:
        await hooks.sending().work()
    finally:
        await hooks.receiver().close()


async def keep_depth(hooks: HookParts, metrics: Metrics) -> None:
    """Tells the metrics now and then how much waits, until cancelled."""
    while not _nobody(hooks.settings()):
        with suppress(Exception):  # the sender says what is wrong with the database
            depth = await hooks.outbox().depth()
            now = hooks.clock().now()
            late = 0.0 if depth.oldest_at is None else (now - depth.oldest_at).total_seconds()
            metrics.webhooks(waiting=depth.waiting, parked=depth.parked, late=max(late, 0.0))
        await asyncio.sleep(DEPTH_SECONDS)
