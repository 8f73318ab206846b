"""Settings: everything one deployment is told, frozen."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from attrs import field, frozen

from wxlogin.domain.app import Apps
from wxlogin.domain.nickname import NicknameRules, rules_with
from wxlogin.domain.session import SessionPolicy
from wxlogin.domain.use_cases.consent import ConsentPolicy
from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.domain.use_cases.phone import PhonePolicy
from wxlogin.entrypoints.settings.bucket import Bucket

WECHAT = "https://api.weixin.qq.com"
SECOND_WECHAT = "https://api2.weixin.qq.com"
"""WeChat's own, "when the first cannot be reached" (接口域名)."""


class Environment(StrEnum):
    """Where it runs. Production refuses what is unsafe; development fills in what is missing."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


class LogFormat(StrEnum):
    """How a log line looks: for machines or for people."""

    JSON = "json"
    TEXT = "text"


@frozen
class App:
    """One mini-program, with what WeChat's console gives for it."""

    appid: str
    secret: str = field(repr=False)
    push_token: str | None = field(default=None, repr=False)
    push_aes_key: str | None = field(default=None, repr=False)
    open_data: frozenset[str] = frozenset()


@frozen
class Settings:
    """The settings, named as their variables without the prefix. Lives are durations.

    `session_max_days` is zero where a session in use may live for ever.
    `master_key` is empty only in development: then a key is made and kept in the data folder.
    """

    apps: tuple[App, ...] = ()
    database_url: str = field(default="", repr=False)
    data_dir: Path = Path()
    master_key: tuple[bytes, ...] = field(default=(), repr=False)
    wechat_base_url: str = WECHAT
    wechat_timeout: timedelta = timedelta(seconds=8)
    wechat_calls_per_minute: int | None = None
    service_token: str | None = field(default=None, repr=False)
    rate_limit: bool = True
    content_check: bool = False
    content_check_fail: ContentPolicy = ContentPolicy.FAIL_CLOSED
    reserved_names: tuple[str, ...] = ()
    phone_taken: PhonePolicy = PhonePolicy.REFUSE
    issuer: str = ""
    audience: str = "wxlogin"
    signing_alg: str = "EdDSA"
    key_rotation_days: timedelta = timedelta(days=90)
    trusted_proxies: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    access_ttl: timedelta = timedelta(minutes=15)
    refresh_ttl: timedelta = timedelta(days=30)
    refresh_reuse_seconds: timedelta = timedelta(seconds=60)
    tutorial_ttl: timedelta = timedelta(days=1)
    session_max_days: timedelta = timedelta(days=365)
    sessions_per_user: int = 10
    audit_days: timedelta = timedelta(days=180)
    erasure_grace_days: timedelta = timedelta()
    consent_version: str | None = None
    consent_required: bool = False
    redis_url: str | None = field(default=None, repr=False)
    avatar_store: Bucket | None = None
    s3_access_key: str | None = field(default=None, repr=False)
    s3_secret: str | None = field(default=None, repr=False)
    webhook_url: str | None = field(default=None, repr=False)
    webhook_secret: tuple[bytes, ...] = field(default=(), repr=False)
    log_level: str = "info"
    log_format: LogFormat | None = None
    env: Environment = Environment.PRODUCTION

    @property
    def production(self) -> bool:
        """Whether what is unsafe is refused."""
        return self.env is Environment.PRODUCTION

    @property
    def wechat_second_url(self) -> str | None:
        """Where WeChat is asked while its own first address takes no connection."""
        return SECOND_WECHAT if self.wechat_base_url == WECHAT else None

    @property
    def store_url(self) -> str:
        """The database: the one named, or a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'wxlogin.db').as_posix()}"

    @property
    def avatars_dir(self) -> Path:
        """Where uploaded avatars are kept."""
        return self.data_dir / "avatars"

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the service."""
        local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - read, not bound
        return f"http://{f'[{local}]' if ':' in local else local}:{self.port}"

    @property
    def served(self) -> Apps:
        """The appids served, without their secrets."""
        return Apps(tuple(app.appid for app in self.apps))

    @property
    def session_policy(self) -> SessionPolicy:
        """How long tokens and sessions live."""
        return SessionPolicy(
            access_ttl=self.access_ttl,
            refresh_ttl=self.refresh_ttl,
            reuse_window=self.refresh_reuse_seconds,
            tutorial_ttl=self.tutorial_ttl,
            max_life=self.session_max_days or None,
            per_user=self.sessions_per_user,
        )

    @property
    def longest_token(self) -> timedelta:
        """The longest life an access token can have: so long a retired key stays published."""
        return max(self.access_ttl, self.tutorial_ttl)

    @property
    def rotate_keys_every(self) -> timedelta | None:
        """How long a key signs before the service itself rotates; None: only operators do."""
        return self.key_rotation_days or None

    @property
    def content_policy(self) -> ContentPolicy:
        """Whether nicknames are checked, and what a failing check means."""
        return self.content_check_fail if self.content_check else ContentPolicy.OFF

    @property
    def nickname_rules(self) -> NicknameRules:
        """What a nickname must not be: names known here and those set."""
        return rules_with(self.reserved_names)

    @property
    def open_data(self) -> dict[str, frozenset[str]]:
        """The kinds of open data that each app declares, of those that declare any."""
        return {app.appid: app.open_data for app in self.apps if app.open_data}

    @property
    def consent_policy(self) -> ConsentPolicy:
        """Which version of the agreement is in force, and whether nobody registers without."""
        return ConsentPolicy(self.consent_version, self.consent_required)

    @property
    def logs_json(self) -> bool:
        """Whether log lines are JSON: as said, or in production."""
        if self.log_format is None:
            return self.production
        return self.log_format is LogFormat.JSON
