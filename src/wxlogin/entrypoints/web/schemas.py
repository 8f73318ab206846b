"""What clients send: JSON bodies with their limits, and the arguments they become.

Limits stand in `Meta`, where both the decoder and the OpenAPI document read them. What a profile
may hold is the domain's to judge, so its limits are only described here.
"""

import re
from typing import Annotated, Any

import msgspec
from attrs import evolve, frozen

from wxlogin.domain.errors import FieldProblem, InvalidRequest
from wxlogin.domain.nickname import NICKNAME_MAX
from wxlogin.domain.session import Device
from wxlogin.domain.use_cases.sessions import Scope
from wxlogin.domain.user import OWN_AVATARS, ProfileChange
from wxlogin.entrypoints.web.wire import told

_DEVICE_TEXT = 64
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TOLD_GENDERS = {"1": 1, "2": 2}
"""Old clients send WeChat's 0 to say nothing: it must not undo what a person told us."""

AppId = Annotated[
    str,
    told(
        "Needed when several apps are served.",
        "服务多个小程序时必填。",
        min_length=1,
        max_length=64,
    ),
]
LoginCode = Annotated[
    str,
    told(
        "What wx.login answered; counts once.",
        "wx.login 返回的 code，只能用一次。",
        min_length=1,
        max_length=1024,
    ),
]
Ticket = Annotated[
    str,
    told("A login ticket; counts once.", "登录票据，只能用一次。", min_length=1, max_length=512),
]
PhoneCode = Annotated[
    str,
    told(
        "The code of the phone button (getPhoneNumber).",
        "手机号按钮（getPhoneNumber）返回的 code。",
        min_length=1,
        max_length=512,
    ),
]
RefreshText = Annotated[
    str,
    told(
        "The newest refresh token of the session.",
        "该会话最新的刷新令牌。",
        min_length=1,
        max_length=512,
    ),
]
Nickname = Annotated[
    str,
    msgspec.Meta(
        description=f"At most {NICKNAME_MAX} characters.",
        extra_json_schema={"x-zh": f"最多 {NICKNAME_MAX} 个字符。", "maxLength": NICKNAME_MAX},
    ),
]
AvatarUrl = Annotated[
    str,
    told(
        "An https address. A picture on the phone goes to POST /v1/me/avatar.",
        "https 地址。手机上的图片请上传到 POST /v1/me/avatar。",
    ),
]
GenderNumber = Annotated[
    int,
    msgspec.Meta(
        description="0 unknown, 1 male, 2 female.",
        extra_json_schema={"x-zh": "0 未知，1 男，2 女。", "enum": [0, 1, 2]},
    ),
]
DeviceText = Annotated[
    str,
    msgspec.Meta(
        description=f"Cut to {_DEVICE_TEXT} characters.",
        extra_json_schema={"x-zh": f"超过 {_DEVICE_TEXT} 个字符的部分会被截断。"},
    ),
]


@frozen
class ExchangeBody:
    """A code to trade for a login ticket."""

    code: LoginCode
    appid: AppId | None = None


@frozen
class ProfileBody:
    """What a person tells about themselves; absent fields stay as they are."""

    nickname: Nickname | None = None
    avatar_url: AvatarUrl | None = None
    gender: GenderNumber | None = None

    def change(self, issuer: str) -> ProfileChange:
        """Answers the change, the service's own avatar addresses turned back to paths."""
        return ProfileChange(self.nickname, own_path(self.avatar_url, issuer), self.gender)


@frozen
class DeviceBody:
    """The device, as its owner will see it in their list of sessions."""

    name: DeviceText | None = None
    platform: DeviceText | None = None
    model: DeviceText | None = None

    def device(self) -> Device:
        """Answers the device, texts cut to length and without control characters."""
        return Device(_shown(self.name), _shown(self.platform), _shown(self.model))


@frozen
class ConsentBody:
    """What the person agreed to, before anything is kept of them."""

    version: Annotated[
        str,
        told(
            "The version of your agreement and privacy policy.",
            "用户协议与隐私政策的版本。",
            min_length=1,
            max_length=64,
            pattern="^[!-~]+$",
        ),
    ]


