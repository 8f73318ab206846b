"""The user repository."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from wxlogin.domain.session import Session
from wxlogin.domain.user import Identity, User


@frozen
class UnionidConflict:
    """Two users who turned out to be one person; an operator decides what to do about it."""

    unionid: str
    first_user_id: str
    second_user_id: str
    found_at: datetime


@frozen
class PhoneMoved:
    """A phone was taken over; `former` is the user who had it, None when nobody did any more."""

    former: str | None


class UserRepository(Protocol):
    """Users with their identities."""

    async def sign_in(
        self, identity: Identity, session: Session, keep: int | None = None
    ) -> User | None:
        """Opens `session` for the user of this identity; None when the identity is unknown.

        One act: the user is found, the session is added (its `user_id` is ignored and becomes the
        found user's), and a unionid that came with the identity is filled in where there was none.
        If another user already holds that unionid, a conflict is recorded once and both stay.
        A banned user is answered with `banned` set, and no session is added.

        At most `keep` sessions of the user live on, the new one among them: in the same act those
        idle the longest end as `superseded`. Sign-ins of one user at the same moment need not see
        one another and may leave more; the next one ends those too.
        """

    async def register(
        self, user: User, identity: Identity, session: Session, keep: int | None = None
    ) -> User:
        """Adds a user with an identity and a session, all or nothing, and answers the owner.

        When the identity's unionid already belongs to a living user, the identity and the session
        go to that user instead and that user is answered (the same person in another app). If that
        user is banned, the identity is added, no session is, and the user is answered. `keep` is
        as at `sign_in`.

        Raises:
            AlreadyThere: the identity exists. Nothing was changed; `sign_in` will find it.
        """

    async def find(self, identity: Identity) -> User | None:
        """Answers the user of an identity, by (appid, openid)."""

    async def get(self, user_id: str) -> User | None:
        """Answers a user by id; erased ones are not found."""

    async def identities(self, user_id: str) -> Sequence[Identity]:
        """Answers all identities of a user, oldest first."""

    async def save(self, user: User) -> bool:
        """Writes profile, phone and times of `user` if the stored version is `user.version - 1`.

        Answers False, changing nothing, when it is not, or when the user is gone.

        Raises:
            PhoneTaken: the phone belongs to another user. Nothing was changed.
        """

    async def save_taking_phone(self, user: User) -> PhoneMoved | None:
        """Writes `user` as `save` does and takes the phone from whoever else has it.

        One act: the former owner is without a phone, their version one higher and their
        `updated_at` that of `user`. None, changing nothing, where `save` answers False. Of any
        number of parallel calls for one number the last one to take effect has it.
        """

    async def conflicts(self) -> Sequence[UnionidConflict]:
        """Answers the recorded unionid conflicts, oldest first."""
