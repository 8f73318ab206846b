"""Leave, ComeBack, EraseLeft: giving an account up, with time to think it over.

Where no time is given (`grace` of zero) leaving is the erasure itself.
"""

from contextlib import suppress
from datetime import timedelta

from attrs import frozen

from wxlogin.domain.errors import NotFound
from wxlogin.domain.ports.accounts import AccountRepository
from wxlogin.domain.ports.ambient import Clock, Fact, Journal
from wxlogin.domain.use_cases.accounts import EraseUser
from wxlogin.domain.user import User

RESTORED = "account_restored"
"""The warning of a login that took a leaving back."""

_CLOCKS_DIFFER = timedelta(minutes=1)
_BATCH = 500


@frozen
class Leave:
    """Ends all sessions of a person at once, and their account when the time is over."""

    accounts: AccountRepository
    erase: EraseUser
    clock: Clock
    journal: Journal
    grace: timedelta

    async def __call__(self, *, user_id: str, at_once: bool = False) -> None:
        """Returns when the account is given up, or with `at_once` erased.

        Raises:
            NotFound: there is no such user.
        """
        if at_once or not self.grace:
            await self.erase(user_id=user_id)
            return
        now = self.clock.now()
        if not await self.accounts.leave(user_id, now, now + self.grace):
            raise NotFound
        self.journal.record(Fact("leave", user_id=user_id))


@frozen
class ComeBack:
    """Lets a login take a leaving back."""

    accounts: AccountRepository
    erase: EraseUser
    clock: Clock
    journal: Journal

    async def __call__(self, user: User) -> bool:
        """Answers whether the user is here to stay; if not, they are erased now."""
        if await self.accounts.stay(user.id, self.clock.now()):
            self.journal.record(Fact("restore", user_id=user.id))
            return True
        with suppress(NotFound):  # somebody else was quicker
            await self.erase(user_id=user.id)
        return False


@frozen
class EraseLeft:
    """Erases for good whose time to come back is over."""

    accounts: AccountRepository
    erase: EraseUser
    clock: Clock

    async def __call__(self) -> int:
        """Answers how many there were; another call is worth it while that is not 0.

        A little late, so that no other machine's clock still lets them come back.
        """
        left = await self.accounts.left(self.clock.now() - _CLOCKS_DIFFER, _BATCH)
        for user_id in left:
            with suppress(NotFound):  # somebody else was quicker
                await self.erase(user_id=user_id)
        return len(left)
