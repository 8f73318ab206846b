"""What a deployment may not be: incomplete anywhere, unsafe in production."""

from collections.abc import Iterator

from wxlogin.entrypoints.settings.model import WECHAT, Settings
from wxlogin.entrypoints.settings.problems import Problem
from wxlogin.entrypoints.settings.values import is_https, is_loopback

_SHORTEST_TOKEN = 16


def refusals(settings: Settings) -> Iterator[Problem]:
    """Answers everything that keeps these settings from being served."""
    if not settings.apps:
        yield Problem("WXLOGIN_APPID", "no_app")
    yield from _webhook(settings)
    if settings.avatar_store is not None:
        for name in ("s3_access_key", "s3_secret"):
            if getattr(settings, name) is None:
                variable = f"WXLOGIN_{name.upper()}"
                yield Problem(variable, "needed_with", {"other": "WXLOGIN_AVATAR_STORE"})
    if settings.consent_required and settings.consent_version is None:
        yield Problem(
            "WXLOGIN_CONSENT_VERSION", "needed_with", {"other": "WXLOGIN_CONSENT_REQUIRED"}
        )
    if settings.production:
        yield from _unsafe(settings)


def _unsafe(settings: Settings) -> Iterator[Problem]:
    if not settings.master_key:
        yield Problem("WXLOGIN_MASTER_KEY", "no_master_key")
    if not settings.issuer:
        yield Problem("WXLOGIN_ISSUER", "no_issuer")
    elif not is_https(settings.issuer):
        yield Problem("WXLOGIN_ISSUER", "not_https")
    if settings.wechat_base_url != WECHAT:
        if is_loopback(settings.wechat_base_url):
            yield Problem("WXLOGIN_WECHAT_BASE_URL", "loopback")
        elif not is_https(settings.wechat_base_url):
            yield Problem("WXLOGIN_WECHAT_BASE_URL", "not_https")
    if not settings.rate_limit:
        yield Problem("WXLOGIN_RATE_LIMIT", "no_limits")
    if settings.service_token is not None and len(settings.service_token) < _SHORTEST_TOKEN:
        yield Problem("WXLOGIN_SERVICE_TOKEN", "token_short", {"low": _SHORTEST_TOKEN})


def _webhook(settings: Settings) -> Iterator[Problem]:
    url, secret = "WXLOGIN_WEBHOOK_URL", "WXLOGIN_WEBHOOK_SECRET"
    if settings.webhook_url is None:
        if settings.webhook_secret:
            yield Problem(url, "needed_with", {"other": secret})
        return
    if not settings.webhook_secret:
        yield Problem(secret, "needed_with", {"other": url})
    if settings.production and is_loopback(settings.webhook_url):
        yield Problem(url, "webhook_loopback")
    elif settings.production and not is_https(settings.webhook_url):
        yield Problem(url, "not_https")
