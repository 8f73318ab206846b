"""What `wxlogin push` says. The words of states stay, for `--json` has them too."""

PUSHES: dict[str, tuple[str, str]] = {
    "push": ("微信推送的消息。", "What WeChat pushed."),
    "push list": (
        "列出微信推送的消息和处理结果,最新的在前。",
        "List what WeChat pushed and what became of it, newest first.",
    ),
    "push limit": ("最多多少条,默认 100。", "At most so many, 100 by default."),
    "push json": (
        "输出 JSON,包含未处理完的消息的全部内容(含 openid)。",
        "Write JSON, with all that an event not done yet says (openids too).",
    ),
    "no push": ("没有收到消息", "nothing was pushed"),
    "push column received": ("收到(UTC)", "received (UTC)"),
    "push column event": ("事件", "event"),
    "push column app": ("小程序", "app"),
    "push column state": ("状态", "state"),
    "push column outcome": ("结果", "outcome"),
    "push column attempts": ("次数", "tries"),
    "push waiting": ("waiting 等待处理", "waiting"),
    "push done": ("done 已处理", "done"),
    "push kept": ("kept 待人工查看", "kept"),
    "push failed": ("failed 多次失败", "failed"),
}
