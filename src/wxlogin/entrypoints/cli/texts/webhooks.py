"""What `wxlogin webhooks` says. The words of states stay, for `--json` has them too."""

WEBHOOKS: dict[str, tuple[str, str]] = {
    "webhooks": (
        "通知应用的 webhook:查看、重发、测试。",
        "Webhooks to your application: list, retry, test.",
    ),
    "webhooks list": (
        "列出还没有送达的 webhook,最早的在前。",
        "List the webhooks that are not delivered yet, oldest first.",
    ),
    "webhooks retry": (
        "重新发送搁置的 webhook:一个,或用 --all 全部。",
        "Send parked webhooks again: one, or with --all every one.",
    ),
    "webhooks test": (
        "发送一个签名的测试 webhook,并显示收到的回应。",
        "Send one signed test webhook and tell what came back.",
    ),
    "webhooks limit": ("最多多少条,默认 100。", "At most so many, 100 by default."),
    "webhooks all": ("全部搁置的。", "All that are parked."),
    "webhooks one or all": (
        "写一个 webhook 的 id,或 --all",
        "name the id of one webhook, or --all",
    ),
    "no webhooks": ("没有等待的 webhook", "no webhook waits"),
    "no webhook id": ("“{id}”不是 webhook 的 id", '"{id}" is not the id of a webhook'),
    "none parked": ("没有这样的搁置 webhook", "no such webhook is parked"),
    "webhooks retried": ("重新发送:{number}", "to be sent again: {number}"),
    "webhook not set": (
        "没有设置 WXLOGIN_WEBHOOK_URL——请设置它和 WXLOGIN_WEBHOOK_SECRET",
        "WXLOGIN_WEBHOOK_URL is not set — set it and WXLOGIN_WEBHOOK_SECRET",
    ),
    "webhook delivered": ("送达:{met},{ms} 毫秒", "delivered: {met} after {ms} ms"),
    "webhook failed": ("没有送达:{met},{ms} 毫秒", "not delivered: {met} after {ms} ms"),
    "webhooks column at": ("时间(UTC)", "at (UTC)"),
    "webhooks column id": ("id", "id"),
    "webhooks column type": ("事件", "type"),
    "webhooks column user": ("用户", "user"),
    "webhooks column state": ("状态", "state"),
    "webhooks column met": ("结果", "met"),
    "webhooks column attempts": ("次数", "tries"),
    "webhook waiting": ("waiting 等待发送", "waiting"),
    "webhook parked": ("parked 已搁置", "parked"),
}
