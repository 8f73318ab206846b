"""FolderAvatars: one file per picture in a folder of the service's own."""

import asyncio
import os
import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from attrs import field, frozen

from wxlogin.domain.ports.ambient import Ids
from wxlogin.domain.user import HELD_AVATARS, OWN_AVATARS, released

_HELD = "held"
_NAME = re.compile(r"[0-9a-f]{32}-[A-Za-z0-9_-]{1,64}\.webp", re.ASCII)
# A picture of the largest size takes about 150 MB while it is redrawn.
_AT_ONCE = 2


def redrawn(picture: bytes) -> bytes:
    """Redraws a picture. Pillow is fetched with the first one: many a process never sees any."""
    from wxlogin.adapters.avatars import redraw  # noqa: PLC0415 - as it says

    return redraw.redrawn(picture)


@frozen
class FolderAvatars:
    """Implements AvatarStore. The folder is made with the first picture.

    A file's name begins with a mark of its owner, so that all of theirs are found, and lies in a
    subfolder named by the mark's first two signs, so that finding them looks at a 256th of all.
    The rest is a secret of the Ids port: nobody lists or guesses. Held pictures lie in the same
    way below a subfolder of their own.

    Pictures are redrawn in threads, so that other requests go on meanwhile. A file is complete
    from the moment it can be found.
    """

    _folder: Path
    _ids: Ids
    _drawing: asyncio.Semaphore = field(
        factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False, repr=False
    )

    async def keep(self, picture: bytes, *, owner: str, held: bool = False) -> str:
        """Redraws a picture, keeps it and answers its path; see AvatarStore for the refusals."""
        async with self._drawing:
            drawn = await asyncio.to_thread(redrawn, picture)
        name = f"{_mark(owner)}-{self._ids.new_secret()}.webp"
        await asyncio.to_thread(_write, self._place(name, held=held), drawn)
        return (HELD_AVATARS if held else OWN_AVATARS) + name

    async def read(self, path: str) -> bytes | None:
        """Answers a picture kept here, as WebP, or None."""
        file = self._find(path)
        return None if file is None else await asyncio.to_thread(_read, file)

    async def release(self, path: str, *, owner: str) -> bool:
        """Moves a held picture to where everybody finds it."""
        file, public = self._theirs(path, owner), self._find(released(path))
        if file is None or public is None or file == public:
            return False
        return await asyncio.to_thread(_move, file, public)

    async def remove(self, path: str, *, owner: str) -> None:
        """Deletes a picture of this owner; anything else is left alone."""
        file = self._theirs(path, owner)
        if file is not None:
            await asyncio.to_thread(_remove, file)

    async def remove_all(self, *, owner: str) -> None:
        """Deletes every picture of an owner, and what a crash left of one."""
        mark = _mark(owner)
        for folder in (self._folder / _HELD / mark[:2], self._folder / mark[:2]):
            await asyncio.to_thread(_remove_all, folder, mark)

    def _find(self, path: str) -> Path | None:
        """Answers where a picture would be; None unless the path is one that `keep` may answer."""
        name = released(path).removeprefix(OWN_AVATARS)
        if name == path or not _NAME.fullmatch(name):
            return None
        return self._place(name, held=path.startswith(HELD_AVATARS))

    def _theirs(self, path: str, owner: str) -> Path | None:
        file = self._find(path)
        return file if file is not None and file.name.startswith(f"{_mark(owner)}-") else None

    def _place(self, name: str, *, held: bool) -> Path:
        return (self._folder / _HELD if held else self._folder) / name[:2] / name


def _mark(owner: str) -> str:
    """Answers what stands for an owner in names that everybody sees; it does not tell the id."""
    return sha256(owner.encode()).hexdigest()[:32]


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _move(file: Path, to: Path) -> bool:
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        file.rename(to)
    except FileNotFoundError:
        return to.exists()
    return True


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink()


def _remove_all(folder: Path, mark: str) -> None:
    for each in (f"{mark}-*", f".{mark}-*"):
        for file in folder.glob(each):
            file.unlink(missing_ok=True)


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.part")
    try:
        with aside.open("xb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileNotFoundError):  # erased meanwhile, and so is the picture's owner
            aside.replace(file)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
