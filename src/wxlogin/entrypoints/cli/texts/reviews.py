"""What `wxlogin reviews` says."""

REVIEWS: dict[str, tuple[str, str]] = {
    "reviews": ("等待人工审核的头像。", "Avatars that wait for an operator."),
    "reviews list": ("列出等待审核的内容,最早的在前。", "List what waits, oldest first."),
    "reviews pass": ("通过:所有人都能看到这张头像。", "Pass one: everybody may see it."),
    "reviews refuse": ("拒绝:删除这张头像。", "Refuse one: the picture is deleted."),
    "reviews limit": ("最多多少条,默认 100。", "At most so many, 100 by default."),
    "no reviews": ("没有等待审核的内容", "nothing waits"),
    "no review": (
        "没有等待审核的 {id}(不存在或已有结论)",
        "no review {id} waits (unknown, or decided already)",
    ),
    "review passed": ("已通过 {id}(用户 {user})", "passed {id} of user {user}"),
    "review refused": ("已拒绝 {id}(用户 {user})", "refused {id} of user {user}"),
    "review column id": ("编号", "review"),
    "review column kind": ("种类", "kind"),
    "review column value": ("内容", "content"),
    "review column user": ("用户", "user"),
    "review column app": ("小程序", "app"),
    "review column since": ("等待自", "since"),
    "review column label": ("微信标签", "label"),
}
