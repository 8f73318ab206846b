"""Every way a wish can be refused.

    LoginError
    ├── InvalidRequest          invalid_request
    │   └── UnknownApp          unknown_app
    ├── PhoneCodeInvalid        phone_code_invalid    OpenDataInvalid     open_data_invalid
    ├── CodeInvalid             code_invalid          CodeUsed            code_used
    ├── TicketInvalid           ticket_invalid
    ├── TokenMissing            token_missing
    ├── TokenInvalid            token_invalid         TokenExpired        token_expired
    ├── SessionEnded            session_ended         RefreshInvalid      refresh_invalid
    ├── LoginBlocked            login_blocked         UserBanned          user_banned
    ├── ConsentRequired         consent_required
    ├── NotFound                not_found
    ├── PhoneTaken              phone_taken           IdempotencyConflict idempotency_conflict
    ├── LastIdentity            last_identity
    ├── PreconditionFailed      precondition_failed
    ├── ContentRejected         content_rejected
    ├── AppMisconfigured        app_misconfigured
    └── TryLater                (retry_after)
        ├── RateLimited         rate_limited          WeChatRateLimited   wechat_rate_limited
        ├── WeChatUnavailable   wechat_unavailable    WeChatQuotaExhausted wechat_quota_exhausted
        ├── StoreUnavailable    store_unavailable
        └── Overloaded          overloaded

`code` is stable and public. What HTTP makes of it is the door's business.
"""

from typing import ClassVar

from attrs import frozen


class LoginError(Exception):
    """A wish was refused for a reason the asker may know."""

    code: ClassVar[str]


@frozen
class WeChatSaid:
    """What WeChat answered: its `errcode` and the request id `rid` its support asks for."""

    errcode: int
    rid: str | None = None


@frozen
class FieldProblem:
    """One field that does not hold. `problem` is a stable word that the door turns into a text."""

    field: str
    problem: str


class InvalidRequest(LoginError):
    """Something in the request does not hold; `problems` says what."""

    code = "invalid_request"

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__(", ".join(f"{p.field}: {p.problem}" for p in problems))
        self.problems = problems


class UnknownApp(InvalidRequest):
    """The appid is not one of those configured."""

    code = "unknown_app"


class FromWeChat(LoginError):
    """A refusal with WeChat's own words as its cause, where there are any."""

    def __init__(self, wechat: WeChatSaid | None = None) -> None:
        super().__init__("" if wechat is None else f"errcode {wechat.errcode}")
        self.wechat = wechat


class PhoneCodeInvalid(FromWeChat):
    """WeChat does not know the phone button's code, or it is another person's or app's."""

    code = "phone_code_invalid"


class OpenDataInvalid(LoginError):
    """Open data that cannot be read, is not this person's or app's, old, or shown before."""

    code = "open_data_invalid"


class CodeInvalid(FromWeChat):
    """WeChat does not know the login code: wrong, expired, or of another app."""

    code = "code_invalid"


class CodeUsed(FromWeChat):
    """The login code was spent before, here or elsewhere."""

    code = "code_used"


class TicketInvalid(LoginError):
    """The login ticket is unknown, used, expired, or for another openid."""

    code = "ticket_invalid"


class TokenMissing(LoginError):
    """A request that needs an access token came without one."""

    code = "token_missing"


class TokenInvalid(LoginError):
    """The access token is not one of ours, or not for us."""

    code = "token_invalid"


class TokenExpired(LoginError):
    """The access token was ours and is past its time."""

    code = "token_expired"


class SessionEnded(LoginError):
    """The session is over; `reason` is one of `session.EndReason`."""

    code = "session_ended"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RefreshInvalid(LoginError):
    """The refresh token is not one of ours."""

    code = "refresh_invalid"


class LoginBlocked(FromWeChat):
    """WeChat holds this person for a risk and stops the login."""

    code = "login_blocked"


class UserBanned(LoginError):
    """An operator banned this user."""

    code = "user_banned"


class ConsentRequired(LoginError):
    """Nobody registers here without agreeing to the agreement in force."""

    code = "consent_required"


class NotFound(LoginError):
    """What was named does not exist for this asker."""

    code = "not_found"


class PhoneTaken(LoginError):
    """The phone number belongs to another user."""

    code = "phone_taken"


class LastIdentity(LoginError):
    """The app is the only one the user can log in from; only an erasure takes that away."""

    code = "last_identity"


class IdempotencyConflict(LoginError):
    """The same Idempotency-Key came with the same code and another body."""

    code = "idempotency_conflict"


class PreconditionFailed(LoginError):
    """The user changed since the asker last read it."""

    code = "precondition_failed"


class ContentRejected(LoginError):
    """WeChat's content check does not let this text or picture through."""

    code = "content_rejected"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class AppMisconfigured(FromWeChat):
    """WeChat refuses our appid, secret or address: an operator must act."""

    code = "app_misconfigured"


class TryLater(FromWeChat):
    """Refused for now; worth asking again after `retry_after` seconds."""

    def __init__(self, retry_after: int, wechat: WeChatSaid | None = None) -> None:
        super().__init__(wechat)
        self.retry_after = retry_after


class RateLimited(TryLater):
    """The asker asks too often; `rule` names the limit."""

    code = "rate_limited"

    def __init__(self, retry_after: int, rule: str = "") -> None:
        super().__init__(retry_after)
        self.rule = rule


class WeChatRateLimited(TryLater):
    """WeChat says we ask too often this minute."""

    code = "wechat_rate_limited"


class WeChatUnavailable(TryLater):
    """WeChat failed, was late or could not be reached.

    `code_may_be_spent` tells whether the question may have arrived: then the same code must not
    be sent again.
    """

    code = "wechat_unavailable"

    def __init__(
        self, retry_after: int, wechat: WeChatSaid | None = None, *, code_may_be_spent: bool = False
    ) -> None:
        super().__init__(retry_after, wechat)
        self.code_may_be_spent = code_may_be_spent


class WeChatQuotaExhausted(TryLater):
    """WeChat's daily quota for this app is used up."""

    code = "wechat_quota_exhausted"


class StoreUnavailable(TryLater):
    """The database cannot be reached or did not answer in time."""

    code = "store_unavailable"


class Overloaded(TryLater):
    """Too much is waiting already."""

    code = "overloaded"


class AlreadyThere(Exception):
    """A store refused to add what exists. Not a refusal for the asker: the use case reads again."""
