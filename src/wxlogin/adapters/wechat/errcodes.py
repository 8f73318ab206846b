"""What WeChat's errcodes mean here, one table for each API.

The meaning of an errcode depends on the API: 40013 is our mistake at code2Session and the
phone code's at getPhoneNumber. Errmsg is for people: only rid and a refused IP are read from it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address

from attrs import evolve, frozen

from wxlogin.domain.errors import (
    AppMisconfigured,
    CodeInvalid,
    CodeUsed,
    FromWeChat,
    LoginBlocked,
    PhoneCodeInvalid,
    WeChatQuotaExhausted,
    WeChatRateLimited,
    WeChatSaid,
    WeChatUnavailable,
)

BUSY = -1
OK = 0
CODE_INVALID = 40029
CODE_USED = 40163
IP_REFUSED = 40164
RISKY_CONTENT = 87014
TOKEN_REFUSED = frozenset({40001, 40014, 42001})
"""The access_token is not, or no longer, good ("全局返回码"): fetch another and ask once more."""

RETRY_SECONDS = 3
"""When to come again after a failure that WeChat gives no time for."""

_CHINA = timezone(timedelta(hours=8))
_LONGEST_WAIT = 3600  # an operator may clear the quota long before midnight

_Made = Callable[[WeChatSaid, datetime], FromWeChat]


@frozen
class Meaning:
    """The error one errcode becomes, and the page of WeChat's documentation that names it."""

    error: _Made
    page: str


@frozen
class Api:
    """One of WeChat's APIs: a short name for metrics, where it lives and what its refusals mean.

    `again` is how to read it when the same question is asked a second time.
    """

    name: str
    path: str
    meanings: Mapping[int, Meaning]
    otherwise: _Made
    again: "Api | None" = None

    def refusal(self, said: WeChatSaid, now: datetime) -> FromWeChat:
        """Answers the error for an errcode other than 0."""
        known = self.meanings.get(said.errcode)
        return (known.error if known else self.otherwise)(said, now)


def rid_in(errmsg: str) -> str | None:
    """Answers the request id in an errmsg, of whichever of WeChat's ways to write it."""
    found = _RID.search(errmsg) or _REQ_ID.search(errmsg)
    return found[1] if found else None


def refused_ip_in(errmsg: str) -> str | None:
    """Answers the address that 40164 says is not in the whitelist, if it is an address."""
    found = _REFUSED_IP.search(errmsg)
    try:
        return str(ip_address(found[1])) if found else None
    except ValueError:
        return None


_RID = re.compile(r"\brid: ?([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})\b")
_REQ_ID = re.compile(r"\breq_id: ?([0-9A-Za-z_-]{1,24})(?![0-9A-Za-z_-])")
_REFUSED_IP = re.compile(r"\binvalid ip ([0-9A-Fa-f.:]{2,45})")


def _is(error: type[FromWeChat]) -> _Made:
    return lambda said, _now: error(said)


def _not_now(said: WeChatSaid, _now: datetime) -> FromWeChat:
    return WeChatUnavailable(RETRY_SECONDS, said)


def _unknown(said: WeChatSaid, _now: datetime) -> FromWeChat:
    return WeChatUnavailable(RETRY_SECONDS, said, code_may_be_spent=True)


def next_minute(now: datetime) -> datetime:
    """Answers when WeChat's minute quotas begin anew."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def next_midnight(now: datetime) -> datetime:
    """Answers when WeChat's daily quotas begin anew: at midnight in Beijing."""
    here = now.astimezone(_CHINA)
    return here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def next_day(said: WeChatSaid, now: datetime) -> FromWeChat:
    """Answers the refusal of who comes after the daily quota is used up."""
    wait = int((next_midnight(now) - now).total_seconds()) + 1
    return WeChatQuotaExhausted(min(wait, _LONGEST_WAIT), said)


def _next_minute(said: WeChatSaid, now: datetime) -> FromWeChat:
    return WeChatRateLimited(60 - now.second, said)


