"""The routes of everybody else: your other services, WeChat's message push, and operations."""

from wxlogin.entrypoints.web import answers_for_others, examples, schemas
from wxlogin.entrypoints.web.handlers import operations, pushed, services
from wxlogin.entrypoints.web.language import Both
from wxlogin.entrypoints.web.limits import PUSHES
from wxlogin.entrypoints.web.route import Asks, Parameter, Route, Takes

_SERVICE_ROUTES = (
    Route(
        "GET", "/.well-known/jwks.json", services.jwks,
        Both("公钥：当前、下一个、上一个", "Public keys: current, next, previous"),
        gives=answers_for_others.JwksJson,
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
        wants=schemas.IntrospectBody, gives=answers_for_others.IntrospectionJson,
        example=examples.INTROSPECT, shows=examples.INTROSPECTION,
    ),
    Route(
        "GET", "/v1/revocations", services.revocations,
        Both("失效通知，需服务凭证", "What no longer counts, with the service token"),
        asks=Asks.SERVICE_TOKEN, gives=answers_for_others.RevocationsJson,
        errors=("invalid_request",),
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
        rule=None, gives=answers_for_others.HealthJson,
    ),
    Route(
        "GET", "/readyz", operations.readiness,
        Both("依赖是否就绪；否则 503", "Is everything it needs there; 503 when not"),
        rule=None, gives=answers_for_others.HealthJson,
    ),
    Route(
        "GET", "/metrics", operations.metrics,
        Both("Prometheus 指标", "Prometheus metrics"),
        rule=None, media_type="text/plain",
    ),
)  # fmt: skip

FOR_OTHERS: tuple[Route, ...] = (*_SERVICE_ROUTES, *_PUSH_ROUTES, *_OPERATION_ROUTES)
"""In this order."""
