"""Settings: where they come from, what is refused, and in which words."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wxlogin.domain.use_cases.consent import ConsentPolicy
from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.entrypoints.settings import (
    App,
    Environment,
    Language,
    Loaded,
    Settings,
    SettingsRefused,
    load_settings,
    reader_language,
)
from wxlogin.entrypoints.settings.bucket import Bucket
from wxlogin.entrypoints.settings.values import READERS, SECRETS

KEY = b64encode(bytes(range(50, 82))).decode()
OLD_KEY = b64encode(bytes(range(100, 132))).decode()
SAFE = {
    "WXLOGIN_APPID": "wx0123456789abcdef",
    "WXLOGIN_APPSECRET": "s3cret-of-the-app",
    "WXLOGIN_MASTER_KEY": KEY,
    "WXLOGIN_ISSUER": "https://login.example.com",
}
DEVELOPMENT = {
    "WXLOGIN_APPID": "wx0123456789abcdef",
    "WXLOGIN_APPSECRET": "s3cret-of-the-app",
    "WXLOGIN_ENV": "development",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def load(folder: Path, environ: Mapping[str, str], toml: str | None = None, **more) -> Loaded:
    if toml is not None:
        (folder / "wxlogin.toml").write_text(toml, encoding="utf-8")
    return load_settings(environ, folder=folder, **more)


def lines(
    folder: Path,
    environ: Mapping[str, str],
    toml: str | None = None,
    language: Language = Language.EN,
    **more,
) -> list[str]:
    with pytest.raises(SettingsRefused) as refused:
        load(folder, environ, toml, **more)
    return [problem.line(language) for problem in refused.value.problems]


def test_the_least_that_production_needs(folder: Path):
    """App, master key and issuer are enough in production; the rest has the known defaults."""
    settings = load(folder, SAFE).settings

    assert settings == Settings(
        apps=(App("wx0123456789abcdef", "s3cret-of-the-app"),),
        master_key=(bytes(range(50, 82)),),
        issuer="https://login.example.com",
    )
    assert settings.store_url == "sqlite:///wxlogin.db"
    assert settings.wechat_base_url == "https://api.weixin.qq.com"
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.session_policy.access_ttl == timedelta(seconds=900)
    assert settings.session_policy.refresh_ttl == timedelta(seconds=2592000)
    assert settings.session_policy.reuse_window == timedelta(seconds=60)
    assert settings.session_policy.tutorial_ttl == timedelta(seconds=86400)
    assert settings.session_policy.max_life == timedelta(days=365)
    assert settings.session_policy.per_user == 10
    assert settings.content_policy is ContentPolicy.OFF
    assert settings.audit_days == timedelta(days=180)
    assert settings.erasure_grace_days == timedelta()
    assert settings.consent_policy == ConsentPolicy(None, required=False)
    assert settings.rate_limit is True
    assert settings.rotate_keys_every == timedelta(days=90)
    assert settings.logs_json is True


def test_development_fills_in_what_is_missing(folder: Path):
    """In development the issuer is the service's own address and the master key is made later."""
    settings = load(folder, {**DEVELOPMENT, "WXLOGIN_HOST": "0.0.0.0", "WXLOGIN_PORT": "9000"})

    assert settings.settings.env is Environment.DEVELOPMENT
    assert settings.settings.issuer == "http://127.0.0.1:9000"
    assert settings.settings.master_key == ()
    assert settings.settings.logs_json is False


def test_the_longest_life_of_a_session_can_be_set_and_switched_off(folder: Path):
    """Whole days; with 0 a session lives as long as it is used."""
    (month, ever) = (
        load(folder, {**SAFE, "WXLOGIN_SESSION_MAX_DAYS": days}).settings for days in ("30", "0")
    )

    assert month.session_policy.max_life == timedelta(days=30)
    assert ever.session_policy.max_life is None


