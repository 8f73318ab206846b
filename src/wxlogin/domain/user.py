"""User, identity, profile and phone: who a person is here.

Values are frozen; a change answers a new one. Times are aware datetimes in UTC.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum
from typing import Self

from attrs import evolve, field, frozen

from wxlogin.domain.errors import FieldProblem, InvalidRequest
from wxlogin.domain.nickname import (
    PLACEHOLDER_NICKNAME,
    USUAL_RULES,
    NicknameRules,
    tidy,
)

AVATAR_URL_MAX = 1024
OWN_AVATARS = "/avatars/"
HELD_AVATARS = f"{OWN_AVATARS}held/"
"""Where a picture is before it may be shown to others; only its owner is told that address."""
_LOCAL_AVATAR = re.compile(
    r"(wxfile:|https?://tmp[/_]|http://usr/|file:|blob:|data:|content:)", re.IGNORECASE
)


class Gender(IntEnum):
    """WeChat's numbers."""

    UNKNOWN = 0
    MALE = 1
    FEMALE = 2


@frozen
class Identity:
    """A person as one mini-program sees them. (appid, openid) is unique; unionid may come later."""

    appid: str
    openid: str
    unionid: str | None = None


@frozen
class Phone:
    """A phone number as WeChat gives it.

    `number` carries the country code in front when `country_code` is not 86.
    """

    number: str = field(repr=False)
    country_code: str = "86"

    @property
    def masked(self) -> str:
        """First three and last two digits, or first two and last two of a short number."""
        shown = 3 if len(self.number) >= 10 else 2  # noqa: PLR2004 - WeChat's masking rule
        return (
            f"{self.number[:shown]}{'*' * max(len(self.number) - shown - 2, 1)}{self.number[-2:]}"
        )


@frozen
class Profile:
    """What a person tells about themselves. Empty nickname and avatar mean: not told."""

    nickname: str = ""
    avatar_url: str = ""
    gender: Gender = Gender.UNKNOWN


@frozen
class ProfileChange:
    """The fields a request wants changed; None leaves a field as it is."""

    nickname: str | None = None
    avatar_url: str | None = None
    gender: int | None = None

    def checked(self, names: NicknameRules = USUAL_RULES) -> Self:
        """Answers the change, tidied.

        Raises:
            InvalidRequest: with every field that does not hold.
        """
        problems = tuple(self._problems(names))
        if problems:
            raise InvalidRequest(*problems)
        return self if self.nickname is None else evolve(self, nickname=tidy(self.nickname))

    def at_login(self, names: NicknameRules = USUAL_RULES) -> tuple[Self, tuple[str, ...]]:
        """Answers the change, tidied, and the words for a nickname that was left out.

        A name is not worth losing a login for. The placeholder is no name and goes unmentioned.

        Raises:
            InvalidRequest: with every other field that does not hold.
        """
        others = self if self.nickname is None else evolve(self, nickname=None)
        others.checked()
        if self.nickname is None:
            return self, ()
        if problem := names.problem(self.nickname):
            return others, (problem,)
        name = tidy(self.nickname)
        return (others if name == PLACEHOLDER_NICKNAME else evolve(self, nickname=name)), ()

    def lenient(self, names: NicknameRules = USUAL_RULES) -> Self:
        """Answers the change without what does not hold, for clients that cannot be told."""
        wrong = {problem.field: None for problem in self._problems(names)}
        return evolve(self, **wrong).at_login(names)[0]

    def apply(self, profile: Profile) -> Profile:
        """Answers the profile with this change made."""
        return Profile(
            nickname=profile.nickname if self.nickname is None else self.nickname,
            avatar_url=profile.avatar_url if self.avatar_url is None else self.avatar_url,
            gender=profile.gender if self.gender is None else Gender(self.gender),
        )

    def _problems(self, names: NicknameRules) -> Iterator[FieldProblem]:
        if self.nickname is not None and (problem := names.problem(self.nickname)):
            yield FieldProblem("nickname", problem)
        if self.avatar_url is not None and (problem := _avatar_problem(self.avatar_url)):
            yield FieldProblem("avatar_url", problem)
        if self.gender is not None and self.gender not in tuple(Gender):
            yield FieldProblem("gender", "gender_unknown")


@frozen
class User:
    """One person here. `version` grows by one with every change and is the ETag.

    `leaves_at` is when the account will be erased, where its person asked for that. `consent` is
    the version of the agreement that they agreed to last, unless they took it back.
    """

    id: str
    created_at: datetime
    updated_at: datetime
    profile: Profile = Profile()
    phone: Phone | None = None
    version: int = 1
    banned: bool = False
    erased: bool = False
    leaves_at: datetime | None = None
    consent: str | None = None

    def changed(self, change: ProfileChange, now: datetime) -> Self:
        """Answers the user with a profile change; the same user when nothing differs."""
        profile = change.apply(self.profile)
        if profile == self.profile:
            return self
        return evolve(self, profile=profile, updated_at=now, version=self.version + 1)

    def with_phone(self, phone: Phone | None, now: datetime) -> Self:
        """Answers the user with another phone or none; the same user when nothing differs."""
        if phone == self.phone:
            return self
        return evolve(self, phone=phone, updated_at=now, version=self.version + 1)


def released(avatar_url: str) -> str:
    """Answers the address that a held picture gets when others may see it; any other as it is."""
    if avatar_url.startswith(HELD_AVATARS):
        return OWN_AVATARS + avatar_url.removeprefix(HELD_AVATARS)
    return avatar_url


def _avatar_problem(url: str) -> str | None:
    if not url:
        return None
    if _LOCAL_AVATAR.match(url):
        return "avatar_local_path"
    if (
        len(url) > AVATAR_URL_MAX
        or not url.isascii()
        or any(sign <= " " or sign == "\x7f" for sign in url)
    ):
        return "avatar_not_https"
    if url.startswith(OWN_AVATARS) and ".." not in url:
        return None
    return None if re.match(r"https://[A-Za-z0-9.-]+(:\d+)?([/?#]|$)", url) else "avatar_not_https"
