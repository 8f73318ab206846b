"""What clients get: results as JSON, with the names of the contract."""

from datetime import datetime
from typing import Annotated, Self

from attrs import frozen
from msgspec import UNSET, UnsetType

from wxlogin.domain.ports.audit import AuditEvent
from wxlogin.domain.review import Review, ReviewKind
from wxlogin.domain.session import Session
from wxlogin.domain.use_cases.accounts import Held
from wxlogin.domain.use_cases.exchange import Exchanged
from wxlogin.domain.use_cases.issue_tokens import TokenSet
from wxlogin.domain.use_cases.login import TutorialToken
from wxlogin.domain.use_cases.sessions import OwnSessions
from wxlogin.domain.user import OWN_AVATARS, User
from wxlogin.entrypoints.web.wire import told


@frozen
class UserJson:
    """A user, as they see themselves."""

    id: str
    nickname: str
    avatar_url: Annotated[
        str,
        told(
            "Empty when there is none. Of one that was uploaded here there is a small one of "
            "132 pixels: .132.webp for .webp at the end.",
            "没有头像时为空字符串。上传的头像另有 132 像素的小图：把结尾的 .webp 换成 .132.webp。",
        ),
    ]
    gender: Annotated[int, told("0 unknown, 1 male, 2 female.", "0 未知，1 男，2 女。")]
    phone: Annotated[str, told("Masked: 156******77.", "打码的手机号：156******77。")] | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, user: User, issuer: str, *, masked: bool = True) -> Self:
        """Answers the wire form; an avatar kept here is shown with its whole address."""
        profile, phone = user.profile, user.phone
        shown = None if phone is None else phone.masked if masked else phone.number
        return cls(
            id=user.id,
            nickname=profile.nickname,
            avatar_url=public_address(profile.avatar_url, issuer),
            gender=int(profile.gender),
            phone=shown,
            created_at=user.created_at,
            updated_at=user.updated_at,
        )


@frozen
class TokenSetJson:
    """What a login or refresh is answered with."""

    access_token: Annotated[str, told("JWT, valid `expires_in` s.", "JWT，有效期见 expires_in。")]
    expires_in: int
    refresh_token: Annotated[
        str, told("Counts once; keep the newest.", "只能用一次，请保存最新的一个。")
    ]
    refresh_expires_in: int
    session_id: str
    is_new_user: bool
    user: UserJson
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme, not a token
    warnings: (
        Annotated[
            tuple[str, ...],
            told(
                "Codes of what did not work out and did not stop the login.",
                "未成功但不影响登录的事项的错误码。",
            ),
        ]
        | UnsetType
    ) = UNSET

    @classmethod
    def of(cls, tokens: TokenSet, issuer: str) -> "TokenSetJson":
        """Answers the wire form."""
        return cls(
            access_token=tokens.access_token,
            expires_in=tokens.expires_in,
            refresh_token=tokens.refresh_token,
            refresh_expires_in=tokens.refresh_expires_in,
            session_id=tokens.session_id,
            is_new_user=tokens.is_new_user,
            user=UserJson.of(tokens.user, issuer),
            warnings=tokens.warnings or UNSET,
        )


@frozen
class TicketJson:
    """A login ticket, and whether its person has an account yet."""

    login_ticket: str
    expires_in: int
    registered: bool

    @classmethod
    def of(cls, exchanged: Exchanged) -> "TicketJson":
        """Answers the wire form."""
        return cls(exchanged.login_ticket, exchanged.expires_in, exchanged.registered)


@frozen
class TutorialOpenidJson:
    """The tutorial's first answer; `session_key` is a login ticket, never WeChat's key."""

    openid: str
    session_key: str

    @classmethod
    def of(cls, exchanged: Exchanged) -> "TutorialOpenidJson":
        """Answers the wire form."""
        return cls(exchanged.openid, exchanged.login_ticket)


@frozen
class TutorialLoginJson:
    """The tutorial's second answer."""

    nickname: str
    user_id: str
    token: str
    status: str = "success"

    @classmethod
    def of(cls, entered: TutorialToken) -> "TutorialLoginJson":
        """Answers the wire form."""
        return cls(entered.user.profile.nickname, entered.user.id, entered.token)


@frozen
class DeviceJson:
    """What the client said of its device."""

    name: str
    platform: str
    model: str


@frozen
class SessionJson:
    """One place where a person is logged in."""

    sid: str
    device: DeviceJson
    created_at: datetime
    last_used_at: datetime
    current: bool


