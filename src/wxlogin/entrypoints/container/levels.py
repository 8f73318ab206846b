"""How things stand: what `/readyz` and the metrics tell of WeChat's circuits and of the limits."""

from collections.abc import Awaitable, Callable, Mapping

from wxlogin.adapters.metrics import Metrics
from wxlogin.adapters.sql import Database
from wxlogin.adapters.wechat.breaker import Circuits
from wxlogin.adapters.wechat.errcodes import SESSION
from wxlogin.adapters.wechat.gate import Gate
from wxlogin.domain.ports.keys import KeyRepository
from wxlogin.domain.ports.limits import RateLimiter, Rule
from wxlogin.entrypoints.web.crowd import Crowd

_MINUTE = 60


def budget(
    calls_per_minute: int | None, limiter: RateLimiter
) -> Callable[[str, str], Awaitable[int | None]] | None:
    """Answers what counts the calls that spend codes, for each app; None where no number is set."""
    if calls_per_minute is None:
        return None
    rule = Rule(SESSION.name, calls_per_minute, _MINUTE)

    async def count(api: str, appid: str) -> int | None:
        return await limiter.hit(rule, appid) if api == SESSION.name else None

    return count


def conditions(circuits: Circuits, limiter: RateLimiter) -> Callable[[], Mapping[str, str]]:
    """Answers what tells which things go on, but worse than they should."""

    def tell() -> Mapping[str, str]:
        closed = ", ".join(
            f"{each.api} {each.why}" + (f" {each.appid}" if each.appid else "")
            for each in circuits.open_now()
        )
        limits = "each process counts for itself" if limiter.failing else "ok"
        return {"wechat": closed or "ok", "limits": limits}

    return tell


def levels(
    metrics: Metrics, gate: Gate, circuits: Circuits, limiter: RateLimiter, crowd: Crowd
) -> Callable[[], None]:
    """Answers what brings the levels among the metrics up to date."""

    def take() -> None:
        metrics.levels(
            waiting=gate.waiting,
            under_way=gate.inside,
            circuits=((each.api, each.appid, each.why) for each in circuits.open_now()),
            limits_failing=limiter.failing,
            requests=len(crowd.under_way),
        )

    return take


def elsewhere(gate: Gate) -> Callable[[], int]:
    """Answers what counts the requests that wait for WeChat, or for a place there."""
    return lambda: gate.inside + gate.waiting


def rendering(metrics: Metrics, take_levels: Callable[[], None]) -> Callable[[], bytes]:
    """Answers what renders the metrics with this process' levels as they are now."""

    def render() -> bytes:
        take_levels()
        return metrics.render()

    return render


def pings(database: Database, keys: KeyRepository) -> Mapping[str, Callable[[], Awaitable[None]]]:
    """Answers the health checks: what the service cannot do without."""

    async def there_are_keys() -> None:
        if not await keys.all():
            raise LookupError("no signing key")

    return {"database": database.ping, "keys": there_are_keys}
