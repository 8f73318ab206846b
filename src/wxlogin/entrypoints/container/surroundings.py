"""Tries what lies around a deployment: folders, the public address, proxies, message push."""

import shutil
import ssl
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from socket import gaierror
from tempfile import TemporaryFile

import httpx

from wxlogin.entrypoints.container.findings import Finding
from wxlogin.entrypoints.container.life import CannotStart, make_folder
from wxlogin.entrypoints.settings import Settings

_METADATA = "/.well-known/oauth-authorization-server"
_SECONDS = 5.0
_LEAST_FREE = 100 * 1024 * 1024
_WIDEST = {4: 8, 6: 16}
"""Prefixes of networks: whoever believes a wider one believes strangers."""
_NOBODY_BEHIND = frozenset({502, 503, 504})


def folder(settings: Settings) -> Finding:
    """Tries to write where the embedded database and avatars live."""
    path = settings.data_dir.resolve()
    try:
        make_folder(settings)
        for place in filter(Path.is_dir, (path, settings.avatars_dir)):
            path = place
            with TemporaryFile(dir=place) as file:
                file.write(b"\0" * 4096)
        free = shutil.disk_usage(path).free
    except CannotStart as failure:
        return Finding("folder", well=False, word=failure.word, values=failure.values)
    except OSError as failure:
        unwritable = {"path": path, "reason": failure.strerror}
        return Finding("folder", well=False, word="no folder", values=unwritable)
    values = {"path": settings.data_dir.resolve(), "free": free // 1024**2}
    if free < _LEAST_FREE:
        return Finding("folder", well=False, word="disk nearly full", values=values)
    return Finding("folder", well=True, word="folder ok", values=values)


async def issuer(settings: Settings) -> Finding:
    """Asks at the public address who lives there.

    Nobody need answer yet, and from inside a network it may be out of reach; what is wrong is a
    name nobody knows, a certificate nobody accepts, and a stranger.
    """
    values: dict[str, object] = {"issuer": settings.issuer}

    def found(word: str, *, well: bool = False) -> Finding:
        return Finding("issuer", well=well, word=word, values=values)

    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            answer = await client.get(settings.issuer.rstrip("/") + _METADATA)
    except httpx.HTTPError as failure:
        causes = list(_causes(failure))
        values["reason"] = type(causes[-1]).__name__
        if any(isinstance(cause, gaierror) for cause in causes):
            return found("issuer unknown")
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            return found("issuer certificate")
        return found("issuer silent", well=True)
    values["reason"] = f"HTTP {answer.status_code}"
    if answer.status_code in _NOBODY_BEHIND:
        return found("issuer silent", well=True)
    if _says_to_be(answer) != settings.issuer:
        return found("issuer is another")
    return found("issuer ok", well=True)


def proxies(settings: Settings) -> Finding:
    """Judges whose word is taken for where a client is."""
    named = ", ".join(settings.trusted_proxies)
    for text in settings.trusted_proxies:
        network = ip_network(text, strict=False)
        if network.prefixlen < _WIDEST[network.version]:
            return Finding("proxies", well=False, word="proxies too wide", values={"network": text})
    if named:
        return Finding("proxies", well=True, word="proxies ok", values={"proxies": named})
    if settings.production and settings.rate_limit:  # https ends somewhere before us
        return Finding("proxies", well=False, word="proxies missing")
    return Finding("proxies", well=True, word="no proxies")


def push(settings: Settings) -> Iterator[Finding]:
    """Tells of each app with a push token what to enter in WeChat's console."""
    for app in settings.apps:
        if app.push_token is not None:
            word = "push plain" if app.push_aes_key is None else "push encrypted"
            address = f"{settings.issuer.rstrip('/')}/wechat/push/{app.appid}"
            values: dict[str, object] = {"address": address}
            yield Finding(f"push {app.appid}", well=True, word=word, values=values)


def _says_to_be(answer: httpx.Response) -> str | None:
    try:
        told = answer.json()
    except ValueError:
        return None
    return told.get("issuer") if isinstance(told, dict) else None


def _causes(failure: BaseException | None) -> Iterator[BaseException]:
    while failure is not None:
        yield failure
        failure = failure.__cause__ or failure.__context__
