"""Answers: nothing is refused, and nobody signed out, without a reason that the history knows."""

from bisect import bisect_left
from collections.abc import Iterator

from tests.campaign.checker.endings import explained
from tests.campaign.checker.story import Story
from tests.campaign.history import Act

UNSPENT = frozenset({"busy", "minute"})
"""What WeChat says when it did not look at the code: it may be shown again."""
NO_ANSWER = frozenset({"hang", "reset_before", "reset_after", "half", "bad_status"})
IN_A_ROW = 5
"""Calls without an answer after which WeChat may be left alone, for a moment."""
QUOTA_IN_A_ROW = 3
_MOMENT = 15.0
GRACE = 1.5
"""Seconds after a trouble in which a broken connection may still be found."""
_OUT = frozenset({"session_ended", "refresh_invalid", "token_invalid", "token_missing"})


def codes_sent_twice(story: Story) -> Iterator[str]:
    """Finds codes that WeChat was shown again after they may have been spent."""
    for code, calls in story.calls.items():
        verdicts = [call.verdict for call in sorted(calls, key=lambda call: call.at)]
        if any(verdict not in UNSPENT for verdict in verdicts[:-1]):
            yield f"{code}: {', '.join(verdicts)}"


def surprise_ends(story: Story) -> Iterator[str]:
    """Finds phones that did all well and were told that their session is over or never was."""
    for act in story.history.acts:
        if not act.behaves or act.code not in _OUT or act.answered is None:
            continue
        known = act.code == "session_ended" and explained(
            story, act.sid, act.reason, act.user_id, act.answered
        )
        if not known:
            yield str(act)


def unexplained_failures(story: Story) -> Iterator[str]:
    """Finds 5xx that are not 503 with Retry-After while something is broken."""
    silent = sorted(call.at for call in story.history.calls if call.verdict in NO_ANSWER)
    for act in story.history.acts:
        if act.status < 500:
            continue
        if act.status != 503 or not act.retry_after:
            yield str(act)
        elif act.code == "wechat_unavailable":
            if not _wechat_failed(story, act, silent):
                yield str(act)
        elif act.code != "store_unavailable" or not _store_was_away(story, act):
            yield str(act)


def _wechat_failed(story: Story, act: Act, silent: list[float]) -> bool:
    calls = story.calls.get(act.login_code)
    if calls:
        return any(call.verdict != "ok" for call in calls)
    since = bisect_left(silent, act.sent - _MOMENT)
    return bisect_left(silent, act.answered or act.sent) - since >= IN_A_ROW


def _store_was_away(story: Story, act: Act) -> bool:
    return any(
        trouble.began < (act.answered or 0.0) and trouble.ended + GRACE > act.sent
        for trouble in story.troubles("database", "connections")
    )


def unexplained_refusals(story: Story) -> Iterator[str]:
    """Finds other refusals that nothing in the history calls for."""
    for act in story.history.acts:
        refused = act.behaves and 400 <= act.status < 500 and act.code not in _OUT
        if act.kind not in {"ban", "unban", "revoke"} and refused and not _called_for(story, act):
            yield str(act)


def _called_for(story: Story, act: Act) -> bool:
    match act.code:
        case "code_used":  # the answer to the same code went another way, or nowhere
            return len(story.by_code[act.login_code]) > 1
        case "user_banned":
            return _may_be_banned(story, act)
        case "wechat_rate_limited":
            return bool(act.retry_after) and _quota(story, act)
        case "precondition_failed":
            return any(
                other is not act and other.sent < (act.answered or 0.0)
                for other in story.shown(act.user_id, "update")
            )
        case "not_found":
            return act.kind == "kick" and any(
                before is not act and before.sent < (act.answered or 0.0)
                for before, _ in story.ends[act.target]
            )
        case _:
            return False


def _may_be_banned(story: Story, act: Act) -> bool:
    users = {each.told_user for each in story.by_person[act.person] if each.told_user}
    return any(
        other.kind == "ban" and other.sent < (act.answered or 0.0)
        for user in users
        for other in story.by_user[user]
    )


def _quota(story: Story, act: Act) -> bool:
    calls = story.calls.get(act.login_code)
    if calls:
        return any(call.verdict == "minute" for call in calls)
    minute = [call for call in story.history.calls if call.verdict == "minute"]
    return sum(0 < act.sent - call.at < 60 for call in minute) >= QUOTA_IN_A_ROW
