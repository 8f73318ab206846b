"""The door for Django REST framework, on the guard that `wxlogin.guard.django` makes.

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["wxlogin.guard.drf.WxloginAuthentication"],
    "EXCEPTION_HANDLER": "wxlogin.guard.drf.exception_handler",
}
"""

from typing import Any

from attrs import frozen
from django.http import HttpResponse
from rest_framework.exceptions import (  # type: ignore[import-untyped]  # it ships no types
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
)

from wxlogin.guard.claims import TOKEN_MISSING, Claims, KeysUnavailable, Rejected
from wxlogin.guard.django import guard, refusal_response, token_of
from wxlogin.guard.refusal import REALM


@frozen
class TokenUser:
    """Who asks: `request.user` of a request with a good token. No row of any table."""

    claims: Claims

    @property
    def id(self) -> str:
        """The user's id at wxlogin."""
        return self.claims.sub

    @property
    def pk(self) -> str:
        """The same; throttles of the framework ask for it by this name."""
        return self.claims.sub

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False


class WxloginAuthentication:
    """Makes `request.user` a TokenUser and `request.auth` the Claims.

    A request without a token is anonymous; permissions decide what it may. Django's own users can
    be put in the place of TokenUser by a subclass with another `user_of`.
    """

    def authenticate(self, request: Any) -> tuple[Any, Claims] | None:
        """Answers who asks, None without a token.

        Raises:
            AuthenticationFailed: the token does not count.
            APIException: 503, tokens cannot be judged.
        """
        token = token_of(request)
        if token is None:
            return None
        try:
            claims = guard().check(token)
        except Rejected as refusal:
            raise AuthenticationFailed(code=refusal.code) from refusal
        except KeysUnavailable as refusal:
            failed = APIException(code=refusal.code)
            failed.status_code = 503
            raise failed from refusal
        return self.user_of(claims), claims

    def user_of(self, claims: Claims) -> Any:
        """Answers what `request.user` shall be."""
        return TokenUser(claims)

    def authenticate_header(self, _request: Any) -> str:
        """Answers the challenge that makes a refusal a 401."""
        return REALM


def exception_handler(error: Exception, context: dict[str, Any]) -> Any:
    """Answers refused tokens with problem+json, as wxlogin itself does; the rest as usual."""
    from rest_framework.views import (  # type: ignore[import-untyped]  # noqa: PLC0415 - it ships no types; and it reads settings on import
        exception_handler as usual,
    )

    request = context["request"]
    match error:
        case NotAuthenticated():
            return _said(Rejected(TOKEN_MISSING), request)
        case APIException(__cause__=Rejected() | KeysUnavailable() as refusal):
            return _said(refusal, request)
        case _:
            return usual(error, context)


def _said(refusal: Rejected | KeysUnavailable, request: Any) -> HttpResponse:
    return refusal_response(refusal, request)
