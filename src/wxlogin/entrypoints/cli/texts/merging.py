"""What the commands about merging say."""

MERGING: dict[str, tuple[str, str]] = {
    "users merge": (
        "把用户 GONE 并入 KEEP(同一个人)。30 天内可撤销。",
        "Make GONE part of KEEP: one person. It can be undone for 30 days.",
    ),
    "users unmerge": ("撤销一次合并。", "Undo a merge."),
    "users merges": (
        "列出合并记录,最新的在前;可只看一个用户。",
        "List merges, newest first; of one user, if named.",
    ),
    "users conflicts": (
        "列出 unionid 相同的用户:不会自动合并。",
        "List users who share a unionid: nothing merges by itself.",
    ),
    "merge yes": ("确认。", "Yes, do it."),
    "merge needs yes": (
        "{gone} 的会话会结束,身份归 {kept};确定的话加上 --yes",
        "{gone} will be part of {kept} and its sessions end — add --yes if you mean it",
    ),
    "unmerge needs yes": ("确定的话加上 --yes", "add --yes if you mean it"),
    "merged": (
        "{gone} 已并入 {kept};{until} 前可撤销:wxlogin users unmerge {id} --yes",
        "{gone} is part of {kept}; until {until} undo it with: wxlogin users unmerge {id} --yes",
    ),
    "unmerged": (
        "{gone} 又是独立的用户,{kept} 恢复原样",
        "{gone} is a user again, and {kept} as before",
    ),
    "no merges": ("没有合并过", "nobody was merged"),
    "no conflicts": ("没有冲突", "no conflicts"),
    "merge refused unknown": (
        "没有这样的用户或合并(或者是同一个用户)",
        "there are no such users or merge (or it is one user twice)",
    ),
    "merge refused banned": (
        "其中一个用户被封禁;先解除封禁",
        "one of the users is banned; lift the ban first",
    ),
    "merge refused leaving": (
        "其中一个用户正在注销;等本人登录恢复,或等删除完成",
        "one of the users is being given up; wait until they log in again or are erased",
    ),
    "merge refused undone": ("这次合并已经撤销", "this merge was undone already"),
    "merge refused too_late": (
        "不能再撤销:已过 30 天,或用户已删除",
        "too late to undo: 30 days are over, or the user was erased",
    ),
    "merge refused merged_on": (
        "保留下来的用户后来又并入了别人;先撤销那一次(wxlogin users merges)",
        "the user who stayed was merged into another since; undo that first (wxlogin users merges)",
    ),
    "merge refused no_identity": (
        "撤销后其中一个用户将没有任何登录方式",
        "one of the two would have no identity left to log in with",
    ),
    "merge column id": ("编号", "merge"),
    "merge column kept": ("保留", "kept"),
    "merge column gone": ("并入", "gone"),
    "merge column merged_at": ("合并于", "merged at"),
    "merge column undone_at": ("撤销于", "undone at"),
    "merge column undoable_until": ("可撤销至", "undo until"),
    "merge column unionid": ("unionid", "unionid"),
    "merge column first": ("先有的用户", "first user"),
    "merge column second": ("后有的用户", "second user"),
    "merge column found_at": ("发现于", "found at"),
}
