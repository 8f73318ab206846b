"""session_key: one at a time, rotated by wx.login, checked and reset by signature."""

import pytest

from wxlogin.simulator.codes import SessionKey
from wxlogin.simulator.sns import signature_of


async def test_key_stays_within_the_refresh_period(sim):
    """Several wx.login in a short time give new codes and the same session_key."""
    first = await sim.login()
    await sim.control("clock", advance=599)

    assert first == await sim.login()


async def test_wx_login_rotates_the_key_and_the_old_one_dies(sim):
    """A wx.login after the refresh period replaces the key at once, before any redemption."""
    old = await sim.login()
    await sim.control("clock", advance=600)
    code = await sim.code()
    checked = await sim.check("/wxa/checksession", **old)
    new = await sim.redeem(code)

    assert checked["errcode"] == 87009
    assert old["session_key"] != new["session_key"]
    assert {"errcode": 0, "errmsg": "ok"} == await sim.check("/wxa/checksession", **new)


async def test_prefetch_rotates_as_well(sim):
    """A data pre-fetch with a code counts as wx.login."""
    old = await sim.login()
    await sim.control("clock", advance=600)
    await sim.control("codes", appid="wx0123456789abcdef", user="ming", mode="prefetch")

    assert (await sim.check("/wxa/checksession", **old))["errcode"] == 87009


async def test_idle_key_expires(sim):
    """A key expires without activity and can then be neither checked nor reset."""
    session = await sim.login()
    await sim.control("clock", advance=3 * 86_400)

    assert (await sim.check("/wxa/checksession", **session))["errcode"] == 87007
    assert (await sim.check("/wxa/resetusersessionkey", **session))["errcode"] == 87007


async def test_activity_extends_the_life_of_a_key(sim):
    """A key that a wx.login did not rotate lives on from that login, and no longer."""
    await sim.control("rules", key_rotation_seconds=30 * 86_400)
    first = await sim.login()
    await sim.control("clock", advance=2 * 86_400)
    second = await sim.login()
    await sim.control("clock", advance=2 * 86_400)
    checked = await sim.check("/wxa/checksession", **first)
    await sim.control("clock", advance=86_400)

    assert first == second
    assert checked["errcode"] == 0
    assert first != await sim.login()


async def test_reset_replaces_the_key_and_keeps_its_expiry(sim):
    """A reset kills the old key; the new one dies when the old one would have."""
    session = await sim.login()
    await sim.control("clock", advance=2 * 86_400)
    reset = await sim.check("/wxa/resetusersessionkey", **session)
    renewed = {"openid": reset["openid"], "session_key": reset["session_key"]}

    assert session["session_key"] != renewed["session_key"]
    assert (await sim.check("/wxa/checksession", **session))["errcode"] == 87009
    assert (await sim.check("/wxa/checksession", **renewed))["errcode"] == 0
    await sim.control("clock", advance=86_400)
    assert (await sim.check("/wxa/checksession", **renewed))["errcode"] == 87007


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"signature": "0" * 64}, 87009),
        ({"signature": "签"}, 87009),
        ({"sig_method": "md5"}, 87008),
        ({"access_token": ""}, 41001),
    ],
)
async def test_signed_calls_are_checked(sim, wrong, errcode):
    """A wrong signature, method or token is refused with its own errcode."""
    session = await sim.login()

    assert (await sim.check("/wxa/checksession", **session, **wrong))["errcode"] == errcode


async def test_openid_of_nobody_or_of_another_app_is_invalid(sim):
    """An openid never seen is 40003, and so is one of another app than the token's."""
    appid, secret = "wxfedcba9876543210", "fedcba9876543210fedcba9876543210"
    there = await sim.redeem(await sim.code(appid=appid), appid=appid, secret=secret)
    nobody = {**there, "openid": "o" * 28}

    assert (await sim.check("/wxa/checksession", **nobody))["errcode"] == 40003
    assert (await sim.check("/wxa/checksession", **there))["errcode"] == 40003


def test_signature_uses_the_key_as_text():
    """The published vector for an empty message holds: the key is not base64-decoded."""
    key = SessionKey("o0q0otL8aEzpcZL/FT9WsQ==", 0, 0)

    assert signature_of(key) == (
        b"46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128"
    )
