"""ReadProfile and UpdateProfile."""

from attrs import evolve, frozen

from wxlogin.domain.errors import PreconditionFailed, StoreUnavailable, TokenInvalid
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.avatars import AvatarStore
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.use_cases.authenticate import Authenticate, Caller
from wxlogin.domain.use_cases.content import ClearNickname, ContentPolicy
from wxlogin.domain.use_cases.nicknames import IN_REVIEW
from wxlogin.domain.user import Identity, ProfileChange, User

_RACES = 5


@frozen
class ReadProfile:
    """Shows a person their own user."""

    authenticate: Authenticate

    async def __call__(self, *, token: str | None) -> User:
        """Answers the user behind an access token, read together with its session."""
        return (await self.authenticate(token)).user


@frozen
class ChangeProfile:
    """Applies a checked profile change to a user, however many change it at once."""

    users: UserRepository
    avatars: AvatarStore
    clear: ClearNickname
    clock: Clock

    async def __call__(
        self, user: User, change: ProfileChange, *, version: int | None = None
    ) -> User:
        """Answers the changed user. A lost race is tried again on what the winner wrote.

        An avatar kept here that the change replaced is deleted: every try is bound to the version
        it read, so it is that one and no newer. A nickname that waits for an operator is withdrawn
        before another one is written: whoever passes it sees one or the other.

        Raises:
            PreconditionFailed: `version` was given and is no longer the user's.
        """
        for _ in range(_RACES):
            if version is not None and user.version != version:
                raise PreconditionFailed
            changed = user.changed(change, self.clock.now())
            if changed is user:
                return user
            renamed = changed.profile.nickname != user.profile.nickname
            if renamed and self.clear.policy is not ContentPolicy.OFF:
                await self.clear.reviews.withdraw(user.id)
            if await self.users.save(changed):
                if changed.profile.avatar_url != user.profile.avatar_url:
                    await self.avatars.remove(user.profile.avatar_url, owner=user.id)
                return changed
            user = await self._again(user.id)
        raise StoreUnavailable(1)

    async def _again(self, user_id: str) -> User:
        user = await self.users.get(user_id)
        if user is None:
            raise TokenInvalid
        return user


@frozen
class Changed:
    """A user after their change, and codes of what of it is still to come."""

    user: User
    warnings: tuple[str, ...] = ()


@frozen
class UpdateProfile:
    """Lets a person change their nickname, avatar and gender."""

    authenticate: Authenticate
    users: UserRepository
    change_profile: ChangeProfile

    async def __call__(
        self, *, token: str | None, change: ProfileChange, version: int | None = None
    ) -> Changed:
        """Answers the changed user; absent fields stay, and a nickname that is to wait.

        Raises:
            InvalidRequest: with every field that does not hold.
            PreconditionFailed: see `ChangeProfile`.
            ContentRejected: the nickname does not pass.
        """
        caller = await self.authenticate(token)
        clear = self.change_profile.clear
        checked = change.checked(clear.rules)
        nickname, user = checked.nickname, caller.user
        if (
            nickname is None
            or nickname == user.profile.nickname
            or clear.policy is ContentPolicy.OFF
        ):
            return Changed(await self.change_profile(user, checked, version=version))
        if version is not None and version != user.version:
            raise PreconditionFailed
        if await clear(await identity_of(self.users, caller), nickname):
            return Changed(await self.change_profile(user, checked, version=version))
        rest = evolve(checked, nickname=None)
        user = await self.change_profile(user, rest, version=version)
        if not await clear.reviews.ask(user.id, caller.session.appid, nickname):
            raise TokenInvalid
        return Changed(user, (IN_REVIEW,))


async def identity_of(users: UserRepository, caller: Caller) -> Identity:
    """Answers the identity of a caller in the app they call from.

    Raises:
        TokenInvalid: the account lost it since the token was checked.
    """
    for identity in await users.identities(caller.user.id):
        if identity.appid == caller.session.appid:
            return identity
    raise TokenInvalid
