"""MemoryConsents."""

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen

from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.domain.ports.consents import Consent


@frozen
class MemoryConsents:
    """Consents in memory."""

    room: MemoryRoom

    async def agree(self, user_id: str, appid: str, version: str, now: datetime) -> bool:
        """See `ConsentRepository.agree`."""
        user = self.room.users.get(user_id)
        if user is None or user.erased or user.consent == version:
            return False
        self.room.users[user_id] = evolve(user, consent=version)
        self.room.consents.setdefault(user_id, []).append(Consent(version, appid, now))
        return True

    async def withdraw(self, user_id: str, now: datetime) -> bool:
        """See `ConsentRepository.withdraw`."""
        user = self.room.users.get(user_id)
        if user is None or user.consent is None:
            return False
        self.room.users[user_id] = evolve(user, consent=None)
        kept = self.room.consents[user_id]
        kept[:] = [evolve(c, withdrawn_at=c.withdrawn_at or now) for c in kept]
        return True

    async def of(self, user_id: str) -> Sequence[Consent]:
        """See `ConsentRepository.of`."""
        return list(self.room.consents.get(user_id, ()))
