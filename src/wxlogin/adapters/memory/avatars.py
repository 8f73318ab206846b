"""MemoryAvatars."""

from attrs import field, frozen

from wxlogin.domain.ports.ambient import Ids
from wxlogin.domain.user import OWN_AVATARS


@frozen
class MemoryAvatars:
    """Keeps pictures as they come; it shows nobody but tests."""

    ids: Ids
    pictures: dict[str, bytes] = field(factory=dict, repr=False)

    async def keep(self, picture: bytes) -> str:
        """See `AvatarStore.keep`."""
        path = f"{OWN_AVATARS}{self.ids.new_secret()}.webp"
        self.pictures[path] = picture
        return path

    async def read(self, path: str) -> bytes | None:
        """See `AvatarStore.read`."""
        return self.pictures.get(path)

    async def remove(self, path: str) -> None:
        """See `AvatarStore.remove`."""
        self.pictures.pop(path, None)
