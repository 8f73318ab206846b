"""TakeConsent, Agree, WithdrawConsent: what a person agreed to, at login and later.

PIPL, articles 13 to 16: consent is asked for before anything is kept, again when its terms change,
and is as easy to take back as to give.
"""

from attrs import evolve, frozen

from wxlogin.domain.errors import ConsentRequired
from wxlogin.domain.ports.ambient import Clock, Fact, Journal
from wxlogin.domain.ports.consents import ConsentRepository
from wxlogin.domain.use_cases.authenticate import Authenticate
from wxlogin.domain.user import User


@frozen
class ConsentPolicy:
    """The version in force, None where none is asked for, and whether nobody enters without."""

    version: str | None = None
    required: bool = False

    def refuse_newcomer(self, agreed: str | None) -> None:
        """Returns when somebody who agreed to this version, or to none, may register.

        Raises:
            ConsentRequired: they may not.
        """
        if self.required and agreed != self.version:
            raise ConsentRequired

    def missing(self, user: User) -> tuple[str, ...]:
        """Answers the warning for somebody who did not agree to the version in force."""
        lacks = self.version is not None and user.consent != self.version
        return (ConsentRequired.code,) if lacks else ()


@frozen
class TakeConsent:
    """Notes what a person agreed to, unless it is what they agreed to last."""

    consents: ConsentRepository
    clock: Clock
    journal: Journal

    async def __call__(self, user: User, appid: str, version: str) -> User:
        """Answers the user with the consent."""
        if version == user.consent:
            return user
        if await self.consents.agree(user.id, appid, version, self.clock.now()):
            self.journal.record(Fact("consent", appid=appid, user_id=user.id))
        return evolve(user, consent=version)


@frozen
class Agree:
    """Takes the caller's consent."""

    authenticate: Authenticate
    take: TakeConsent

    async def __call__(self, *, token: str | None, version: str) -> None:
        """Returns when it is noted."""
        caller = await self.authenticate(token)
        await self.take(caller.user, caller.session.appid, version)


@frozen
class WithdrawConsent:
    """Takes the caller's consent back."""

    authenticate: Authenticate
    consents: ConsentRepository
    clock: Clock
    journal: Journal

    async def __call__(self, *, token: str | None) -> None:
        """Returns when nothing is agreed to any more; what was done before stays lawful."""
        caller = await self.authenticate(token)
        if await self.consents.withdraw(caller.user.id, self.clock.now()):
            appid, user_id = caller.session.appid, caller.user.id
            self.journal.record(Fact("consent_withdrawn", appid=appid, user_id=user_id))
