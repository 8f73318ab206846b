"""What every door does alike: find the token in a request, and say no over HTTP.

The answers are those of wxlogin itself: problem+json (RFC 9457) with its codes, in Chinese or
English, and a challenge (RFC 6750).
"""

import json
from collections.abc import Callable, Mapping

from attrs import frozen

from wxlogin.guard.claims import (
    KEYS_UNAVAILABLE,
    SESSION_ENDED,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOKEN_MISSING,
    KeysUnavailable,
    Rejected,
)

Refusal = Rejected | KeysUnavailable

REALM = 'Bearer realm="wxlogin"'
_UNAUTHORIZED, _UNAVAILABLE = 401, 503
_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        TOKEN_MISSING: (
            "An access token is needed",
            "Send the header Authorization: Bearer <access_token>.",
        ),
        TOKEN_INVALID: (
            "The access token is not valid",
            "This token is not for this service, or was altered. Log in again.",
        ),
        TOKEN_EXPIRED: (
            "The access token has expired",
            "Get a new one from the login service with your refresh_token.",
        ),
        SESSION_ENDED: ("The session has ended", "Log in again."),
        KEYS_UNAVAILABLE: (
            "Tokens cannot be checked right now",
            "The login service could not be asked for its keys. Try again in a moment.",
        ),
    },
    "zh-CN": {
        TOKEN_MISSING: (
            "缺少访问令牌",
            "请在请求头中加入 Authorization: Bearer <access_token>。",
        ),
        TOKEN_INVALID: (
            "访问令牌无效",
            "这个令牌不是给本服务的，或已被改动。请重新登录。",
        ),
        TOKEN_EXPIRED: ("访问令牌已过期", "请用 refresh_token 向登录服务换取新的令牌。"),
        SESSION_ENDED: ("会话已结束", "请重新登录。"),
        KEYS_UNAVAILABLE: (
            "暂时无法验证令牌",
            "暂时取不到登录服务的公钥，请稍后再试。",
        ),
    },
}


@frozen
class Response:
    """An HTTP response, free of any framework. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    problem: Mapping[str, str | int]

    @property
    def body(self) -> bytes:
        """The problem as JSON."""
        return json.dumps(self.problem, ensure_ascii=False, separators=(",", ":")).encode()


def token_in(header: Callable[[str], str | None], *, token_header: bool = False) -> str | None:
    """Answers the token of `Authorization: Bearer …`, or None.

    With `token_header` the tutorial's own header, `token: …`, counts when the first has none.
    """
    scheme, _, token = (header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return (header("token") or None) if token_header else None


def response_to(refusal: Refusal, *, issuer: str, accept_language: str | None = None) -> Response:
    """Answers the response that says no: 401, or 503 when tokens cannot be judged."""
    language = _language(accept_language or "")
    title, detail = _WORDS[language][refusal.code]
    rejected = isinstance(refusal, Rejected)
    status = _UNAUTHORIZED if rejected else _UNAVAILABLE
    problem: dict[str, str | int] = {
        "type": f"{issuer}/docs#{refusal.code}",
        "title": title,
        "status": status,
        "code": refusal.code,
        "detail": detail,
    }
    headers = {
        "content-type": "application/problem+json",
        "content-language": language,
        "cache-control": "no-store",
    }
    if isinstance(refusal, Rejected):
        headers["www-authenticate"] = _challenge(refusal)
        if refusal.reason:
            problem["reason"] = refusal.reason
    else:
        headers["retry-after"] = str(refusal.retry_after)
        problem["retry_after"] = refusal.retry_after
    return Response(status, headers, problem)


def _challenge(rejected: Rejected) -> str:
    if rejected.code == TOKEN_MISSING:
        return REALM  # RFC 6750: who sent no token is told of no error
    said = _WORDS["en"][rejected.code][0]
    return f'{REALM}, error="invalid_token", error_description="{said}"'


def _language(accept: str) -> str:
    """Whichever of the two is named first; phones write `zh_CN` as well as `zh-CN`."""
    for part in accept[:200].lower().split(","):
        tag = part.strip()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "en"
