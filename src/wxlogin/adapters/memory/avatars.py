"""MemoryAvatars."""

from hashlib import sha256

from attrs import field, frozen

from wxlogin.domain.ports.ambient import Ids
from wxlogin.domain.user import OWN_AVATARS


@frozen
class MemoryAvatars:
    """Keeps pictures as they come; it shows nobody but tests."""

    ids: Ids
    pictures: dict[str, bytes] = field(factory=dict, repr=False)

    async def keep(self, picture: bytes, *, owner: str) -> str:
        """See `AvatarStore.keep`."""
        path = f"{_start(owner)}{self.ids.new_secret()}.webp"
        self.pictures[path] = picture
        return path

    async def read(self, path: str) -> bytes | None:
        """See `AvatarStore.read`."""
        return self.pictures.get(path)

    async def remove(self, path: str, *, owner: str) -> None:
        """See `AvatarStore.remove`."""
        if path.startswith(_start(owner)):
            self.pictures.pop(path, None)

    async def remove_all(self, *, owner: str) -> None:
        """See `AvatarStore.remove_all`."""
        for path in [path for path in self.pictures if path.startswith(_start(owner))]:
            del self.pictures[path]


def _start(owner: str) -> str:
    return f"{OWN_AVATARS}{sha256(owner.encode()).hexdigest()[:32]}-"