def test_rotation_by_the_calendar_can_be_set_and_switched_off(folder: Path):
    """Whole days; 0 leaves rotating to operators."""
    (weekly, never) = (
        load(folder, {**SAFE, "WXLOGIN_KEY_ROTATION_DAYS": days}).settings for days in ("7", "0")
    )

    assert weekly.rotate_keys_every == timedelta(days=7)
    assert never.rotate_keys_every is None


def test_the_environment_wins_over_the_file_and_options_over_both(folder: Path):
    """Option, then variable, then wxlogin.toml, then the default."""
    toml = 'port = 7000\nworkers = 3\naudience = "shop"\n'

    settings = load(
        folder,
        {**SAFE, "WXLOGIN_PORT": "8001", "WXLOGIN_WORKERS": "2"},
        toml,
        options={"port": "9001"},
    ).settings

    assert (settings.port, settings.workers, settings.audience) == (9001, 2, "shop")


def test_the_file_may_lie_elsewhere(folder: Path):
    """WXLOGIN_CONFIG names the file; a byte order mark in it does no harm."""
    elsewhere = folder / "etc.toml"
    elsewhere.write_text('\ufeffaudience = "shop"\n', encoding="utf-8")

    settings = load(folder, {**SAFE, "WXLOGIN_CONFIG": str(elsewhere)}).settings

    assert settings.audience == "shop"


def test_several_apps_come_from_the_file(folder: Path):
    """Each [[apps]] table is an app, with its own push credentials, beside the one of variables."""
    aes_key = "a" * 43
    (folder / "secret.txt").write_text("from a file\n".replace(" ", "-"), encoding="utf-8")
    toml = f"""
        [[apps]]
        appid = "wx1"
        secret = "one"
        push_token = "t"
        push_aes_key = "{aes_key}"
        open_data = ["phone", "werun"]
        [[apps]]
        appid = "wx2"
        secret_file = "secret.txt"
    """

    settings = load(folder, SAFE, toml).settings

    assert settings.apps == (
        App("wx0123456789abcdef", "s3cret-of-the-app"),
        App("wx1", "one", "t", aes_key, frozenset({"phone", "werun"})),
        App("wx2", "from-a-file"),
    )
    assert settings.served.appids == ("wx0123456789abcdef", "wx1", "wx2")
    assert settings.open_data == {"wx1": {"phone", "werun"}}


def test_the_one_app_declares_its_open_data(folder: Path):
    """In the variable, commas or spaces between; without an app it is refused."""
    (app,) = load(folder, {**SAFE, "WXLOGIN_OPEN_DATA": "group, phone"}).settings.apps
    alone = {name: text for name, text in SAFE.items() if "APP" not in name}

    assert app.open_data == {"group", "phone"}
    told = lines(folder, {**alone, "WXLOGIN_OPEN_DATA": "phone"})
    assert [line for line in told if line.startswith("WXLOGIN_APPID")]


def test_every_value_of_the_file_may_be_written_as_toml_likes_it(folder: Path):
    """Numbers, booleans and lists in the file mean what their texts mean."""
    toml = """
        rate_limit = true
        content_check = true
        content_check_fail = "open"
        access_ttl = 60
        wechat_timeout = 2.5
        trusted_proxies = ["10.0.0.1", "10.1.0.0/16"]
    """

    settings = load(folder, SAFE, toml).settings

    assert settings.rate_limit is True
    assert settings.content_policy is ContentPolicy.FAIL_OPEN
    assert settings.access_ttl == timedelta(seconds=60)
    assert settings.wechat_timeout == timedelta(seconds=2.5)
    assert settings.trusted_proxies == ("10.0.0.1", "10.1.0.0/16")


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_may_come_from_a_file(folder: Path, name: str):
    """NAME_FILE is read for each secret, its last line break left out."""
    values = {
        "appsecret": "s",
        "database_url": "postgresql://u:p@db/x",
        "master_key": OLD_KEY,
        "push_token": "t",
        "push_aes_key": "b" * 43,
        "service_token": "x" * 32,
        "redis_url": "redis://cache:6379/0",
        "webhook_secret": OLD_KEY,
        "s3_access_key": "AKID",
        "s3_secret": "s3cret",
    }
    variable = f"WXLOGIN_{name.upper()}"
    (folder / "kept").write_text(values[name] + "\n", encoding="utf-8")
    hook = {"WXLOGIN_WEBHOOK_URL": "https://a.example.com/", "WXLOGIN_WEBHOOK_SECRET": KEY}
    environ = {**SAFE, **hook, "WXLOGIN_PUSH_TOKEN": "t"}
    environ.pop(variable, None)

    by_file = load(folder, {**environ, f"{variable}_FILE": str(folder / "kept")}).settings
    plainly = load(folder, {**environ, variable: values[name]}).settings

    assert by_file == plainly


