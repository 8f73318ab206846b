"""Ten times what the service can serve, on a core of its own."""

import argparse
import time
from collections import Counter

import uvloop

from benchmarks import bench
from benchmarks.bad_days.verdict import Verdict, load_apart, memory, start_apart
from benchmarks.load import Operation, drive
from benchmarks.open_loop import offer, percentile, spread

CONNECTIONS, RAMP_SECONDS, SETTLED = 2048, 6.0, 2.0
STEPS = (0.8, 1.0, 1.2, 1.5)
GOODPUT, REFUSED_SECONDS = 0.9, 1.0


def add_options(options: argparse.ArgumentParser) -> None:
    """Adds what can be chosen."""
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--times", type=float, default=10.0)
    options.add_argument("--operation", choices=bench.OPERATIONS, default="returning login")
    options.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")


def run(chosen: argparse.Namespace) -> Verdict:
    """Makes the day pass, and judges it."""
    start_apart()
    with bench.service(chosen.database) as service:
        load_apart()
        return uvloop.run(_day(service, chosen))


async def _day(service: bench.Running, chosen: argparse.Namespace) -> Verdict:
    verdict = Verdict()
    tokens = await bench.log_in_all(service.port, CONNECTIONS)
    began = time.perf_counter()
    await drive(service.port, 64, 6400, bench.operations(tokens, -1)[chosen.operation])
    guess = 6400 / (time.perf_counter() - began)
    print(f"\n{chosen.operation}, {chosen.database}; 64 in a closed loop: {guess:.0f} a second")
    peak = 0.0
    for run, step in enumerate(STEPS):
        operation = bench.operations(tokens, run)[chosen.operation]
        peak = max(peak, (await _offered(service, operation, guess * step, RAMP_SECONDS))[0])
    operation = bench.operations(tokens, len(STEPS))[chosen.operation]
    goodput, refused = await _offered(service, operation, peak * chosen.times, chosen.seconds)
    verdict.holds(
        f"{chosen.times:.0f} times the capacity: {goodput / peak:.0%} of the peak are served",
        when=goodput / peak >= GOODPUT,
    )
    slow = percentile(refused, 0.99)
    verdict.holds(f"99 of 100 refusals take {slow * 1000:.0f} ms", when=slow < REFUSED_SECONDS)
    return verdict


async def _offered(
    service: bench.Running, operation: Operation, rate: float, seconds: float
) -> tuple[float, list[float]]:
    codes: Counter[str] = Counter()

    def seen(status: int, body: bytes) -> None:
        if status != operation.status:
            told = body.partition(b'"code":"')[2].partition(b'"')[0].decode()
            codes[told if b'"retry_after"' in body else f"{told} without a time"] += 1

    before = bench.cpu_seconds(service.pid)
    tally = await offer(service.port, operation, rate, seconds, connections=CONNECTIONS, seen=seen)
    busy = (bench.cpu_seconds(service.pid) - before) / seconds
    served = sum(
        status == operation.status and SETTLED <= due + took < seconds
        for due, took, status in zip(tally.due, tally.took, tally.status, strict=True)
    ) / (seconds - SETTLED)
    refused = tally.latencies(lambda status: status == 503)
    print(
        f"  {rate:.0f} offered: {served:.0f} served a second, ms {spread(tally.latencies())}\n"
        f"    {tally.statuses()}, refused in ms {spread(refused)}, {dict(codes)}\n"
        f"    service {busy:.0%} of a core, {memory(service.pid):.0f} MB;"
        f" the load itself up to {tally.lag * 1000:.0f} ms late",
        flush=True,
    )
    return served, refused
