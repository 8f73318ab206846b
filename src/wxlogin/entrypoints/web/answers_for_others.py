"""What other services and operators get: results as JSON, with the names of the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from attrs import frozen
from msgspec import UNSET, UnsetType

from wxlogin.domain.ports.sessions import Revocation
from wxlogin.entrypoints.web.wire import told


@frozen
class IntrospectionJson:
    """Whether a token counts right now, and what it says (RFC 7662)."""

    active: bool
    sub: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    sid: str | UnsetType = UNSET
    iss: str | UnsetType = UNSET
    iat: int | UnsetType = UNSET
    exp: int | UnsetType = UNSET
    jti: str | UnsetType = UNSET
    token_type: str | UnsetType = UNSET


@frozen
class RevocationJson:
    """A session or a whole user whose access tokens no longer count."""

    kind: Annotated[str, told("`user` or `session`.", "user 或 session。")]
    id: str
    reason: str
    at: datetime


@frozen
class RevocationsJson:
    """What ended, oldest first, and the `since` to ask with next."""

    revocations: list[RevocationJson]
    next: str

    @classmethod
    def of(cls, ended: Sequence[Revocation], following: str) -> "RevocationsJson":
        """Answers the wire form."""
        return cls([RevocationJson(r.kind, r.id, r.reason, r.at) for r in ended], following)


@frozen
class JwksJson:
    """Public keys (RFC 7517): the current one first, then next and previous."""

    keys: list[dict[str, str]]


@frozen
class HealthJson:
    """Whether the service works, and each thing it needs."""

    status: Annotated[
        str, told("`ok`, `degraded` or `unavailable`.", "ok、degraded 或 unavailable。")
    ]
    checks: dict[str, str] | UnsetType = UNSET
