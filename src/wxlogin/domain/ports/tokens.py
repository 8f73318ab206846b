"""Access tokens: signed here, checked anywhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen


@frozen
class AccessClaims:
    """What an access token says (RFC 9068). Times are aware, UTC, whole seconds in the token."""

    user_id: str
    sid: str
    appid: str
    token_id: str
    issued_at: datetime
    expires_at: datetime


class TokenSigner(Protocol):
    """Signs and verifies access tokens with the deployment's keys."""

    async def sign(self, claims: AccessClaims) -> str:
        """Answers a JWT of type `at+jwt`, signed by the current key."""

    async def verify(self, token: str, now: datetime) -> AccessClaims:
        """Answers what a token of ours says.

        A key that was published after the last look at the key store is looked for once.

        Raises:
            TokenInvalid: not ours, not for us, tampered with, or not yet valid.
            TokenExpired: ours, and past its time.
        """

    async def jwks(self) -> Sequence[Mapping[str, str]]:
        """Answers the public keys as JWKs (RFC 7517), current first, then next and previous."""
