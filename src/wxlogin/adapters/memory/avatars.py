"""MemoryAvatars."""

from hashlib import sha256

from attrs import field, frozen

from wxlogin.domain.ports.ambient import Ids
from wxlogin.domain.user import HELD_AVATARS, OWN_AVATARS, released


@frozen
class MemoryAvatars:
    """Keeps pictures as they come; it shows nobody but tests."""

    ids: Ids
    pictures: dict[str, bytes] = field(factory=dict, repr=False)

    async def keep(self, picture: bytes, *, owner: str, held: bool = False) -> str:
        """See `AvatarStore.keep`."""
        room = HELD_AVATARS if held else OWN_AVATARS
        path = f"{room}{_mark(owner)}-{self.ids.new_secret()}.webp"
        self.pictures[path] = picture
        return path

    async def read(self, path: str) -> bytes | None:
        """See `AvatarStore.read`."""
        return self.pictures.get(_large(path))

    async def release(self, path: str, *, owner: str) -> bool:
        """See `AvatarStore.release`."""
        public = released(path)
        if public == path or not _is_of(owner, path):
            return False
        path, public = _large(path), _large(public)
        picture = self.pictures.pop(path, None)
        if picture is not None:
            self.pictures[public] = picture
        return public in self.pictures

    async def remove(self, path: str, *, owner: str) -> None:
        """See `AvatarStore.remove`."""
        if _is_of(owner, path):
            self.pictures.pop(_large(path), None)

    async def remove_all(self, *, owner: str) -> None:
        """See `AvatarStore.remove_all`."""
        for path in [path for path in self.pictures if _is_of(owner, path)]:
            del self.pictures[path]


def _mark(owner: str) -> str:
    return sha256(owner.encode()).hexdigest()[:32]


def _is_of(owner: str, path: str) -> bool:
    return released(path).startswith(f"{OWN_AVATARS}{_mark(owner)}-")


def _large(path: str) -> str:
    return path.removesuffix(".132.webp") + ".webp" if path.endswith(".132.webp") else path
