"""FolderAvatars: one file per picture in a folder of the service's own."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from attrs import field, frozen

from wxlogin.adapters.avatars.drawing import Drawing
from wxlogin.adapters.avatars.names import Name, mark, meant
from wxlogin.domain.ports.ambient import Ids

_HELD = "held"


@frozen
class FolderAvatars:
    """Implements AvatarStore. The folder is made with the first picture.

    A file lies in a subfolder named by its first two signs, so that finding all of an owner looks
    at a 256th of all. Held pictures lie in the same way below a subfolder of their own. A file is
    complete from the moment it can be found.
    """

    _folder: Path
    _ids: Ids
    _drawing: Drawing = field(factory=Drawing, init=False, repr=False)

    async def keep(self, picture: bytes, *, owner: str, held: bool = False) -> str:
        """Redraws a picture, keeps it and answers its path; see AvatarStore for the refusals."""
        drawn = await self._drawing.redrawn(picture)
        name = Name.new(owner, self._ids, held=held)
        await asyncio.to_thread(_write, self._place(name, small=True), drawn.small)
        await asyncio.to_thread(_write, self._place(name), drawn.large)
        return name.path

    async def read(self, path: str) -> bytes | None:
        """Answers a picture kept here, as WebP, or None."""
        found = meant(path)
        if found is None:
            return None
        name, small = found
        if small and (content := await asyncio.to_thread(_read, self._place(name, small=True))):
            return content
        return await asyncio.to_thread(_read, self._place(name))

    async def release(self, path: str, *, owner: str) -> bool:
        """Moves a held picture to where everybody finds it."""
        name = _theirs(path, owner)
        if name is None or not name.held:
            return False
        for small in (True, False):
            file, to = self._place(name, small=small), self._place(name.public, small=small)
            moved = await asyncio.to_thread(_move, file, to)
        return moved

    async def remove(self, path: str, *, owner: str) -> None:
        """Deletes a picture of this owner; anything else is left alone."""
        name = _theirs(path, owner)
        if name is not None:
            for small in (False, True):
                await asyncio.to_thread(_remove, self._place(name, small=small))

    async def remove_all(self, *, owner: str) -> None:
        """Deletes every picture of an owner, and what a crash left of one."""
        theirs = mark(owner)
        for folder in (self._folder / _HELD / theirs[:2], self._folder / theirs[:2]):
            await asyncio.to_thread(_remove_all, folder, theirs)

    def _place(self, name: Name, *, small: bool = False) -> Path:
        folder = self._folder / _HELD if name.held else self._folder
        return folder / name.mark[:2] / name.file(small=small)


def _theirs(path: str, owner: str) -> Name | None:
    found = meant(path)
    return found[0] if found is not None and found[0].of(owner) else None


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