def test_a_file_of_a_variable_wins_over_the_toml_file(folder: Path):
    """NAME_FILE in the environment comes before the name in wxlogin.toml."""
    (folder / "kept").write_text("x" * 20, encoding="utf-8")

    settings = load(
        folder, {**SAFE, "WXLOGIN_SERVICE_TOKEN_FILE": "kept"}, f'service_token = "{"y" * 20}"'
    ).settings

    assert settings.service_token == "x" * 20


def test_an_empty_variable_says_nothing(folder: Path):
    """An empty variable, as compose files leave them, counts as not set."""
    settings = load(folder, {**SAFE, "WXLOGIN_REDIS_URL": "", "WXLOGIN_PORT": ""}).settings

    assert settings.redis_url is None
    assert settings.port == 8000


def test_several_master_keys_mean_rotation(folder: Path):
    """Master keys stay in order, newest first; URL-safe base64 is taken too."""
    url_safe = b64encode(b"\xfb\xff" + bytes(range(60, 90))).decode()
    url_safe = url_safe.replace("+", "-").replace("/", "_")

    settings = load(folder, {**SAFE, "WXLOGIN_MASTER_KEY": f"{KEY}, {url_safe}"}).settings

    assert settings.master_key == (bytes(range(50, 82)), b"\xfb\xff" + bytes(range(60, 90)))


