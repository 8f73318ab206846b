"""SQLite on a disk that is full: reads go on, writes are told to come again, and then work."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from dependency_injector import providers
from sqlalchemy import text

from tests.walk.processes import settings_over
from tests.world import APPID, START
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.memory.wechat import FakeWeChat
from wxlogin.adapters.sql import migrate, open_database
from wxlogin.domain.errors import StoreUnavailable
from wxlogin.entrypoints.container import Container, close, prepare
from wxlogin.entrypoints.http.app import create_app


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of its own, of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
    with suppress(FileNotFoundError):
        if subprocess.run(mounting, check=False, capture_output=True).returncode == 0:
            yield disk
            subprocess.run(["umount", "-l", str(disk)], check=True)
            return
    pytest.skip("full disk tests: a small disk cannot be mounted; run them as root")


def _fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"\0" * 4096):
            pass
    return filler


async def test_a_full_disk_stops_only_what_writes(small_disk: Path):
    """Login is 503 `store_unavailable` and profile 200; `/readyz` says so, and when it is over."""
    container = Container(
        settings=settings_over(f"sqlite:///{small_disk / 'store.db'}", small_disk)
    )
    wechat = FakeWeChat(clock=SetClock(START))
    container.wechat.override(providers.Object(wechat))
    await prepare(container)
    transport = httpx.ASGITransport(create_app(container.wishes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

        async def login() -> httpx.Response:
            return await client.post("/v1/login", json={"code": wechat.new_code(APPID, "xiaoming")})

        told = (await login()).json()
        bearer = {"authorization": f"Bearer {told['access_token']}"}
        filler = _fill(small_disk)
        for _ in range(2):
            refused = await login()
            assert (503, "store_unavailable") == (refused.status_code, refused.json()["code"])
            assert int(refused.headers["retry-after"]) > 0
            assert 200 == (await client.get("/v1/me", headers=bearer)).status_code
            ready = await client.get("/readyz")
            assert (503, "failed") == (ready.status_code, ready.json()["checks"]["database"])

        filler.unlink()

        assert 200 == (await client.get("/readyz")).status_code
        assert 200 == (await login()).status_code
    await close(container)


async def test_a_file_that_may_not_grow_is_unavailable(tmp_path: Path):
    """Nothing of the act is kept, and the next one succeeds when there is room."""
    address = f"sqlite:///{tmp_path / 'store.db'}"
    await migrate.upgrade(address)
    db = open_database(address)
    await db.one(lambda c: c.execute(text("CREATE TABLE things (id INTEGER, said TEXT)")))
    await db.one(lambda c: c.execute(text("PRAGMA max_page_count = 1")).all())

    def write(connection) -> None:
        for number in range(20):
            said = {"id": number, "said": "x" * 4000}
            connection.execute(text("INSERT INTO things VALUES (:id, :said)"), said)

    def count(connection) -> int:
        return connection.execute(text("SELECT count(*) FROM things")).scalar_one()

    with pytest.raises(StoreUnavailable):
        await db.together(write)
    assert 0 == await db.read(count)

    await db.together(write)
    assert 20 == await db.read(count)
    await db.close()
