"""BindPhone and UnbindPhone."""

from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum

from attrs import frozen

from wxlogin.domain.errors import (
    LoginError,
    PhoneCodeInvalid,
    PhoneTaken,
    StoreUnavailable,
    TokenInvalid,
)
from wxlogin.domain.ports.ambient import Clock, Fact, Journal
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.ports.wechat import PhoneApi
from wxlogin.domain.use_cases.authenticate import Authenticate
from wxlogin.domain.use_cases.one_answer import Credential, OneAnswer
from wxlogin.domain.user import Identity, Phone, User

_RACES = 5


class PhonePolicy(StrEnum):
    """What becomes of a number that is another user's.

    A phone button's code is fresh proof of who holds the number now, so MOVE takes it away from
    whoever had it.
    """

    REFUSE = "refuse"
    MOVE = "move"


@frozen
class TakePhone:
    """Writes the phone behind a phone button's code into a user."""

    phones: PhoneApi
    users: UserRepository
    once: OneAnswer
    clock: Clock
    journal: Journal
    policy: PhonePolicy = PhonePolicy.REFUSE

    async def __call__(self, user: User, identities: Sequence[Identity], phone_code: str) -> User:
        """Answers the user with the phone. Repeated within a minute, it asks WeChat no second time.

        `identities` are all the user has in the app. More than one is there only after a merge;
        then WeChat is asked about each in turn, for whose the code is nobody else can tell.

        Raises:
            PhoneCodeInvalid: WeChat refuses the code for this person, or it was spent before.
            PhoneTaken: the number is another user's and stays theirs.
        """
        return await self.write(user, await self._behind(user, identities, phone_code))

    async def leniently(
        self, user: User, identity: Identity, phone_code: str
    ) -> tuple[User, tuple[str, ...]]:
        """Answers the user with the phone, or as they were with a warning why not."""
        try:
            return await self(user, (identity,), phone_code), ()
        except LoginError as refusal:
            self.journal.record(
                Fact("bind_phone", refusal.code, appid=identity.appid, user_id=user.id)
            )
            return user, (refusal.code,)

    async def write(self, user: User, phone: Phone | None) -> User:
        """Answers the user with this phone or none; a lost race is tried again."""
        for _ in range(_RACES):
            changed = user.with_phone(phone, self.clock.now())
            if changed is user or await self._saved(changed):
                return changed
            fresh = await self.users.get(user.id)
            if fresh is None:
                raise TokenInvalid
            user = fresh
        raise StoreUnavailable(1)

    async def _behind(self, user: User, identities: Sequence[Identity], phone_code: str) -> Phone:
        """Answers the phone behind a code; WeChat takes money for each, so each is asked once."""

        async def ask() -> bytes:
            *others, last = identities
            for identity in others:
                with suppress(PhoneCodeInvalid):
                    return _told(await self.phones.phone(identity, phone_code))
            return _told(await self.phones.phone(last, phone_code))

        told = await self.once(
            kind=Credential.PHONE_CODE,
            credential=phone_code,
            key=f"{user.id} {identities[0].appid}",
            body=b"",
            act=ask,
        )
        country_code, _, number = told.decode().partition(":")
        return Phone(number, country_code)

    async def _saved(self, user: User) -> bool:
        try:
            return await self.users.save(user)
        except PhoneTaken:
            if self.policy is PhonePolicy.REFUSE:
                raise
        moved = await self.users.save_taking_phone(user)
        if moved is not None and moved.former is not None:
            self.journal.record(Fact("phone_moved", "gained", user_id=user.id))
            self.journal.record(Fact("phone_moved", "lost", user_id=moved.former))
        return moved is not None


@frozen
class BindPhone:
    """Binds the caller's phone by the phone button's code."""

    authenticate: Authenticate
    users: UserRepository
    take: TakePhone

    async def __call__(self, *, token: str | None, phone_code: str) -> User:
        """Answers the user with the phone; the openid goes along so that WeChat checks the pair."""
        caller = await self.authenticate(token)
        known = await self.users.identities(caller.user.id)
        here = [each for each in known if each.appid == caller.session.appid]
        if not here:
            raise TokenInvalid  # the account lost the app since the token was checked
        return await self.take(caller.user, here, phone_code)


@frozen
class UnbindPhone:
    """Forgets the caller's phone."""

    authenticate: Authenticate
    take: TakePhone

    async def __call__(self, *, token: str | None) -> User:
        """Answers the user without a phone."""
        caller = await self.authenticate(token)
        return await self.take.write(caller.user, None)


def _told(phone: Phone) -> bytes:
    return f"{phone.country_code}:{phone.number}".encode()
