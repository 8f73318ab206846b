"""What the audit trail says to a person. The words of events stay, for one can filter by them."""

TRAIL: dict[str, tuple[str, str]] = {
    "no events": ("没有这样的记录", "nothing of that kind"),
    "bad since": (
        "看不懂时间“{value}”——写 2026-11-24、2026-11-24T08:00Z,或多久以前:90m、24h、7d",
        (
            '"{value}" is not a time — write 2026-11-24, 2026-11-24T08:00Z, '
            "or how long ago: 90m, 24h, 7d"
        ),
    ),
    "not audited": (
        "已经完成,但没能写入审计记录——检查数据库,并自己记下这次操作",
        (
            "it is done, but could not be written into the audit trail — "
            "check the database, and note this act yourself"
        ),
    ),
    "column at": ("时间(UTC)", "time (UTC)"),
    "column event": ("事件", "event"),
    "column reason": ("原因", "reason"),
    "column actor": ("操作者", "actor"),
    "column user": ("用户", "user"),
    "column session": ("会话", "session"),
    "column app": ("小程序", "app"),
    "column client": ("地址", "address"),
    "event login": ("login 登录", "login"),
    "event login_refused": ("login_refused 拒绝登录", "login_refused"),
    "event register": ("register 注册", "register"),
    "event reuse_detected": ("reuse_detected 令牌被盗用", "reuse_detected"),
    "event superseded": ("superseded 令牌过时", "superseded"),
    "event logout": ("logout 退出", "logout"),
    "event kicked": ("kicked 被下线", "kicked"),
    "event banned": ("banned 封禁", "banned"),
    "event unbanned": ("unbanned 解封", "unbanned"),
    "event leaving": ("leaving 申请注销", "leaving"),
    "event restored": ("restored 撤回注销", "restored"),
    "event erased": ("erased 删除", "erased"),
    "event merged": ("merged 合并", "merged"),
    "event unmerged": ("unmerged 撤销合并", "unmerged"),
    "event identity_removed": ("identity_removed 解绑小程序", "identity_removed"),
    "event phone_moved": ("phone_moved 手机号转移", "phone_moved"),
    "event key_staged": ("key_staged 公布密钥", "key_staged"),
    "event keys_rotated": ("keys_rotated 轮换密钥", "keys_rotated"),
    "event audit_lost": ("audit_lost 丢失记录", "audit_lost"),
    "actor self": ("本人", "self"),
    "actor operator": ("运营者", "operator"),
    "actor service": ("服务", "service"),
}