BAD = [
    ("WXLOGIN_APPID", "wx 12", "AppID"),
    ("WXLOGIN_APPID", "", "WXLOGIN_APPSECRET is set"),
    ("WXLOGIN_APPSECRET", "", "is missing"),
    ("WXLOGIN_APPSECRET", "has space", "space"),
    ("WXLOGIN_MASTER_KEY", "", "required in production"),
    ("WXLOGIN_MASTER_KEY", "not base64!", "not base64"),
    ("WXLOGIN_MASTER_KEY", "ключ", "not base64"),
    ("WXLOGIN_MASTER_KEY", "\udcff", "not base64"),
    ("WXLOGIN_MASTER_KEY", b64encode(bytes(range(16))).decode(), "16 bytes, not 32"),
    ("WXLOGIN_MASTER_KEY", b64encode(bytes(32)).decode(), "not random"),
    ("WXLOGIN_MASTER_KEY", b64encode(bytes(range(32))).decode(), "not random"),
    ("WXLOGIN_MASTER_KEY", f"{KEY},", "key 2 is empty"),
    ("WXLOGIN_MASTER_KEY", f"{KEY},{KEY}", "twice"),
    ("WXLOGIN_ISSUER", "", "required in production"),
    ("WXLOGIN_ISSUER", "http://login.example.com", "https"),
    ("WXLOGIN_ISSUER", "login.example.com", "not an http or https address"),
    ("WXLOGIN_ISSUER", "https://login.example.com/?a=1", "not an http or https address"),
    ("WXLOGIN_ISSUER", "https://[::1", "not an http or https address"),
    ("WXLOGIN_WECHAT_BASE_URL", "http://127.0.0.1:8001", "simulator"),
    ("WXLOGIN_WECHAT_BASE_URL", "https://localhost:8001", "simulator"),
    ("WXLOGIN_WECHAT_BASE_URL", "https://sim.localhost", "simulator"),
    ("WXLOGIN_WECHAT_BASE_URL", "https://[::1]:8001", "simulator"),
    ("WXLOGIN_WECHAT_BASE_URL", "https://[::ffff:127.0.0.1]", "simulator"),
    ("WXLOGIN_WECHAT_BASE_URL", "https://0.0.0.0", "simulator"),
    ("WXLOGIN_WECHAT_BASE_URL", "http://wechat.example.com", "https"),
    ("WXLOGIN_WECHAT_BASE_URL", "ftp://wechat.example.com", "not an http or https address"),
    ("WXLOGIN_WECHAT_TIMEOUT", "0", "from 1 to 60"),
    ("WXLOGIN_RATE_LIMIT", "off", "must not be off"),
    ("WXLOGIN_RATE_LIMIT", "perhaps", "on, off"),
    ("WXLOGIN_CONTENT_CHECK", "yes", "on, off"),
    ("WXLOGIN_CONTENT_CHECK_FAIL", "ajar", "closed, open"),
    ("WXLOGIN_SERVICE_TOKEN", "short", "guessed"),
    ("WXLOGIN_SERVICE_TOKEN", "with a space in it", "space"),
    ("WXLOGIN_SIGNING_ALG", "HS256", "eddsa, es256, rs256"),
    ("WXLOGIN_KEY_ROTATION_DAYS", "1.5", "from 0 to 3650"),
    ("WXLOGIN_TRUSTED_PROXIES", "10.0.0.1, proxy", '"proxy" is not an IP address'),
    ("WXLOGIN_HOST", "two hosts", "space"),
    ("WXLOGIN_PORT", "abc", '"abc" is not a number from 1 to 65535'),
    ("WXLOGIN_PORT", "65536", "from 1 to 65535"),
    ("WXLOGIN_PORT", "8_000", "from 1 to 65535"),
    ("WXLOGIN_WORKERS", "0", "from 1"),
    ("WXLOGIN_ACCESS_TTL", "0", "from 1"),
    ("WXLOGIN_ACCESS_TTL", "15m", "from 1"),
    ("WXLOGIN_REFRESH_TTL", "-1", "from 1"),
    ("WXLOGIN_REFRESH_REUSE_SECONDS", "soon", "from 0"),
    ("WXLOGIN_TUTORIAL_TTL", "9999999999", "from 1 to"),
    ("WXLOGIN_SESSION_MAX_DAYS", "never", "from 0 to 3650"),
    ("WXLOGIN_SESSIONS_PER_USER", "0", "from 1 to 1000"),
    ("WXLOGIN_AUDIT_DAYS", "0", "from 1 to 3650"),
    ("WXLOGIN_OPEN_DATA", "phone,steps", "phone, werun"),
    ("WXLOGIN_OPEN_DATA", ",", "phone, werun"),
    ("WXLOGIN_ERASURE_GRACE_DAYS", "91", "from 0 to 90"),
    ("WXLOGIN_CONSENT_VERSION", "v" * 65, "at most 64"),
    ("WXLOGIN_CONSENT_REQUIRED", "on", "WXLOGIN_CONSENT_REQUIRED is set"),
    ("WXLOGIN_DATABASE_URL", "oracle://db/x", "sqlite:///"),
    ("WXLOGIN_DATABASE_URL", "sqlite://", "in memory"),
    ("WXLOGIN_DATABASE_URL", "sqlite:///:memory:", "in memory"),
    ("WXLOGIN_DATABASE_URL", "postgresql://", "names no database"),
    ("WXLOGIN_DATABASE_URL", "mysql://u@db/", "names no database"),
    ("WXLOGIN_REDIS_URL", "http://cache", "redis://"),
    ("WXLOGIN_PUSH_AES_KEY", "a" * 43, "WXLOGIN_PUSH_TOKEN"),
    ("WXLOGIN_LOG_LEVEL", "loud", "debug, info"),
    ("WXLOGIN_LOG_FORMAT", "xml", "json, text"),
    ("WXLOGIN_ENV", "staging", "production, development"),
    ("WXLOGIN_CONFIG", "no/such.toml", "cannot be read"),
    ("WXLOGIN_APPSECRET_FILE", "nowhere", "is set and so is"),
    ("WXLOGIN_REDIS_URL_FILE", "nowhere", "cannot be read"),
]


