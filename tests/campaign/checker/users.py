"""One person, one user."""

from collections import defaultdict
from collections.abc import Iterator

from tests.campaign.checker.story import Story


def duplicate_users(story: Story) -> Iterator[str]:
    """Finds people with more users than they may have, and users that belong to nobody."""
    yield from _identities_with_several(story)
    yield from _users_of_nobody(story)
    yield from _made_twice(story)
    yield from _unionids_with_several(story)


def _identities_with_several(story: Story) -> Iterator[str]:
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for act in story.logins:
        if act.told_user:
            told[act.appid, act.openid].add(act.told_user)
    for row in story.rows.identities:
        told[row.appid, row.openid].add(row.user_id)
    for (appid, openid), users in told.items():
        if len(users) > 1:
            yield f"{openid} in {appid} is {len(users)} users: {', '.join(sorted(users))}"


def _users_of_nobody(story: Story) -> Iterator[str]:
    owned = {row.user_id for row in story.rows.identities}
    for user in story.rows.users:
        if user.id not in owned:
            yield f"user {user.id} belongs to no identity"


def _made_twice(story: Story) -> Iterator[str]:
    new: dict[str, set[str]] = defaultdict(set)
    for act in story.logins:
        if act.told_new:
            new[act.told_user].add(act.told_sid)
    for user, sids in new.items():
        if len(sids) > 1:
            yield f"user {user} was told to be new {len(sids)} times"


def _unionids_with_several(story: Story) -> Iterator[str]:
    """Two users may share a unionid only where it came late, and then an operator can see it."""
    users: dict[str, set[str]] = defaultdict(set)
    openids: dict[str, set[str]] = defaultdict(set)
    for row in story.rows.identities:
        if row.unionid:
            users[row.unionid].add(row.user_id)
            openids[row.unionid].add(row.openid)
    late = {act.openid for act in story.logins if not act.unionid}
    noted = {each.unionid for each in story.rows.conflicts}
    for unionid, own in users.items():
        if len(own) > 1 and not openids[unionid] & late:
            yield f"{unionid} was always told and is {len(own)} users: {', '.join(sorted(own))}"
        elif len(own) > 1 and unionid not in noted:
            yield f"{unionid} is {len(own)} users, and no conflict is recorded"
