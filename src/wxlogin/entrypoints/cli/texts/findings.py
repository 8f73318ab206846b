"""What the doctor finds, with cause and fix."""

FINDINGS: dict[str, tuple[str, str]] = {
    "ok": ("正常", "ok   "),
    "wrong": ("有误", "wrong"),
    "settings ok": ("已读取({env})", "read ({env})"),
    "folder ok": ("{path} 可写", "{path} can be written to"),
    "database ok": ("{kind},结构最新", "{kind}, newest schema"),
    "database newer": (
        "{kind},结构比这个版本知道的更新,可以使用",
        "{kind}, a schema newer than this version knows, which serves as well",
    ),
    "keys ok": (
        "{alg} {kid} 正在签名,主密钥可以打开",
        "{alg} {kid} signs, the master key opens it",
    ),
    "no keys yet": ("还没有密钥,第一次启动时生成", "none yet; the first start makes them"),
    "redis ok": ("已连接", "answers"),
    "no redis": (
        "连不上({reason})——检查 WXLOGIN_REDIS_URL 和 Redis 是否在运行",
        "cannot be reached ({reason}) — check WXLOGIN_REDIS_URL and that it is running",
    ),
    "app ok": ("微信接受 AppID 和密钥", "WeChat accepts appid and secret"),
    "appid refused": (
        "微信不认识 AppID {appid}({errcode})——从微信公众平台重新复制",
        "WeChat does not know appid {appid} ({errcode}) — copy it again from WeChat's console",
    ),
    "secret refused": (
        "微信拒绝 AppSecret({errcode})——重新复制;若已重置,用新的",
        "WeChat refuses the AppSecret ({errcode}) — copy it again, the new one if it was reset",
    ),
    "secret frozen": (
        "AppSecret 已冻结({errcode})——在微信公众平台解冻",
        "the AppSecret is frozen ({errcode}) — unfreeze it in WeChat's console",
    ),
    "ip refused": (
        "本机地址 {ip} 不在 IP 白名单({errcode})——在微信公众平台“开发管理”中加入,约十分钟后生效",
        (
            "the address {ip} of this machine is not in the IP whitelist ({errcode}) — add it in "
            "WeChat's console and wait some ten minutes"
        ),
    ),
    "ip unconfirmed": (
        "本机地址等待管理员确认({errcode})——请管理员在微信中确认",
        "this machine's address waits for the admin ({errcode}) — the admin confirms it in WeChat",
    ),
    "quota used up": (
        "今天的调用额度已用完({errcode})——明天恢复,或在微信公众平台清零",
        "today's quota is used up ({errcode}) — it comes back tomorrow, or clear it in the console",
    ),
    "too often": (
        "这一分钟问得太多({errcode})——过一分钟再试",
        "asked too often this minute ({errcode}) — try again in a minute",
    ),
    "wechat busy": (
        "微信系统繁忙({errcode})——过一会再试",
        "WeChat is busy ({errcode}) — try again in a while",
    ),
    "wechat refuses": (
        "微信拒绝({errcode})——在微信“全局返回码”页查这个码",
        "WeChat refuses ({errcode}) — look the code up in WeChat's list of return codes",
    ),
    "wechat unreachable": (
        "连不上微信({reason})——检查本机的出网、DNS 和 WXLOGIN_WECHAT_BASE_URL",
        (
            "WeChat cannot be reached ({reason}) — check outgoing network, DNS and "
            "WXLOGIN_WECHAT_BASE_URL"
        ),
    ),
    "clock ok": ("与微信相差 {seconds} 秒", "{seconds} s from WeChat's"),
    "clock off": (
        "与微信相差 {seconds} 秒——打开 NTP 校时",
        "{seconds} s from WeChat's — set it, and keep it by NTP",
    ),
}
