"""How things stand: what is told of WeChat's circuits, of the line before it, of the limits."""

from pathlib import Path

import pytest
from attrs import evolve
from dependency_injector import providers

from tests.world import APPID, START
from wxlogin.adapters.memory.ambient import FixedLimits, SetClock
from wxlogin.adapters.wechat.breaker import Why
from wxlogin.domain.errors import Overloaded
from wxlogin.entrypoints.cli.crowded import STATE
from wxlogin.entrypoints.cli.serving import service
from wxlogin.entrypoints.container import Container
from wxlogin.entrypoints.settings import App, Settings

SETTINGS = Settings(
    apps=(App(APPID, "secret"),), master_key=(bytes(range(32)),), issuer="https://login.example.com"
)


def contained(tmp_path: Path, limiter: FixedLimits | None = None, **settings: object) -> Container:
    container = Container(settings=evolve(SETTINGS, data_dir=tmp_path, **settings))
    container.clock.override(providers.Object(SetClock(START)))
    if limiter is not None:
        container.limiter.override(providers.Object(limiter))
    return container


def told(container: Container) -> list[str]:
    return container.wishes().metrics().decode().splitlines()


def test_a_healthy_service_says_so(tmp_path: Path):
    """Nothing is open, nobody waits, limits are counted where they should be."""
    container = contained(tmp_path)

    assert {"wechat": "ok", "limits": "ok"} == container.wishes().conditions()
    assert {"wxlogin_wechat_waiting 0.0", "wxlogin_limits_failing 0.0"} <= set(told(container))


def test_open_circuits_are_named_and_shown_until_they_close(tmp_path: Path):
    """Readiness and metrics name API, app and reason of those the client itself asks."""
    container = contained(tmp_path)
    circuits = container.wechat().circuits
    for _ in range(5):
        circuits.tell("code2session", APPID, Why.NO_ANSWER)
    circuits.tell("getuserphonenumber", APPID, Why.DAY_QUOTA)

    words = container.wishes().conditions()["wechat"]
    assert f"code2session no_answer, getuserphonenumber day_quota {APPID}" == words
    silent = 'wxlogin_wechat_circuit_open{api="code2session",app="",why="no_answer"}'
    empty = f'{{api="getuserphonenumber",app="{APPID}",why="day_quota"}}'
    assert f"{silent} 1.0" in told(container)
    assert f"wxlogin_wechat_circuit_open{empty} 1.0" in told(container)

    circuits.tell("code2session", APPID, None)
    assert f"{silent} 0.0" in told(container)
    assert f"wxlogin_wechat_circuit_open{empty} 1.0" in told(container)


async def test_the_line_before_wechat_is_shown(tmp_path: Path):
    """Who is with WeChat is counted at the moment the metrics are read."""
    container = contained(tmp_path)
    gate = container.wechat().gate
    await gate.enter(1e18)
    gate.waiting = 3

    assert {"wxlogin_wechat_under_way 1.0", "wxlogin_wechat_waiting 3.0"} <= set(told(container))


def test_limits_without_redis_are_seen(tmp_path: Path):
    """When the shared store is out of reach, readiness is worse and the metric is 1."""
    container = contained(tmp_path, FixedLimits(SetClock(START), failing=True))

    assert "each process counts for itself" == container.wishes().conditions()["limits"]
    assert "wxlogin_limits_failing 1.0" in told(container)


async def test_the_budget_is_each_apps_own_and_for_logins_only(tmp_path: Path):
    """So many code2Session calls a minute, counted where limits are; nothing else costs any."""
    container = contained(tmp_path, FixedLimits(SetClock(START)), wechat_calls_per_minute=2)
    budget = container.wechat().budget

    assert [None, None, 60] == [await budget("code2session", APPID) for _ in range(3)]
    assert await budget("code2session", "wx-another") is None
    assert [None] * 3 == [await budget("getuserphonenumber", APPID) for _ in range(3)]


async def test_beyond_the_budget_a_login_is_overloaded(tmp_path: Path):
    """The client that the parts list builds keeps to it: no call, and a time to come back."""
    container = contained(
        tmp_path,
        FixedLimits(SetClock(START)),
        wechat_calls_per_minute=1,
        wechat_base_url="http://127.0.0.1:1",
    )
    await container.wechat().budget("code2session", APPID)

    with pytest.raises(Overloaded) as refusal:
        await container.wechat().exchange(APPID, "0" * 32)

    assert 60 == refusal.value.retry_after


def test_without_a_number_nothing_is_counted(tmp_path: Path):
    """WeChat publishes none, so there is no budget unless the operator sets one."""
    assert contained(tmp_path).wechat().budget is None


@pytest.mark.parametrize("on", [True, False])
def test_users_and_persons_are_counted_unless_limits_are_off(tmp_path: Path, *, on: bool):
    """One switch turns all of our own limits off."""
    container = contained(tmp_path, rate_limit=on)

    counted_by = [
        container.ask().limiter,
        container.authenticate().limiter,
        container.update_profile().authenticate.limiter,
    ]
    assert counted_by == [container.limiter() if on else None] * 3
    assert "user" == container.read_profile().authenticate.rule.name
    assert "user_change" == container.update_profile().authenticate.rule.name


def test_wechats_second_host_is_for_wechat_alone(tmp_path: Path):
    """Where WeChat itself is asked its disaster host is known; a stand-in has no second address."""
    real = contained(tmp_path).wechat()
    stand_in = contained(tmp_path, wechat_base_url="https://wechat.example.com").wechat()

    assert ("https://api.weixin.qq.com", "https://api2.weixin.qq.com") == (
        real.base_url,
        real.second_url,
    )
    assert stand_in.second_url is None


async def test_the_service_looks_at_its_crowd(tmp_path: Path):
    """What the protocol asks before it reads is the crowd whose number the metrics show."""
    container = contained(tmp_path)
    app = service(container)

    async with app.router.lifespan_context(app) as state:
        state[STATE].under_way = range(7)

        assert "wxlogin_requests_under_way 7.0" in told(container)


async def test_the_crowd_does_not_count_who_waits_for_wechat(tmp_path: Path):
    """Who is there, and who waits for a place there."""
    container = contained(tmp_path)
    gate = container.wechat().gate
    await gate.enter(1e18)
    gate.waiting = 3

    assert 4 == container.crowd().elsewhere()
