"""Open-loop HTTP load: requests are due at set times, whether earlier ones were answered or not.

Latency counts from the time a request was due, so a service that stalls is not spared the requests
that could not be sent meanwhile (no coordinated omission).

`python -m benchmarks.open_loop --operation refresh --rates 500,1000,2000` starts a service of its
own; `offer` takes any HTTP/1.1 server on a local port.
"""

import argparse
import asyncio
import itertools
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from random import Random  # noqa: TID251 - arrival times of a load, seeded so that they come again
from typing import cast

import httptools
import uvloop
from attrs import Factory, define, field

from benchmarks.load import Operation

PATIENCE = 15.0
"""Seconds after which a request that was sent counts as never answered."""
_AT_ONCE = 64
"""Requests sent before the load looks at answers again."""
UNANSWERED = 0
"""The status of a request that got no answer."""


@define
class Tally:
    """What became of each request: when it was due, how long after that it ended, and how.

    Times are seconds, `due` from the load's beginning. `lag` is the most by which the load itself
    came late: figures above it are the service's.
    """

    due: "array[float]" = field(factory=lambda: array("d"))
    took: "array[float]" = field(factory=lambda: array("d"))
    status: "array[int]" = field(factory=lambda: array("H"))
    lag: float = 0.0

    def add(self, due: float, took: float, status: int) -> None:
        """Takes a request that ended."""
        self.due.append(due)
        self.took.append(took)
        self.status.append(status)

    def latencies(
        self,
        wanted: Callable[[int], bool] = lambda status: 200 <= status < 300,
        since: float = 0.0,
        until: float = float("inf"),
    ) -> list[float]:
        """Answers the sorted latencies of requests by status that were due in a stretch of time."""
        return sorted(
            took
            for due, took, status in zip(self.due, self.took, self.status, strict=True)
            if wanted(status) and since <= due < until
        )

    def statuses(self) -> dict[int, int]:
        """Answers how many requests ended with each status."""
        counted: dict[int, int] = {}
        for status in self.status:
            counted[status] = counted.get(status, 0) + 1
        return dict(sorted(counted.items()))


def percentile(ordered: list[float], share: float) -> float:
    """Answers the value that `share` of them do not exceed, of sorted ones; nan of none."""
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(latencies: list[float]) -> str:
    """Answers p50, p99, p99.9 and the most, in milliseconds."""
    shares = (0.5, 0.99, 0.999, 1.0)
    return " · ".join(f"{percentile(latencies, share) * 1000:7.1f}" for share in shares)


async def offer(
    port: int,
    operation: Operation,
    rate: float,
    seconds: float,
    *,
    connections: int = 256,
    seed: int = 1,
    seen: Callable[[int, bytes], None] | None = None,
) -> Tally:
    """Offers `rate` requests a second at random times (Poisson), and answers what became of them.

    Up to `connections` are kept open, numbered; each sends `operation.next(number, count)` when it
    is free, and `operation.seen` gets the bodies of answers with `operation.status`. What is due
    while all are busy waits here, and that time counts. `seen` is told every status and body.
    """
    load = _Load(port, operation, connections, seen)
    return await load.run(_arrivals(rate, seconds, seed))


def _arrivals(rate: float, seconds: float, seed: int) -> Iterator[float]:
    chance, due = Random(seed), 0.0
    while (due := due + chance.expovariate(rate)) < seconds:
        yield due


