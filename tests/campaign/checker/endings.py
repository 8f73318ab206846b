"""What was ended is over, and nothing else is."""

from collections.abc import Iterator

from tests.campaign.checker.story import Story
from tests.campaign.history import Act

KEPT = 10
"""Sessions one user may have; the next login ends the one idle the longest."""
REUSE_SECONDS = 60.0
"""How long the token before the newest still counts."""
_SLACK = 1.0


def neither_dead_nor_alive(story: Story) -> Iterator[str]:
    """Finds sessions that live on after their end, or ended for no reason."""
    yield from _used_after_the_end(story)
    yield from _alive_in_the_database(story)
    yield from _ended_for_nothing(story)
    yield from _let_in_though_banned(story)


def explained(story: Story, sid: str, reason: str, user_id: str, before: float) -> bool:
    """Tells whether anything that was sent before a moment can have ended a session so."""
    if reason == "superseded":
        return _made_room(story, user_id, before) or _came_late(story, sid, before)
    return any(True for _ in story.endings(sid, reason, before))


def _made_room(story: Story, user_id: str, before: float) -> bool:
    """Each code opens one session at the most, so it takes more codes than sessions are kept."""
    people = {act.person for act in story.logins_of.get(user_id, ())}
    codes = {
        act.login_code for person in people for act in story.by_person[person] if act.sent < before
    }
    return len(codes) > KEPT


def _came_late(story: Story, sid: str, before: float) -> bool:
    """A refresh whose answer was lost, and the same token again when that was long ago."""
    first: dict[str, float] = {}
    for act in story.by_sid[sid]:
        if act.kind != "refresh" or act.sent >= before:
            continue
        if act.sent - first.setdefault(act.token, act.sent) > REUSE_SECONDS - _SLACK:
            return True
    return False


def _used_after_the_end(story: Story) -> Iterator[str]:
    for sid, acts in story.by_sid.items():
        since = story.dead_since(sid)
        if since is None:
            continue
        for act in acts:
            if act.done and act.sent > since:
                yield f"{sid} was over since {since:.3f}, and yet: {act}"


def _alive_in_the_database(story: Story) -> Iterator[str]:
    for row in story.rows.sessions:
        if row.end_reason is None and (since := story.dead_since(row.sid)) is not None:
            yield f"{row.sid} was over since {since:.3f} and lives in the database"


def _ended_for_nothing(story: Story) -> Iterator[str]:
    for row in story.rows.sessions:
        reason = row.end_reason
        if reason is None or explained(story, row.sid, reason, row.user_id, float("inf")):
            continue
        yield f"{row.sid} of user {row.user_id} ended as {reason}, and nobody asked for it"


def _let_in_though_banned(story: Story) -> Iterator[str]:
    for act in story.logins:
        if act.told_user and (ban := banned(story, act)) is not None:
            yield f"let in after {ban}: {act}"


def banned(story: Story, act: Act) -> Act | None:
    """Answers a ban that was certainly in force while a login was under way."""
    acts = story.by_user[act.told_user]
    for ban in acts:
        if ban.kind != "ban" or not ban.done or ban.answered is None or ban.answered > act.sent:
            continue
        lifted = any(
            each.kind == "unban" and ban.sent < each.sent < (act.answered or 0.0) for each in acts
        )
        if not lifted:
            return ban
    return None