@pytest.mark.parametrize(("name", "text", "word"), BAD, ids=[f"{b[0]}={b[1]}" for b in BAD])
def test_a_bad_setting_is_one_clear_line(folder: Path, name: str, text: str, word: str):
    """One bad setting gives one line in either language that names it and says how to fix it."""
    environ = {**SAFE, name: text}

    (english,) = lines(folder, environ)
    (chinese,) = lines(folder, environ, language=Language.ZH)

    assert word in english
    assert " — " in english
    assert "——" in chinese
    assert "\n" not in english + chinese
    for line in (english, chinese):
        assert name.removesuffix("_FILE").removesuffix("_AES_KEY") in line


def test_no_app_at_all_is_refused_everywhere(folder: Path):
    """Without any app there is nothing to serve, in development neither."""
    (line,) = lines(folder, {"WXLOGIN_ENV": "development"})

    assert "WXLOGIN_APPID" in line
    assert "[[apps]]" in line


def test_everything_wrong_is_told_at_once(folder: Path):
    """All problems are listed, each setting once."""
    told = lines(folder, {"WXLOGIN_PORT": "x", "WXLOGIN_RATE_LIMIT": "off"}, "wrokers = 2\n")

    assert sorted(line.split(":", maxsplit=1)[0] for line in told) == [
        "WXLOGIN_APPID",
        "WXLOGIN_ISSUER",
        "WXLOGIN_MASTER_KEY",
        "WXLOGIN_PORT",
        "WXLOGIN_RATE_LIMIT",
        "wrokers (wxlogin.toml)",
    ]


TOML_BAD = [
    ("port = 'x'", "WXLOGIN_PORT (wxlogin.toml)"),
    ("port = [1]", "wrong kind"),
    ("prot = 1", "did you mean port"),
    ('data_dir = "a\\u0000b"', "invisible sign"),
    ('service_token_file = "a\\u0000b"', "invisible sign"),
    ("apps = 3", "[[apps]]"),
    ("apps = 'wx1'", 'appid = "…"'),
    ("[[apps]]\nappid = 'wx1'", "apps[1].secret"),
    ("[[apps]]\nsecret = 's'", "apps[1].appid"),
    ("[[apps]]\nappid='wx1'\nsecret='s'\nsecert='s'", "apps[1].secert"),
    ("[[apps]]\nappid='wx1'\nsecret='s'\npush_aes_key='" + "a" * 43 + "'", "apps[1].push_token"),
    ("[[apps]]\nappid='wx0123456789abcdef'\nsecret='s'", "there twice"),
    ("port =", "is not TOML"),
    ("port = 1\nport = 2", "is not TOML"),
]


@pytest.mark.parametrize(("toml", "word"), TOML_BAD, ids=[b[0] for b in TOML_BAD])
def test_a_fault_in_the_file_is_one_clear_line(folder: Path, toml: str, word: str):
    """A fault in wxlogin.toml names the place; an unknown name is refused, with a guess."""
    (line,) = lines(folder, SAFE, toml)

    assert word in line


def test_a_fault_in_the_file_does_not_quote_it(folder: Path):
    """A broken TOML line with a secret is told by its place."""
    (line,) = lines(folder, SAFE, "redis_url = 'redis://:hidden@cache' x\n")

    assert "hidden" not in line
    assert "line 1" in line


@pytest.mark.parametrize("name", sorted(SECRETS))
@given(
    text=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=60).map(
        lambda text: f"{text}^~"  # or it would be found wherever it happens to be a word of ours
    )
)
def test_no_bad_secret_is_ever_shown(name: str, text: str):
    """Whatever is wrong with a secret, no line about it quotes it, nor does any repr."""
    assume(text not in repr(Settings()))  # a name out of the code, which Hypothesis tries, too
    environ = {**DEVELOPMENT, "WXLOGIN_PUSH_TOKEN": "t", f"WXLOGIN_{name.upper()}": text}
    try:
        settings = load_settings(environ, folder=Path("/nonexistent")).settings
    except SettingsRefused as refused:
        shown = str(refused)
    else:
        shown = repr(settings)

    assert text not in shown


