"""The inbox in memory, under the contract of the real ones."""

import pytest

from tests.contracts.inbox import InboxContract
from wxlogin.adapters.memory.inbox import MemoryInbox


class TestMemoryInbox(InboxContract):
    @pytest.fixture
    def inbox(self):
        return MemoryInbox()
