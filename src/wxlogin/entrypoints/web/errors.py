"""From an error to a problem: one table of statuses, one shape of answer (RFC 9457)."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from attrs import frozen
from msgspec import UNSET, UnsetType

from wxlogin.domain import errors as domain
from wxlogin.domain.errors import FieldProblem, FromWeChat, InvalidRequest, LoginError, TryLater
from wxlogin.entrypoints.web.call import Answer
from wxlogin.entrypoints.web.language import Language, negotiate
from wxlogin.entrypoints.web.texts import END_REASONS, ERRORS
from wxlogin.entrypoints.web.texts_of_fields import PROBLEMS
from wxlogin.entrypoints.web.wire import encode, told

PROBLEM_JSON = "application/problem+json"
_REALM = 'Bearer realm="wxlogin"'


class MethodNotAllowed(LoginError):
    """The path exists and does not know the method; `allow` are those it knows."""

    code = "method_not_allowed"

    def __init__(self, allow: tuple[str, ...]) -> None:
        super().__init__(", ".join(allow))
        self.allow = allow


class PayloadTooLarge(LoginError):
    """The body is above what this route takes."""

    code = "payload_too_large"


class UnsupportedMediaType(LoginError):
    """The body is of a type this route does not take."""

    code = "unsupported_media_type"


class InternalError(LoginError):
    """Something nobody foresaw."""

    code = "internal_error"


STATUS: Mapping[type[LoginError], int] = {
    domain.InvalidRequest: 400,
    domain.UnknownApp: 400,
    domain.PhoneCodeInvalid: 400,
    domain.OpenDataInvalid: 400,
    domain.CodeInvalid: 401,
    domain.CodeUsed: 401,
    domain.TicketInvalid: 401,
    domain.TokenMissing: 401,
    domain.TokenInvalid: 401,
    domain.TokenExpired: 401,
    domain.SessionEnded: 401,
    domain.RefreshInvalid: 401,
    domain.LoginBlocked: 403,
    domain.UserBanned: 403,
    domain.ConsentRequired: 403,
    domain.NotFound: 404,
    MethodNotAllowed: 405,
    domain.PhoneTaken: 409,
    domain.IdempotencyConflict: 409,
    domain.LastIdentity: 409,
    domain.PreconditionFailed: 412,
    PayloadTooLarge: 413,
    UnsupportedMediaType: 415,
    domain.ContentRejected: 422,
    domain.RateLimited: 429,
    domain.WeChatRateLimited: 429,
    domain.AppMisconfigured: 500,
    InternalError: 500,
    domain.WeChatUnavailable: 503,
    domain.WeChatQuotaExhausted: 503,
    domain.StoreUnavailable: 503,
    domain.Overloaded: 503,
}
STATUS_OF_CODE: Mapping[str, int] = {error.code: status for error, status in STATUS.items()}
_ABOUT_THE_TOKEN = (domain.TokenInvalid, domain.TokenExpired, domain.SessionEnded)


@frozen
class FieldMessage:
    """One field that does not hold."""

    field: Annotated[str, told("Where it is, dots between levels.", "字段位置，层级以点分隔。")]
    message: str


@frozen
class WeChatWords:
    """What WeChat itself said."""

    errcode: int
    rid: str | UnsetType = UNSET


@frozen
class Problem:
    """An error, as RFC 9457 wants it."""

    type: Annotated[str, told("Where the code is explained.", "错误码说明的地址。")]
    title: str
    status: int
    code: Annotated[str, told("Stable; decide by this.", "稳定的错误码，客户端据此判断。")]
    detail: Annotated[str, told("What to do, for people.", "给人看的说明：怎么办。")]
    request_id: Annotated[str, told("Names this request in the log.", "日志中的请求编号。")]
    errors: tuple[FieldMessage, ...] | UnsetType = UNSET
    retry_after: Annotated[int, told("Seconds to wait.", "需等待的秒数。")] | UnsetType = UNSET
    reason: Annotated[str, told("Why a session ended.", "会话结束的原因。")] | UnsetType = UNSET
    wechat: WeChatWords | UnsetType = UNSET


def problem(
    error: LoginError, *, issuer: str, request_id: str, accept_language: str | None
) -> Answer:
    """Answers the response to an error, in the language asked for."""
    language = negotiate(accept_language)
    status = STATUS[type(error)]
    body = Problem(
        type=f"{issuer}/docs#{error.code}",
        title=ERRORS[error.code].title.in_(language),
        status=status,
        code=error.code,
        detail=_detail(error, language),
        request_id=request_id,
        errors=_fields(error, language) or UNSET,
        retry_after=_seconds(error) or UNSET,
        reason=str(error.reason) if isinstance(error, domain.SessionEnded) else UNSET,
        wechat=_wechat(error),
    )
    headers = {
        "content-language": language,
        "vary": "Accept-Language",
        **dict(_headers(error, status)),
    }
    return Answer(status, encode(body), PROBLEM_JSON, headers)


def _detail(error: LoginError, language: Language) -> str:
    if isinstance(error, domain.SessionEnded):
        return END_REASONS[error.reason].in_(language)
    if fields := _fields(error, language):
        space = "" if language is Language.ZH else " "
        return space.join(f"{each.field}: {each.message}" for each in fields)
    return ERRORS[error.code].detail.in_(language).format(seconds=_seconds(error))


def _fields(error: LoginError, language: Language) -> tuple[FieldMessage, ...]:
    return tuple(
        FieldMessage(each.field, PROBLEMS[each.problem].in_(language)) for each in _problems(error)
    )


def _problems(error: LoginError) -> tuple[FieldProblem, ...]:
    if isinstance(error, InvalidRequest):
        return error.problems
    if isinstance(error, domain.ContentRejected):
        return (FieldProblem(error.field, error.code),)
    return ()


def _seconds(error: LoginError) -> int:
    return max(1, error.retry_after) if isinstance(error, TryLater) else 0


def _wechat(error: LoginError) -> WeChatWords | UnsetType:
    if not isinstance(error, FromWeChat) or error.wechat is None:
        return UNSET
    return WeChatWords(error.wechat.errcode, error.wechat.rid or UNSET)


def _headers(error: LoginError, status: int) -> Iterator[tuple[str, str]]:
    if isinstance(error, TryLater):
        yield "retry-after", str(_seconds(error))
    if isinstance(error, MethodNotAllowed):
        yield "allow", ", ".join(error.allow)
    if isinstance(error, PayloadTooLarge):
        yield "connection", "close"
    if isinstance(error, _ABOUT_THE_TOKEN):
        said = ERRORS[error.code].title.en
        yield (
            "www-authenticate",
            f'{_REALM}, error="invalid_token", error_description="{said}"',
        )
    elif status == 401:  # noqa: PLR2004 - the status this rule of RFC 9110 is about
        yield "www-authenticate", _REALM
