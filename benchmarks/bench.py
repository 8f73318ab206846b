"""CPU per operation of a real `wxlogin serve`; see README.md beside this file."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import field, frozen
from tests.servers.http import serve_process
from tests.servers.ports import free_port
from tests.servers.postgres import PostgresServer

from benchmarks import parts
from benchmarks.load import Connection, Operation, drive, request

APPID = "wx0000000000000001"
CONNECTIONS = 32
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Answers the CPU a process and its living children have used, in seconds."""
    total = 0.0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = entry.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(entry.parent.name) == pid or int(stat[1]) == pid:
            total += (int(stat[11]) + int(stat[12])) / TICK
    return total


class Login(Operation):
    """Logs in with fresh codes, of known people or of new ones."""

    def __init__(self, name: str, people: str, run: int) -> None:
        self.name, self.people, self.run = name, people, run

    def next(self, number: int, count: int) -> bytes:
        person = (
            f"{self.people}{number}"
            if self.name.startswith("returning")
            else (f"{self.people}{number}x{count}x{self.run}")
        )
        code = f"{person}_{self.run}x{number}x{count}"
        return request("POST", "/v1/login", {"code": code, "device": {"platform": "ios"}})


class Refresh(Operation):
    """Refreshes, each connection its own session."""

    name = "refresh"

    def __init__(self, tokens: list[dict[str, str]]) -> None:
        self.tokens = tokens

    def next(self, number: int, count: int) -> bytes:
        token = self.tokens[number]["refresh_token"]
        return request("POST", "/v1/token/refresh", {"refresh_token": token})

    def seen(self, number: int, body: bytes) -> None:
        self.tokens[number]["refresh_token"] = json.loads(body)["refresh_token"]


class Same(Operation):
    """The same request again and again."""

    def __init__(self, name: str, requests: list[bytes]) -> None:
        self.name, self.requests = name, requests

    def next(self, number: int, count: int) -> bytes:
        return self.requests[number]


class Update(Operation):
    """Changes the nickname."""

    name = "update"

    def __init__(self, tokens: list[dict[str, str]], run: int) -> None:
        self.tokens, self.run = [token["access_token"] for token in tokens], run

    def next(self, number: int, count: int) -> bytes:
        return request(
            "PUT",
            "/v1/me",
            {"nickname": f"小明 {self.run} {count}"},
            {"Authorization": f"Bearer {self.tokens[number]}"},
        )


async def log_in_all(
    port: int, people: int = CONNECTIONS, named: Callable[[int], str] = "known{}".format
) -> list[dict[str, str]]:
    """Answers one token set for each connection."""
    tokens = []
    connection = await Connection.open(port)
    for number in range(people):
        raw = request("POST", "/v1/login", {"code": f"{named(number)}_first"})
        status, body = await connection.ask(raw)
        if status != 200:
            raise SystemExit(f"login: {status} {body!r}")
        tokens.append(json.loads(body))
    await connection.close()
    return tokens


def operations(tokens: list[dict[str, str]], run: int) -> dict[str, Operation]:
    """Answers what can be measured, by name; token sets belong to connections by number."""
    bearer = [{"Authorization": f"Bearer {token['access_token']}"} for token in tokens]
    return {
        "returning login": Login("returning login", "regular", run),
        "new login": Login("new login", "new", run),
        "refresh": Refresh(tokens),
        "me": Same("me", [request("GET", "/v1/me", None, head) for head in bearer]),
        "update": Update(tokens, run),
        "jwks": Same("jwks", [request("GET", "/.well-known/jwks.json")] * len(tokens)),
    }


OPERATIONS = ("returning login", "new login", "refresh", "me", "update", "jwks")


@frozen
class Running:
    """A service under load: its process, its port, and the settings it was started with."""

    pid: int
    port: int
    environment: dict[str, str] = field(repr=False)
    wechat: int
    """The process of its stand-in for WeChat."""
    log: Callable[[], str] = field(repr=False)


@contextmanager
def service(database: str, *options: str, **settings: str) -> Iterator[Running]:
    """Runs the service on a fresh database: `postgres`, `sqlite`, or an empty one's address."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if database == "postgres":
            url = stack.enter_context(PostgresServer.running()).url
        elif "://" in database:
            url = database
        else:
            url = f"sqlite:///{folder / 'bench.db'}"
        wechat, port = free_port(), free_port()
        root = Path(__file__).parents[1]
        fake: list[str | Path] = [
            sys.executable,
            root / "benchmarks" / "fake_wechat.py",
            str(wechat),
        ]
        stand_in = stack.enter_context(
            serve_process(fake, {}, folder, f"http://127.0.0.1:{wechat}/?js_code=x")
        )
        environment = {
            "WXLOGIN_ENV": "development",
            "WXLOGIN_APPID": APPID,
            "WXLOGIN_APPSECRET": "0" * 32,
            "WXLOGIN_DATABASE_URL": url,
            "WXLOGIN_DATA_DIR": str(folder),
            "WXLOGIN_WECHAT_BASE_URL": f"http://127.0.0.1:{wechat}",
            "WXLOGIN_RATE_LIMIT": "off",
            "WXLOGIN_LOG_FORMAT": "json",
            **settings,
        }
        command = [sys.executable, "-m", "wxlogin", "migrate"]
        subprocess.run(
            command,
            env={"PATH": "/usr/bin:/bin", **environment},
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        serve = [sys.executable, "-m", "wxlogin", "serve", "--port", str(port), *options]
        running = stack.enter_context(
            serve_process(serve, environment, folder, f"http://127.0.0.1:{port}/healthz")
        )
        yield Running(running.pid, port, environment, stand_in.pid, running.log)


async def measure(pid: int, port: int, total: int, runs: int) -> dict[str, list[float]]:
    """Answers µs of CPU per operation, one figure for each run, operations in turn."""
    figures: dict[str, list[float]] = {}
    tokens = await log_in_all(port)
    for run in range(-1, runs):  # run -1 warms up and is not counted
        chosen = operations(tokens, run)
        for operation in chosen.values():
            before = cpu_seconds(pid)
            await drive(port, CONNECTIONS, total, operation)
            spent = cpu_seconds(pid) - before
            if run >= 0:
                figures.setdefault(operation.name, []).append(spent / total * 1e6)
    return figures


def main() -> None:
    """Measures and prints a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    options.add_argument("--requests", type=int, default=4000, help="per operation and run")
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    with service(chosen.database) as running:
        figures = asyncio.run(measure(running.pid, running.port, chosen.requests, chosen.runs))
        _print(figures, chosen)
        parts.measure(running.environment, APPID, chosen.requests // 32 * 32)


def _print(figures: dict[str, list[float]], chosen: argparse.Namespace) -> None:
    print(f"CPU µs per operation, {chosen.database}, one worker, {CONNECTIONS} connections,")
    print(f"{chosen.runs} runs of {chosen.requests} requests (min · median · max)\n")
    for name, spent in figures.items():
        low, middle, high = min(spent), sorted(spent)[len(spent) // 2], max(spent)
        print(f"  {name:<16} {low:6.0f} · {middle:6.0f} · {high:6.0f}")


if __name__ == "__main__":
    main()
