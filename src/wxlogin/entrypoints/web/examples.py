"""Examples for the documentation, built from the wire schemas so that they cannot go stale."""

from datetime import UTC, datetime

from wxlogin.domain.use_cases.sessions import Scope
from wxlogin.entrypoints.web import answers, answers_for_others, schemas

_MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
_TUESDAY = datetime(2026, 11, 24, 9, 15, tzinfo=UTC)
_USER_ID = "019ab3c2-7f10-7c55-9d2e-3b8a4f6c1d20"
_SID = "019ab3c2-8a44-7e01-a6f3-5c2b9d7e8f10"
_CODE = "0c3Xyz1w3AbCdE2fGh0w3iJkLm2Xyz1N"
_TICKET = "wxt1_Vq3n0sYxkz7mUeT2bJ5aLhRf8cWdGp1oKiXy4uZtE6Q"
_REFRESH = "wxr1_c2FtcGxlAZqzwoqERn4BpvNcK51-jxAAAAAB…"
_ACCESS = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIs…"

CODE, TICKET_TEXT, MONDAY = _CODE, _TICKET, _MONDAY

_PROFILE = schemas.ProfileBody(nickname="小明", gender=1)
_DEVICE = schemas.DeviceBody(name="小明的手机", platform="ios", model="iPhone 15")

LOGIN = schemas.LoginBody(code=_CODE, profile=_PROFILE, device=_DEVICE)
EXCHANGE = schemas.ExchangeBody(code=_CODE)
REFRESH = schemas.RefreshBody(refresh_token=_REFRESH)
PROFILE = _PROFILE
PHONE = schemas.PhoneBody(code="e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144")
CONSENT = schemas.ConsentBody(version="2026-11")
OPEN_DATA = schemas.OpenDataBody(
    encrypted_data="CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS…",
    iv="r7BXXKkLb8qrSNn05n0qiA==",
)
LOGOUT = schemas.LogoutBody(scope=Scope.ALL)
INTROSPECT = schemas.IntrospectBody(token=_ACCESS)
TUTORIAL_OPENID = schemas.TutorialOpenidBody(jscode=_CODE)
TUTORIAL_LOGIN = schemas.TutorialLoginBody(
    openid="oEx4mPle-0penId_0123456789ab", session_key=_TICKET, nickname="小明", gender=1
)

USER = answers.UserJson(
    id=_USER_ID,
    nickname="小明",
    avatar_url="https://login.example.com/avatars/Jd8sK2.webp",
    gender=1,
    phone="156******77",
    created_at=_MONDAY,
    updated_at=_TUESDAY,
)
TOKEN_SET = answers.TokenSetJson(
    access_token=_ACCESS,
    expires_in=900,
    refresh_token=_REFRESH,
    refresh_expires_in=2592000,
    session_id=_SID,
    is_new_user=True,
    user=USER,
)
TICKET = answers.TicketJson(login_ticket=_TICKET, expires_in=300, registered=True)
TUTORIAL_TICKET = answers.TutorialOpenidJson(
    openid="oEx4mPle-0penId_0123456789ab", session_key=_TICKET
)
TUTORIAL_TOKEN = answers.TutorialLoginJson(nickname="小明", user_id=_USER_ID, token=_ACCESS)
_SESSION = answers.SessionJson(
    sid=_SID,
    device=answers.DeviceJson("小明的手机", "ios", "iPhone 15"),
    created_at=_MONDAY,
    last_used_at=_TUESDAY,
    current=True,
)
SESSIONS = answers.SessionsJson([_SESSION])
EXPORT = answers.ExportJson(
    user=USER,
    identities=[answers.IdentityJson("wx0123456789abcdef", "oEx4mPle-0penId_0123456789ab", None)],
    sessions=[_SESSION],
    events=[
        answers.EventJson(
            at=_SESSION.created_at,
            event="login",
            reason=None,
            actor="self",
            appid="wx0123456789abcdef",
            sid=_SID,
            client="203.0.113.0",
        )
    ],
    ended_sessions=[],
    reviews=[],
    banned=False,
    consents=[answers.ConsentJson("2026-11", "wx0123456789abcdef", _MONDAY, None)],
)
INTROSPECTION = answers_for_others.IntrospectionJson(
    active=True,
    sub=_USER_ID,
    client_id="wx0123456789abcdef",
    sid=_SID,
    iss="https://login.example.com",
    iat=1795598100,
    exp=1795599000,
    jti="019ab3c2-9b01-7aaa-8c4d-1e2f3a4b5c6d",
    token_type="Bearer",  # noqa: S106 - the name of a scheme, not a token
)
REVOCATIONS = answers_for_others.RevocationsJson(
    [answers_for_others.RevocationJson("session", _SID, "logged_out", _TUESDAY)], "AAZAdHpQQAA"
)
