"""What WeChat encrypts on the phone for us."""

from collections.abc import Mapping
from typing import Any, Protocol


class OpenDataReader(Protocol):
    """开放数据校验与解密 (encryptedData)."""

    def read(self, session_key: str, encrypted: bytes, iv: bytes) -> Mapping[str, Any] | None:
        """Answers what was encrypted under this key; None for everything that is not that."""
