"""FolderAvatars: one file per picture in a folder of the service's own."""

import asyncio
import os
import re
from pathlib import Path

from attrs import field, frozen

from wxlogin.adapters.avatars.redraw import redrawn
from wxlogin.domain.ports.ambient import Ids
from wxlogin.domain.user import OWN_AVATARS

_SUFFIX = ".webp"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\.webp", re.ASCII)
# A picture of the largest size takes about 150 MB while it is redrawn.
_AT_ONCE = 2


@frozen
class FolderAvatars:
    """Implements AvatarStore. The folder is made with the first picture.

    Pictures are redrawn in threads, so that other requests go on meanwhile. A file is complete
    from the moment it can be found. Names are secrets of the Ids port: nobody lists or guesses.
    """

    _folder: Path
    _ids: Ids
    _drawing: asyncio.Semaphore = field(
        factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False, repr=False
    )

    async def keep(self, picture: bytes) -> str:
        """Redraws a picture, keeps it and answers its path; see AvatarStore for the refusals."""
        async with self._drawing:
            drawn = await asyncio.to_thread(redrawn, picture)
        name = self._ids.new_secret() + _SUFFIX
        await asyncio.to_thread(_write, self._folder / name, drawn)
        return OWN_AVATARS + name

    async def read(self, path: str) -> bytes | None:
        """Answers a picture kept here, as WebP, or None."""
        file = self._find(path)
        return None if file is None else await asyncio.to_thread(_read, file)

    async def remove(self, path: str) -> None:
        """Deletes a picture kept here; anything else is left alone."""
        file = self._find(path)
        if file is not None:
            await asyncio.to_thread(file.unlink, missing_ok=True)

    def _find(self, path: str) -> Path | None:
        """Answers where a picture would be; None unless the path is one that `keep` may answer."""
        name = path.removeprefix(OWN_AVATARS)
        if name == path or not _NAME.fullmatch(name):
            return None
        return self._folder / name


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.part")
    try:
        with aside.open("xb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        aside.replace(file)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
