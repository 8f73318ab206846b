"""Turning a session into the tokens a client holds."""

from datetime import datetime
from math import ceil

from attrs import field, frozen

from wxlogin.domain import refresh_token
from wxlogin.domain.ports.ambient import Ids
from wxlogin.domain.ports.tokens import AccessClaims, TokenSigner
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.session import Session, SessionPolicy
from wxlogin.domain.user import User


@frozen
class TokenSet:
    """What a login or refresh is answered with. `expires_in` and `refresh_expires_in` are seconds.

    `warnings` are codes of things that did not work out and did not stop the login.
    """

    access_token: str = field(repr=False)
    expires_in: int
    refresh_token: str = field(repr=False)
    refresh_expires_in: int
    session_id: str
    user: User
    is_new_user: bool = False
    warnings: tuple[str, ...] = ()


@frozen
class IssueTokens:
    """Signs an access token and derives the refresh token of a living session."""

    signer: TokenSigner
    vault: Vault
    ids: Ids
    policy: SessionPolicy

    async def __call__(
        self,
        *,
        session: Session,
        user: User,
        now: datetime,
        is_new_user: bool = False,
        warnings: tuple[str, ...] = (),
    ) -> TokenSet:
        """Answers the token set of `session` at its present count."""
        life = min(self.policy.access_ttl, session.expires_at - now)
        return TokenSet(
            access_token=await self.signer.sign(self.claims(session, now, now + life)),
            expires_in=ceil(life.total_seconds()),
            refresh_token=refresh_token.write(session, self.vault.mac_keys()),
            refresh_expires_in=ceil((session.expires_at - now).total_seconds()),
            session_id=session.sid,
            user=user,
            is_new_user=is_new_user,
            warnings=warnings,
        )

    async def access_only(self, *, session: Session, now: datetime) -> str:
        """Answers an access token as long-lived as its session, which gets no refresh token."""
        return await self.signer.sign(self.claims(session, now, session.expires_at))

    def claims(self, session: Session, now: datetime, expires_at: datetime) -> AccessClaims:
        """Answers the claims of an access token for `session`."""
        return AccessClaims(
            user_id=session.user_id,
            sid=session.sid,
            appid=session.appid,
            token_id=self.ids.new_id(),
            issued_at=now,
            expires_at=expires_at,
        )
