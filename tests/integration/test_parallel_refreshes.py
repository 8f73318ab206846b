"""Fifty refreshes of one token at once: nobody is sent away, and one session lives."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.deployment import Deployment

AT_ONCE, ROUNDS, LONGEST = 50, 2, 20


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Deployment:
    """Answers a migrated deployment whose service does not run yet."""
    fixture = {"postgresql": "fresh_postgres", "mariadb": "fresh_mariadb"}.get(request.param)
    env = {"WXLOGIN_RATE_LIMIT": "off"}
    if fixture:
        env["WXLOGIN_DATABASE_URL"] = request.getfixturevalue(fixture)
    deployment = Deployment(tmp_path, env)
    migrated = deployment.command("migrate")
    assert 0 == migrated.returncode, migrated.stderr
    return deployment


@pytest.mark.parametrize("workers", [1, 4])
async def test_every_answer_leads_on_to_the_one_living_session(
    deployment: Deployment, workers: int
):
    """Over one process and over four, all answers hold the same next token of the same session."""
    serving = 0
    with deployment.simulator(), deployment.service("--workers", str(workers)) as served:
        tokens = await asyncio.to_thread(deployment.login)
        for turn in range(LONGEST):
            if turn >= ROUNDS and (workers == 1 or serving > 1):
                break  # under load the other workers may start late
            async with _fifty_connections(deployment.url) as client:
                tokens = await _refreshed_at_once(client, tokens)
                serving = max(serving, len(_holders(served.pid, deployment.port)))
        assert "Traceback" not in served.log()
    assert (workers > 1) == (serving > 1)


def _fifty_connections(url: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, limits=limits)


async def _refreshed_at_once(client: httpx.AsyncClient, before: dict[str, Any]) -> dict[str, Any]:
    """Asserts what parallel refreshes promise; answers the token set they led on to."""
    await asyncio.gather(*(client.get("/healthz") for _ in range(AT_ONCE)))  # all are connected
    answers = await asyncio.gather(*(_refresh(client, before) for _ in range(AT_ONCE)))

    assert [200] * AT_ONCE == [answer.status_code for answer in answers]
    told = [answer.json() for answer in answers]
    assert {before["session_id"]} == {each["session_id"] for each in told}
    assert 1 == len({each["refresh_token"] for each in told})
    assert before["refresh_token"] != told[0]["refresh_token"]
    for each in told:
        bearer = {"authorization": f"Bearer {each['access_token']}"}
        listed = await client.get("/v1/me/sessions", headers=bearer)
        assert 200 == listed.status_code, listed.text
        assert [before["session_id"]] == [one["sid"] for one in listed.json()["sessions"]]
    led_on = await _refresh(client, told[0])
    assert 200 == led_on.status_code, led_on.text
    after: dict[str, Any] = led_on.json()
    return after


async def _refresh(client: httpx.AsyncClient, tokens: dict[str, Any]) -> httpx.Response:
    shown = {"refresh_token": tokens["refresh_token"]}
    return await client.post("/v1/token/refresh", json=shown)


def _holders(parent: int, port: int) -> list[str]:
    """Answers which processes of a service hold connections to its port (proc(5))."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    here = {line[9] for line in lines if line[1].endswith(f":{port:04X}") and line[3] == "01"}
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [pid for pid in (str(parent), *children) if here & set(_sockets(pid))]


def _sockets(pid: str) -> Iterator[str]:
    """Answers the inodes of a process's sockets."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            yield str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]")
