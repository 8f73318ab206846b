"""BindPhone and UnbindPhone."""

from attrs import frozen

from wxlogin.domain.errors import LoginError, StoreUnavailable, TokenInvalid
from wxlogin.domain.ports.ambient import Clock, Fact, Journal
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.ports.wechat import PhoneApi
from wxlogin.domain.use_cases.authenticate import Authenticate
from wxlogin.domain.use_cases.profile import identity_of
from wxlogin.domain.user import Identity, Phone, User

_RACES = 5


@frozen
class TakePhone:
    """Writes the phone behind a phone button's code into a user."""

    phones: PhoneApi
    users: UserRepository
    clock: Clock
    journal: Journal

    async def __call__(self, user: User, identity: Identity, phone_code: str) -> User:
        """Answers the user with the phone.

        Raises:
            PhoneCodeInvalid: WeChat refuses the code for this person.
            PhoneTaken: the number is another user's.
        """
        phone = await self.phones.phone(identity, phone_code)
        return await self.write(user, phone)

    async def leniently(
        self, user: User, identity: Identity, phone_code: str
    ) -> tuple[User, tuple[str, ...]]:
        """Answers the user with the phone, or as they were with a warning why not."""
        try:
            return await self(user, identity, phone_code), ()
        except LoginError as refusal:
            self.journal.record(
                Fact("bind_phone", refusal.code, appid=identity.appid, user_id=user.id)
            )
            return user, (refusal.code,)

    async def write(self, user: User, phone: Phone | None) -> User:
        """Answers the user with this phone or none; a lost race is tried again."""
        for _ in range(_RACES):
            changed = user.with_phone(phone, self.clock.now())
            if changed is user or await self.users.save(changed):
                return changed
            fresh = await self.users.get(user.id)
            if fresh is None:
                raise TokenInvalid
            user = fresh
        raise StoreUnavailable(1)


@frozen
class BindPhone:
    """Binds the caller's phone by the phone button's code."""

    authenticate: Authenticate
    users: UserRepository
    take: TakePhone

    async def __call__(self, *, token: str | None, phone_code: str) -> User:
        """Answers the user with the phone; the openid goes along so that WeChat checks the pair."""
        caller = await self.authenticate(token)
        return await self.take(caller.user, await identity_of(self.users, caller), phone_code)


@frozen
class UnbindPhone:
    """Forgets the caller's phone."""

    authenticate: Authenticate
    take: TakePhone

    async def __call__(self, *, token: str | None) -> User:
        """Answers the user without a phone."""
        caller = await self.authenticate(token)
        return await self.take.write(caller.user, None)
