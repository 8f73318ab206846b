"""How many questions may be with WeChat at once, and how many may wait for that."""

import asyncio

from attrs import define, field

from wxlogin.domain.errors import Overloaded

_RETRY_SECONDS = 2


@define
class Gate:
    """Bounds what is under way in one process: `places` inside, at most `queue` waiting."""

    places: int = 64
    queue: int = 256
    inside: int = field(default=0, init=False)
    waiting: int = field(default=0, init=False)
    _free: asyncio.Semaphore = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.places)

    async def enter(self, deadline: float) -> None:
        """Takes a place, waiting for it until `deadline` (the loop's time) at the latest.

        Who is cancelled while waiting holds no place.

        Raises:
            Overloaded: at once when too many wait already, or at the deadline.
        """
        if not self._free.locked():
            await self._free.acquire()  # a free place is taken without a pause
            self.inside += 1
            return
        if self.waiting >= self.queue:
            raise Overloaded(_RETRY_SECONDS)
        self.waiting += 1
        try:
            async with asyncio.timeout_at(deadline):
                await self._free.acquire()
        except TimeoutError:
            raise Overloaded(_RETRY_SECONDS) from None
        finally:
            self.waiting -= 1
        self.inside += 1

    def leave(self) -> None:
        """Gives the place back; once for each `enter` that returned."""
        self.inside -= 1
        self._free.release()
