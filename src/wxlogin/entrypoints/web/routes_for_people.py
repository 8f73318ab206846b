"""The routes of phones and browsers: how people enter, and what is their own."""

from wxlogin.entrypoints.web import answers, examples, schemas
from wxlogin.entrypoints.web.changed import ChangedUserJson
from wxlogin.entrypoints.web.handlers import consent, entering, linking, me, open_data
from wxlogin.entrypoints.web.language import Both
from wxlogin.entrypoints.web.limits import LOGINS, REFRESHES
from wxlogin.entrypoints.web.route import Asks, Parameter, Route, Takes

_FROM_WECHAT = (
    "code_invalid", "code_used", "login_blocked", "wechat_rate_limited", "app_misconfigured",
    "wechat_unavailable", "wechat_quota_exhausted", "overloaded",
)  # fmt: skip
_SPENDING = ("unknown_app", "idempotency_conflict")
_ENTERING = ("user_banned", "consent_required")
_IDEMPOTENT = (
    Parameter(
        "header",
        "Idempotency-Key",
        Both(
            "1 到 255 个可见 ASCII 字符；一分钟内原样重试会得到同一个回答。",
            "1 to 255 visible ASCII characters; an unchanged repeat within a minute gets the "
            "same answer.",
        ),
        shape=entering.KEY_SHAPE.pattern,
    ),
)

_ENTERING_ROUTES = (
    Route(
        "POST", "/v1/token/refresh", entering.refresh,
        Both("换取新的令牌，刷新令牌每次都会更换", "Trade a refresh token for the next token set"),
        rule=REFRESHES, takes=Takes.JSON,
        wants=schemas.RefreshBody, gives=answers.TokenSetJson,
        errors=("refresh_invalid", "session_ended"),
        example=examples.REFRESH, shows=examples.TOKEN_SET,
    ),
    Route(
        "POST", "/v1/login", entering.login,
        Both(
            "用 code 或登录票据登录，首次登录即注册",
            "Log in by code or ticket; the first time registers",
        ),
        rule=LOGINS, takes=Takes.JSON,
        wants=schemas.LoginBody, gives=answers.TokenSetJson, parameters=_IDEMPOTENT,
        errors=(*_SPENDING, *_FROM_WECHAT, *_ENTERING, "ticket_invalid"),
        example=examples.LOGIN, shows=examples.TOKEN_SET,
    ),
    Route(
        "POST", "/v1/code/exchange", entering.exchange_code,
        Both(
            "用 code 换取登录票据（5 分钟内有效）",
            "Trade a code for a login ticket, good for 5 minutes",
        ),
        rule=LOGINS, takes=Takes.JSON,
        wants=schemas.ExchangeBody, gives=answers.TicketJson, parameters=_IDEMPOTENT,
        errors=(*_SPENDING, *_FROM_WECHAT),
        example=examples.EXCHANGE, shows=examples.TICKET,
    ),
    Route(
        "POST", "/get-openid/", entering.tutorial_openid,
        Both("教程第一步：用 jscode 换取 openid", "The tutorial's first step: code in, openid out"),
        rule=LOGINS, takes=Takes.JSON,
        wants=schemas.TutorialOpenidBody, gives=answers.TutorialOpenidJson,
        parameters=_IDEMPOTENT, aliases=("/get-openid",),
        errors=(*_SPENDING, *_FROM_WECHAT),
        example=examples.TUTORIAL_OPENID, shows=examples.TUTORIAL_TICKET,
    ),
    Route(
        "POST", "/wx-login/", entering.tutorial_login,
        Both("教程第二步：登录并得到 token", "The tutorial's second step: log in, get a token"),
        rule=LOGINS, takes=Takes.JSON,
        wants=schemas.TutorialLoginBody, gives=answers.TutorialLoginJson,
        parameters=_IDEMPOTENT, aliases=("/wx-login",),
        errors=("ticket_invalid", "idempotency_conflict", *_ENTERING),
        example=examples.TUTORIAL_LOGIN, shows=examples.TUTORIAL_TOKEN,
    ),
)  # fmt: skip

_READ_ME = Route(
    "GET", "/v1/me", me.read_me,
    Both("读取自己的资料", "Read one's own user"),
    asks=Asks.ACCESS_TOKEN, gives=answers.UserJson, shows=examples.USER,
    parameters=(
        Parameter(
            "header", "If-None-Match",
            Both(
                "上次得到的 ETag；没有变化时返回 304。",
                "The last ETag; 304 when nothing changed.",
            ),
        ),
    ),
)  # fmt: skip

