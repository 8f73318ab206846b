"""Story: the history put in order, so that each question is answered by looking up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from attrs import define, field

from tests.campaign.checker.rows import Rows
from tests.campaign.history import Act, Call, History, Trouble


@define(eq=False)
class Story:
    """Acts by what they concern. `owner` tells whose a session is, as a login was answered."""

    history: History
    rows: Rows
    logins: list[Act] = field(factory=list)
    by_sid: dict[str, list[Act]] = field(factory=lambda: defaultdict(list))
    by_user: dict[str, list[Act]] = field(factory=lambda: defaultdict(list))
    by_code: dict[str, list[Act]] = field(factory=lambda: defaultdict(list))
    logins_of: dict[str, list[Act]] = field(factory=lambda: defaultdict(list))
    by_person: dict[str, list[Act]] = field(factory=lambda: defaultdict(list))
    opened: dict[str, Act] = field(factory=dict)
    sids: dict[str, list[str]] = field(factory=lambda: defaultdict(list))
    calls: dict[str, list[Call]] = field(factory=lambda: defaultdict(list))
    ends: dict[str, list[tuple[Act, str]]] = field(factory=lambda: defaultdict(list))

    def __attrs_post_init__(self) -> None:
        for call in self.history.calls:
            self.calls[call.code].append(call)
        for act in self.history.acts:
            if act.kind == "login":
                self._note_login(act)
            if act.sid:
                self.by_sid[act.sid].append(act)
            if act.user_id:
                self.by_user[act.user_id].append(act)
        for row in self.rows.sessions:
            if row.sid not in self.opened:  # nobody heard of it, and it is somebody's all the same
                self.sids[row.user_id].append(row.sid)
        for act in self.history.acts:
            for sid, reason in self._meant_to_end(act):
                self.ends[sid].append((act, reason))

    def troubles(self, *kinds: str) -> Iterator[Trouble]:
        """Answers troubles of these kinds."""
        return (trouble for trouble in self.history.troubles if trouble.kind in kinds)

    def endings(self, sid: str, reason: str, before: float = float("inf")) -> Iterable[Act]:
        """Answers what was sent before a moment and may have ended a session for a reason."""
        return (act for act, why in self.ends[sid] if why == reason and act.sent < before)

    def shown(self, user_id: str, kind: str) -> list[Act]:
        """Answers acts of one kind about a user."""
        return [act for act in self.by_user[user_id] if act.kind == kind]

    def dead_since(self, sid: str) -> float | None:
        """Answers since when a session is certainly over, None when that is nowhere told."""
        moments = [
            act.answered
            for act, _ in self.ends[sid]
            if act.behaves and act.done and act.answered is not None and self._was_there(sid, act)
        ]
        moments += [
            act.answered
            for act in self.by_sid[sid]
            if act.code == "session_ended" and act.answered is not None
        ]
        return min(moments, default=None)

    def _was_there(self, sid: str, act: Act) -> bool:
        """An end of all sessions holds for those whose login was answered before it was sent."""
        if sid in {act.sid, act.target}:
            return True
        login = self.opened.get(sid)
        return login is not None and login.answered is not None and login.answered < act.sent

    def _note_login(self, act: Act) -> None:
        self.logins.append(act)
        self.by_code[act.login_code].append(act)
        self.by_person[act.person].append(act)
        if act.told_sid:
            self.logins_of[act.told_user].append(act)
            if act.told_sid not in self.opened:
                self.sids[act.told_user].append(act.told_sid)
            first = self.opened.setdefault(act.told_sid, act)
            if (act.answered or 0) < (first.answered or 0):
                self.opened[act.told_sid] = act

    def _meant_to_end(self, act: Act) -> Iterator[tuple[str, str]]:
        match act.kind, act.scope:
            case "logout", "this":
                yield act.sid, "logged_out"
            case "logout", "all":
                yield from ((sid, "logged_out") for sid in self.sids[act.user_id])
            case "logout", "others":
                others = (sid for sid in self.sids[act.user_id] if sid != act.sid)
                yield from ((sid, "kicked") for sid in others)
            case (("kick" | "revoke"), _):
                yield act.target, "kicked"
            case "ban", _:
                yield from ((sid, "banned") for sid in self.sids[act.user_id])
            case "refresh", _ if not act.behaves:
                yield act.sid, "reuse_detected"
