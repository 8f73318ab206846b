"""What the doctor finds, with cause and fix."""

FINDINGS: dict[str, tuple[str, str]] = {
    "ok": ("正常", "ok   "),
    "wrong": ("有误", "wrong"),
    "settings ok": ("已读取({env})", "read ({env})"),
    "folder ok": (
        "{path} 可写,剩余 {free} MB",
        "{path} can be written to, {free} MB are free",
    ),
    "disk nearly full": (
        "{path} 只剩 {free} MB——清理磁盘,写满后无法登录",
        "{path} has only {free} MB left — make room; on a full disk nobody can log in",
    ),
    "issuer ok": ("{issuer} 上回答的是本服务", "this service answers at {issuer}"),
    "issuer silent": (
        "{issuer} 暂时没有回答({reason})——服务启动后再看一次",
        "nothing answers at {issuer} yet ({reason}) — look again once the service runs",
    ),
    "issuer unknown": (
        "域名查不到({reason}):{issuer}——检查 WXLOGIN_ISSUER 和 DNS",
        "nobody knows the name in {issuer} ({reason}) — check WXLOGIN_ISSUER and DNS",
    ),
    "issuer certificate": (
        "{issuer} 的证书不被接受({reason})——换成有效的证书,并带上中间证书",
        (
            "the certificate of {issuer} is not accepted ({reason}) — install a valid one with its "
            "intermediates"
        ),
    ),
    "issuer is another": (
        "{issuer} 上回答的是别的服务({reason})——检查 WXLOGIN_ISSUER 和反向代理的转发",
        (
            "another service answers at {issuer} ({reason}) — check WXLOGIN_ISSUER and where the "
            "proxy leads"
        ),
    ),
    "proxies ok": ("采用 {proxies} 转告的客户端地址", "{proxies} may tell a client's address"),
    "no proxies": ("没有设置,按连接的地址计", "none; the address of the connection counts"),
    "proxies missing": (
        (
            "没有设置,https 却由前面的代理处理:所有客户端会共用代理的地址和限流额度——"
            "在 WXLOGIN_TRUSTED_PROXIES 中写上代理的地址"
        ),
        (
            "none, but https ends at a proxy: all clients would share its address and its limits — "
            "name it in WXLOGIN_TRUSTED_PROXIES"
        ),
    ),
    "proxies too wide": (
        "{network} 几乎包括所有人,任何人都能伪造地址——在 WXLOGIN_TRUSTED_PROXIES 中只写自己的代理",
        (
            "{network} is nearly everybody, so anybody can forge an address — name only yours in "
            "WXLOGIN_TRUSTED_PROXIES"
        ),
    ),
    "push encrypted": (
        "验签并解密;在微信后台填写:{address}",
        "signed and encrypted; in WeChat's console enter {address}",
    ),
    "push plain": (
        "只验签,内容是明文——建议设置 WXLOGIN_PUSH_AES_KEY;在微信后台填写:{address}",
        "signed, not encrypted (WXLOGIN_PUSH_AES_KEY would); in WeChat's console enter {address}",
    ),
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
    "bucket ok": ("存储桶 {name} 可以使用", "the bucket {name} can be reached"),
    "no bucket": (
        "用不了存储桶 {name}({reason})——检查 WXLOGIN_AVATAR_STORE、密钥、以及列出和写入的权限",
        (
            "the bucket {name} cannot be used ({reason}) — check WXLOGIN_AVATAR_STORE, its keys, "
            "and that they may list and write"
        ),
    ),
    "clock ok": ("与微信相差 {seconds} 秒", "{seconds} s from WeChat's"),
    "clock off": (
        "与微信相差 {seconds} 秒——打开 NTP 校时",
        "{seconds} s from WeChat's — set it, and keep it by NTP",
    ),
}
