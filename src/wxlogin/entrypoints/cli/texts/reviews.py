"""What `wxlogin reviews` says."""

REVIEWS: dict[str, tuple[str, str]] = {
    "reviews": ("等待人工审核的昵称和头像。", "Nicknames and avatars that wait for an operator."),
    "reviews list": ("列出等待审核的内容,最早的在前。", "List what waits, oldest first."),
    "reviews pass": (
        "通过:昵称立即生效,头像所有人可见。",
        "Pass one: a nickname becomes the user's, a picture may be seen by everybody.",
    ),
    "reviews refuse": (
        "拒绝:保留原昵称,头像则删除。",
        "Refuse one: the old nickname stays, a picture is deleted.",
    ),
    "reviews limit": ("最多多少条,默认 100。", "At most so many, 100 by default."),
    "no reviews": ("没有等待审核的内容", "nothing waits"),
    "no review": (
        "没有审核 {id}(从未有过、用户已注销,或早已有结论)",
        "no review {id} (there never was, its user was erased, or it was decided long ago)",
    ),
    "review passed": ("已通过 {id}(用户 {user})", "passed {id} of user {user}"),
    "review refused": ("已拒绝 {id}(用户 {user})", "refused {id} of user {user}"),
    "review passed instead": (
        "{id} 此前已通过(用户 {user})",
        "{id} of user {user} was passed before",
    ),
    "review refused instead": (
        "{id} 未通过:此前已拒绝、用户 {user} 已不在,或已改用其他昵称",
        "{id} is refused: it was before, or user {user} is gone or took another nickname",
    ),
    "review waiting instead": (
        "{id} 仍在等待:内容无法解密(缺少当时的主密钥)",
        "{id} waits on: what it says cannot be read (the master key it was sealed with is gone)",
    ),
    "review column id": ("编号", "review"),
    "review column kind": ("种类", "kind"),
    "review column value": ("内容", "content"),
    "review column user": ("用户", "user"),
    "review column app": ("小程序", "app"),
    "review column since": ("等待自", "since"),
    "review column label": ("微信标签", "label"),
}
