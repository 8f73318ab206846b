"""Pictures people show."""

from typing import Protocol


class AvatarStore(Protocol):
    """Keeps avatars; takes in pictures only after decoding and encoding them anew."""

    async def keep(self, picture: bytes) -> str:
        """Keeps a picture, without its metadata, and answers its path below the public address.

        The path starts with `/avatars/` and cannot be guessed.

        Raises:
            InvalidRequest: `avatar_not_a_picture` or `avatar_too_large`, for field `avatar`.
        """

    async def read(self, path: str) -> bytes | None:
        """Answers a picture kept here, by the path `keep` answered, as WebP; None: not kept here.

        Any text may be asked for; nothing outside the store is ever read.
        """

    async def remove(self, path: str) -> None:
        """Deletes a picture kept here; other addresses and unknown paths are left alone."""