@pytest.mark.parametrize("name", sorted(READERS))
@given(text=st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_text_is_read_or_refused(name: str, text: str):
    """No value makes the reader fail in another way than a line about it."""
    try:
        load_settings({**SAFE, f"WXLOGIN_{name.upper()}": text}, folder=Path("/nonexistent"))
    except SettingsRefused as refused:
        for problem in refused.problems:
            assert problem.line(Language.EN).count("\n") == 0


def test_an_unknown_variable_is_a_warning(folder: Path):
    """A variable nobody reads is named, with a guess, and does not stop the start."""
    loaded = load(folder, {**SAFE, "WXLOGIN_PROT": "1", "WXLOGIN_TEST_POSTGRES_URL": "x"})

    (line,) = [warning.line(Language.EN) for warning in loaded.warnings]
    assert "WXLOGIN_PROT" in line
    assert "WXLOGIN_PORT" in line


def test_a_command_minds_only_what_it_needs(folder: Path):
    """A migration runs where app, keys and issuer are not known, but not on a bad address."""
    needs = {"database_url", "data_dir"}

    loaded = load(folder, {"WXLOGIN_DATABASE_URL": "postgresql://db/x"}, needs=needs)

    assert loaded.settings.store_url == "postgresql://db/x"
    (line,) = lines(folder, {"WXLOGIN_DATABASE_URL": "db"}, needs=needs)
    assert "WXLOGIN_DATABASE_URL" in line


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, Language.ZH),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, Language.EN),
        ({"LANG": "en_US", "LC_MESSAGES": "zh_TW"}, Language.ZH),
        ({"LANG": "de_DE.UTF-8"}, Language.EN),
        ({}, Language.EN),
    ],
)
def test_the_readers_language_follows_the_locale(environ: dict[str, str], language: Language):
    """LC_ALL, then LC_MESSAGES, then LANG; zh gives Chinese, anything else English."""
    assert reader_language(environ) is language


def test_production_is_the_default(folder: Path):
    """Without WXLOGIN_ENV everything unsafe is refused."""
    (line,) = lines(folder, {**SAFE, "WXLOGIN_RATE_LIMIT": "off"})

    assert "production" in line
    assert load(folder, {**DEVELOPMENT, "WXLOGIN_RATE_LIMIT": "off"}).settings.rate_limit is False


HOOK = "https://app.example.com/hooks/"
HOOK_SECRET = "whsec_" + b64encode(b"s" * 24).decode()


def test_a_webhook_is_an_address_and_secrets(folder: Path):
    """The address keeps its final slash; secrets come from a file too, newest first."""
    (folder / "secret").write_text(f"{HOOK_SECRET}, {KEY}\n", encoding="utf-8")
    said = {"WXLOGIN_WEBHOOK_URL": HOOK, "WXLOGIN_WEBHOOK_SECRET_FILE": "secret"}

    settings = load(folder, SAFE | said).settings

    assert HOOK == settings.webhook_url
    assert (b"s" * 24, bytes(range(50, 82))) == settings.webhook_secret
    assert HOOK_SECRET not in repr(settings)
    assert "app.example.com" not in repr(settings)


