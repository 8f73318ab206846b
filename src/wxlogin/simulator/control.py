"""The control side under /_sim: what a test, or a person at the page, does to the world.

It is no part of WeChat. Answers are JSON; a wrong request is a 4xx with `{error, message}`.
"""

import math
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from attrs import asdict, frozen
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wxlogin.simulator.clock import read_moment, rfc3339
from wxlogin.simulator.faults import read_fault
from wxlogin.simulator.people import App, Person, openid_of, unionid_of
from wxlogin.simulator.quotas import Limit
from wxlogin.simulator.world import MOCK_CODE, World

_MODES = ("release", "trial", "devtools", "prefetch", "tourist")
_NAME_LIMIT = 64
_PHONE = re.compile(r"\d{5,15}|\+\d{1,3} \d{4,14}")
_LOGGED = 500
_END_OF_TIME = 2**32  # the first group of a rid has room for no more

Answer = dict[str, Any]


class ControlError(Exception):
    """A control request that cannot be obeyed."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message


@frozen
class Control:
    """The acts of the control side; each takes the decoded body and answers JSON."""

    world: World
    apis: frozenset[str]

    def mint_code(self, body: Answer) -> Answer:
        """Do a wx.login for a person: {appid, user, mode?} → {code}."""
        mode = body.get("mode", "release")
        if mode not in _MODES:
            raise _bad(f"mode must be one of: {', '.join(_MODES)}")
        app, user = self._app(body), text_in(body, "user")
        return {"code": MOCK_CODE if mode == "tourist" else self.world.wx_login(app, user)}

    def mint_phone_code(self, body: Answer) -> Answer:
        """Tap the phone button for a person: {appid, user, phone?} → {code}."""
        app, user, phone = self._app(body), text_in(body, "user"), _phone(body)
        return {"code": self.world.tap_phone_button(app, user, phone)}

    def add_faults(self, body: Answer) -> Answer:
        """Append faults to the script: one, or {faults: [...]}; all or none."""
        written = body.get("faults", [body])
        if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
            raise _bad("faults must be a list of objects")
        try:
            faults = [read_fault(one, self.apis) for one in written]
        except ValueError as wrong:
            raise _bad(str(wrong)) from None
        for fault in faults:
            self.world.faults.add(fault)
        return self.list_faults({})

    def list_faults(self, _: Answer) -> Answer:
        """List the faults in force."""
        return {"faults": self.world.faults.listed()}

    def clear_faults(self, _: Answer) -> Answer:
        """Strike all faults."""
        self.world.faults.clear()
        return self.list_faults({})

    def move_clock(self, body: Answer) -> Answer:
        """Move the time: {advance: seconds} or {set: seconds or RFC 3339} → {now, rfc3339}."""
        if len(body.keys() & {"advance", "set"}) != 1:
            raise _bad("give exactly one of advance, set")
        clock = self.world.clock
        moment = _moment(body["set"]) if "set" in body else clock.now() + _number(body["advance"])
        if not 0 <= moment < _END_OF_TIME:
            raise _bad("advance is seconds; set is seconds since 1970, or RFC 3339")
        clock.set(moment)
        return self.read_clock({})

    def read_clock(self, _: Answer) -> Answer:
        """Tell the time."""
        now = self.world.clock.now()
        return {"now": now, "rfc3339": rfc3339(now)}

    def bind(self, body: Answer) -> Answer:
        """Bind an app to an Open Platform account, or to none: {appid, open_account}."""
        if "open_account" not in body:
            raise _bad("open_account is missing; null unbinds")
        account = None if body["open_account"] is None else text_in(body, "open_account")
        app = self._app(body)
        self.world.people.bind(app, account)
        return {"appid": app.appid, "open_account": account}

    def put_user(self, body: Answer) -> Answer:
        """Create or change a person: {user, nickname?, phone?, blocked?}."""
        blocked = body.get("blocked")
        if blocked is not None and not isinstance(blocked, bool):
            raise _bad("blocked must be true or false")
        nickname = text_in(body, "nickname") if body.get("nickname") is not None else None
        user = text_in(body, "user")
        person = self.world.people.put(user, nickname=nickname, phone=_phone(body), blocked=blocked)
        return self._shown(person)

    def list_users(self, _: Answer) -> Answer:
        """List the persons, with their openid in each known app."""
        persons = self.world.people.persons.values()
        return {"users": [self._shown(person) for person in persons]}

    def list_apps(self, _: Answer) -> Answer:
        """List the known apps, without their secrets."""
        people = self.world.people
        apps = [
            {"appid": app.appid, "open_account": app.open_account} for app in people.apps.values()
        ]
        return {"apps": apps, "any_app": people.any_app}

    def set_quota(self, body: Answer) -> Answer:
        """Limit an API: {api, per_minute?, per_day?}; none of the two lifts the limits."""
        api = text_in(body, "api")
        if api not in self.apis:
            raise _bad(f"api must be one of: {', '.join(sorted(self.apis))}")
        limit = Limit(_limit(body, "per_minute"), _limit(body, "per_day"))
        self.world.quotas.limits[api] = limit
        return {"api": api, **asdict(limit)}

    def turn_rules(self, body: Answer) -> Answer:
        """Turn rules: {name: value, …} → all rules."""
        try:
            self.world.rules = self.world.rules.turned(body)
        except ValueError as wrong:
            raise _bad(str(wrong)) from None
        return self.list_rules({})

    def list_rules(self, _: Answer) -> Answer:
        """List the rules."""
        return asdict(self.world.rules)

    def kill_tokens(self, body: Answer) -> Answer:
        """Make access tokens unknown ahead of their time: {appid?} → {killed}."""
        appid = text_in(body, "appid") if "appid" in body else None
        return {"killed": self.world.tokens.forget(appid)}

    def log(self, _: Answer) -> Answer:
        """List the last calls, newest first."""
        return {"calls": self.world.ledger.latest(_LOGGED)}

    def counts(self, _: Answer) -> Answer:
        """Tell how many calls each API saw, and how many brought each code (SHA-256, hex)."""
        ledger = self.world.ledger
        return {api: ledger.calls[api] for api in sorted(self.apis)} | {
            "codes": ledger.code_counts()
        }

    def forget_calls(self, _: Answer) -> Answer:
        """Start log and counts anew."""
        self.world.ledger.forget()
        return {}

    def media_checks(self, _: Answer) -> Answer:
        """List the pictures and sounds handed in, with the verdicts reached."""
        checks = self.world.media_checks.items()
        return {"checks": [{"trace_id": trace_id, **check} for trace_id, check in checks]}

    def _app(self, body: Answer) -> App:
        return app_named(self.world, body)

    def _shown(self, person: Person) -> Answer:
        apps = self.world.people.apps.values()
        unionids = {
            app.open_account: unionid_of(app.open_account, person.user)
            for app in apps
            if app.open_account is not None
        }
        openids = {app.appid: openid_of(app.appid, person.user) for app in apps}
        return {**asdict(person), "openids": openids, "unionids": unionids}


Act = Callable[[Answer], Answer | Awaitable[Answer]]


def acts(control: Control) -> dict[str, dict[str, Act]]:
    """Answer which act stands behind which path and method."""
    return {
        "/codes": {"POST": control.mint_code},
        "/phone-codes": {"POST": control.mint_phone_code},
        "/faults": {
            "GET": control.list_faults,
            "POST": control.add_faults,
            "DELETE": control.clear_faults,
        },
        "/clock": {"GET": control.read_clock, "POST": control.move_clock},
        "/bind": {"POST": control.bind},
        "/users": {"GET": control.list_users, "POST": control.put_user},
        "/apps": {"GET": control.list_apps},
        "/quota": {"POST": control.set_quota},
        "/rules": {"GET": control.list_rules, "POST": control.turn_rules},
        "/tokens": {"DELETE": control.kill_tokens},
        "/log": {"GET": control.log, "DELETE": control.forget_calls},
        "/counts": {"GET": control.counts, "DELETE": control.forget_calls},
        "/media-checks": {"GET": control.media_checks},
    }


async def obeyed(by_method: dict[str, Act], request: Request) -> Response:
    """Answer one control request."""
    try:
        act = _act(by_method, "GET" if request.method == "HEAD" else request.method)
        answer = act(_decoded(await request.body()))
        return JSONResponse(answer if isinstance(answer, dict) else await answer)
    except ControlError as wrong:
        told = {"error": wrong.error, "message": wrong.message}
        return JSONResponse(told, wrong.status)


def app_named(world: World, body: Answer) -> App:
    """Answer the app a request names.

    Raises ControlError where there is none such.
    """
    appid = text_in(body, "appid")
    app = world.people.app(appid)
    if app is None:
        known = ", ".join(world.people.apps) or "none"
        raise ControlError(404, "unknown_app", f"no app {appid!r} here; known: {known}")
    return app


def text_in(body: Answer, name: str, most: int = _NAME_LIMIT) -> str:
    """Answer a field that must be a text.

    Raises ControlError where it is none, or longer than `most`.
    """
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise _bad(f"{name} must be a text of 1 to {most} characters")
    return value


def _act(by_method: dict[str, Act], method: str) -> Act:
    if method not in by_method:
        raise ControlError(405, "method_not_allowed", f"this path takes {', '.join(by_method)}")
    return by_method[method]


def _decoded(raw: bytes) -> Answer:
    if not raw:
        return {}
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _bad("the body is not JSON") from None
    if not isinstance(body, dict):
        raise _bad("the body must be a JSON object")
    return body


def _bad(message: str) -> ControlError:
    return ControlError(400, "invalid_request", message)


def _phone(body: Answer) -> str | None:
    phone = body.get("phone")
    if phone is None:
        return None
    if not isinstance(phone, str) or not _PHONE.fullmatch(phone):
        raise _bad("phone must be digits, or like '+852 91234567' for another country")
    return phone


def _number(value: Any) -> float:
    fits = type(value) in {int, float} and abs(value) < _END_OF_TIME
    return float(value) if fits else math.nan


def _moment(value: object) -> float:
    try:
        return read_moment(value) if isinstance(value, str) else _number(value)
    except ValueError:
        return math.nan


def _limit(body: Answer, name: str) -> int | None:
    value = body.get(name)
    if value is None or (type(value) is int and value >= 0):
        return value
    raise _bad(f"{name} must be a whole number, or null for no limit")
