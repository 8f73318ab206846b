"""What commands say while they work."""

MESSAGES: dict[str, tuple[str, str]] = {
    "warning": ("注意:", "warning: "),
    "listening": ("正在监听 {address}", "listening on {address}"),
    "port taken": (
        "无法监听 {host} 的端口 {port}({reason})——换一个:--port {other}",
        "cannot listen on {host} port {port} ({reason}) — take another: --port {other}",
    ),
    "limits per process": (
        "{workers} 个进程各自计数限流——设置 WXLOGIN_REDIS_URL 可共享",
        (
            "rate limits are counted per process, and there are {workers} — "
            "set WXLOGIN_REDIS_URL to share them"
        ),
    ),
    "old schema": (
        "数据库结构不是最新——运行:wxlogin migrate",
        "the database has an old schema — run: wxlogin migrate",
    ),
    "simulated": (
        "数据库中有模拟器的用户,生产环境拒绝启动——换一个数据库,或删除 openid 以 oSIM_ 开头的用户",
        (
            "the database holds simulated users, which production refuses — "
            "use another database, or erase those whose openid begins with oSIM_"
        ),
    ),
    "no database": (
        "连不上数据库({reason})——检查 WXLOGIN_DATABASE_URL 和数据库是否在运行",
        (
            "the database cannot be reached ({reason}) — check WXLOGIN_DATABASE_URL "
            "and that it is running"
        ),
    ),
    "bad database": (
        "数据库不能这样用({reason})——检查 WXLOGIN_DATABASE_URL:文件是不是数据库,? 后的选项对不对",
        (
            "the database cannot be used like that ({reason}) — check in WXLOGIN_DATABASE_URL "
            "whether the file is a database, and the options after ?"
        ),
    ),
    "keys unreadable": (
        "主密钥打不开数据库里的签名密钥——设回原来的 WXLOGIN_MASTER_KEY(旧的写在新的后面)",
        (
            "the master key does not open the signing keys in the database — "
            "put the former WXLOGIN_MASTER_KEY back (old ones after the new)"
        ),
    ),
    "no folder": (
        "目录 {path} 不能写({reason})——检查 WXLOGIN_DATA_DIR",
        "the folder {path} cannot be written to ({reason}) — check WXLOGIN_DATA_DIR",
    ),
    "migrated": (
        "数据库结构已是最新:{revision}",
        "the database is at the newest schema: {revision}",
    ),
    "newer schema": (
        "数据库结构 {revision} 比这个版本知道的更新,没有改动——这个版本可以继续使用它",
        "the schema {revision} is newer than this version knows and stays; it can be used",
    ),
    "being migrated": (
        "另一个 wxlogin migrate 还在运行——等它结束,再运行一次:wxlogin migrate",
        "another wxlogin migrate is still at work — wait for its end, then run: wxlogin migrate",
    ),
    "table held": (
        (
            "有事务长时间占用着要修改的表,已放弃等待,服务不受影响——"
            "等那个事务(如备份)结束或结束它,再运行一次:wxlogin migrate"
        ),
        (
            "a long transaction holds a table that is to be changed; gave up, so that the service "
            "does not wait — let it end (a backup?) or end it, then run again: wxlogin migrate"
        ),
    ),
    "foreign schema": (
        "数据库里有别的程序的 alembic_version 记录——在 WXLOGIN_DATABASE_URL 中换一个自己的数据库",
        (
            "the database has an alembic_version that is not wxlogin's — give it a database of its "
            "own in WXLOGIN_DATABASE_URL"
        ),
    ),
    "no user": ("没有这个用户:{id}", "there is no such user: {id}"),
    "no session": ("没有这个会话,或者已经结束:{id}", "no such session, or it is over: {id}"),
    "banned": ("已封禁,所有会话已结束:{id}", "banned, all sessions ended: {id}"),
    "unbanned": ("已解除封禁:{id}", "ban lifted: {id}"),
    "erased": ("已删除:{id}", "erased: {id}"),
    "erase needs yes": (
        "删除无法撤销——确定的话加上 --yes",
        "there is no way back — add --yes if you mean it",
    ),
    "revoked": ("会话已结束:{id}", "session ended: {id}"),
    "no sessions": ("没有进行中的会话", "no living sessions"),
    "staged": ("已公布新密钥:{kid}({alg})", "new key published: {kid} ({alg})"),
    "rotated": ("现在签名的密钥:{kid}({alg})", "this key signs now: {kid} ({alg})"),
    "waiting for key": (
        "新密钥 {kid} 刚刚公布,等 {seconds} 秒,让每个进程都认识它",
        "key {kid} was published a moment ago: waiting {seconds} s until every process knows it",
    ),
    "refused": ("没有成功({code})——稍后再试", "it did not work ({code}) — try again later"),
    "bad key file": (
        "{reason}——删除这个文件会让所有人重新登录;或设置 WXLOGIN_MASTER_KEY",
        (
            "{reason} — put it back, or set WXLOGIN_MASTER_KEY; without the former key everybody "
            "has to log in again"
        ),
    ),
    "no driver": ("{reason}", "{reason}"),
    "demo ready": (
        """
  页面      {page}
  接口文档  {page}docs
  模拟器    {simulator}_sim/
  数据      {data}

按 Ctrl-C 全部停止。
""",
        """
  page       {page}
  docs       {page}docs
  simulator  {simulator}_sim/
  data       {data}

Ctrl-C stops it all.
""",
    ),
    "simulator ready": (
        "模拟器:{address} ,页面:{address}/_sim/ (Ctrl-C 停止)",
        "simulator: {address}, its page: {address}/_sim/ (Ctrl-C stops it)",
    ),
    "temporary": ("临时目录,结束时删除", "temporary, removed at the end"),
}
