"""Ten times what the service can serve, on a core of its own, behind nginx or alone.

nginx runs as docs/deployment/nginx.conf says but for TLS, which would cost the load more than the
rest; it shares a core with the load.
"""

import argparse
import itertools
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import uvloop
from attrs import frozen
from tests.servers.nginx import nginx_before
from tests.servers.programs import installed

from benchmarks import bench
from benchmarks.bad_days.verdict import MEASURED, Verdict, load_apart, memory, start_apart
from benchmarks.load import Operation, drive
from benchmarks.open_loop import offer, percentile, spread

CONNECTIONS, RAMP_SECONDS, SETTLED = 2048, 6.0, 2.0
PEAK_SECONDS = 15.0
"""How long the peak is measured before the flood and again after it: machines drift."""
CLOSED = 64
STEPS = (0.8, 1.0, 1.2, 1.5)
GOODPUT, REFUSED_SECONDS = 0.9, 1.0
NGINX, NOTHING = "nginx", "nothing"


def add_options(options: argparse.ArgumentParser) -> None:
    """Adds what can be chosen."""
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--times", type=float, default=10.0)
    options.add_argument("--operation", choices=bench.OPERATIONS, default="returning login")
    options.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    options.add_argument(
        "--behind", choices=[NGINX, NOTHING], default=NGINX if installed(NGINX) else NOTHING
    )


@frozen
class Asked:
    """What is measured, and where the load knocks."""

    service: bench.Running
    port: int
    nginx: int | None
    """The process of nginx, where there is one."""

    def cpu(self) -> dict[str, float]:
        """Answers the seconds that everybody kept a core busy so far."""
        spent = {"service": bench.cpu_seconds(self.service.pid)}
        if self.nginx is not None:
            spent["nginx"] = bench.cpu_seconds(self.nginx)
        spent["the load"] = time.process_time()
        return {**spent, "their core": _busy(MEASURED)}


def run(chosen: argparse.Namespace) -> Verdict:
    """Makes the day pass, and judges it."""
    with ExitStack() as stack:
        start_apart()
        service = stack.enter_context(bench.service(chosen.database))
        load_apart()
        asked = Asked(service, service.port, None)
        if chosen.behind == NGINX:
            nginx = stack.enter_context(nginx_before(service.port, tls=False))
            asked = Asked(service, nginx.port, nginx.pid)
        return uvloop.run(_day(asked, chosen))


async def _day(asked: Asked, chosen: argparse.Namespace) -> Verdict:
    verdict = Verdict()
    tokens = await bench.log_in_all(asked.service.port, CONNECTIONS)
    began = time.perf_counter()
    await drive(asked.port, CLOSED, 6400, bench.operations(tokens, -1)[chosen.operation])
    guess = 6400 / (time.perf_counter() - began)
    print(f"\n{chosen.operation}, {chosen.database}, behind {chosen.behind};", end=" ")
    print(f"{CLOSED} in a closed loop: {guess:.0f} a second")
    runs = itertools.count()

    async def offered(rate: float, seconds: float) -> tuple[float, list[float]]:
        operation = bench.operations(tokens, next(runs))[chosen.operation]
        return await _offered(asked, operation, rate, seconds)

    capacity, rate = max(
        [((await offered(guess * step, RAMP_SECONDS))[0], guess * step) for step in STEPS]
    )
    before, _ = await offered(rate, PEAK_SECONDS)
    goodput, refused = await offered(capacity * chosen.times, chosen.seconds)
    after, _ = await offered(rate, PEAK_SECONDS)
    peak = (before + after) / 2
    verdict.holds(
        f"{chosen.times:.0f} times the capacity: {goodput / peak:.0%} of the peak are served",
        when=goodput / peak >= GOODPUT,
    )
    slow = percentile(refused, 0.99)
    verdict.holds(f"99 of 100 refusals take {slow * 1000:.0f} ms", when=slow < REFUSED_SECONDS)
    return verdict


async def _offered(
    asked: Asked, operation: Operation, rate: float, seconds: float
) -> tuple[float, list[float]]:
    codes: Counter[str] = Counter()

    def seen(status: int, body: bytes) -> None:
        if status != operation.status:
            told = body.partition(b'"code":"')[2].partition(b'"')[0].decode()
            codes[told if b'"retry_after"' in body else f"{told} without a time"] += 1

    before = asked.cpu()
    tally = await offer(asked.port, operation, rate, seconds, connections=CONNECTIONS, seen=seen)
    spent = {who: now - before[who] for who, now in asked.cpu().items()}
    busy = ", ".join(f"{who} {used / seconds:.0%}" for who, used in spent.items())
    won = tally.statuses().get(operation.status, 0) or 1
    served = sum(
        status == operation.status and SETTLED <= due + took < seconds
        for due, took, status in zip(tally.due, tally.took, tally.status, strict=True)
    ) / (seconds - SETTLED)
    refused = tally.latencies(lambda status: status == 503)
    print(
        f"  {rate:.0f} offered: {served:.0f} served a second, ms {spread(tally.latencies())}\n"
        f"    {tally.statuses()}, refused in ms {spread(refused)}, {dict(codes)}\n"
        f"    of a core: {busy}; the load itself up to {tally.lag * 1000:.0f} ms late\n"
        f"    service {memory(asked.service.pid):.0f} MB, {spent['service'] / won * 1e6:.0f} µs"
        " for each that was served",
        flush=True,
    )
    return served, refused


def _busy(core: int) -> float:
    """Answers the seconds a core was not idle."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            idle, waiting = ticks[3:5]
            return (sum(map(int, ticks[:8])) - int(idle) - int(waiting)) / bench.TICK
    return 0.0
