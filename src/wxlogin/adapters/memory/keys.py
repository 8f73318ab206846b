"""MemoryKeys."""

from collections.abc import Sequence

from attrs import frozen

from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.domain.signing_key import KeyRing, SigningKey


@frozen
class MemoryKeys:
    """The key repository in memory."""

    room: MemoryRoom

    async def all(self) -> Sequence[SigningKey]:
        """See `KeyRepository.all`."""
        return self.room.keys

    async def replace(self, before: Sequence[SigningKey], after: Sequence[SigningKey]) -> bool:
        """See `KeyRepository.replace`."""
        if set(before) != set(self.room.keys):
            return False
        self.room.keys = KeyRing.of(after).keys
        return True
