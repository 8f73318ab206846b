"""Two users who are one person: made one, and two again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from wxlogin.domain.merge import Merge, MergeRefusal


class MergeRepository(Protocol):
    """Acts that concern two users and all that is theirs together."""

    async def merge(
        self, merge_id: str, kept_id: str, gone_id: str, now: datetime
    ) -> Merge | MergeRefusal:
        """Makes `gone_id` part of `kept_id`, or changes nothing and answers why.

        One act: identities and unionids go over, conflicts between the two are over, what
        `merge.Taken` says is filled in, every session of the one who goes ends as `superseded`,
        and that one is found by nothing any more. What undoing needs is kept, sealed.
        """

    async def unmerge(self, merge_id: str, now: datetime) -> Merge | MergeRefusal:
        """Takes the two apart again, or changes nothing and answers why not.

        One act: the one who went has identities, profile, phone, unionids and conflicts as they
        were, the one who stayed what `merge.Taken.taken_off` leaves. What came to the one who
        stayed since, stays; so does a phone that is another user's by now. Versions only grow,
        sessions stay over, and those of the one who stays in the apps that go back end as
        `superseded`: they may be the other one's.
        """

    async def of(self, user_id: str | None = None) -> Sequence[Merge]:
        """Answers the merges a user took part in, or all of them, newest first."""

    async def absorbed(self, user_id: str) -> Sequence[str]:
        """Answers who went into a user and is still part of them, also by way of others."""

    async def due(self, before: datetime, limit: int) -> Sequence[Merge]:
        """Answers up to `limit` merges of before `before` that can still be undone."""

    async def forget(self, merge_id: str) -> None:
        """Overwrites what undoing a merge would need."""
