"""Avatars in a folder: the contract, and that nothing outside it is touched."""

import asyncio
from pathlib import Path

import pytest

from tests.contracts.avatars import AvatarsContract, picture
from wxlogin.adapters.avatars import FolderAvatars
from wxlogin.adapters.memory.ambient import SerialIds
from wxlogin.adapters.memory.avatars import MemoryAvatars
from wxlogin.domain.errors import InvalidRequest
from wxlogin.domain.ports.avatars import AvatarStore


class TestFolderAvatars(AvatarsContract):
    @pytest.fixture
    def avatars(self, tmp_path: Path) -> AvatarStore:
        """Answer a store in a folder that is not there yet."""
        return FolderAvatars(tmp_path / "data" / "avatars", SerialIds())


class TestMemoryAvatars(AvatarsContract):
    @pytest.fixture
    def avatars(self) -> AvatarStore:
        """Answer the twin."""
        return MemoryAvatars(SerialIds())


async def test_the_folder_holds_finished_pictures_only(tmp_path: Path):
    """After pictures good and bad, there is one file for each good one and nothing half done."""
    avatars = FolderAvatars(tmp_path, SerialIds())
    paths = await asyncio.gather(*(avatars.keep(picture()) for _ in range(5)))
    with pytest.raises(InvalidRequest):
        await avatars.keep(b"no picture")

    names = sorted(path.removeprefix("/avatars/") for path in paths)
    assert _names(tmp_path) == names


async def test_neighbours_of_the_folder_are_out_of_reach(tmp_path: Path):
    """No spelling of a path reads or deletes a file beside the folder, or a half written one."""
    avatars = FolderAvatars(tmp_path / "avatars", SerialIds())
    await avatars.keep(picture())
    inside, outside = tmp_path / "avatars", tmp_path / "beside.webp"
    outside.write_bytes(b"beside")
    (inside / ".x.webp.part").write_bytes(b"half")
    (inside / "key.pem").write_bytes(b"key")

    for path in (
        "/avatars/../beside.webp",
        "/avatars/./../beside.webp",
        f"/avatars/{outside}",
        str(outside),
        "/avatars/..\\beside.webp",
        "../beside.webp",
        "/avatars/.x.webp.part",
        "/avatars/key.pem",
    ):
        assert await avatars.read(path) is None
        await avatars.remove(path)

    assert outside.read_bytes() == b"beside"
    assert {".x.webp.part", "key.pem"} <= set(_names(inside))


async def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """When the picture cannot be written, no part of it stays."""

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("wxlogin.adapters.avatars.folder.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        await FolderAvatars(tmp_path, SerialIds()).keep(picture())

    assert _names(tmp_path) == []


async def test_the_loop_goes_on_while_pictures_are_drawn(tmp_path: Path):
    """Other work gets its turn while a large picture is redrawn."""
    avatars = FolderAvatars(tmp_path, SerialIds())
    keeping = asyncio.create_task(avatars.keep(picture(size=(3000, 3000))))
    turns = 0
    while not keeping.done():
        await asyncio.sleep(0)
        turns += 1
    await keeping

    assert turns > 20


def _names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())
