"""OneAnswer: one code or ticket, one act, one answer, however often it is asked."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum

from attrs import frozen

from wxlogin.domain.errors import (
    AppMisconfigured,
    CodeInvalid,
    CodeUsed,
    ConsentRequired,
    IdempotencyConflict,
    InvalidRequest,
    LoginBlocked,
    LoginError,
    Overloaded,
    PhoneCodeInvalid,
    TicketInvalid,
    UserBanned,
    WeChatQuotaExhausted,
    WeChatRateLimited,
    WeChatUnavailable,
)
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.ledger import Claim, Ledger, Outcome
from wxlogin.domain.ports.vault import Vault

CLAIM_LIFE = timedelta(minutes=10)
"""Twice as long as WeChat lets a code live, so a claim outlives its code."""
ANSWER_LIFE = timedelta(minutes=1)
PATIENCE = 9.0
"""Seconds a repeated request waits for the first, which may have died: longer than a call to WeChat
may take, and shorter than the ten seconds that a phone waits for us."""

_UNSPENT = (
    InvalidRequest,
    WeChatRateLimited,
    WeChatQuotaExhausted,
    Overloaded,
    AppMisconfigured,
    TicketInvalid,
)
"""What leaves the credential good: a ticket shown for the wrong person or app is not spent.

Our own limits are not among them: whose code it was is known only once it is spent.
"""
_REFUSALS = {
    refusal.code: refusal
    for refusal in (
        CodeInvalid,
        CodeUsed,
        ConsentRequired,
        LoginBlocked,
        UserBanned,
        PhoneCodeInvalid,
    )
}
_ANSWER, _REFUSAL = b"+", b"-"


class Credential(StrEnum):
    """What is spent. The values name purposes of the vault."""

    CODE = "code"
    TICKET = "ticket"
    PHONE_CODE = "phone_code"


@frozen
class OneAnswer:
    """Lets one caller spend a credential and gives those who repeat it the same answer.

    Who repeats must show the same Idempotency-Key with the same body within a minute; everybody
    else learns that the credential is used. The answer is kept sealed.
    """

    ledger: Ledger
    vault: Vault
    clock: Clock

    async def __call__(
        self,
        *,
        kind: Credential,
        credential: str,
        key: str | None,
        body: bytes,
        act: Callable[[], Awaitable[bytes]],
    ) -> bytes:
        """Answers what `act` answers, or answered.

        `body` stands for the whole request: route and payload.

        Raises:
            CodeUsed, TicketInvalid, PhoneCodeInvalid: spent before, without this key.
            IdempotencyConflict: same key and credential, another body.
            LoginError: what `act` raised, or raised before.
        """
        claim = Claim(
            spent=self.vault.index(credential.encode(), purpose=kind),
            key=None if key is None else self.vault.index(key.encode(), purpose="idempotency_key"),
            body=self.vault.index(body, purpose="idempotency_body"),
        )
        while True:
            now = self.clock.now()
            first = await self.ledger.claim(claim, now, now + CLAIM_LIFE)
            if first is None:
                return await self._act(claim, act)
            if claim.key is None or first.key != claim.key:
                raise _spent(kind)
            if first.body != claim.body:
                raise IdempotencyConflict
            outcome = await self.ledger.outcome(claim.spent, now, PATIENCE)
            if outcome is not None:
                return self._repeat(kind, claim, outcome)

    def _repeat(self, kind: Credential, claim: Claim, outcome: Outcome) -> bytes:
        if outcome.answer is None:
            raise _spent(kind)
        kept = self.vault.open(outcome.answer, purpose="answer", row=claim.spent)
        if kept[:1] == _REFUSAL:
            raise _REFUSALS[kept[1:].decode()]
        return kept[1:]

    async def _act(self, claim: Claim, act: Callable[[], Awaitable[bytes]]) -> bytes:
        try:
            answer = await act()
        except _UNSPENT:
            await self.ledger.release(claim.spent)
            raise
        except WeChatUnavailable as failure:
            if failure.code_may_be_spent:
                await self._settle(claim, None)
            else:
                await self.ledger.release(claim.spent)
            raise
        except LoginError as refusal:
            known = refusal.code in _REFUSALS
            await self._settle(claim, _REFUSAL + refusal.code.encode() if known else None)
            raise
        except BaseException:
            await self._settle(claim, None)
            raise
        await self._settle(claim, _ANSWER + answer)
        return answer

    async def _settle(self, claim: Claim, kept: bytes | None) -> None:
        if claim.key is None:
            return  # nobody can ask for this answer again
        sealed = None if kept is None else self.vault.seal(kept, purpose="answer", row=claim.spent)
        await self.ledger.settle(claim.spent, sealed, self.clock.now() + ANSWER_LIFE)


def _spent(kind: Credential) -> LoginError:
    match kind:
        case Credential.CODE:
            return CodeUsed()
        case Credential.TICKET:
            return TicketInvalid()
        case Credential.PHONE_CODE:
            return PhoneCodeInvalid()