@frozen
class EndedJson:
    """A session that is over."""

    sid: str
    device: DeviceJson
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    reason: Annotated[str, told("Why it ended.", "结束的原因。")] | None

    @classmethod
    def of(cls, session: Session) -> "EndedJson":
        """Answers the wire form."""
        return cls(
            session.sid,
            _device(session),
            session.created_at,
            session.last_used_at,
            session.expires_at,
            session.ended_at,
            session.end_reason,
        )


@frozen
class SessionsJson:
    """Where a person is logged in, newest use first."""

    sessions: list[SessionJson]

    @classmethod
    def of(cls, own: OwnSessions) -> "SessionsJson":
        """Answers the wire form."""
        return cls([_session(each, own.current) for each in own.sessions])


@frozen
class IdentityJson:
    """A person as one app of WeChat knows them."""

    appid: str
    openid: str
    unionid: str | None


@frozen
class EventJson:
    """Something that happened to a person's account, as the audit trail keeps it."""

    at: datetime
    event: str
    reason: str | None
    actor: Annotated[str, told("`self`, `operator` or `service`.", "self、operator 或 service。")]
    appid: str | None
    sid: str | None
    client: Annotated[str, told("A masked address.", "打码的网络地址。")] | None

    @classmethod
    def of(cls, event: AuditEvent) -> "EventJson":
        """Answers the wire form."""
        return cls(
            at=event.at,
            event=event.event,
            reason=event.reason or None,
            actor=event.actor,
            appid=event.appid,
            sid=event.sid,
            client=event.client or None,
        )


@frozen
class ConsentJson:
    """What a person agreed to, in which app, and when they took it back, if they did."""

    version: str
    appid: str
    at: datetime
    withdrawn_at: datetime | None


@frozen
class ReviewJson:
    """A nickname or avatar that the content check did not pass at once, and what became of it."""

    kind: Annotated[str, told("`nickname` or `avatar`.", "nickname 或 avatar。")]
    value: Annotated[
        str,
        told(
            "The nickname, or the address where others see the avatar once it passed.",
            "昵称，或头像通过后他人所见的地址。",
        ),
    ]
    state: Annotated[
        str,
        told(
            "`asked` (WeChat), `waiting` (for an operator), `passed`, `refused`.",
            "asked（等微信答复）、waiting（等人工审核）、passed（通过）、refused（未通过）。",
        ),
    ]
    at: datetime
    appid: str
    label: Annotated[int, told("What WeChat found.", "微信给出的标签。")] | None

    @classmethod
    def of(cls, review: Review, issuer: str) -> "ReviewJson":
        """Answers the wire form."""
        named = review.kind is ReviewKind.NICKNAME
        value = review.value if named else public_address(review.value, issuer)
        return cls(
            review.kind.value, value, review.state.value, review.at, review.appid, review.label
        )


@frozen
class ExportJson:
    """Everything held about a person; the phone number is whole here."""

    user: UserJson
    identities: list[IdentityJson]
    sessions: list[SessionJson]
    events: list[EventJson]
    consents: list[ConsentJson]
    ended_sessions: list[EndedJson]
    reviews: list[ReviewJson]
    banned: bool

    @classmethod
    def of(cls, held: Held, issuer: str, current: str) -> "ExportJson":
        """Answers the wire form."""
        return cls(
            user=UserJson.of(held.user, issuer, masked=False),
            identities=[IdentityJson(i.appid, i.openid, i.unionid) for i in held.identities],
            sessions=[_session(each, current) for each in held.sessions],
            events=[EventJson.of(each) for each in held.events],
            consents=[ConsentJson(c.version, c.appid, c.at, c.withdrawn_at) for c in held.consents],
            ended_sessions=[EndedJson.of(each) for each in held.ended],
            reviews=[ReviewJson.of(each, issuer) for each in held.reviews],
            banned=held.user.banned,
        )


def public_address(avatar: str, issuer: str) -> str:
    """Answers an avatar's address as others can open it."""
    return f"{issuer}{avatar}" if avatar.startswith(OWN_AVATARS) else avatar


def _device(session: Session) -> DeviceJson:
    device = session.device
    return DeviceJson(device.name, device.platform, device.model)


def _session(session: Session, current: str) -> SessionJson:
    return SessionJson(
        sid=session.sid,
        device=_device(session),
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        current=session.sid == current,
    )
