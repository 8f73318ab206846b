"""What clients see of a WeChat that is gone: quick refusals, codes that stay good, and the rest."""

from datetime import timedelta

import httpx
import pytest

from tests.contracts.http_asking import assert_problem, bearer, refresh
from tests.unit.adapters.scripted_wechat import LOGIN, NEVER, SECRET, refused, scripted
from tests.world import APPID, ISSUER, START, World
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.entrypoints.http import create_app

BROKEN = httpx.ReadError("gone")


def body(number: int) -> dict[str, str]:
    return {"appid": APPID, "code": f"{number:032d}"}


async def asked(*answers, **fields):
    """Answer the world before a scripted WeChat, a client of its service, and the script."""
    clock = SetClock(START)
    wechat, script = scripted(*answers, clock=clock, apps={APPID: SECRET}, **fields)
    world = await World(wechat=wechat, clock=clock).prepared()
    app = create_app(world.wishes())
    return world, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER), script


def sent(script, number: int) -> int:
    """Answer how often a code went to WeChat."""
    return sum(request.url.params["js_code"] == body(number)["code"] for request in script.requests)


@pytest.mark.parametrize(
    ("failing", "code", "status", "wait"),
    [
        ([BROKEN] * 5, "wechat_unavailable", 503, 2),
        ([refused(45009)], "wechat_quota_exhausted", 503, 300),
        ([refused(45011)] * 3, "wechat_rate_limited", 429, 60),
    ],
    ids=["gone", "day", "minute"],
)
async def test_a_code_that_was_not_sent_may_come_again(failing, code, status, wait):
    """Refused by an open circuit a code is unspent: the same code, and key, log in later."""
    world, client, script = await asked(*failing, LOGIN)
    async with client:
        for number in range(len(failing)):
            await client.post("/v1/login", json=body(number))
        key = {"idempotency-key": "k"}
        refusals = [await client.post("/v1/login", json=body(9), headers=key) for _ in range(3)]
        world.clock.advance(timedelta(seconds=wait))
        answer = await client.post("/v1/login", json=body(9), headers=key)
        repeated = await client.post("/v1/login", json=body(9), headers=key)

    for refusal in refusals:
        assert_problem(refusal, status, code)
        assert int(refusal.headers["retry-after"]) > 0
    assert 200 == answer.status_code
    assert answer.json() == repeated.json()
    assert 1 == sent(script, 9)


async def test_a_code_that_may_have_arrived_never_goes_again():
    """Those whose answer was lost are spent, whatever the circuit does afterwards."""
    world, client, script = await asked(*[BROKEN] * 5, LOGIN)
    async with client:
        for number in range(5):
            await client.post("/v1/login", json=body(number))
        world.clock.advance(timedelta(seconds=2))
        again = [await client.post("/v1/login", json=body(number)) for number in range(5)]

    for answer in again:
        assert_problem(answer, 401, "code_used")
    assert [1] * 5 == [sent(script, number) for number in range(5)]


async def test_refresh_and_profile_go_on():
    """While WeChat hangs, who is logged in notices nothing, and logins are refused at once."""
    world, client, _script = await asked(LOGIN, NEVER, timeout=0.02)
    async with client:
        tokens = (await client.post("/v1/login", json=body(0))).json()
        for number in range(1, 7):
            assert 503 == (await client.post("/v1/login", json=body(number))).status_code
        assert world.wechat.circuits.open_now()

        tokens = (await refresh(client, tokens)).json()
        me = await client.get("/v1/me", headers=bearer(tokens))
        changed = await client.put("/v1/me", json={"nickname": "明"}, headers=bearer(tokens))
        out = await client.post("/v1/logout", headers=bearer(tokens))

    assert [200, 200, 204] == [me.status_code, changed.status_code, out.status_code]


async def test_a_minute_of_silence_at_twenty_logins_a_second():
    """Of 1,200 logins 35 spend their codes in vain at the most; two seconds after it all get in."""
    world, client, script = await asked(BROKEN)
    async with client:
        answers = []
        for number in range(60 * 20):
            answers.append(await client.post("/v1/login", json=body(number)))
            world.clock.advance(timedelta(milliseconds=50))
        asked_for = len(script.requests)
        script.answers[:] = [LOGIN]
        world.clock.advance(timedelta(seconds=2))
        after = [await client.post("/v1/login", json=body(10_000 + n)) for n in range(20)]

    assert {503} == {answer.status_code for answer in answers}
    assert all(int(answer.headers["retry-after"]) <= 3 for answer in answers)
    assert 30 <= asked_for <= 35
    assert {200} == {answer.status_code for answer in after}
