"""What each command and option is for."""

HELPS: dict[str, tuple[str, str]] = {
    "wxlogin": (
        "微信小程序登录服务。",
        "A login service for WeChat mini-programs.",
    ),
    "serve": (
        "运行登录服务。设置来自环境变量或 wxlogin.toml。",
        "Run the service. Settings come from the environment or wxlogin.toml.",
    ),
    "simulator": (
        "运行微信模拟器:没有微信账号也能登录。",
        "Run the WeChat stand-in: logins without WeChat.",
    ),
    "demo": (
        "一条命令看到全部:模拟器、服务和一个页面。",
        "See everything at once: simulator, service and a page.",
    ),
    "migrate": (
        "把数据库升级到最新结构。",
        "Bring the database to the newest schema.",
    ),
    "keys": ("签名密钥:下一个、当前、上一个。", "Signing keys: next, current, previous."),
    "keys new": (
        "生成并公布一个新的“下一个”密钥,代替正在等待的那个。",
        "Make and publish a new next key, in place of the one that waits.",
    ),
    "keys list": ("列出签名密钥。", "List the signing keys."),
    "keys rotate": (
        "让“下一个”密钥开始签名。旧令牌继续有效。",
        "Let the next key sign. Tokens signed before stay good.",
    ),
    "doctor": (
        "实际检查设置:一行一项,有问题时退出码为 1。",
        "Try the settings for real: one line each, exit 1 when something is wrong.",
    ),
    "users": ("用户:查看、封禁、导出、删除、合并。", "Users: show, ban, export, erase, merge."),
    "users show": ("显示一个用户。", "Show a user."),
    "users ban": ("封禁一个用户,立即结束所有会话。", "Ban a user and end all sessions at once."),
    "users unban": ("解除封禁。", "Lift a ban."),
    "users export": (
        "导出保存的关于某人的一切(JSON,含完整手机号)。",
        "Export everything held about a person (JSON, the whole phone number too).",
    ),
    "users erase": ("删除一个人的数据。无法撤销。", "Erase a person. There is no way back."),
    "sessions": ("会话:列出、结束。", "Sessions: list, revoke."),
    "sessions list": ("列出一个用户的会话。", "List a user's living sessions."),
    "sessions revoke": ("立即结束一个会话。", "End a session at once."),
    "audit": (
        "审计记录:谁登录、被封禁、被下线……最新的在前。",
        "The audit trail: who logged in, was banned, kicked, …; newest first.",
    ),
    "audit user": ("只看这个用户。", "Only this user."),
    "audit session": ("只看这个会话。", "Only this session."),
    "audit event": (
        "只看这种事件:login、register、reuse_detected、banned……",
        "Only this kind of event: login, register, reuse_detected, banned, …",
    ),
    "audit since": (
        "从何时起:2026-11-24、2026-11-24T08:00Z(UTC),或 90m、24h、7d 以前。",
        "From when on: 2026-11-24, 2026-11-24T08:00Z (UTC), or 90m, 24h, 7d ago.",
    ),
    "audit limit": ("最多多少条,默认 100。", "At most so many, 100 by default."),
    "audit json": ("每行一个 JSON。", "One JSON object a line."),
    "host": ("监听的地址(WXLOGIN_HOST)。", "Address to listen on (WXLOGIN_HOST)."),
    "port": ("监听的端口(WXLOGIN_PORT)。", "Port to listen on (WXLOGIN_PORT)."),
    "workers": ("进程数(WXLOGIN_WORKERS)。", "Number of processes (WXLOGIN_WORKERS)."),
    "simulator port": ("监听的端口。", "Port to listen on."),
    "demo port": (
        "页面和服务的端口;模拟器用下一个。",
        "Port of page and service; the simulator takes the next.",
    ),
    "data dir": (
        "数据保存的目录;不写就用临时目录,结束时删除。",
        "Folder to keep the data in; else a temporary one, removed at the end.",
    ),
    "demo content check": (
        "打开昵称和头像的内容审核;模拟器几秒后推送头像的结果。",
        "Check nicknames and avatars; the simulator pushes its verdict on avatars in some seconds.",
    ),
    "json": ("输出 JSON。", "Write JSON."),
    "yes": ("确认删除。", "Yes, erase."),
    "alg": ("EdDSA、ES256 或 RS256。", "EdDSA, ES256 or RS256."),
    "example": ("例子", "Example"),
}
