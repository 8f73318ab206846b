"""The door for Django, in threads or async.

MIDDLEWARE = [..., "wxlogin.guard.django.GuardMiddleware"]
WXLOGIN_GUARD = {"issuer": "https://login.example.com", "service_token": "…"}

@token_required
def orders(request):
    claims = request.wxlogin
"""

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from attrs import frozen
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from wxlogin.guard.claims import Claims, KeysUnavailable, Rejected
from wxlogin.guard.guard import Guard
from wxlogin.guard.refusal import Refusal, response_to, token_in

View = TypeVar("View", bound=Callable[..., Any])
_guards: dict[int, tuple[Any, Guard]] = {}
_building = threading.Lock()


@frozen
class _Outcome:
    claims: Claims | None
    refusal: Refusal | None


def guard() -> Guard:
    """Answers the guard of this process, made from the setting WXLOGIN_GUARD.

    The setting holds what `Guard` takes, and `token_header`, which lets the tutorial's
    `token: …` header count; or a Guard made elsewhere.
    """
    said = settings.WXLOGIN_GUARD
    if isinstance(said, Guard):
        return said
    with _building:
        known, made = _guards.get(id(said), (None, None))
        if made is None or known is not said:
            made = Guard(**{name: said[name] for name in said if name != "token_header"})
            _guards[id(said)] = (said, made)
        return made


class GuardMiddleware:
    """Sets `request.wxlogin`: the Claims of a good token, else something false.

    Looked at when a view first asks. An async view uses `await request.awxlogin()`, which never
    holds up the event loop.
    """

    sync_capable, async_capable = True, True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Passes the request on; what comes back is a response, or an awaitable of one."""
        _prepare(request)
        return self._get_response(request)


def token_required(view: View) -> View:
    """Lets a view, async or not, be reached with a good token only; others get a 401.

    Works without the middleware too, which it does the work of.
    """
    if iscoroutinefunction(view):

        @wraps(view)
        async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            outcome = await _aoutcome(request)
            if outcome.refusal is not None:
                return refusal_response(outcome.refusal, request)
            request.wxlogin = outcome.claims
            return await view(request, *args, **kwargs)

    else:

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            outcome = _outcome(request)
            if outcome.refusal is not None:
                return refusal_response(outcome.refusal, request)
            request.wxlogin = outcome.claims
            return view(request, *args, **kwargs)

    return cast("View", guarded)


def refusal_response(refusal: Refusal, request: HttpRequest) -> HttpResponse:
    """Answers the response that says no, as Django sends it."""
    accepted = request.headers.get("accept-language")
    said = response_to(refusal, issuer=guard().issuer, accept_language=accepted)
    headers = dict(said.headers)
    return HttpResponse(said.body, status=said.status, headers=headers)


def token_of(request: HttpRequest) -> str | None:
    """Answers the token of a request, by the headers that count here."""
    said = settings.WXLOGIN_GUARD
    other_too = isinstance(said, dict) and bool(said.get("token_header"))
    return token_in(request.headers.get, token_header=other_too)


def _prepare(request: HttpRequest) -> None:
    async def awxlogin() -> Claims | None:
        return (await _aoutcome(request)).claims

    request.wxlogin = SimpleLazyObject(lambda: _outcome(request).claims)
    request.awxlogin = awxlogin


def _outcome(request: HttpRequest) -> _Outcome:
    known = getattr(request, "_wxlogin_outcome", None)
    if known is None:
        try:
            known = _Outcome(guard().check(token_of(request)), None)
        except (Rejected, KeysUnavailable) as refusal:
            known = _Outcome(None, refusal)
        request._wxlogin_outcome = known  # noqa: SLF001 - our own name on a guest
    return cast("_Outcome", known)


async def _aoutcome(request: HttpRequest) -> _Outcome:
    known = getattr(request, "_wxlogin_outcome", None)
    if known is None:
        try:
            known = _Outcome(await guard().acheck(token_of(request)), None)
        except (Rejected, KeysUnavailable) as refusal:
            known = _Outcome(None, refusal)
        request._wxlogin_outcome = known  # noqa: SLF001 - our own name on a guest
    return cast("_Outcome", known)
