"""Merge: two users turn out to be one person, and what it takes to be two again.

The one who stays keeps what they told; only what they never told is filled in from the other. So
undoing is simple: what was filled in and is still so, goes back.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, field, frozen

from wxlogin.domain.user import OWN_AVATARS, Gender, Phone, Profile, User

RESTORABLE_FOR = timedelta(days=30)
"""So long what undoing a merge needs is kept aside."""


@frozen
class Merge:
    """That `gone_id` became part of `kept_id`.

    `restorable` tells whether what undoing needs is still kept; `undone_at` whether that was done.
    """

    id: str
    kept_id: str
    gone_id: str
    merged_at: datetime
    undone_at: datetime | None = None
    restorable: bool = True

    @property
    def until(self) -> datetime:
        """Until when it can be undone at most."""
        return self.merged_at + RESTORABLE_FOR

    def can_be_undone(self, now: datetime) -> bool:
        """Tells whether time and memory allow it."""
        return self.undone_at is None and self.restorable and now < self.until


class MergeRefusal(StrEnum):
    """Why two users are not merged, or not taken apart again. Operators read the words."""

    UNKNOWN = "unknown"
    """No such users, the same one twice, or no such merge."""
    BANNED = "banned"
    """One of them is banned: neither merging nor undoing may lift a ban."""
    LEAVING = "leaving"
    """One of them is being given up: merging would undo that, undoing a merge spare a part."""
    UNDONE = "undone"
    TOO_LATE = "too_late"
    """The time is over, or one of them was erased."""
    MERGED_ON = "merged_on"
    """The one who stayed was merged into another user since: that comes first."""
    NO_IDENTITY = "no_identity"
    """One of the two would have no identity left to log in with."""


@frozen
class Taken:
    """What the one who stays had not told and took over; the rest is as in an untold profile."""

    profile: Profile = field(factory=Profile)
    phone: Phone | None = field(default=None, repr=False)

    @classmethod
    def over(cls, kept: User, gone: User) -> "Taken":
        """Answers what `kept` takes over from `gone`. Pictures kept here stay their owner's."""
        mine, theirs = kept.profile, gone.profile
        avatar = theirs.avatar_url
        return cls(
            Profile(
                nickname="" if mine.nickname else theirs.nickname,
                avatar_url="" if mine.avatar_url or avatar.startswith(OWN_AVATARS) else avatar,
                gender=Gender.UNKNOWN if mine.gender else theirs.gender,
            ),
            None if kept.phone else gone.phone,
        )

    def put_on(self, user: User, now: datetime) -> User:
        """Answers the user with it; the same user when there is nothing to take over."""
        mine, new = user.profile, self.profile
        return _changed(
            user,
            Profile(
                nickname=new.nickname or mine.nickname,
                avatar_url=new.avatar_url or mine.avatar_url,
                gender=new.gender or mine.gender,
            ),
            self.phone or user.phone,
            now,
        )

    def taken_off(self, user: User, now: datetime) -> User:
        """Answers the user without it, but for what they changed since."""
        mine, old = user.profile, self.profile
        return _changed(
            user,
            Profile(
                nickname="" if mine.nickname == old.nickname else mine.nickname,
                avatar_url="" if mine.avatar_url == old.avatar_url else mine.avatar_url,
                gender=Gender.UNKNOWN if mine.gender == old.gender else mine.gender,
            ),
            None if user.phone == self.phone else user.phone,
            now,
        )


def _changed(user: User, profile: Profile, phone: Phone | None, now: datetime) -> User:
    if (profile, phone) == (user.profile, user.phone):
        return user
    return evolve(user, profile=profile, phone=phone, updated_at=now, version=user.version + 1)