_ME_ROUTES = (
    Route(
        "PUT", "/v1/me", me.update_me,
        Both(
            "修改昵称、头像、性别，未给的字段不变",
            "Change nickname, avatar, gender; absent fields stay",
        ),
        takes=Takes.JSON, asks=Asks.ACCESS_TOKEN,
        wants=schemas.ProfileBody, gives=ChangedUserJson,
        errors=("precondition_failed", "content_rejected", "wechat_unavailable"),
        parameters=(
            Parameter(
                "header", "If-Match",
                Both(
                    "上次得到的 ETag；已被他处修改时返回 412。",
                    "The last ETag; 412 on a lost update.",
                ),
            ),
        ),
        example=examples.PROFILE, shows=examples.USER,
    ),
    Route(
        "POST", "/v1/me/avatar", me.upload_avatar,
        Both(
            "上传头像（wx.uploadFile，字段名 avatar）",
            "Upload an avatar (wx.uploadFile, field avatar)",
        ),
        takes=Takes.UPLOAD, asks=Asks.ACCESS_TOKEN, gives=answers.UserJson, shows=examples.USER,
        errors=_FROM_WECHAT[3:],
    ),
    Route(
        "POST", "/v1/me/phone", me.bind_phone,
        Both("绑定手机号", "Bind a phone number"),
        takes=Takes.JSON, asks=Asks.ACCESS_TOKEN,
        wants=schemas.PhoneBody, gives=answers.UserJson,
        errors=("phone_code_invalid", "phone_taken", *_FROM_WECHAT[3:]),
        example=examples.PHONE, shows=examples.USER,
    ),
    Route(
        "DELETE", "/v1/me/phone", me.unbind_phone,
        Both("解绑手机号", "Forget the phone number"),
        asks=Asks.ACCESS_TOKEN, gives=answers.UserJson, shows=examples.USER,
    ),
    Route(
        "POST", "/v1/logout", me.logout,
        Both("退出登录：本机、其他设备或全部", "Log out here, elsewhere, or everywhere"),
        takes=Takes.JSON_OR_NOTHING, asks=Asks.ACCESS_OR_REFRESH_TOKEN,
        wants=schemas.LogoutBody, status=204, errors=("refresh_invalid",),
        example=examples.LOGOUT,
    ),
    Route(
        "GET", "/v1/me/sessions", me.list_sessions,
        Both("查看登录中的设备", "See where one is logged in"),
        asks=Asks.ACCESS_TOKEN, gives=answers.SessionsJson, shows=examples.SESSIONS,
    ),
    Route(
        "DELETE", "/v1/me/sessions/{sid}", me.end_session,
        Both("移除一台设备的登录", "End one of one's own sessions"),
        asks=Asks.ACCESS_TOKEN, status=204, errors=("not_found",),
    ),
    Route(
        "POST", "/v1/me/consent", consent.agree,
        Both("同意用户协议的某个版本", "Agree to a version of the agreement"),
        takes=Takes.JSON, asks=Asks.ACCESS_TOKEN, status=204,
        wants=schemas.ConsentBody, example=examples.CONSENT,
    ),
    Route(
        "DELETE", "/v1/me/consent", consent.withdraw,
        Both("撤回同意", "Take one's consent back"),
        asks=Asks.ACCESS_TOKEN, status=204,
    ),
    open_data.ROUTE,
    Route(
        "GET", "/v1/me/export", me.export_me,
        Both("导出本服务保存的全部个人数据", "Export everything held about oneself"),
        asks=Asks.ACCESS_TOKEN, gives=answers.ExportJson, shows=examples.EXPORT,
    ),
    Route(
        "DELETE", "/v1/me", me.erase_me,
        Both(
            "注销账号并抹除数据；服务设有反悔期时，期内登录即恢复",
            "Erase one's account and data; where the service gives time, a login takes it back",
        ),
        asks=Asks.ACCESS_TOKEN, status=204, errors=("invalid_request",),
        parameters=(
            Parameter(
                "query", "at_once",
                Both("true 表示不要反悔期，立即抹除。", "true: erase now, without time to return."),
                shape="true|false",
            ),
        ),
    ),
)  # fmt: skip

FOR_PEOPLE: tuple[Route, ...] = (
    _READ_ME, *_ENTERING_ROUTES, *_ME_ROUTES,
    *linking.routes(_IDEMPOTENT, (*_SPENDING, *_FROM_WECHAT)),
)  # fmt: skip
"""In this order: the busy ones first."""
