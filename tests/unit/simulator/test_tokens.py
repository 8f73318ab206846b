"""Access tokens: two pools, their overlaps, and what a wrong one gets."""

import re

import pytest

OTHER_APPID = "wxfedcba9876543210"
PHONE = "/wxa/business/getuserphonenumber"


async def alive(sim, token):
    """Tell what WeChat says of a token: 0, or the errcode of the token family."""
    answer = await sim.http.get("/cgi-bin/getcallbackip", params={"access_token": token})
    return answer.json().get("errcode", 0)


async def test_plain_token_displaces_the_one_before_after_an_overlap(sim):
    """Each call gives a new token; the one before works for 300 seconds more."""
    old, new = await sim.plain_token(), await sim.plain_token()
    await sim.control("clock", advance=299)
    within = await alive(sim, old["access_token"])
    await sim.control("clock", advance=1)

    assert old["expires_in"] == 7200
    assert within == 0
    assert await alive(sim, old["access_token"]) == 42001
    assert await alive(sim, new["access_token"]) == 0


async def test_stable_token_stays_and_its_rest_shrinks(sim):
    """Repeated calls give the same stable token with what is left of its life."""
    first = await sim.stable_token()
    await sim.control("clock", advance=6_855)
    again = await sim.stable_token()

    assert first["access_token"] == again["access_token"]
    assert again["expires_in"] == 345


async def test_stable_token_is_renewed_in_its_last_minutes(sim):
    """In the last 300 seconds a call gives a new token, and both work for 300 seconds."""
    old = await sim.stable_token()
    await sim.control("clock", advance=7_000)
    new = await sim.stable_token()

    assert old["access_token"] != new["access_token"]
    assert new["expires_in"] == 7200
    await sim.control("clock", advance=299)
    assert await alive(sim, old["access_token"]) == 0
    await sim.control("clock", advance=1)
    assert await alive(sim, old["access_token"]) == 42001
    assert await alive(sim, new["access_token"]) == 0


async def test_stable_token_is_renewed_from_300_seconds_on(sim):
    """With 301 seconds left the token stays, with 300 it is replaced."""
    first = await sim.token()
    await sim.control("clock", advance=6_899)
    again = await sim.token()
    await sim.control("clock", advance=1)

    assert first == again
    assert first != await sim.token()


async def test_pools_are_isolated(sim):
    """Neither kind of token invalidates the other."""
    stable = await sim.token()
    plain = (await sim.plain_token())["access_token"]
    await sim.stable_token(force_refresh=True)
    await sim.control("clock", advance=400)

    assert await alive(sim, plain) == 0
    assert plain != stable


async def test_forced_refresh_kills_the_old_token(sim):
    """force_refresh gives a new token and the old one is dead at once."""
    old = await sim.token()
    new = (await sim.stable_token(force_refresh=True))["access_token"]

    assert await alive(sim, old) == 42001
    assert await alive(sim, new) == 0


async def test_forced_refresh_too_early_does_nothing(sim):
    """A second force_refresh within 30 seconds gives the same token; after them a new one."""
    await sim.token()
    first = (await sim.stable_token(force_refresh=True))["access_token"]
    await sim.control("clock", advance=29)
    early = (await sim.stable_token(force_refresh=True))["access_token"]
    await sim.control("clock", advance=1)
    late = (await sim.stable_token(force_refresh=True))["access_token"]

    assert first == early
    assert first != late


async def test_forced_refresh_has_a_daily_limit(sim):
    """The 21st force_refresh of a day is 45009, and the next day it works again."""
    await sim.token()
    for _ in range(20):
        assert "access_token" in await sim.stable_token(force_refresh=True)
        await sim.control("clock", advance=30)

    assert (await sim.stable_token(force_refresh=True))["errcode"] == 45009
    await sim.control("clock", advance=86_400)
    assert "access_token" in await sim.stable_token(force_refresh=True)


@pytest.mark.parametrize(
    ("token", "errcode"), [("", 41001), ("88_never_issued", 40001), ("\u4ee4", 40001)]
)
async def test_token_family(sim, token, errcode):
    """A missing token is 41001, an unknown one 40001, with the rid after a blank."""
    answer = await sim.api(PHONE, token, code="0" * 64)

    assert answer["errcode"] == errcode
    assert re.search(r"[a-z] rid: [0-9a-f-]{26}$", answer["errmsg"])


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"grant_type": "code"}, 40002),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": "0" * 32}, 40125),
        ({"appid": OTHER_APPID}, 40125),
        ({"secret": 7}, 41004),
    ],
)
async def test_token_request_is_checked(sim, wrong, errcode):
    """The token APIs refuse with a hint before the rid."""
    answer = await sim.stable_token(**wrong)

    assert answer["errcode"] == errcode
    assert re.search(r" hint: \[[0-9A-Za-z_-]{16}\] rid: [0-9a-f-]{26}$", answer["errmsg"])


async def test_methods_are_kept_to(sim):
    """GET on a POST API is 43002, POST on a GET API 43001; both with HTTP 200."""
    got = await sim.http.get("/cgi-bin/stable_token")
    posted = await sim.http.post("/cgi-bin/token")

    assert (200, 43002) == (got.status_code, got.json()["errcode"])
    assert (200, 43001) == (posted.status_code, posted.json()["errcode"])


async def test_content_type_of_the_json_apis(sim):
    """All but jscode2session answer application/json; encoding=utf-8."""
    answer = await sim.http.get("/cgi-bin/token")

    assert answer.headers["content-type"] == "application/json; encoding=utf-8"


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        (b"", 44002),
        (b"code=1", 47001),
        (b"[]", 47001),
        (b'{"code": "\xff"}', 47001),
        (b"[" * 100_000, 47001),
        (b'{"code": "\\u7801"}', 40033),
    ],
)
async def test_body_must_be_raw_utf8_json(sim, body, errcode):
    """An empty body is 44002, a form or garbage 47001, an escaped character 40033."""
    query = {"access_token": await sim.token()}
    answer = await sim.http.post(PHONE, params=query, content=body)

    assert answer.json()["errcode"] == errcode


async def test_tokens_can_die_ahead_of_their_time(sim):
    """Killed tokens are 40001 though their time is not up, and the next one is new."""
    plain, stable = (await sim.plain_token())["access_token"], await sim.token()
    killed = (await sim.http.delete("/_sim/tokens")).json()

    assert killed == {"killed": 2}
    assert await alive(sim, plain) == await alive(sim, stable) == 40001
    assert await alive(sim, await sim.token()) == 0
