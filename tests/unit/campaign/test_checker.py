"""The checker of the fault campaign finds what is planted, and nothing where nothing is."""

from collections.abc import Callable

import pytest
from attrs import define, evolve, field

from tests.campaign.checker import PROMISES, judge
from tests.campaign.checker.rows import Conflict, Identity, Rows, Session, User
from tests.campaign.history import Act, Call, History, Trouble

APP, OTHER_APP = "app-1", "app-2"


@define
class World:
    """A small campaign that went well: two people, three sessions, some trouble."""

    history: History = field(factory=History)
    rows: Rows = field(factory=Rows)
    acts: dict[str, Act] = field(factory=dict)

    def note(self, name: str, kind: str, sent: float, status: int = 200, **more) -> Act:
        """Adds an act that takes one second; status 0 is not answered."""
        answered = None if status == 0 else sent + 1
        more = {"person": "ann", "phone": "ann/0", "user_id": "u-ann", "sid": "s1"} | more
        act = Act(kind, sent=sent, answered=answered, status=status, **more)
        self.history.acts.append(act)
        self.acts[name] = act
        return act

    def log_in(self, name: str, sent: float, sid: str, user: str, code: str, **more) -> Act:
        """Adds a login that succeeded, with its session and WeChat's part."""
        told = {"told_sid": sid, "told_user": user, "told_token": f"{sid}-0", "told_value": ""}
        about = {"user_id": "", "sid": "", "login_code": code, "appid": APP, "openid": "o-ann"}
        self.history.calls.append(Call(code, sent + 0.5, "ok"))
        self.rows.sessions.append(Session(sid, user, 0))
        return self.note(name, "login", sent, **(about | told | more))

    def found(self) -> dict[str, tuple[str, ...]]:
        verdict = judge(self.history, self.rows)
        return {name: lines for name, lines in verdict.found.items() if lines}


@pytest.fixture
def world() -> World:
    """Ann logs in twice, refreshes, changes her name and logs out; Bob is banned and let in."""
    world = World()
    world.rows.users += [User("u-ann", "Ann 2"), User("u-bob", "")]
    world.rows.identities += [
        Identity(APP, "o-ann", "union-ann", "u-ann"),
        Identity(APP, "o-bob", None, "u-bob"),
    ]
    world.log_in("ann", 10, "s1", "u-ann", "c1", told_new=True, unionid="union-ann")
    world.log_in("ann again", 20, "s2", "u-ann", "c2")
    bob = {"person": "bob", "phone": "bob/0", "openid": "o-bob"}
    world.log_in("bob", 30, "s3", "u-bob", "c3", told_new=True, **bob)
    world.note("refresh", "refresh", 40, told_sid="s1", told_token="s1-1", token="s1-0")
    world.rows.sessions[0].counter = 1
    world.note("change", "update", 50, value="Ann 1", told_user="u-ann", told_value="Ann 1")
    world.note("look", "me", 52, told_user="u-ann", told_value="Ann 1")
    world.note("change again", "update", 54, value="Ann 2", told_user="u-ann")
    world.note("logout", "logout", 60, 204, sid="s2", scope="this")
    world.rows.sessions[1].end_reason = "logged_out"
    world.note("told", "me", 62, 401, sid="s2", code="session_ended", reason="logged_out")
    world.note("ban", "ban", 70, 204, user_id="u-bob", sid="")
    world.rows.sessions[2].end_reason = "banned"
    world.note("unban", "unban", 80, 204, user_id="u-bob", sid="")
    world.history.troubles.append(Trouble("connections", 89.5, 89.6))
    world.note("away", "me", 89, 503, code="store_unavailable", retry_after=2)
    world.note(
        "WeChat away",
        "login",
        95,
        503,
        login_code="c4",
        code="wechat_unavailable",
        retry_after=3,
        sid="",
        user_id="",
    )
    world.history.calls += [Call("c4", 95.1, "busy"), Call("c4", 95.2, "hang")]
    return world


def test_a_campaign_without_fault_is_clean(world: World):
    """Nothing is found where everything is explained."""
    assert {} == world.found()


Plant = Callable[[World], object]
DUPLICATES, LOST, ALIVE, TWICE, SURPRISE, FAILURES, REFUSALS = PROMISES


def _wrong(act: str, **changes) -> Plant:
    def plant(world: World) -> None:
        for name, value in changes.items():
            setattr(world.acts[act], name, value)

    return plant


def _second_user(world: World, *, late: bool, noted: bool) -> None:
    """Ann in another app is another user with the same unionid."""
    world.rows.users.append(User("u-ann-2", ""))
    world.rows.identities.append(Identity(OTHER_APP, "o-ann-2", "union-ann", "u-ann-2"))
    about = {"appid": OTHER_APP, "openid": "o-ann-2", "unionid": "" if late else "union-ann"}
    world.log_in("elsewhere", 15, "s4", "u-ann-2", "c5", told_new=True, **about)
    world.acts["ann again"].unionid = "union-ann"
    if noted:
        world.rows.conflicts.append(Conflict("union-ann", "u-ann", "u-ann-2"))


