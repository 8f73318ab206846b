"""ReadProfile and UpdateProfile."""

from attrs import frozen

from wxlogin.domain.errors import PreconditionFailed, StoreUnavailable, TokenInvalid
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.avatars import AvatarStore
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.use_cases.authenticate import Authenticate, Caller
from wxlogin.domain.use_cases.content import ClearNickname, ContentPolicy
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
        self,
        user: User,
        identity: Identity | None,
        change: ProfileChange,
        *,
        version: int | None = None,
    ) -> User:
        """Answers the changed user. A lost race is tried again on what the winner wrote.

        An avatar kept here that the change replaced is deleted: every try is bound to the version
        it read, so it is that one and no newer.

        Raises:
            PreconditionFailed: `version` was given and is no longer the user's.
            ContentRejected: the nickname does not pass.
        """
        for _ in range(_RACES):
            if version is not None and user.version != version:
                raise PreconditionFailed
            changed = user.changed(change, self.clock.now())
            if changed is user:
                return user
            if changed.profile.nickname != user.profile.nickname and identity is not None:
                await self.clear(identity, changed.profile.nickname)
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
class UpdateProfile:
    """Lets a person change their nickname, avatar and gender."""

    authenticate: Authenticate
    users: UserRepository
    change_profile: ChangeProfile

    async def __call__(
        self, *, token: str | None, change: ProfileChange, version: int | None = None
    ) -> User:
        """Answers the changed user; absent fields stay.

        Raises:
            InvalidRequest: with every field that does not hold.
            PreconditionFailed, ContentRejected: see `ChangeProfile`.
        """
        caller = await self.authenticate(token)
        checked = change.checked(self.change_profile.clear.rules)
        identity = await self._identity(caller) if checked.nickname is not None else None
        return await self.change_profile(caller.user, identity, checked, version=version)

    async def _identity(self, caller: Caller) -> Identity | None:
        if self.change_profile.clear.policy is ContentPolicy.OFF:
            return None
        return await identity_of(self.users, caller)


async def identity_of(users: UserRepository, caller: Caller) -> Identity:
    """Answers the identity of a caller in the app they call from.

    Raises:
        TokenInvalid: the account lost it since the token was checked.
    """
    for identity in await users.identities(caller.user.id):
        if identity.appid == caller.session.appid:
            return identity
    raise TokenInvalid