@define(eq=False)
class _Load:
    port: int
    operation: Operation
    connections: int
    seen: Callable[[int, bytes], None] | None
    tally: Tally = field(factory=Tally)
    _due: "deque[float]" = field(factory=deque)
    _free: "deque[_Line]" = field(factory=deque)
    _lines: "list[_Line]" = field(factory=list)
    _began: float = 0.0
    _count: Iterator[int] = field(factory=itertools.count)
    loop: asyncio.AbstractEventLoop = Factory(asyncio.get_running_loop)

    async def run(self, arrivals: Iterator[float]) -> Tally:
        self._lines = [_Line(self, number) for number in range(self.connections)]
        await asyncio.gather(*(line.connect() for line in self._lines))
        self._began = self.loop.time()
        sent = 0
        for due in arrivals:
            while (wait := due - self.now()) > 0:
                await asyncio.sleep(wait)
                sent = 0
            self.tally.lag = max(self.tally.lag, -wait)
            self._due.append(due)
            self.send()
            sent += 1
            if sent == _AT_ONCE:
                await asyncio.sleep(0)
                sent = 0
        end = self.now() + PATIENCE
        while self.now() < end and (self._due or len(self._free) < len(self._lines)):  # noqa: ASYNC110 - a look now and then costs the load less than an event at each answer
            await asyncio.sleep(0.01)
        for due in self._due:
            self.tally.add(due, self.now() - due, UNANSWERED)
        for line in self._lines:
            line.leave()
        return self.tally

    def now(self) -> float:
        return self.loop.time() - self._began

    def send(self) -> None:
        while self._due and self._free:
            self._free.popleft().ask(self._due.popleft(), next(self._count))

    def free(self, line: "_Line") -> None:
        self._free.append(line)
        self.send()

    def lost(self, line: "_Line") -> None:
        if line in self._free:
            self._free.remove(line)


class _Line(asyncio.Protocol):
    """A connection that is opened again when the service ends it."""

    def __init__(self, load: _Load, number: int) -> None:
        self._load, self._number = load, number
        self._due: float | None = None
        self._leaving = False
        self._body = b""
        self._opening: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        while not self._leaving:
            try:
                await self._load.loop.create_connection(lambda: self, "127.0.0.1", self._load.port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return

    def ask(self, due: float, count: int) -> None:
        self._due = due
        self._late = self._load.loop.call_later(PATIENCE, self._transport.abort)
        self._transport.write(self._load.operation.next(self._number, count))

    def leave(self) -> None:
        self._leaving = True
        if self._opening is not None:
            self._opening.cancel()
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpResponseParser(self)
        self._load.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost(self)
        self._end(UNANSWERED)
        if not self._leaving:
            self._opening = self._load.loop.create_task(self.connect())

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._body = b""

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if not self._parser.should_keep_alive():
            self._end(self._parser.get_status_code())
            self._transport.close()
            return
        self._end(self._parser.get_status_code())
        self._load.free(self)

    def _end(self, status: int) -> None:
        due, self._due = self._due, None
        if due is None:
            return
        self._late.cancel()
        self._load.tally.add(due, self._load.now() - due, status)
        if status == self._load.operation.status:
            self._load.operation.seen(self._number, self._body)
        if self._load.seen is not None:
            self._load.seen(status, self._body)


def main() -> None:
    """Measures one operation at growing rates and prints a table."""
    from benchmarks import bench  # noqa: PLC0415 - which others who offer load do not need

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--operation", choices=bench.OPERATIONS, default="refresh")
    options.add_argument("--rates", default="250,500,1000")
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    chosen = options.parse_args()

    async def measure(port: int) -> None:
        tokens = await bench.log_in_all(port)
        for run, rate in enumerate(chosen.rates.split(",")):
            operation = bench.operations(tokens, run)[chosen.operation]
            tally = await offer(
                port, operation, float(rate), chosen.seconds, connections=len(tokens), seed=run
            )
            print(
                f"  {rate:>6} {spread(tally.latencies())}   {tally.lag * 1000:5.1f}  "
                f"{tally.statuses()}",
                flush=True,
            )

    with bench.service(chosen.database) as running:
        print(f"{chosen.operation}, {chosen.database}: ms from when a request was due\n")
        print("    rate     p50 ·     p99 ·   p99.9 ·     max   load's own lag  statuses")
        uvloop.run(measure(running.port))


if __name__ == "__main__":
    main()
