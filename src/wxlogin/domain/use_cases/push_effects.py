"""What pushed events do: ForgetProfile, ForgetRevoked, EraseCancelled, keep_for_operator.

Wechat docs: 安全指引 (授权用户信息变更). An event speaks of the person as they were when it was
made: a user who came later is not meant by it.
"""

from collections.abc import Mapping
from datetime import timedelta

from attrs import evolve, frozen

from wxlogin.domain.errors import NotFound
from wxlogin.domain.ports.push import PushState
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.push_event import PushEvent
from wxlogin.domain.use_cases.accounts import EraseUser
from wxlogin.domain.use_cases.phone import TakePhone
from wxlogin.domain.use_cases.profile import ChangeProfile
from wxlogin.domain.use_cases.push import Became
from wxlogin.domain.user import Identity, ProfileChange, User

_CLOCKS_DIFFER = timedelta(minutes=1)
_NOBODY = Became("nobody")
_UNNAMED = Became("no_openid", PushState.KEPT)

_NICKNAME, _AVATAR, _PHONE = "nickname", "avatar_url", "phone"
REVOKED: Mapping[str, frozenset[str]] = {
    "6": frozenset({_NICKNAME, _AVATAR}),
    "8": frozenset({_PHONE}),
    "19": frozenset({_NICKNAME}),
    "20": frozenset({_AVATAR}),
    # Plate number, address, invoice, bluetooth, microphone, camera, WeRun, location, pictures and
    # videos, files, e-mail, chosen location: nothing of that is ever held here.
    **dict.fromkeys(
        ("1", "2", "3", "4", "5", "7", "12", "13", "14", "15", "16", "18"), frozenset()
    ),
}
"""What goes with each code of RevokeInfo that a mini-program can meet."""


@frozen
class MeantUser:
    """Finds the person an event is about."""

    users: UserRepository

    async def __call__(self, event: PushEvent, openid: str) -> User | None:
        """Answers the user, None when there is none, or none yet when the event was made."""
        user = await self.users.find(Identity(event.appid, openid))
        if user is None or user.created_at - _CLOCKS_DIFFER > event.created_at:
            return None
        return user


@frozen
class ForgetProfile:
    """`user_info_modified`: WeChat cleaned a risky nickname or picture, so ours go too.

    What there is instead WeChat does not say; the person chooses anew.
    """

    meant: MeantUser
    change_profile: ChangeProfile

    async def __call__(self, event: PushEvent) -> Became:
        """Clears nickname and avatar."""
        if event.openid is None:
            return _UNNAMED
        user = await self.meant(event, event.openid)
        if user is None:
            return _NOBODY
        await _forget(self.change_profile, user, ProfileChange(nickname="", avatar_url=""))
        return Became("cleared", user_id=user.id)


@frozen
class ForgetRevoked:
    """`user_authorization_revoke`: a person took back what they had allowed the app to have."""

    meant: MeantUser
    change_profile: ChangeProfile
    take_phone: TakePhone

    async def __call__(self, event: PushEvent) -> Became:
        """Removes exactly what the codes name; an unknown code is kept for an operator to see."""
        if event.openid is None:
            return _UNNAMED
        fields = frozenset().union(*(REVOKED.get(code, frozenset()) for code in event.revoked))
        user = await self.meant(event, event.openid)
        if user is not None:
            await self._forget(user, fields)
        if not event.revoked or event.revoked - REVOKED.keys():
            became = Became("unknown_code", PushState.KEPT)
        elif user is None:
            return _NOBODY
        else:
            became = Became("removed" if fields else "nothing_held")
        return evolve(became, user_id=None if user is None else user.id)

    async def _forget(self, user: User, fields: frozenset[str]) -> None:
        change = ProfileChange(
            nickname="" if _NICKNAME in fields else None,
            avatar_url="" if _AVATAR in fields else None,
        )
        user = await _forget(self.change_profile, user, change)
        if _PHONE in fields:
            await self.take_phone.write(user, None)


@frozen
class EraseCancelled:
    """`user_authorization_cancellation`: the person gave up their WeChat account.

    The law (PIPL, article 47) wants what is held about them deleted unasked; the whole account
    goes, for no other app can bring its person back either.
    """

    meant: MeantUser
    erase_user: EraseUser

    async def __call__(self, event: PushEvent) -> Became:
        """Erases the person and ends their sessions."""
        if event.openid is None:
            return _UNNAMED
        user = await self.meant(event, event.openid)
        if user is None:
            return _NOBODY
        try:
            await self.erase_user(user_id=user.id)
        except NotFound:  # somebody else was quicker
            return _NOBODY
        return Became("erased", user_id=user.id)


async def _forget(change_profile: ChangeProfile, user: User, change: ProfileChange) -> User:
    """Clears what a change names; no nickname that waits for an operator comes after it."""
    if change.nickname is not None:
        await change_profile.clear.reviews.withdraw(user.id)
    return await change_profile(user, change)


async def keep_for_operator(_event: PushEvent) -> Became:
    """`wxa_punish_event`: nothing here hangs on it; a person should look."""
    return Became("for_operator", PushState.KEPT)
