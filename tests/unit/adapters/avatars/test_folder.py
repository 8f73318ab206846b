"""Avatars in a folder: the contract, and that nothing outside it is touched."""

import asyncio
import contextlib
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from tests.contracts.avatars import ALICE, BOB, AvatarsContract, picture
from wxlogin.adapters.avatars import FolderAvatars
from wxlogin.adapters.avatars.redraw import Drawn
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
    paths = await asyncio.gather(*(avatars.keep(picture(), owner=ALICE) for _ in range(5)))
    with pytest.raises(InvalidRequest):
        await avatars.keep(b"no picture", owner=ALICE)

    names = [path.removeprefix("/avatars/") for path in paths]
    names += [name.replace(".webp", ".132.webp") for name in names]
    assert _names(tmp_path) == sorted(names)


async def test_neighbours_of_the_folder_are_out_of_reach(tmp_path: Path):
    """No spelling of a path reads or deletes a file beside the folder, or a half written one."""
    avatars = FolderAvatars(tmp_path / "avatars", SerialIds())
    kept = await avatars.keep(picture(), owner=ALICE)
    inside, outside = tmp_path / "avatars", tmp_path / "beside.webp"
    outside.write_bytes(b"beside")
    (inside / ".x.webp.part").write_bytes(b"half")
    (inside / "key.pem").write_bytes(b"key")
    (inside / "x.webp.txt").write_bytes(b"text")

    for path in (
        "/avatars/../beside.webp",
        "/avatars/./../beside.webp",
        f"/avatars/{outside}",
        str(outside),
        "/avatars/..\\beside.webp",
        "../beside.webp",
        "/avatars/.x.webp.part",
        "/avatars/key.pem",
        "/avatars/x.webp.txt",
        kept.removeprefix("/avatars/"),
        f"/{kept}",
    ):
        assert await avatars.read(path) is None
        await avatars.remove(path, owner=ALICE)

    assert outside.read_bytes() == b"beside"
    assert len(_names(inside)) == 5


async def test_people_who_share_a_subfolder_keep_their_pictures(tmp_path: Path):
    """Of two whose files lie side by side, only those of the one named are deleted."""
    avatars = FolderAvatars(tmp_path, SerialIds())
    paths = {name: await avatars.keep(picture(), owner=name) for name in map(str, range(40))}
    by_subfolder = sorted(paths, key=lambda name: paths[name])
    one, other = next(
        pair
        for pair in pairwise(by_subfolder)
        if len({paths[name].removeprefix("/avatars/")[:2] for name in pair}) == 1
    )

    await avatars.remove_all(owner=one)

    assert await avatars.read(paths[one]) is None
    assert await avatars.read(paths[other])


async def test_what_a_crash_left_of_a_picture_goes_with_its_owner(tmp_path: Path):
    """A half written file has its owner's mark too, and is deleted with all of theirs."""
    avatars = FolderAvatars(tmp_path, SerialIds())
    for owner in (ALICE, BOB):
        path = await avatars.keep(picture(), owner=owner)
        (name,) = [each for each in _names(tmp_path) if each == path.removeprefix("/avatars/")]
        (tmp_path / name[:2] / f".{name}.part").write_bytes(b"half")

    await avatars.remove_all(owner=ALICE)

    assert 3 == len(_names(tmp_path))
    assert await avatars.read(path)


async def test_a_picture_from_before_there_were_small_ones_is_shown_whole(tmp_path: Path):
    """Who asks for its small one gets the one there is."""
    avatars = FolderAvatars(tmp_path, SerialIds())
    path = await avatars.keep(picture(), owner=ALICE)
    small = path.replace(".webp", ".132.webp")
    (tmp_path / path.removeprefix("/avatars/")[:2] / small.removeprefix("/avatars/")).unlink()

    assert await avatars.read(path) == await avatars.read(small)


async def test_a_picture_that_cannot_be_deleted_now_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A replaced picture may stay behind; deleting all of somebody's says that it cannot."""

    def refused(_file: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", missing_ok)

    avatars = FolderAvatars(tmp_path, SerialIds())
    path = await avatars.keep(picture(), owner=ALICE)
    monkeypatch.setattr(Path, "unlink", refused)

    await avatars.remove(path, owner=ALICE)

    with pytest.raises(PermissionError):
        await avatars.remove_all(owner=ALICE)


async def test_an_erasure_during_an_upload_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A picture half written when its owner goes is gone as well, and the upload is not broken."""
    avatars = FolderAvatars(tmp_path, SerialIds())

    def erased_meanwhile(_handle: int) -> None:
        asyncio.run(avatars.remove_all(owner=ALICE))

    monkeypatch.setattr("wxlogin.adapters.avatars.folder.os.fsync", erased_meanwhile)
    path = await avatars.keep(picture(), owner=ALICE)

    assert await avatars.read(path) is None
    assert _names(tmp_path) == []


async def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """When the picture cannot be written, no part of it stays."""

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("wxlogin.adapters.avatars.folder.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        await FolderAvatars(tmp_path, SerialIds()).keep(picture(), owner=ALICE)

    assert _names(tmp_path) == []


async def test_the_loop_goes_on_while_a_picture_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Drawing takes a thread of its own: it may even wait for what the loop does meanwhile."""
    go_on = threading.Event()

    def patient(picture: bytes) -> Drawn:
        assert go_on.wait(5)
        return Drawn(picture, picture)

    monkeypatch.setattr("wxlogin.adapters.avatars.drawing.redrawn", patient)
    keeping = asyncio.create_task(FolderAvatars(tmp_path, SerialIds()).keep(picture(), owner=ALICE))
    asyncio.get_running_loop().call_soon(go_on.set)

    assert await keeping


async def test_no_more_than_two_pictures_are_drawn_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A third picture waits for one of two, for each may take much memory."""
    three = threading.Barrier(3)

    def crowded(picture: bytes) -> Drawn:
        with contextlib.suppress(threading.BrokenBarrierError):
            three.wait(0.2)
            met.append(picture)
        return Drawn(picture, picture)

    met: list[bytes] = []
    monkeypatch.setattr("wxlogin.adapters.avatars.drawing.redrawn", crowded)
    avatars = FolderAvatars(tmp_path, SerialIds())
    await asyncio.gather(*(avatars.keep(picture(), owner=ALICE) for _ in range(6)))

    assert met == []


def _names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*") if file.is_file())
