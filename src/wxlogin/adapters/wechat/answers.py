"""The shapes of WeChat's answers and how their bytes are read.

Code2Session answers JSON as `text/plain`, so the Content-Type says nothing. Every answer has
status 200; it is a success when errcode is absent or 0. Fields we do not know are passed over.
"""

import re
from typing import Any, TypeVar

import msgspec
from attrs import field, frozen

from wxlogin.adapters.wechat.errcodes import OK, rid_in
from wxlogin.adapters.wechat.no_answer import NoAnswer
from wxlogin.domain.errors import WeChatSaid
from wxlogin.domain.ports.wechat import Verdict

_BOM = b"\xef\xbb\xbf"
_WHOLE_NUMBER = re.compile(r"-?\d{1,9}")
_TRACE_ID = re.compile(r"[\x21-\x7e]{1,128}")


@frozen(kw_only=True)
class Answer:
    """What every answer may carry. Some APIs were seen to write errcode as text."""

    errcode: int | str | None = None
    errmsg: Any = field(default="", repr=False)

    def said(self) -> WeChatSaid | None:
        """Answers what WeChat refused with, or None for a success.

        Raises:
            NoAnswer: errcode is a text that is no number, or a success tells nothing.
        """
        errcode = self.errcode
        if isinstance(errcode, str):
            if not _WHOLE_NUMBER.fullmatch(errcode):
                raise NoAnswer("bad_answer", "errcode is not a number")
            errcode = int(errcode)
        if errcode is None or errcode == OK:
            if not self.tells():
                raise NoAnswer("bad_answer", "a success without what was asked for")
            return None
        return WeChatSaid(errcode, rid_in(self.errmsg) if isinstance(self.errmsg, str) else None)

    def tells(self) -> bool:
        """Answers whether what was asked for is in it."""
        return True


@frozen(kw_only=True)
class SessionAnswer(Answer):
    """小程序登录凭证校验: unionid only where the app is bound to an Open Platform account."""

    openid: str | None = None
    session_key: str | None = field(default=None, repr=False)
    unionid: str | None = None

    def tells(self) -> bool:
        """See `Answer.tells`."""
        return bool(self.openid and self.session_key)


@frozen(kw_only=True)
class TokenAnswer(Answer):
    """获取稳定版接口调用凭据: `expires_in` in seconds, what is left of the token's life."""

    access_token: str | None = field(default=None, repr=False)
    expires_in: int = 0

    def tells(self) -> bool:
        """See `Answer.tells`."""
        return bool(self.access_token)


@frozen(kw_only=True)
class Watermark:
    """Which mini-program a phone number was asked for."""

    appid: str | None = None


@frozen(kw_only=True)
class PhoneInfo:
    """A phone number; the code of the country came as a number in the past, now as text."""

    watermark: Watermark = Watermark()
    phoneNumber: str | None = field(default=None, repr=False)  # noqa: N815 - WeChat's name
    purePhoneNumber: str | None = field(default=None, repr=False)  # noqa: N815 - WeChat's name
    countryCode: str | int | None = None  # noqa: N815 - WeChat's name


@frozen(kw_only=True)
class PhoneAnswer(Answer):
    """获取手机号."""

    phone_info: PhoneInfo | None = None

    def tells(self) -> bool:
        """See `Answer.tells`."""
        info = self.phone_info
        return bool(info and info.watermark.appid and (info.purePhoneNumber or info.phoneNumber))


@frozen(kw_only=True)
class Suggestion:
    """`pass`, `review` or `risky`."""

    suggest: str | None = None


@frozen(kw_only=True)
class ContentAnswer(Answer):
    """文本内容安全识别, version 2."""

    result: Suggestion = Suggestion()

    def tells(self) -> bool:
        """See `Answer.tells`."""
        return self.result.suggest in {verdict.value for verdict in Verdict}


@frozen(kw_only=True)
class MediaAnswer(Answer):
    """音视频内容安全识别, version 2: what the pushed verdict will be named by."""

    trace_id: str | None = None

    def tells(self) -> bool:
        """See `Answer.tells`."""
        return self.trace_id is not None and _TRACE_ID.fullmatch(self.trace_id) is not None


AnswerT = TypeVar("AnswerT", bound=Answer)


def read(decoder: msgspec.json.Decoder[AnswerT], body: bytes) -> AnswerT:
    """Answers what the bytes say.

    Raises:
        Unreadable: they are not UTF-8, not JSON, or not of this shape.
    """
    try:
        return decoder.decode(body.removeprefix(_BOM))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Raised below, so that the error with bytes of the answer in it is not its context.
        pass
    raise NoAnswer("bad_answer", "not the JSON that was expected")
