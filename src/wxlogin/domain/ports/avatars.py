"""Pictures people show."""

from typing import Protocol


class AvatarStore(Protocol):
    """Keeps avatars; takes in pictures only after decoding and encoding them anew.

    Every picture belongs to the user whose id is given as `owner`, also when no profile shows it.
    """

    async def keep(self, picture: bytes, *, owner: str, held: bool = False) -> str:
        """Keeps a picture, without its metadata, and answers its path below the public address.

        The path starts with `/avatars/`, cannot be guessed and does not tell the owner's id. A
        held picture's starts with `/avatars/held/`, and nothing is found under any other.

        Raises:
            InvalidRequest: `avatar_not_a_picture` or `avatar_too_large`, for field `avatar`.
        """

    async def read(self, path: str) -> bytes | None:
        """Answers a picture kept here, by the path `keep` answered, as WebP; None: not kept here.

        With `.132` before the `.webp` of that path it is the small one, of 132 pixels a side, or
        the only one where a picture was kept before there were small ones.

        Any text may be asked for; nothing outside the store is ever read.
        """

    async def release(self, path: str, *, owner: str) -> bool:
        """Moves a held picture of this owner to `user.released(path)`; it is found there alone.

        True also when that was done before, False when there is no such picture.
        """

    async def remove(self, path: str, *, owner: str) -> None:
        """Deletes a picture of this owner; other people's, other addresses and unknown ones stay.

        What cannot be deleted just now is left to `remove_all`: nobody waits for it.
        """

    async def remove_all(self, *, owner: str) -> None:
        """Deletes every picture of an owner, also half-kept ones; returns when they are gone."""
