"""The outbox in memory, under its contract."""

import pytest

from tests.contracts.outbox import OutboxContract, TellingStores
from wxlogin.adapters.memory.links import MemoryLinks
from wxlogin.adapters.memory.merges import MemoryMerges
from wxlogin.adapters.memory.outbox import MemoryOutbox
from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.adapters.memory.sessions import MemorySessions
from wxlogin.adapters.memory.users import MemoryAccounts, MemoryUsers


class TestMemoryOutbox(OutboxContract):
    @pytest.fixture
    def telling(self) -> TellingStores:
        room = MemoryRoom(telling=True)
        return TellingStores(
            MemoryUsers(room),
            MemoryAccounts(room),
            MemorySessions(room),
            MemoryOutbox(room),
            MemoryMerges(room),
            MemoryLinks(room),
        )
