"""Chaos: what is broken, and when: so many wishes apart, the same on a fast and a slow machine."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from time import monotonic, sleep
from typing import Protocol
from urllib.request import urlopen

from attrs import define, field, frozen

from tests.campaign.databases import UNREACHABLE, Outside
from tests.campaign.fleet import Fleet
from tests.campaign.history import Trouble
from tests.campaign.town import Town

AWAY_SECONDS = 3.0
_WITHOUT_REDIS_SECONDS = 1.0
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 0.0)
_MOST_CONNECTIONS = 16


class Killable(Protocol):
    """A database server of our own."""

    def kill9(self) -> None: ...
    def restart(self) -> None: ...


@frozen
class Pace:
    """Wishes between two troubles of each kind; 0: never."""

    services: int = 2500
    connections: int = 2000
    databases: int = 20_000
    redis: int = 5_000
    wechat: int = 25_000


@define(eq=False)
class Chaos:
    """Breaks things until all wishes were made, and leaves everything running.

    `hands` must outlive the servers: the system kills those whose starting thread has ended.
    """

    town: Town
    fleet: Fleet
    outside: Outside
    server: Killable | None
    redis: Killable | None
    pace: Pace
    hands: Executor
    _kills: int = field(default=0, init=False)

    async def reign(self) -> None:
        """Returns when all wishes were made and nothing is broken any more."""
        pace = self.pace
        await asyncio.gather(
            self._every(pace.services, self._kill_service),
            self._every(pace.connections, self._break_connections),
            self._every(pace.databases if self.server else 0, self._kill_database),
            self._every(pace.redis if self.redis else 0, self._kill_redis),
            self._every(pace.wechat, self._send_wechat_away),
        )

    async def _every(self, wishes: int, act: Callable[[Trouble], None]) -> None:
        due = wishes // 2
        while self.town.open:
            await asyncio.sleep(0.02)
            if not wishes or self.town.wishes < due:
                continue
            due += wishes
            trouble = Trouble("", monotonic())
            self.town.history.troubles.append(trouble)
            await asyncio.get_running_loop().run_in_executor(self.hands, act, trouble)

    def _kill_service(self, trouble: Trouble) -> None:
        trouble.kind, trouble.place = "service", self._kills % len(self.fleet.ports)
        self._kills += 1
        self.fleet.kill(trouble.place)
        for pause in _PAUSES:  # a supervisor's patience: the database may be away, too
            try:
                self.fleet.start(trouble.place)
            except AssertionError:
                sleep(pause)
            else:
                break
        trouble.ended = monotonic()

    def _break_connections(self, trouble: Trouble) -> None:
        trouble.kind = "connections"
        with suppress(*UNREACHABLE):  # the server itself may be away at the moment
            self.outside.break_connections(_MOST_CONNECTIONS)
        trouble.ended = monotonic()

    def _kill_database(self, trouble: Trouble) -> None:
        trouble.kind = "database"
        assert self.server is not None
        self.server.kill9()
        self.server.restart()
        trouble.ended = monotonic()

    def _kill_redis(self, trouble: Trouble) -> None:
        trouble.kind = "redis"
        assert self.redis is not None
        self.redis.kill9()
        sleep(_WITHOUT_REDIS_SECONDS)
        self.redis.restart()
        trouble.ended = monotonic()

    def _send_wechat_away(self, trouble: Trouble) -> None:
        trouble.kind = "wechat"
        with urlopen(f"{self.fleet.wechat}/away?{AWAY_SECONDS}") as answer:
            answer.read()
        trouble.ended = monotonic() + AWAY_SECONDS
