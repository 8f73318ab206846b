"""Sixty-four clients at once on SQLite, each doing everything, in one process and in two."""

import argparse
import asyncio
import json
import time
from collections import Counter

import uvloop

from benchmarks import bench
from benchmarks.bad_days.verdict import Verdict
from benchmarks.load import Connection, request

CLIENTS = 64


def add_options(options: argparse.ArgumentParser) -> None:
    """Adds what can be chosen."""
    options.add_argument("--seconds", type=float, default=30.0)


def run(chosen: argparse.Namespace) -> Verdict:
    """Makes the day pass, and judges it."""
    verdict = Verdict()
    for workers in ("1", "2"):
        with bench.service("sqlite", "--workers", workers) as service:
            seen = uvloop.run(_day(service.port, chosen.seconds))
            log = service.log()
        print(f"\n{CLIENTS} clients, {workers} worker(s), {chosen.seconds:.0f} s: {dict(seen)}")
        verdict.holds("all is answered 200 or 204", when=set(seen) <= {200, 204})
        locked = log.count("database is locked")
        verdict.holds(f"the log says 'database is locked' {locked} times", when=not locked)
        faults = log.count('"event":"fault"')
        verdict.holds(f"{faults} faults in the log", when=not faults)
    return verdict


async def _day(port: int, seconds: float) -> Counter[int]:
    seen: Counter[int] = Counter()
    end = time.monotonic() + seconds
    await asyncio.gather(*(_client(port, number, end, seen) for number in range(CLIENTS)))
    return seen


async def _client(port: int, number: int, end: float, seen: Counter[int]) -> None:
    connection, count = await Connection.open(port), 0

    async def ask(raw: bytes) -> dict[str, str]:
        status, body = await connection.ask(raw)
        seen[status] += 1
        return json.loads(body) if status == 200 else {}

    while time.monotonic() < end:
        count += 1
        code = f"person{number if count % 4 else f'{number}x{count}'}_{count}"
        device = {"platform": "ios"}
        tokens = await ask(request("POST", "/v1/login", {"code": code, "device": device}))
        for turn in range(3):
            bearer = {"Authorization": f"Bearer {tokens.get('access_token')}"}
            await ask(request("GET", "/v1/me", None, bearer))
            await ask(request("PUT", "/v1/me", {"nickname": f"小明 {count} {turn}"}, bearer))
            body = {"refresh_token": tokens.get("refresh_token", "")}
            tokens = await ask(request("POST", "/v1/token/refresh", body))
        bearer = {"Authorization": f"Bearer {tokens.get('access_token')}"}
        await ask(request("GET", "/v1/me/sessions", None, bearer))
        await ask(request("POST", "/v1/logout", {"scope": "this"}, bearer))
    await connection.close()
