"""Drawing: pictures are redrawn in threads, a few at a time, so that other requests go on."""

import asyncio
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from wxlogin.adapters.avatars.redraw import Drawn

# A picture of the largest size takes about 150 MB while it is redrawn.
_AT_ONCE = 2


def redrawn(picture: bytes) -> "Drawn":
    """Redraws a picture. Pillow is fetched with the first one: many a process never sees any."""
    from wxlogin.adapters.avatars import redraw  # noqa: PLC0415 - as it says

    return redraw.redrawn(picture)


@frozen
class Drawing:
    """Redraws pictures, two at a time: each may take much memory."""

    _turns: asyncio.Semaphore = field(
        factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False, repr=False
    )

    async def redrawn(self, picture: bytes) -> "Drawn":
        """Answers a picture in two sizes; see AvatarStore for the refusals."""
        async with self._turns:
            return await asyncio.to_thread(redrawn, picture)