PLANTED: dict[str, tuple[str, Plant]] = {
    "an identity told as two users": (DUPLICATES, _wrong("ann again", told_user="u-twin")),
    "a user without identity": (DUPLICATES, lambda w: w.rows.users.append(User("u-twin", ""))),
    "a user made twice": (DUPLICATES, _wrong("ann again", told_new=True)),
    "two users of one unionid": (DUPLICATES, lambda w: _second_user(w, late=False, noted=True)),
    "a conflict not noted": (DUPLICATES, lambda w: _second_user(w, late=True, noted=False)),
    "a session is gone": (LOST, lambda w: w.rows.sessions.pop(0)),
    "a session is another's": (LOST, lambda w: setattr(w.rows.sessions[0], "user_id", "u-bob")),
    "an identity is gone": (LOST, lambda w: w.rows.identities.pop(0)),
    "a unionid is gone": (LOST, lambda w: setattr(w.rows.identities[0], "unionid", None)),
    "a refresh is gone": (LOST, lambda w: setattr(w.rows.sessions[0], "counter", 0)),
    "a name is gone": (LOST, lambda w: setattr(w.rows.users[0], "nickname", "")),
    "an older name is back": (LOST, lambda w: setattr(w.rows.users[0], "nickname", "Ann 1")),
    "a name nobody gave": (LOST, lambda w: setattr(w.rows.users[0], "nickname", "Eve")),
    "an older name was read": (
        LOST,
        lambda w: w.note("stale", "me", 56, told_user="u-ann", told_value="Ann 1"),
    ),
    "a ban is gone": (LOST, _wrong("unban", status=0, answered=None, sent=60.0)),
    "a lifted ban is back": (LOST, lambda w: setattr(w.rows.users[1], "banned", True)),
    "used after logout": (ALIVE, lambda w: w.note("x", "me", 66, sid="s2", told_user="u-ann")),
    "used after a ban": (ALIVE, lambda w: w.note("x", "me", 75, sid="s3", user_id="u-bob")),
    "refreshed after a kick": (
        ALIVE,
        lambda w: (
            w.note("kick", "kick", 84, 204, target="s1"),
            setattr(w.rows.sessions[0], "end_reason", "kicked"),
            w.note("x", "refresh", 86, told_sid="s1", told_token="s1-1"),
        ),
    ),
    "kicked by an operator and alive": (
        ALIVE,
        lambda w: w.note("kick", "revoke", 84, 204, target="s1", sid="", user_id=""),
    ),
    "logged out everywhere and alive": (
        ALIVE,
        lambda w: w.note("all", "logout", 64, 204, sid="s2", scope="all"),
    ),
    "logged out and alive": (ALIVE, lambda w: setattr(w.rows.sessions[1], "end_reason", None)),
    "a thief found and alive": (
        ALIVE,
        lambda w: (
            w.note("theft", "refresh", 42, sid="s1", behaves=False, token="s1-0"),
            w.note("x", "refresh", 44, 401, code="session_ended", reason="reuse_detected"),
        ),
    ),
    "ended and nobody asked": (
        ALIVE,
        lambda w: setattr(w.rows.sessions[0], "end_reason", "kicked"),
    ),
    "superseded with two sessions": (
        ALIVE,
        lambda w: setattr(w.rows.sessions[0], "end_reason", "superseded"),
    ),
    "let in though banned": (
        ALIVE,
        lambda w: w.log_in("in", 74, "s5", "u-bob", "c6", person="bob", openid="o-bob"),
    ),
    "a code sent twice": (TWICE, lambda w: w.history.calls.append(Call("c1", 12.0, "used"))),
    "a code sent after a hang": (TWICE, lambda w: w.history.calls.append(Call("c4", 97.0, "ok"))),
    "signed out for nothing": (
        SURPRISE,
        lambda w: w.note("x", "me", 64, 401, code="session_ended", reason="kicked"),
    ),
    "called a thief": (
        SURPRISE,
        lambda w: w.note("x", "refresh", 64, 401, code="session_ended", reason="reuse_detected"),
    ),
    "superseded within the window": (
        SURPRISE,
        lambda w: (
            w.note("lost", "refresh", 100, 0, token="s1-1"),
            w.note(
                "x", "refresh", 130, 401, token="s1-1", code="session_ended", reason="superseded"
            ),
        ),
    ),
    "told before it was asked for": (
        SURPRISE,
        lambda w: w.note("x", "me", 58, 401, sid="s2", code="session_ended", reason="logged_out"),
    ),
    "a token not known": (SURPRISE, lambda w: w.note("x", "me", 64, 401, code="token_invalid")),
    "a refresh token not known": (
        SURPRISE,
        lambda w: w.note("x", "refresh", 64, 401, code="refresh_invalid"),
    ),
    "a 500": (FAILURES, lambda w: w.note("x", "me", 64, 500, code="internal_error")),
    "a 500 that says to come again": (FAILURES, _wrong("away", status=500)),
    "a 503 without Retry-After": (FAILURES, _wrong("away", retry_after=None)),
    "no store, and all is well": (
        FAILURES,
        lambda w: w.note("x", "me", 64, 503, code="store_unavailable", retry_after=2),
    ),
    "no WeChat, and it answered": (
        FAILURES,
        lambda w: w.history.calls.__setitem__(slice(-2, None), [Call("c4", 95.1, "ok")]),
    ),
    "WeChat not asked, and all is well": (
        FAILURES,
        lambda w: w.history.calls.__delitem__(slice(-2, None)),
    ),
    "overloaded": (
        FAILURES,
        lambda w: w.note("x", "me", 64, 503, code="overloaded", retry_after=2),
    ),
    "a fresh code called used": (
        REFUSALS,
        lambda w: w.note("x", "login", 64, 401, login_code="c9", code="code_used"),
    ),
    "banned by nobody": (
        REFUSALS,
        lambda w: w.note("x", "login", 64, 403, login_code="c9", code="user_banned"),
    ),
    "limited by nobody": (REFUSALS, lambda w: w.note("x", "me", 64, 429, code="rate_limited")),
    "WeChat's limit, which it did not say": (
        REFUSALS,
        lambda w: w.note(
            "x", "login", 64, 429, login_code="c1", code="wechat_rate_limited", retry_after=9
        ),
    ),
    "a request called bad": (
        REFUSALS,
        lambda w: w.note("x", "me", 64, 400, code="invalid_request"),
    ),
    "nothing to kick": (
        REFUSALS,
        lambda w: w.note("x", "kick", 64, 404, target="s1", code="not_found"),
    ),
    "lost update without another": (
        REFUSALS,
        lambda w: w.note("x", "update", 31, 412, user_id="u-bob", code="precondition_failed"),
    ),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_is_found(world: World, what: str):
    """Each fault is found, under the promise that it breaks."""
    promise, plant = PLANTED[what]
    plant(world)

    assert promise in world.found()


FORGIVEN: dict[str, Plant] = {
    "a lost logout may have been done": lambda w: (
        w.note("lost", "logout", 90, 0, sid="s1", scope="this"),
        setattr(w.rows.sessions[0], "end_reason", "logged_out"),
    ),
    "or not": lambda w: w.note("lost", "logout", 90, 0, sid="s1", scope="this"),
    "a lost change may have been done": lambda w: (
        w.note("lost", "update", 90, 0, value="Ann 3"),
        setattr(w.rows.users[0], "nickname", "Ann 3"),
    ),
    "a change that was put on top again": lambda w: (
        w.note("lost", "update", 56, 0, value="Ann 1"),
        w.note("again", "update", 58, value="Ann 1"),
        setattr(w.rows.users[0], "nickname", "Ann 1"),
    ),
    "superseded after the window": lambda w: (
        w.note("lost", "refresh", 100, 0, token="s1-1"),
        w.note("x", "refresh", 170, 401, token="s1-1", code="session_ended", reason="superseded"),
        setattr(w.rows.sessions[0], "end_reason", "superseded"),
    ),
    "superseded by ten others": lambda w: (
        [w.log_in(f"{n}", 100 + n, f"n{n}", "u-ann", f"n{n}") for n in range(10)],
        setattr(w.rows.sessions[0], "end_reason", "superseded"),
    ),
    "the same code after WeChat was busy": lambda w: w.history.calls.insert(
        0, Call("c1", 10.1, "busy")
    ),
    "a thief's refusal": lambda w: (
        w.note(
            "x", "refresh", 64, 401, behaves=False, code="session_ended", reason="reuse_detected"
        ),
        setattr(w.rows.sessions[0], "end_reason", "reuse_detected"),
    ),
    "a thief's success": lambda w: w.note("x", "refresh", 42, behaves=False, token="s1-0"),
    "a thief's forgery": lambda w: w.note(
        "x", "refresh", 42, 401, behaves=False, code="refresh_invalid"
    ),
    "let in when the ban was lifted": lambda w: w.log_in(
        "in", 84, "s5", "u-bob", "c6", person="bob", openid="o-bob"
    ),
    "the answer twice": lambda w: w.history.acts.append(evolve(w.acts["ann"], sent=10.5)),
    "a late unionid, noted": lambda w: _second_user(w, late=True, noted=True),
}


@pytest.mark.parametrize("what", FORGIVEN)
def test_what_is_explained_is_not_found(world: World, what: str):
    """Nothing is held against the service that a lost answer or an act of somebody explains."""
    FORGIVEN[what](world)

    assert {} == world.found()
