"""WeChat's ways of saying no: the errcodes and the words that come with them.

Sources: each API's own page, "全局返回码", and bodies quoted in public issue threads.
"""

ERRMSGS: dict[int, str] = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret, view more at http://t.cn/RAEkdVq",
    40129: "invalid scene",
    40163: "code been used",
    40164: "invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist",
    40226: "code blocked",
    40243: "appsecret has been frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43104: "appid not match openid",
    44002: "empty post data",
    44991: "reach max api minute limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit  mustslower  retry next minute",
    47001: "data format error",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
    50004: "forbid to use token api",
    50007: "account frozen",
    61010: "user hasn't visited the mini program in the last two hours",
    61024: "must use api(api_component_token) to get token for component acct",
    76001: "rid not found",
    76002: "rid is error",
    76003: "could not query this rid for no permission",
    76004: "rid is expired, only support rid within 7 days",
    87007: "session_key is not existd or expired",
    87008: "invalid sig_method",
    87009: "invalid signature",
    87014: "risky content",
    89503: "this ip needs the confirmation of the administrator",
    89506: "this ip was refused by the administrator, retry after 24 hours",
    89507: "this ip was refused by the administrator, retry after 1 hour",
}

_TOKEN_REFUSALS = frozenset({40001, 40014, 41001, 42001})


class Refusal(Exception):
    """What WeChat answers, with HTTP 200, instead of what was asked for."""

    def __init__(self, errcode: int, errmsg: str | None = None) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = ERRMSGS.get(errcode, "unknown error") if errmsg is None else errmsg


def worded(refusal: Refusal, *, rid: str, hint: str | None, ip: str) -> str:
    """Write an errmsg as WeChat does: the words, the hint of the token APIs, the rid."""
    words = refusal.errmsg.replace("{ip}", ip)
    if hint is not None:
        return f"{words} hint: [{hint}] rid: {rid}"
    comma = "" if refusal.errcode in _TOKEN_REFUSALS else ","
    return f"{words}{comma} rid: {rid}"
