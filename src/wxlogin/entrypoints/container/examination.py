"""Tries a deployment for real, one finding after the other; what `wxlogin doctor` shows."""

from collections.abc import AsyncIterator

import wxlogin.adapters.sql.migrate as schema
from wxlogin.adapters.wechat import examination as wechat
from wxlogin.domain.errors import StoreUnavailable
from wxlogin.domain.ports.limits import Rule
from wxlogin.domain.signing_key import KeyRing
from wxlogin.entrypoints.container import surroundings
from wxlogin.entrypoints.container.findings import Finding
from wxlogin.entrypoints.container.life import CannotStart, check, opens, reaching
from wxlogin.entrypoints.container.parts import Container
from wxlogin.entrypoints.settings import App

MOST_SKEW_SECONDS = 10
"""Machines whose clocks differ by more miss entries of the revocation feed."""

_REDIS_SECONDS = 3.0
_KNOWN_REFUSALS = {
    40013: "appid refused",
    40125: "secret refused",
    40164: "ip refused",
    40243: "secret frozen",
    41002: "appid refused",
    41004: "secret refused",
    45009: "quota used up",
    45011: "too often",
    89503: "ip unconfirmed",
    89506: "ip refused",
    89507: "ip refused",
    -1: "wechat busy",
}


async def examine(container: Container) -> AsyncIterator[Finding]:
    """Answers one finding after the other; what depends on a failed one is left out."""
    settings = container.settings()
    yield surroundings.folder(settings)
    database = await _database(container)
    yield database
    if database.well:
        yield await _keys(container)
    if settings.redis_url is not None:
        yield await _limits(container, settings.redis_url)
    if settings.avatar_store is not None:
        yield await _bucket(container, settings.avatar_store.name)
    yield await surroundings.issuer(settings)
    yield surroundings.proxies(settings)
    for told in surroundings.push(settings):
        yield told
    clock: Finding | None = None
    for app in settings.apps:
        found, skew = await _app(container, app)
        yield found
        clock = clock or skew
    if clock is not None:
        yield clock


async def _database(container: Container) -> Finding:
    try:
        await check(container)
        with reaching():
            newer = await schema.is_newer(container.settings().store_url)
    except CannotStart as failure:
        return Finding("database", well=False, word=failure.word, values=failure.values)
    word = "database newer" if newer else "database ok"
    return Finding("database", well=True, word=word, values={"kind": container.database().dialect})


async def _bucket(container: Container, name: str) -> Finding:
    """Looks for pictures of somebody who has none, which takes address, keys and a bucket."""
    try:
        await container.avatars().remove_all(owner="doctor")
    except ModuleNotFoundError as missing:
        return Finding("bucket", well=False, word="no driver", values={"reason": missing})
    except StoreUnavailable as failure:
        values = {"name": name, "reason": type(failure.__cause__).__name__}
        return Finding("bucket", well=False, word="no bucket", values=values)
    return Finding("bucket", well=True, word="bucket ok", values={"name": name})


async def _keys(container: Container) -> Finding:
    try:
        with reaching():
            ring = KeyRing.of(await container.keys().all())
            opened = opens(ring, container.vault())
    except CannotStart as failure:
        return Finding("keys", well=False, word=failure.word, values=failure.values)
    if not opened:
        return Finding("keys", well=False, word="keys unreadable")
    if ring.current is None:
        return Finding("keys", well=True, word="no keys yet")
    values: dict[str, object] = {"kid": ring.current.kid, "alg": ring.current.alg}
    return Finding("keys", well=True, word="keys ok", values=values)


async def _limits(container: Container, redis_url: str) -> Finding:
    # Not through the limiter, which counts by itself where Redis does not answer.
    from wxlogin.adapters.limits.in_redis import RedisWindows  # noqa: PLC0415 - an optional extra

    windows = RedisWindows(redis_url, _REDIS_SECONDS)
    try:
        await windows.full(Rule("doctor", 1, 1), "doctor", container.clock().now().timestamp())
    except Exception as failure:  # noqa: BLE001 - whatever it is, the operator wants to hear it
        kind = type(failure.__cause__ or failure).__name__
        return Finding("redis", well=False, word="no redis", values={"reason": kind})
    finally:
        await windows.close()
    return Finding("redis", well=True, word="redis ok")


async def _app(container: Container, app: App) -> tuple[Finding, Finding | None]:
    settings = container.settings()
    before = container.clock().now()
    found = await wechat.examine(
        settings.wechat_base_url, app.appid, app.secret, settings.wechat_timeout.total_seconds()
    )
    after = container.clock().now()
    skew = None
    if found.their_time is not None:
        # The header counts whole seconds, cut off.
        seconds = (before + (after - before) / 2 - found.their_time).total_seconds() - 0.5
        well = abs(seconds) <= MOST_SKEW_SECONDS
        word = "clock ok" if well else "clock off"
        skew = Finding("clock", well=well, word=word, values={"seconds": round(seconds)})
    return _verdict(app.appid, found), skew


def _verdict(appid: str, found: wechat.Examined) -> Finding:
    subject = f"wechat {appid}"
    if found.errcode is None:
        return Finding(
            subject, well=False, word="wechat unreachable", values={"reason": found.failure}
        )
    if found.errcode == 0:
        return Finding(subject, well=True, word="app ok", values={"appid": appid})
    word = _KNOWN_REFUSALS.get(found.errcode, "wechat refuses")
    ip = found.refused_ip or "?"
    return Finding(
        subject,
        well=False,
        word=word,
        values={"appid": appid, "errcode": found.errcode, "ip": ip},
    )
