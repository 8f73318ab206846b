"""What can be wrong with a setting, as a line an operator understands at once."""

from enum import StrEnum

from attrs import field, frozen


class Language(StrEnum):
    """The languages texts for operators come in."""

    ZH = "zh"
    EN = "en"


class Wrong(Exception):
    """A value does not hold. `code` is a row of the table below; the values fill its gaps."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@frozen
class Problem:
    """One setting that does not hold. A secret is never among the values."""

    setting: str
    code: str
    values: dict[str, object] = field(factory=dict)
    where: str = ""

    def line(self, language: Language) -> str:
        """Answers one line: the setting, what is wrong, how to fix it."""
        zh, en = _TEXTS[self.code]
        if language is Language.ZH:
            place = f"({self.where})" if self.where else ""
            return f"{self.setting}{place}:{zh.format(**self.values)}"
        place = f" ({self.where})" if self.where else ""
        return f"{self.setting}{place}: {en.format(**self.values)}"


class SettingsRefused(Exception):
    """The settings do not hold; `problems` is everything that is wrong with them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.line(Language.EN) for problem in problems))
        self.problems = problems


_MAKE_KEY = "openssl rand -base64 32"

_TEXTS: dict[str, tuple[str, str]] = {
    "no_app": (
        "没有配置小程序——设置 WXLOGIN_APPID 和 WXLOGIN_APPSECRET,或在 wxlogin.toml 中写 [[apps]]",
        (
            "no mini-program is configured — set WXLOGIN_APPID and WXLOGIN_APPSECRET, "
            "or write [[apps]] in wxlogin.toml"
        ),
    ),
    "missing": ("没有设置——请设置它", "is missing — set it"),
    "too_long": ("太长——最多 {high} 个字符", "is too long — at most {high} characters"),
    "needed_with": (
        "设置了 {other},却没有设置它——两个都要设置",
        "is missing although {other} is set — set both",
    ),
    "appid_shape": (
        "不像一个 AppID——从微信公众平台“开发管理”中复制,形如 wx0123456789abcdef",
        "does not look like an AppID — copy it from WeChat's console, as in wx0123456789abcdef",
    ),
    "app_twice": (
        "AppID {appid} 写了两次——留下一个",
        "AppID {appid} is there twice — keep one",
    ),
    "spaces": (
        "含有空格或看不见的字符——重新复制一次",
        "contains a space or an invisible sign — copy it again",
    ),
    "not_one_of": (
        "“{value}”不是可用的值——可以用:{options}",
        '"{value}" is not one of the values it can have — use one of: {options}',
    ),
    "not_a_number": (
        "“{value}”不是 {low} 到 {high} 之间的数字——写一个这样的数字",
        '"{value}" is not a number from {low} to {high} — write one',
    ),
    "not_http": (
        (
            "“{value}”不是 http 或 https 地址——写成 https://login.example.com 这样,"
            "不带用户名、查询和 #"
        ),
        (
            '"{value}" is not an http or https address — write it like https://login.example.com, '
            "without user name, query or #"
        ),
    ),
    "not_an_address": (
        "“{value}”不是 IP 地址或网段——写成 10.0.0.1 或 10.0.0.0/8,用逗号隔开",
        (
            '"{value}" is not an IP address or network — write 10.0.0.1 or 10.0.0.0/8, '
            "with commas between them"
        ),
    ),
    "database_scheme": (
        "看不懂这个数据库地址——以 sqlite:///、postgresql:// 或 mysql:// 开头",
        "is not a database address — begin it with sqlite:///, postgresql:// or mysql://",
    ),
    "database_unnamed": (
        "没有写数据库的名字——写在最后,如 postgresql://user@host/wxlogin",
        "names no database — put its name at the end, as in postgresql://user@host/wxlogin",
    ),
    "database_memory": (
        "内存数据库一停机就丢掉所有用户——写一个文件,如 sqlite:///wxlogin.db",
        (
            "a database in memory loses every user at the next stop — name a file, "
            "as in sqlite:///wxlogin.db"
        ),
    ),
    "redis_scheme": (
        "看不懂这个 Redis 地址——以 redis:// 或 rediss:// 开头",
        "is not a Redis address — begin it with redis:// or rediss://",
    ),
    "key_empty": (
        f"第 {{at}} 个密钥是空的——用 {_MAKE_KEY} 生成",
        f"key {{at}} is empty — make one with: {_MAKE_KEY}",
    ),
    "key_not_base64": (
        f"第 {{at}} 个密钥不是 base64——用 {_MAKE_KEY} 生成",
        f"key {{at}} is not base64 — make one with: {_MAKE_KEY}",
    ),
    "key_length": (
        f"第 {{at}} 个密钥是 {{length}} 字节,不是 32 字节——用 {_MAKE_KEY} 生成",
        f"key {{at}} has {{length}} bytes, not 32 — make one with: {_MAKE_KEY}",
    ),
    "key_weak": (
        f"第 {{at}} 个密钥不是随机的——用 {_MAKE_KEY} 生成",
        f"key {{at}} is not random — make one with: {_MAKE_KEY}",
    ),
    "key_twice": (
        "同一个密钥写了两次——每个只写一次,新的在前",
        "names one key twice — name each once, newest first",
    ),
    "no_master_key": (
        f"生产环境必须设置——用 {_MAKE_KEY} 生成,保存在密钥库中",
        (
            f"is required in production — make one with: {_MAKE_KEY}, "
            "and keep it where your secrets are"
        ),
    ),
    "no_issuer": (
        "生产环境必须设置——写上客户端看到的地址,如 https://login.example.com",
        (
            "is required in production — set it to the address clients see, "
            "as in https://login.example.com"
        ),
    ),
    "not_https": (
        "生产环境必须用 https——换成 https:// 开头的地址,或在试用时设 WXLOGIN_ENV=development",
        (
            "must be https in production — use an https:// address, "
            "or set WXLOGIN_ENV=development to try things out"
        ),
    ),
    "loopback": (
        "生产环境不能指向本机(模拟器)——去掉它,就会使用微信自己的地址",
        (
            "must not point to this machine, where the simulator lives, in production — "
            "remove it and WeChat's own address is used"
        ),
    ),
    "bucket_shape": (
        (
            "看不懂这个存储桶地址——写成 s3://bucket?endpoint=https://cos.ap-guangzhou.myqcloud.com"
            "&region=ap-guangzhou 这样,MinIO 再加 &style=path"
        ),
        (
            "is not the address of a bucket — write it like s3://bucket?endpoint="
            "https://cos.ap-guangzhou.myqcloud.com&region=ap-guangzhou, for MinIO with &style=path"
        ),
    ),
    "webhook_loopback": (
        "生产环境不能指向本机——写上应用对外的 https 地址",
        "must not point to this machine in production — use your application's https address",
    ),
    "webhook_secret_shape": (
        '要写 whsec_ 加 24 到 64 字节的 base64——用 echo "whsec_$(openssl rand -base64 32)" 生成',
        (
            "must be whsec_ and 24 to 64 bytes in base64 — "
            'make one with: echo "whsec_$(openssl rand -base64 32)"'
        ),
    ),
    "no_limits": (
        "生产环境不能关闭限流——去掉它,或设为 on",
        "must not be off in production — remove it, or set it to on",
    ),
    "token_short": (
        "太短,容易被猜中——至少 {low} 个字符,用 openssl rand -hex 32 生成",
        "is short enough to be guessed — use at least {low} signs: openssl rand -hex 32",
    ),
    "aes_key_shape": (
        "不是 43 个字符的 EncodingAESKey——从微信公众平台“消息推送”中复制",
        "is not an EncodingAESKey of 43 signs — copy it from WeChat's message push page",
    ),
    "twice": (
        "它和 {other} 都设置了——留下一个",
        "is set and so is {other} — keep one of them",
    ),
    "file_unreadable": (
        "读不了文件 {path}({reason})——检查路径和权限",
        "the file {path} cannot be read ({reason}) — check path and permissions",
    ),
    "file_empty": (
        "文件 {path} 是空的——把值写进去",
        "the file {path} is empty — put the value into it",
    ),
    "toml_broken": (
        "{path} 不是正确的 TOML({reason})——改正这一处",
        "{path} is not TOML ({reason}) — correct that place",
    ),
    "toml_type": (
        "值的类型不对——写成文本或数字",
        "has a value of the wrong kind — write a text or a number",
    ),
    "toml_apps": (
        '要写成表——每个小程序先写一行 [[apps]],下面写 appid = "…" 和 secret = "…"',
        (
            "must be tables — for each mini-program write a line [[apps]], "
            'and below it appid = "…" and secret = "…"'
        ),
    ),
    "unknown": ("没有这个设置——删掉它", "there is no such setting — remove it"),
    "unknown_near": (
        "没有这个设置——是不是 {near}?改名或删掉",
        "there is no such setting — did you mean {near}? Rename or remove it",
    ),
}
