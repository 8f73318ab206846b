"""What people agreed to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen


@frozen
class Consent:
    """That a person agreed to a version of the agreement, in which app and when."""

    version: str
    appid: str
    at: datetime
    withdrawn_at: datetime | None = None


class ConsentRepository(Protocol):
    """Consents, each kept as long as its user, also once withdrawn."""

    async def agree(self, user_id: str, appid: str, version: str, now: datetime) -> bool:
        """Notes a consent; from then on the user comes with `consent` set to its version.

        False, changing nothing, when that is so already, or there is no such user.
        """

    async def withdraw(self, user_id: str, now: datetime) -> bool:
        """Notes that nothing is agreed to any more; False when there was nothing, or nobody."""

    async def of(self, user_id: str) -> Sequence[Consent]:
        """Answers all consents of a user, oldest first."""
