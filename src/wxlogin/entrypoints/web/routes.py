"""The table of routes: what is served, in which order, and what the documentation says of it."""

from collections.abc import Iterable, Mapping

from wxlogin.domain.errors import NotFound
from wxlogin.entrypoints.web import answers, examples, schemas
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.errors import MethodNotAllowed
from wxlogin.entrypoints.web.handlers import (
    consent,
    entering,
    linking,
    me,
    open_data,
    operations,
    pushed,
    services,
)
from wxlogin.entrypoints.web.language import Both
from wxlogin.entrypoints.web.limits import LOGINS, OTHERS, PUSHES, REFRESHES
from wxlogin.entrypoints.web.papers import Papers
from wxlogin.entrypoints.web.route import Asks, Parameter, Route, Takes
from wxlogin.entrypoints.web.wishes import Wishes

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

_LOGIN_ROUTES = (
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
        wants=schemas.ProfileBody, gives=answers.UserJson,
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

_SERVICE_ROUTES = (
    Route(
        "GET", "/.well-known/jwks.json", services.jwks,
        Both("公钥：当前、下一个、上一个", "Public keys: current, next, previous"),
        gives=answers.JwksJson,
    ),
    Route(
        "GET", "/.well-known/oauth-authorization-server", services.metadata,
        Both("服务元数据（RFC 8414）", "Server metadata (RFC 8414)"),
        gives=dict,
    ),
    Route(
        "POST", "/v1/introspect", services.introspect,
        Both(
            "令牌自省（RFC 7662），需服务凭证",
            "Introspect a token (RFC 7662), with the service token",
        ),
        takes=Takes.JSON_OR_FORM, asks=Asks.SERVICE_TOKEN,
        wants=schemas.IntrospectBody, gives=answers.IntrospectionJson,
        example=examples.INTROSPECT, shows=examples.INTROSPECTION,
    ),
    Route(
        "GET", "/v1/revocations", services.revocations,
        Both("失效通知，需服务凭证", "What no longer counts, with the service token"),
        asks=Asks.SERVICE_TOKEN, gives=answers.RevocationsJson, errors=("invalid_request",),
        parameters=(
            Parameter(
                "query", "since",
                Both("上一次回答中的 next；不给则返回全部仍有意义的。",
                     "The next of the last answer; absent for all that still matters."),
            ),
        ),
        shows=examples.REVOCATIONS,
    ),
)  # fmt: skip

_SIGNED = (
    Parameter("query", "signature", Both("签名。", "The signature.")),
    Parameter("query", "timestamp", Both("签名的时间（秒）。", "When it was signed, in seconds.")),
    Parameter("query", "nonce", Both("签名的随机数。", "The nonce of the signature.")),
)
_PUSH_ROUTES = (
    Route(
        "GET", "/wechat/push/{appid}", pushed.check_address,
        Both(
            "微信验证消息推送地址；未配置 token 时为 404",
            "WeChat checks the address of its message push; 404 where no token is set",
        ),
        rule=PUSHES, media_type="text/plain", errors=("invalid_request", "not_found"),
        parameters=(
            *_SIGNED,
            Parameter(
                "query", "echostr", Both("原样返回的文本。", "The text that is given back.")
            ),
        ),
    ),
    Route(
        "POST", "/wechat/push/{appid}", pushed.receive,
        Both(
            "接收微信推送的消息（明文、兼容、安全模式；XML 或 JSON），回答 success",
            "Take in what WeChat pushes (plain, compatible or safe; XML or JSON); says success",
        ),
        rule=PUSHES, takes=Takes.MESSAGE, media_type="text/plain", errors=("not_found",),
        parameters=(
            *_SIGNED,
            Parameter("query", "encrypt_type", Both("加密时为 aes。", "aes when it is encrypted.")),
            Parameter(
                "query", "msg_signature",
                Both(
                    "包含密文的签名；配置了 EncodingAESKey 时只认它。",
                    "The signature over what is encrypted; where an AES key is set only this "
                    "one counts.",
                ),
            ),
        ),
    ),
)  # fmt: skip

_OPERATION_ROUTES = (
    Route(
        "GET", "/avatars/{name}", operations.avatar,
        Both("头像图片", "An avatar kept here"),
        media_type="image/webp", errors=("not_found",),
    ),
    Route(
        "GET", "/avatars/held/{name}", operations.held_avatar,
        Both("等待审核的头像，只有本人知道地址", "An avatar that waits for a verdict"),
        media_type="image/webp", errors=("not_found",),
    ),
    Route(
        "GET", "/healthz", operations.health,
        Both("进程存活", "Is the process alive"),
        rule=None, gives=answers.HealthJson,
    ),
    Route(
        "GET", "/readyz", operations.readiness,
        Both("依赖是否就绪；否则 503", "Is everything it needs there; 503 when not"),
        rule=None, gives=answers.HealthJson,
    ),
    Route(
        "GET", "/metrics", operations.metrics,
        Both("Prometheus 指标", "Prometheus metrics"),
        rule=None, media_type="text/plain",
    ),
)  # fmt: skip

_DESCRIBED = (
    _READ_ME, *_LOGIN_ROUTES, *_ME_ROUTES,
    *linking.routes(_IDEMPOTENT, (*_SPENDING, *_FROM_WECHAT)),
    *_SERVICE_ROUTES, *_PUSH_ROUTES, *_OPERATION_ROUTES,
)  # fmt: skip
_PAPERS = Papers(_DESCRIBED)

ROUTES: tuple[Route, ...] = (*_DESCRIBED, *_PAPERS.routes)
"""All routes. A router that tries them in turn meets the busy ones first."""


async def _nothing_here(_call: Call, _wishes: Wishes) -> Answer:
    raise NotFound


NO_ROUTE = Route("*", "(none)", _nothing_here, Both("没有这个地址", "Nothing is here"), rule=OTHERS)
"""Answers whatever no other route does."""


def by_path(routes: Iterable[Route]) -> dict[str, dict[str, Route]]:
    """Answers the routes of each path and alias by method, paths in the order of the table."""
    table: dict[str, dict[str, Route]] = {}
    for route in routes:
        for path in (route.path, *route.aliases):
            table.setdefault(path, {})[route.method] = route
    return table


def wrong_method(table: Mapping[str, Route]) -> Route:
    """Answers the route of every method a path does not know."""
    allow = tuple({**table, "HEAD": None} if "GET" in table else table)

    async def refuse(_call: Call, _wishes: Wishes) -> Answer:
        raise MethodNotAllowed(allow)

    path = next(iter(table.values())).path
    return Route("*", path, refuse, Both("不支持的方法", "Methods this path does not know"))
