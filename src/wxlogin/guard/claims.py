"""Claims: what a good token says; Rejected and KeysUnavailable: why there are none."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

TOKEN_MISSING = "token_missing"  # noqa: S105 - the name of a refusal, not a token
TOKEN_INVALID = "token_invalid"  # noqa: S105 - as above
TOKEN_EXPIRED = "token_expired"  # noqa: S105 - as above
SESSION_ENDED = "session_ended"
KEYS_UNAVAILABLE = "keys_unavailable"


@frozen
class Claims:
    """What an access token says (RFC 9068). Times are aware, UTC; `raw` are all its claims."""

    sub: str
    sid: str
    client_id: str
    jti: str
    issued_at: datetime
    expires_at: datetime
    raw: Mapping[str, Any] = field(repr=False, hash=False)


class Rejected(Exception):
    """A token that does not count. `code` is stable; `reason` says why a session ended."""

    def __init__(self, code: str, reason: str | None = None) -> None:
        super().__init__(code if reason is None else f"{code}: {reason}")
        self.code = code
        self.reason = reason


class KeysUnavailable(Exception):
    """The key of a token could not be asked for, so the token cannot be judged. Try later."""

    code = KEYS_UNAVAILABLE

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__("the keys of the issuer cannot be had")
        self.retry_after = retry_after
