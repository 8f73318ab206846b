"""The shelf in memory, under the contract of the real ones."""

import pytest

from tests.contracts.access_tokens import AccessTokensContract
from wxlogin.adapters.memory.access_tokens import MemoryShelf


class TestMemoryShelf(AccessTokensContract):
    @pytest.fixture
    def shelf(self):
        return MemoryShelf()
