"""What was answered is kept."""

from collections import defaultdict
from collections.abc import Iterator

from attrs import frozen

from tests.campaign.checker.story import Story
from tests.campaign.history import Act

_FOR_EVER = float("inf")


def lost_writes(story: Story) -> Iterator[str]:
    """Finds answers that the database, or a later answer, does not know."""
    yield from _logins(story)
    yield from _refreshes(story)
    yield from _profiles(story)
    yield from _bans(story)


def _logins(story: Story) -> Iterator[str]:
    sessions = {row.sid: row for row in story.rows.sessions}
    identities = {(row.appid, row.openid): row for row in story.rows.identities}
    conflicts = {each.unionid for each in story.rows.conflicts}
    for sid, act in story.opened.items():
        session, identity = sessions.get(sid), identities.get((act.appid, act.openid))
        if session is None:
            yield f"no session is kept of: {act}"
        elif session.user_id != act.told_user:
            yield f"the session is another user's: {act}"
        if identity is None:
            yield f"no identity is kept of: {act}"
        elif act.unionid and identity.unionid != act.unionid and act.unionid not in conflicts:
            yield f"the unionid is not kept of: {act}"


def _refreshes(story: Story) -> Iterator[str]:
    for row in story.rows.sessions:
        told = {act.told_token for act in story.by_sid[row.sid] if act.told_token}
        if opened := story.opened.get(row.sid):
            told.add(opened.told_token)
        if len(told) - 1 > row.counter:
            yield f"session {row.sid} counts {row.counter}, and {len(told)} tokens were given"


def _profiles(story: Story) -> Iterator[str]:
    """Compares each value that was read, and at last the one that is kept, with all changes."""
    for user in story.rows.users:
        changes = story.shown(user.id, "update")
        reads = [
            Read(act.sent, act.answered or 0.0, act.told_value or "", str(act))
            for act in story.by_user[user.id]
            if act.kind in {"me", "refresh"} and act.told_user == user.id
        ]
        reads.append(Read(_FOR_EVER, _FOR_EVER, user.nickname, f"the database, of {user.id}"))
        yield from _stale([change for change in changes if change.done or not change.known], reads)


@frozen
class Read:
    """A value that was seen, and when."""

    sent: float
    answered: float
    value: str
    who: str


def _stale(changes: list[Act], reads: list[Read]) -> Iterator[str]:
    """Finds what was read although something else had been written since.

    A change names the version it changes, so one whose answer was lost cannot come after a later
    one; and it was done at the latest when its value was read.
    """
    sources: dict[str, list[tuple[float, float]]] = defaultdict(list, {"": [(0.0, 0.0)]})
    for act in changes:
        seen = [
            read.answered
            for read in reads
            if read.value == act.value and read.sent >= act.sent and not act.done
        ]
        done = act.answered if act.done else min(seen, default=_FOR_EVER)
        sources[act.value or ""].append((act.sent, done or 0.0))
    for read in reads:
        known = [done for sent, done in sources[read.value] if sent <= read.answered]
        if not known:
            yield f"{read.value} was read, which nobody had written: {read.who}"
        elif later := _written_between(changes, read, max(known)):
            yield f"{read.value or 'nothing'} was read after {later}: {read.who}"


def _written_between(changes: list[Act], read: Read, since: float) -> Act | None:
    for act in changes:
        other = act.done and act.value != read.value and act.answered is not None
        if other and act.sent > since and (act.answered or 0.0) < read.sent:
            return act
    return None


def _bans(story: Story) -> Iterator[str]:
    for user in story.rows.users:
        acts = [act for act in story.by_user[user.id] if act.kind in {"ban", "unban"}]
        certain = [act for act in acts if act.done]
        if not certain:
            continue
        last = max(certain, key=lambda act: act.sent)
        open_yet = any(
            act.kind != last.kind and act.sent > last.sent and not act.known for act in acts
        )
        if user.banned != (last.kind == "ban") and not open_yet:
            yield f"user {user.id} is {'' if user.banned else 'not '}banned after {last}"
