"""WeChat's server API, as far as a login needs it."""

from enum import StrEnum
from typing import Protocol

from attrs import field, frozen

from wxlogin.domain.user import Identity, Phone


@frozen
class WeChatSession:
    """What a login code is worth: who it is, and the key for open data, which goes no further."""

    identity: Identity
    session_key: str = field(repr=False)


class SessionApi(Protocol):
    """小程序登录凭证校验 (code2Session)."""

    async def exchange(self, appid: str, js_code: str) -> WeChatSession:
        """Spends a login code. One call spends it; a second one is refused.

        Raises:
            CodeInvalid, CodeUsed, LoginBlocked: WeChat's answer about this code.
            AppMisconfigured: WeChat refuses our appid or secret.
            WeChatRateLimited, WeChatQuotaExhausted, WeChatUnavailable, Overloaded: ask later.
        """


class PhoneApi(Protocol):
    """获取手机号 (getPhoneNumber)."""

    async def phone(self, identity: Identity, phone_code: str) -> Phone:
        """Spends a phone button's code of this very person.

        Raises:
            PhoneCodeInvalid: unknown, used, expired, of another person or another app.
            AppMisconfigured, and the `TryLater` errors as in `SessionApi.exchange`.
        """


class Verdict(StrEnum):
    """What the content check says."""

    PASS = "pass"  # noqa: S105 - WeChat's word, not a password
    REVIEW = "review"
    RISKY = "risky"


class ContentApi(Protocol):
    """文本内容安全识别 (msgSecCheck 2.0), 音视频内容安全识别 (mediaCheckAsync 2.0)."""

    async def check_nickname(self, identity: Identity, nickname: str) -> Verdict:
        """Asks about a nickname, as profile material (scene 1) of this person.

        Raises:
            AppMisconfigured, and the `TryLater` errors as in `SessionApi.exchange`.
        """

    async def check_avatar(self, identity: Identity, media_url: str) -> str:
        """Asks about a picture that WeChat can fetch, as profile material of this person.

        Answers the trace_id that the verdict will bear. WeChat pushes it within 30 minutes
        (`wxa_media_check`), maybe before this call returns.

        Raises:
            AppMisconfigured, and the `TryLater` errors as in `SessionApi.exchange`.
        """
