"""Door: serves one route of the table, whatever framework carried the request here."""

import re
import traceback
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import structlog
from attrs import evolve, field, frozen

from wxlogin.domain.errors import (
    FromWeChat,
    LoginError,
    RateLimited,
    SessionEnded,
    TokenMissing,
)
from wxlogin.entrypoints.web.asker import CLIENT
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.errors import (
    STATUS,
    InternalError,
    UnsupportedMediaType,
    problem,
)
from wxlogin.entrypoints.web.limits import LOGINS, admit, note_failed_login
from wxlogin.entrypoints.web.route import Asks, Route, Takes
from wxlogin.entrypoints.web.wishes import DoorPolicy, Wishes

ReadBody = Callable[[int, float], Awaitable[bytes]]
"""Reads a body of at most so many bytes within so many seconds.

Raises PayloadTooLarge, or InvalidRequest (`too_slow`, `incomplete`) for field `body`.
"""

SAFE_ID = re.compile(r"[0-9A-Za-z._:~+/=@-]{1,128}")
_UNAUTHORIZED = 401
_MOST_CAUSES = 8
_FORM_OVERHEAD = 64 * 1024
_BODY_SECONDS, _UPLOAD_SECONDS = 15.0, 60.0
_MEDIA_TYPES = {
    Takes.JSON: ("application/json",),
    Takes.JSON_OR_NOTHING: ("application/json",),
    Takes.JSON_OR_FORM: ("application/json", "application/x-www-form-urlencoded"),
    Takes.UPLOAD: ("multipart/form-data",),
}
_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})

_log_of_requests = structlog.get_logger("wxlogin.access")
_faults = structlog.get_logger("wxlogin.faults")


def standing_headers(policy: DoorPolicy) -> dict[str, str]:
    """Answers the headers of every answer."""
    headers = {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
    if policy.issuer.startswith("https://"):
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


@frozen
class Door:
    """Limits, handles, turns errors into problems, and tells log and metrics."""

    wishes: Wishes
    _standing: dict[str, str] = field(init=False)
    _access: Any = field(init=False, repr=False, factory=_log_of_requests.bind)

    @_standing.default
    def _headers_of_every_answer(self) -> dict[str, str]:
        return standing_headers(self.wishes.policy)

    def request_id(self, shown: str | None) -> str:
        """Answers the id of a request: the one shown if it is safe to repeat, or a new one."""
        if shown is not None and SAFE_ID.fullmatch(shown):
            return shown
        return self.wishes.ids.new_id()

    async def answer(self, route: Route, call: Call, read: ReadBody) -> Answer:
        """Answers a call to a route, with every header it needs; never raises."""
        started = perf_counter()
        CLIENT.set(call.client)
        refusal: LoginError | None
        try:
            answer, refusal = await self._handled(route, call, read)
        except Exception as fault:  # noqa: BLE001 - the last net: a fault becomes a problem and a log line
            _faults.error("fault", request_id=call.request_id, route=route.path, **_told(fault))
            refusal = InternalError()
            answer = self._problem(call, refusal)
        self._tell(route, call, answer.status, perf_counter() - started, refusal)
        headers = {**self._standing, "x-request-id": call.request_id, **answer.headers}
        return Answer(answer.status, answer.body, answer.media_type, headers)

    async def _handled(
        self, route: Route, call: Call, read: ReadBody
    ) -> tuple[Answer, LoginError | None]:
        limited = route.rule is not None and self.wishes.policy.limited
        try:
            if route.rule is not None and limited:
                await admit(self.wishes.limiter, route.rule, call.client)
            if route.asks is Asks.ACCESS_TOKEN and call.token is None:
                raise TokenMissing  # whatever else the request lacks
            if route.takes is not Takes.NOTHING:
                call = await self._with_body(route, call, read)
            return await route.handler(call, self.wishes), None
        except LoginError as refusal:
            if limited and route.rule is LOGINS and STATUS[type(refusal)] == _UNAUTHORIZED:
                await note_failed_login(self.wishes.limiter, call.client)
            return self._problem(call, refusal), refusal

    async def _with_body(self, route: Route, call: Call, read: ReadBody) -> Call:
        media_type = call.headers.get("content-type")
        if media_type is None or route.takes is Takes.MESSAGE:
            known = route.takes is not Takes.UPLOAD
        else:
            known = media_type.partition(";")[0].strip().lower() in _MEDIA_TYPES[route.takes]
        if not known:
            raise UnsupportedMediaType
        policy = self.wishes.policy
        if route.takes is not Takes.UPLOAD:
            return evolve(call, body=await read(policy.body_max, _BODY_SECONDS))
        await self.wishes.authenticate(call.token)  # nobody unknown makes us hold megabytes
        return evolve(call, body=await read(policy.avatar_max + _FORM_OVERHEAD, _UPLOAD_SECONDS))

    def _problem(self, call: Call, error: LoginError) -> Answer:
        return problem(
            error,
            issuer=self.wishes.policy.issuer,
            request_id=call.request_id,
            accept_language=call.headers.get("accept-language"),
        )

    def _tell(
        self, route: Route, call: Call, status: int, seconds: float, refusal: LoginError | None
    ) -> None:
        method = call.method if call.method in _KNOWN_METHODS else "OTHER"
        self.wishes.observe(route.path, method, status, seconds)
        why = {}
        if refusal is not None:
            why = _why(refusal)
            self.wishes.refused(route.path, refusal.code, why.get("reason", ""))
        self._access.info(
            "request",
            method=method,
            route=route.path,
            status=status,
            ms=round(seconds * 1000, 2),
            request_id=call.request_id,
            client=call.client,
            **why,
        )


def _why(refusal: LoginError) -> dict[str, Any]:
    """Answers what the log tells of a refusal; `rid` is what WeChat's support asks for."""
    why: dict[str, Any] = {"code": refusal.code}
    if isinstance(refusal, SessionEnded):
        why["reason"] = str(refusal.reason)
    elif isinstance(refusal, RateLimited):
        why["reason"] = refusal.rule
    elif isinstance(refusal, FromWeChat) and refusal.wechat is not None:
        why["errcode"] = refusal.wechat.errcode
        if refusal.wechat.rid is not None:
            why["rid"] = refusal.wechat.rid
    return why


def _told(fault: BaseException) -> dict[str, object]:
    """Answers what and where, without messages and local values: they may hold secrets."""
    kinds: list[str] = []
    cause: BaseException | None = fault
    while cause is not None and len(kinds) < _MOST_CAUSES:
        kinds.append(type(cause).__qualname__)
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(fault.__traceback__)
    return {
        "fault": " < ".join(kinds),
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
