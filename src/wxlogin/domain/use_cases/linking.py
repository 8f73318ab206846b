"""ListApps and DetachApp: from which apps a person is known here."""

from collections.abc import Sequence

from attrs import frozen

from wxlogin.domain.errors import LastIdentity, NotFound
from wxlogin.domain.ports.ambient import Clock, Fact, Journal
from wxlogin.domain.ports.links import Detached, Link, LinkRepository
from wxlogin.domain.use_cases.authenticate import Authenticate


@frozen
class OwnApps:
    """The apps a person is known in, and the one they call from."""

    current: str
    links: Sequence[Link]


@frozen
class ListApps:
    """Shows a person in which apps they are known."""

    authenticate: Authenticate
    links: LinkRepository

    async def __call__(self, *, token: str | None) -> OwnApps:
        """Answers the caller's apps, the oldest first."""
        caller = await self.authenticate(token)
        return OwnApps(caller.session.appid, await self.links.linked(caller.user.id))


@frozen
class DetachApp:
    """Takes an app away from the caller, whose next login there is another user."""

    authenticate: Authenticate
    links: LinkRepository
    clock: Clock
    journal: Journal

    async def __call__(self, *, token: str | None, appid: str) -> None:
        """Returns when the app is gone and every session in it over.

        Raises:
            NotFound: the caller is not known in that app.
            LastIdentity: it is the only one; `EraseUser` is what would be meant.
        """
        caller = await self.authenticate(token)
        match await self.links.detach(caller.user.id, appid, self.clock.now()):
            case Detached.NOTHING:
                raise NotFound
            case Detached.LAST:
                raise LastIdentity
            case Detached.DONE:
                fact = Fact("identity_removed", appid=appid, user_id=caller.user.id)
                self.journal.record(fact)
