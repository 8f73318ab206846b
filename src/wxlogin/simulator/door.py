"""One call to WeChat, from arrival to answer: count, fault, act, log, send."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from attrs import define, field, frozen
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from wxlogin.simulator.ambient import URLSAFE
from wxlogin.simulator.clock import rfc3339
from wxlogin.simulator.faults import Fault
from wxlogin.simulator.ledger import Entry, RidRecord
from wxlogin.simulator.refusals import Refusal, worded
from wxlogin.simulator.rules import Rules
from wxlogin.simulator.wire import JSON_TYPE, TEXT_TYPE, sent
from wxlogin.simulator.world import World

Pause = Callable[[float], Awaitable[object]]

# A character that JSON need not escape, escaped all the same; WeChat refuses that with 40033.
_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?!00[01])")
_SHOWN = 6


@define
class Call:
    """What a client asked, and what the handler found out about it for the log."""

    api: str
    method: str
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    ip: str
    fault: Fault | None = None
    appid: str = ""
    code: str = field(default="", repr=False)

    def json(self) -> dict[str, Any]:
        """Read the body; raises Refusal 44002, 47001 or 40033 as WeChat does."""
        if not self.body:
            raise Refusal(44002)
        try:
            read = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Refusal(47001) from None
        if not isinstance(read, dict):
            raise Refusal(47001)
        if _ESCAPED.search(self.body):
            raise Refusal(40033)
        return read


@frozen
class _Coded:
    code: str = field(repr=False)


Handler = Callable[[World, Call], dict[str, Any]]


@frozen
class Api:
    """One of WeChat's APIs: its short name (in faults, counts, quotas), address and manners."""

    name: str
    path: str
    handler: Handler
    method: str = "GET"
    hints: bool = False
    plain_text: bool = False

    @property
    def content_type(self) -> str:
        """The Content-Type of the answer; jscode2session is known for its text/plain."""
        return TEXT_TYPE if self.plain_text else JSON_TYPE


def endpoint(api: Api, world: World, pause: Pause) -> Callable[[Request], Awaitable[Response]]:
    """Answer the Starlette endpoint of one API."""

    async def serve(request: Request) -> Response:
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response()
        ip = request.client.host if request.client else ""
        world.ledger.arrived(api.name)
        fault = world.faults.next(api.name)
        call = Call(api.name, request.method, request.query_params, body, ip, fault)
        late = fault.seconds if fault and not _hangs(fault) else 0.0
        if fault and fault.kind == "delay" and not fault.act:
            await pause(late)
            late = 0.0
        payload = _decided(api, world, call)
        response = sent(
            payload,
            content_type=api.content_type,
            escape_slashes=world.rules.escape_slashes,
            fault=fault,
        )
        _log(api, world, call, payload, response)
        if late:
            await pause(late)
        return response

    return serve


def _hangs(fault: Fault) -> bool:
    return _breaks(fault) and fault.how == "hang"


def _breaks(fault: Fault) -> bool:
    return fault.kind in {"reset", "lost_answer"}


def _decided(api: Api, world: World, call: Call) -> dict[str, Any]:
    fault = call.fault
    if fault is None or fault.act or fault.kind == "delay":
        payload = _acted(api, world, call)
    else:
        _note_code(call, world)
        payload = {}
    if fault and (fault.errcode is not None or not (fault.act or fault.kind == "delay")):
        payload = _refused(api, world, call, Refusal(_errcode(fault), fault.errmsg))
    return payload


def _errcode(fault: Fault) -> int:
    return -1 if fault.errcode is None else fault.errcode


def _acted(api: Api, world: World, call: Call) -> dict[str, Any]:
    if call.method != api.method:
        return _refused(api, world, call, Refusal(43002 if api.method == "POST" else 43001))
    _note_code(call, world)
    try:
        return api.handler(world, call)
    except Refusal as refusal:
        return _refused(api, world, call, refusal)


def _note_code(call: Call, world: World) -> None:
    """Remember which code the call brought, even where a fault keeps it from acting."""
    code: object = call.query.get("js_code")
    if code is None and b'"code"' in call.body:
        try:
            code = msgspec.json.decode(call.body, type=_Coded).code
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            code = None
    if isinstance(code, str) and code:
        call.code = code
        world.ledger.presented(code)
    call.appid = call.appid or call.query.get("appid", "")


def _refused(api: Api, world: World, call: Call, refusal: Refusal) -> dict[str, Any]:
    rid = world.new_rid()
    hint = world.draws.text(URLSAFE, 16) if api.hints else None
    errmsg = worded(refusal, rid=rid, hint=hint, ip=call.ip)
    payload = {"errcode": refusal.errcode, "errmsg": errmsg}
    record = RidRecord(call.appid, world.clock.now(), api.path, errmsg, call.ip)
    world.ledger.keep_rid(rid, record)
    return payload


def _log(
    api: Api,
    world: World,
    call: Call,
    payload: dict[str, Any],
    response: Response,
) -> None:
    fault = call.fault
    rid = str(payload.get("errmsg", "")).partition("rid: ")[2] or None
    world.ledger.write(
        Entry(
            at=rfc3339(world.clock.now()),
            api=api.name,
            appid=call.appid,
            status=None if fault and _breaks(fault) else response.status_code,
            errcode=payload.get("errcode", 0),
            code=f"{call.code[:_SHOWN]}…" if call.code else "",
            fault=fault.kind if fault else None,
            rid=rid,
        )
    )


def with_manners(answer: dict[str, Any], rules: Rules) -> dict[str, Any]:
    """Add to a jscode2session success what some accounts were seen to get."""
    if rules.errcode_zero:
        answer = {"errcode": 0, "errmsg": "ok", **answer}
    if rules.stray_expires_in:
        answer = {**answer, "expires_in": 7200}
    return answer


def credentials(world: World, call: Call, given: Mapping[str, Any]) -> str:
    """Check appid and secret and answer the appid.

    Raises Refusal 41002, 41004, 40013 or 40125.
    """
    appid, secret = given.get("appid"), given.get("secret")
    if not isinstance(appid, str) or not appid:
        raise Refusal(41002)
    call.appid = appid
    if not isinstance(secret, str) or not secret:
        raise Refusal(41004)
    app = world.people.app(appid, secret)
    if app is None:
        raise Refusal(40013)
    if app.secret != secret:
        raise Refusal(40125)
    return appid


def authorised(world: World, call: Call) -> str:
    """Check the access_token in the query, count the call and answer the token's appid."""
    call.appid = world.tokens.appid_of(call.query.get("access_token", ""))
    world.quotas.take(call.api, call.appid)
    return call.appid