@pytest.mark.parametrize(
    ("said", "setting"),
    [
        ({"WXLOGIN_WEBHOOK_URL": HOOK}, "WXLOGIN_WEBHOOK_SECRET: is missing"),
        ({"WXLOGIN_WEBHOOK_SECRET": HOOK_SECRET}, "WXLOGIN_WEBHOOK_URL: is missing"),
        *(
            (
                {"WXLOGIN_WEBHOOK_URL": url, "WXLOGIN_WEBHOOK_SECRET": HOOK_SECRET},
                "WXLOGIN_WEBHOOK_URL: ",
            )
            for url in (
                "http://app.example.com/", "https://localhost/", "https://127.0.0.1/",
                "https://[::1]/", "https://user:pass@app.example.com/", "https://a/?token=1", "app",
            )
        ),
        *(
            (
                {"WXLOGIN_WEBHOOK_URL": HOOK, "WXLOGIN_WEBHOOK_SECRET": secret},
                "WXLOGIN_WEBHOOK_SECRET: ",
            )
            for secret in (
                "whsec_", "whsec_c2hvcnQ=", "no base64!", f"{HOOK_SECRET},", "whsec_密",
                f"{HOOK_SECRET},{HOOK_SECRET}", "whsec_" + b64encode(b"l" * 65).decode(),
            )
        ),
    ],
)  # fmt: skip
def test_a_webhook_that_is_unsafe_or_half_set_is_refused(
    folder: Path, said: Mapping[str, str], setting: str
):
    """In one line that names the setting and no secret."""
    (line,) = lines(folder, SAFE | said)

    assert line.startswith(setting)
    secrets = [each for each in said.values() if len(each) > 10 and "whsec_" in each]
    assert not any(each in line for each in secrets)


def test_a_webhook_may_go_to_this_machine_in_development(folder: Path):
    """So that it can be tried out."""
    said = {"WXLOGIN_WEBHOOK_URL": "http://127.0.0.1:9/", "WXLOGIN_WEBHOOK_SECRET": HOOK_SECRET}

    assert "http://127.0.0.1:9/" == load(folder, DEVELOPMENT | said).settings.webhook_url


BUCKET_KEYS = {"WXLOGIN_S3_ACCESS_KEY": "AKID", "WXLOGIN_S3_SECRET": "secret-of-the-bucket"}


@pytest.mark.parametrize(
    ("text", "bucket"),
    [
        ("s3://b-1", Bucket("b-1")),
        (
            "s3://pics-125/wx/a?endpoint=https://cos.ap-guangzhou.myqcloud.com/&region=ap-gz",
            Bucket("pics-125", "wx/a", "https://cos.ap-guangzhou.myqcloud.com", "ap-gz"),
        ),
        (
            "s3://pics?endpoint=http://minio:9000&style=path",
            Bucket("pics", "", "http://minio:9000", path_style=True),
        ),
    ],
)
def test_avatars_may_be_kept_in_a_bucket(folder: Path, text: str, bucket: Bucket):
    """At AWS where no endpoint is said; the secret shows nowhere."""
    settings = load(folder, SAFE | BUCKET_KEYS | {"WXLOGIN_AVATAR_STORE": text}).settings

    assert bucket == settings.avatar_store
    assert "secret-of-the-bucket" not in repr(settings)


@pytest.mark.parametrize(
    "text",
    [
        "s3://", "s3:///x", "file:///x", "https://b.example.com", "s3://B", "s3://b/../c",
        "s3://user:pass@b", "s3://bucket?endpoint=ftp://x", "s3://bucket?endpoint=https://u:p@x",
        "s3://bucket?style=both", "s3://bucket?secret=x", "s3://bucket?region=a&region=b",
        "s3://bucket#x", "s3://bucket?region=",
    ],
)  # fmt: skip
def test_what_is_no_bucket_is_refused(folder: Path, text: str):
    """In one line that does not repeat it, for somebody may have written a secret there."""
    (line,) = lines(folder, SAFE | BUCKET_KEYS | {"WXLOGIN_AVATAR_STORE": text})

    assert line.startswith("WXLOGIN_AVATAR_STORE: is not the address of a bucket")


@pytest.mark.parametrize("missing", sorted(BUCKET_KEYS))
def test_a_bucket_needs_its_keys(folder: Path, missing: str):
    """Each of the two is named when it is not there."""
    said = {"WXLOGIN_AVATAR_STORE": "s3://bucket"} | BUCKET_KEYS
    del said[missing]

    assert [f"{missing}: is missing although WXLOGIN_AVATAR_STORE is set — set both"] == lines(
        folder, SAFE | said
    )
