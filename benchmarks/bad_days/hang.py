"""WeChat hangs: it takes questions and never answers, while phones keep logging in."""

import argparse
import asyncio
import os
import signal

import uvloop

from benchmarks import bench
from benchmarks.bad_days.verdict import Verdict, load_apart, memory, start_apart
from benchmarks.open_loop import Tally, offer, percentile, spread

CALM, AFTER, WARM = 20.0, 15.0, 5.0
READS, REFRESHES = 100.0, 50.0
CLEAR = {200, 429, 503}
MOST_SECONDS, RECOVERY_SECONDS, MOST_MEGABYTES = 10.0, 5.0, 100.0


def add_options(options: argparse.ArgumentParser) -> None:
    """Adds what can be chosen."""
    options.add_argument("--seconds", type=float, default=60.0, help="how long WeChat hangs")
    options.add_argument("--logins", type=float, default=500.0, help="a second")


def run(chosen: argparse.Namespace) -> Verdict:
    """Makes the day pass, and judges it."""
    start_apart()
    with bench.service("postgres") as service:
        load_apart()
        tallies, held = uvloop.run(_day(service, chosen.logins, chosen.seconds))
    return _judged(tallies, held, chosen.seconds)


async def _day(
    service: bench.Running, logins: float, seconds: float
) -> tuple[dict[str, Tally], list[float]]:
    tokens = await bench.log_in_all(service.port, 128)
    doing = bench.operations(tokens[:64], 0)
    reading = bench.operations(tokens[64:], 0)
    total = CALM + seconds + AFTER
    held: list[float] = []

    async def wechat() -> None:
        await asyncio.sleep(CALM)
        os.kill(service.wechat, signal.SIGUSR1)
        await asyncio.sleep(seconds)
        os.kill(service.wechat, signal.SIGUSR2)

    async def watch() -> None:
        while True:
            held.append(memory(service.pid))
            await asyncio.sleep(0.5)

    watching = asyncio.create_task(watch())
    port = service.port
    login, refresh, me, _ = await asyncio.gather(
        offer(port, doing["returning login"], logins, total, connections=1024, seed=1),
        offer(port, doing["refresh"], REFRESHES, total, connections=64, seed=2),
        offer(port, reading["me"], READS, total, connections=64, seed=3),
        wechat(),
    )
    watching.cancel()
    return {"login": login, "refresh": refresh, "me": me}, held


def _judged(tallies: dict[str, Tally], held: list[float], seconds: float) -> Verdict:
    verdict, back = Verdict(), CALM + seconds
    print("\nms from when a request was due: p50 · p99 · p99.9 · max")
    for name in ("refresh", "me"):
        calm = tallies[name].latencies(since=WARM, until=CALM)
        bad = tallies[name].latencies(since=CALM, until=back)
        print(f"  {name:<8} calm {spread(calm)}\n           hang {spread(bad)}")
        times = percentile(bad, 0.99) / percentile(calm, 0.99)
        verdict.holds(
            f"{name}'s p99 while WeChat hangs is {times:.2f} times the calm", when=times <= 2
        )
        verdict.holds(f"every {name} is answered 200", when=set(tallies[name].statuses()) == {200})
    logins = tallies["login"]
    print(f"  login    calm {spread(logins.latencies(since=WARM, until=CALM))}")
    refused = logins.latencies(lambda status: status != 200, since=CALM, until=back)
    print(f"           hang {spread(refused)}  refused; {logins.statuses()} in all")
    slowest = max(logins.took)
    clear = set(logins.statuses()) <= CLEAR
    verdict.holds(
        f"every login has a clear answer, after {slowest:.1f} s at most",
        when=clear and slowest <= MOST_SECONDS,
    )
    entered = logins.latencies(since=back + RECOVERY_SECONDS)
    others = logins.latencies(lambda status: status != 200, since=back + RECOVERY_SECONDS)
    of = len(entered) + len(others)
    verdict.holds(
        f"{RECOVERY_SECONDS:.0f} s after WeChat's return {len(entered)} logins of {of} come in",
        when=bool(entered) and not others,
    )
    before, most = held[int(CALM * 2) - 1], max(held)
    verdict.holds(
        f"memory stays bounded: {before:.0f} MB calm, {most:.0f} MB at most",
        when=most - before < MOST_MEGABYTES,
    )
    return verdict