@frozen
class LoginBody:
    """A login: exactly one of `code` and `login_ticket`."""

    code: LoginCode | None = None
    login_ticket: Ticket | None = None
    appid: AppId | None = None
    profile: ProfileBody | None = None
    phone_code: PhoneCode | None = None
    device: DeviceBody | None = None
    consent: ConsentBody | None = None

    def change(self, issuer: str) -> ProfileChange:
        """Answers the profile change, checked but for the nickname.

        An avatar kept here is left out: either it is the person's already, or not theirs.

        Raises:
            InvalidRequest: both or neither of code and ticket, or a profile field that fails.
        """
        if (self.code is None) == (self.login_ticket is None):
            raise InvalidRequest(FieldProblem("code", "code_or_ticket"))
        if self.profile is None:
            return ProfileChange()
        try:
            change = self.profile.change(issuer)
            evolve(change, nickname=None).checked()
            return without_own_avatar(change)
        except InvalidRequest as refusal:
            problems = (evolve(each, field=f"profile.{each.field}") for each in refusal.problems)
            raise InvalidRequest(*problems) from None


@frozen
class OpenDataBody:
    """Open data as WeChat's calls on the phone give it."""

    encrypted_data: Annotated[
        str, told("As WeChat gave it.", "微信返回的 encryptedData。", min_length=1)
    ]
    iv: Annotated[str, told("As WeChat gave it.", "微信返回的 iv。", min_length=1)]
    kind: (
        Annotated[
            str,
            told(
                "What it must be: phone, werun, group, user, other.",
                "应是哪一种：phone、werun、group、user、other。",
            ),
        ]
        | None
    ) = None


@frozen
class RefreshBody:
    """A refresh token to trade for the next one."""

    refresh_token: RefreshText


@frozen
class LogoutBody:
    """Which sessions to end, and a refresh token where no access token lives."""

    refresh_token: RefreshText | None = None
    scope: Scope | None = None


@frozen
class PhoneBody:
    """A phone button's code."""

    code: PhoneCode


@frozen
class IntrospectBody:
    """A token to ask about."""

    token: Annotated[str, msgspec.Meta(max_length=8192)]


@frozen
class TutorialOpenidBody:
    """The tutorial's first step."""

    jscode: LoginCode
    appid: AppId | None = None


@frozen
class TutorialLoginBody:
    """The tutorial's second step. Profile fields of any kind are taken, or left out."""

    openid: Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern="^[ -~]+$")]
    session_key: Ticket
    nickname: Any = None
    avatar_url: Any = None
    gender: Any = None

    def change(self, issuer: str) -> ProfileChange:
        """Answers the profile change, without what is not text or a gender."""
        nickname = self.nickname if isinstance(self.nickname, str) else None
        avatar = self.avatar_url if isinstance(self.avatar_url, str) else None
        change = ProfileChange(
            nickname or None, own_path(avatar, issuer) or None, _TOLD_GENDERS.get(str(self.gender))
        )
        return without_own_avatar(change)


EXCHANGE = msgspec.json.Decoder(ExchangeBody)
LOGIN = msgspec.json.Decoder(LoginBody)
REFRESH = msgspec.json.Decoder(RefreshBody)
CONSENT = msgspec.json.Decoder(ConsentBody)
OPEN_DATA = msgspec.json.Decoder(OpenDataBody)
LOGOUT = msgspec.json.Decoder(LogoutBody)
PROFILE = msgspec.json.Decoder(ProfileBody)
PHONE = msgspec.json.Decoder(PhoneBody)
INTROSPECT = msgspec.json.Decoder(IntrospectBody)
TUTORIAL_OPENID = msgspec.json.Decoder(TutorialOpenidBody)
TUTORIAL_LOGIN = msgspec.json.Decoder(TutorialLoginBody)


def own_path(url: str | None, issuer: str) -> str | None:
    """Answers the path of an avatar kept here, any other address as it is."""
    if url is not None and url.startswith(f"{issuer}{OWN_AVATARS}"):
        return url[len(issuer) :]
    return url


def is_own(change: ProfileChange) -> bool:
    """Tells whether the change names an avatar kept here."""
    return change.avatar_url is not None and change.avatar_url.startswith(OWN_AVATARS)


def without_own_avatar(change: ProfileChange) -> ProfileChange:
    """Answers the change without an avatar kept here."""
    return evolve(change, avatar_url=None) if is_own(change) else change


def _shown(text: str | None) -> str:
    return _CONTROL.sub("", text or "").strip()[:_DEVICE_TEXT]
