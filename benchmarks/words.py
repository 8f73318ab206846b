"""What the READMEs say of the figures, in two languages."""

WORDS = {
    "en": {
        "heading": "What it costs",
        "picture": "CPU per operation, beside other services",
        "how": (
            "CPU µs per operation, user and system, of all processes of a service: one worker,"
            " PostgreSQL, {connections} connections, one run side by side, median (least–most) of"
            " {rounds} rounds. {date}, "
        ),
        "latency": (
            "Milliseconds until the answer, p50 · p99, at half of what each can do (share {share})"
            " under random arrivals, service and database on one core:"
        ),
        "lost": "Where wxlogin needs more (theirs : ours).",
        "nothing": "Nowhere in these figures.",
        "more": (
            "wxlogin does more in each than the others do; the"
            " [benchmarks](benchmarks/README.md#beside-others) say what they leave out, how all"
            " of it is measured, and what it costs on other databases, with more workers and"
            " with a million users."
        ),
        "returning login": "returning login", "new login": "new login", "refresh": "refresh",
        "me": "me", "update": "update", "start": "cold start, s", "memory": "MiB at rest → after",
        "colon": ": ", "comma": ", ", "stop": "; ",
    },
    "zh-CN": {
        "heading": "要花多少",
        "picture": "每个操作的 CPU，和其他服务并排",
        "how": (
            "每个操作的 CPU 微秒（用户态加内核态，一个服务的全部进程）：一个工作进程，PostgreSQL，"
            "{connections} 个连接，同一次运行里并排测量，{rounds} 轮的中位数（最小–最大）。{date}，"
        ),
        "latency": (
            "毫秒，p50 · p99：请求随机到达，速率是各自能力的一半（{share}），"
            "服务和数据库共用一个核："
        ),
        "lost": "wxlogin 花得更多的地方（对方 : 我们）。",
        "nothing": "这些数字里没有。",
        "more": (
            "每个操作里 wxlogin 做的都比别人多；别人省去了什么、怎么测的、换数据库、加工作进程、"
            "有一百万用户时要花多少，都在[性能测量](benchmarks/README.md#beside-others)里（英文）。"
        ),
        "returning login": "老用户登录", "new login": "新用户登录", "refresh": "刷新",
        "me": "读资料", "update": "改资料", "start": "冷启动，秒",
        "memory": "内存 MiB，空闲 → 之后",
        "colon": "：", "comma": "，", "stop": "；",
        "wxlogin-second": "wxlogin，换一个解释器",
        "fastify": "手写的 Fastify + pg + fast-jwt", "fastify-cache": "同上，打开校验缓存",
        "go": "手写的 Go net/http + pgx",
    },
}  # fmt: skip