def _unlisted_phone_refusal(said: WeChatSaid, now: datetime) -> FromWeChat:
    # WeChat refuses a code that is another person's without saying with which errcode
    # ("获取手机号"), so a refusal nobody lists is taken to be about this code.
    return PhoneCodeInvalid(said) if said.errcode > 0 else _unknown(said, now)


_GLOBAL = "全局返回码"
_LOGIN = "小程序登录凭证校验"
_TOKEN = "获取稳定版接口调用凭据"  # noqa: S105 - the title of a page
_PHONE = "获取手机号"
_TEXT = "文本内容安全识别"
_MEDIA = "音视频内容安全识别"

_misconfigured = _is(AppMisconfigured)

_EVERYWHERE: dict[int, Meaning] = {
    BUSY: Meaning(_not_now, _GLOBAL),
    40002: Meaning(_misconfigured, _GLOBAL),
    40013: Meaning(_misconfigured, _GLOBAL),
    40125: Meaning(_misconfigured, _GLOBAL),
    IP_REFUSED: Meaning(_misconfigured, _TOKEN),
    40243: Meaning(_misconfigured, "获取接口调用凭据"),
    41002: Meaning(_misconfigured, _GLOBAL),
    41004: Meaning(_misconfigured, _GLOBAL),
    43003: Meaning(_misconfigured, _GLOBAL),
    44991: Meaning(_next_minute, _TEXT),
    45009: Meaning(next_day, _GLOBAL),
    45011: Meaning(_next_minute, _LOGIN),
    48001: Meaning(_misconfigured, _GLOBAL),
    50004: Meaning(_misconfigured, "获取接口调用凭据"),
    50007: Meaning(_misconfigured, "获取接口调用凭据"),
    61024: Meaning(_misconfigured, _GLOBAL),
    89503: Meaning(_misconfigured, _TOKEN),
    89506: Meaning(_misconfigured, _TOKEN),
    89507: Meaning(_misconfigured, _TOKEN),
}
_ASKED_WITH_TOKEN = {errcode: Meaning(_not_now, _GLOBAL) for errcode in (*TOKEN_REFUSED, 41001)}

SESSION = Api(
    "code2session",
    "/sns/jscode2session",
    _EVERYWHERE
    | {
        40001: Meaning(_misconfigured, _GLOBAL),
        CODE_INVALID: Meaning(_is(CodeInvalid), _LOGIN),
        CODE_USED: Meaning(_is(CodeUsed), _GLOBAL),
        40226: Meaning(_is(LoginBlocked), _LOGIN),
        41008: Meaning(_is(CodeInvalid), _GLOBAL),
    },
    _unknown,
)
# The try before may have spent the code after all; a fresh one is due, and nobody is to blame.
SESSION = evolve(
    SESSION,
    again=evolve(
        SESSION, meanings={**SESSION.meanings, CODE_INVALID: Meaning(_is(CodeUsed), _LOGIN)}
    ),
)
ACCESS_TOKEN = Api(
    "stable_token",
    "/cgi-bin/stable_token",
    _EVERYWHERE | {40001: Meaning(_misconfigured, _TOKEN)},
    _not_now,
)
PHONE = Api(
    "getuserphonenumber",
    "/wxa/business/getuserphonenumber",
    _EVERYWHERE
    | _ASKED_WITH_TOKEN
    | {
        40013: Meaning(_is(PhoneCodeInvalid), _PHONE),
        CODE_INVALID: Meaning(_is(PhoneCodeInvalid), _PHONE),
        CODE_USED: Meaning(_is(PhoneCodeInvalid), _GLOBAL),
        43002: Meaning(_not_now, _GLOBAL),
        44002: Meaning(_not_now, _GLOBAL),
        47001: Meaning(_not_now, _GLOBAL),
    },
    _unlisted_phone_refusal,
)
CONTENT = Api(
    "msg_sec_check",
    "/wxa/msg_sec_check",
    _EVERYWHERE | _ASKED_WITH_TOKEN | {61010: Meaning(_not_now, _TEXT)},
    _not_now,
)
MEDIA = Api(
    "media_check_async",
    "/wxa/media_check_async",
    _EVERYWHERE | _ASKED_WITH_TOKEN | {61010: Meaning(_not_now, _MEDIA)},
    _not_now,
)
