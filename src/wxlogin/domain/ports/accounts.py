"""Acts on a whole account: what an operator or the law asks for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class AccountRepository(Protocol):
    """Acts that change a user and all sessions of theirs together."""

    async def ban(self, user_id: str, now: datetime) -> bool:
        """Bans a user and ends every living session as `banned`; False: no such user."""

    async def unban(self, user_id: str, now: datetime) -> bool:
        """Lifts a ban; False when there is no such user. Ended sessions stay ended."""

    async def leave(self, user_id: str, now: datetime, until: datetime) -> bool:
        """Ends every living session as `erased`, and notes until when the user may come back.

        Who is leaving already keeps their time. False when there is no such user.
        """

    async def stay(self, user_id: str, now: datetime) -> bool:
        """Takes a leaving back; True too when there was none.

        False, changing nothing, when its time is over, or there is no such user.
        """

    async def left(self, before: datetime, limit: int) -> Sequence[str]:
        """Answers up to `limit` users whose time to come back was over before `before`."""

    async def erase(self, user_id: str, now: datetime) -> bool:
        """Erases a person: False when there is no such user.

        One act: living sessions end as `erased`, identities, phone and pending tickets go (openid,
        unionid and phone are free at once), profile and device names are overwritten in place, and
        so are the addresses in the audit trail and what pushed events say that concern them. What
        stays is an id with its times, so that ended sessions can say why.
        """
