"""Phone numbers and content checks."""

import pytest

APPID = "wx0123456789abcdef"
OTHER_APPID = "wxfedcba9876543210"
OTHER_SECRET = "fedcba9876543210fedcba9876543210"
PHONE = "/wxa/business/getuserphonenumber"
TEXT = "/wxa/msg_sec_check"
MEDIA = "/wxa/media_check_async"


async def test_phone_code_gives_the_number_once(sim):
    """A phone code gives the number with its watermark, and then 40029."""
    code = await sim.phone_code(phone="13800138000")
    first = await sim.api(PHONE, code=code)

    assert len(code) == 64
    assert first["phone_info"] == {
        "phoneNumber": "13800138000",
        "purePhoneNumber": "13800138000",
        "countryCode": "86",
        "watermark": {"timestamp": 1_800_000_000, "appid": APPID},
    }
    assert (await sim.api(PHONE, code=code))["errcode"] == 40029


async def test_foreign_number_carries_its_country(sim):
    """phoneNumber has the area code of a foreign number; countryCode is a number by rule."""
    await sim.control("rules", country_code_number=True)
    info = (await sim.api(PHONE, code=await sim.phone_code(phone="+852 91234567")))["phone_info"]

    assert (info["phoneNumber"], info["purePhoneNumber"]) == ("+85291234567", "91234567")
    assert info["countryCode"] == 852


async def test_person_has_a_number_of_their_own(sim):
    """Without a number in the request it is the person's own."""
    await sim.control("users", user="ming", phone="13900139000")
    answer = await sim.api(PHONE, code=await sim.phone_code())

    assert answer["phone_info"]["phoneNumber"] == "13900139000"


async def test_made_up_number_is_nobody_elses(sim):
    """A number made up for a person is the same in every run, unless somebody has it already."""
    await sim.control("users", user="an", phone="12087492107")
    made_up = (await sim.control("users", user="bo"))["phone"]

    assert made_up == "12087492108"


async def test_phone_code_expires_from_the_tap(sim):
    """300 seconds after the tap a phone code is 40029."""
    code = await sim.phone_code()
    await sim.control("clock", advance=300)

    assert (await sim.api(PHONE, code=code))["errcode"] == 40029


async def test_login_code_is_no_phone_code(sim):
    """A wx.login code at getuserphonenumber is 40029 and stays good for a login."""
    code = await sim.code()

    assert (await sim.api(PHONE, code=code))["errcode"] == 40029
    assert "openid" in await sim.redeem(code)


async def test_token_of_another_app_is_refused(sim):
    """With the token of another app the answer is 40013 and the code is not spent."""
    code = await sim.phone_code()
    other = (await sim.stable_token(OTHER_APPID, OTHER_SECRET))["access_token"]

    assert (await sim.api(PHONE, other, code=code))["errcode"] == 40013
    assert (await sim.api(PHONE, code=code))["errcode"] == 0


async def test_openid_must_be_the_codes(sim):
    """Somebody else's openid is refused, by the errcode of the rules; the right one passes."""
    code = await sim.phone_code("ming")
    ming, hong = await sim.login("ming"), await sim.login("hong")
    await sim.control("rules", phone_openid_errcode=40097)

    assert (await sim.api(PHONE, code=code, openid=hong["openid"]))["errcode"] == 40097
    assert (await sim.api(PHONE, code=code, openid=ming["openid"]))["errcode"] == 0


@pytest.mark.parametrize("code", [None, "", 7, [], "0" * 64])
async def test_bad_phone_code(sim, code):
    """A code that is missing, ill-typed or unknown is 40029."""
    assert (await sim.api(PHONE, code=code))["errcode"] == 40029


@pytest.mark.parametrize(
    ("content", "suggest", "label"),
    [
        ("你好，世界", "pass", 100),
        ("这是违规内容", "risky", 20001),
        ("so risky", "risky", 20001),
        ("辱骂", "risky", 20003),
        ("待审的昵称", "review", 21000),
        ("review me", "review", 21000),
        ("review this risky text", "risky", 20001),
    ],
)
async def test_text_verdicts(sim, content, suggest, label):
    """The words of a text decide between pass, review and risky, with WeChat's labels."""
    openid = (await sim.login())["openid"]
    answer = await sim.api(TEXT, content=content, version=2, scene=1, openid=openid)

    assert answer["errcode"] == 0
    assert answer["result"] == {"suggest": suggest, "label": label}
    assert answer["detail"][0]["strategy"] == "content_model"
    assert len(answer["detail"]) == (1 if suggest == "pass" else 2)


async def test_old_text_check(sim):
    """Without a version the answer is the old one: ok, or 87014."""
    assert (await sim.api(TEXT, content="好")) == {"errcode": 0, "errmsg": "ok"}
    assert (await sim.api(TEXT, content="违规"))["errcode"] == 87014


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"content": ""}, 47001),
        ({"content": "字" * 2501}, 47001),
        ({"version": []}, 47001),
        ({"scene": 5}, 40129),
        ({"scene": []}, 40129),
        ({"openid": "o" * 28}, 40003),
        ({"openid": None}, 40003),
        ({"openid": "oSIM_" + "x" * 23}, 61010),
    ],
)
async def test_text_check_request_is_checked(sim, wrong, errcode):
    """Each wrong field has its errcode; an openid of an earlier run is one not active."""
    openid = (await sim.login())["openid"]
    body = {"content": "好", "version": 2, "scene": 1, "openid": openid} | wrong

    assert (await sim.api(TEXT, **body))["errcode"] == errcode


async def test_openid_of_another_app_does_not_match(sim):
    """An openid of another app is 43104."""
    code = await sim.code(appid=OTHER_APPID)
    openid = (await sim.redeem(code, appid=OTHER_APPID, secret=OTHER_SECRET))["openid"]
    answer = await sim.api(TEXT, content="好", version=2, scene=1, openid=openid)

    assert answer["errcode"] == 43104


async def test_text_check_wants_a_recent_visitor(sim):
    """Two hours after the last wx.login the answer is 61010, and a wx.login mends it."""
    body = {"content": "好", "version": 2, "scene": 1, "openid": (await sim.login())["openid"]}
    await sim.control("clock", advance=7_201)
    idle = await sim.api(TEXT, **body)
    await sim.code()

    assert idle["errcode"] == 61010
    assert (await sim.api(TEXT, **body))["errcode"] == 0


async def test_media_check_keeps_the_verdict(sim):
    """A media check answers a trace_id at once; its verdict is kept for the push."""
    openid = (await sim.login())["openid"]
    body = {"media_type": 2, "version": 2, "scene": 1, "openid": openid}
    answer = await sim.api(MEDIA, media_url="https://x.test/risky.png", **body)
    (check,) = (await sim.look("media-checks"))["checks"]

    assert check["trace_id"] == answer["trace_id"]
    assert (check["openid"], check["suggest"], check["label"]) == (openid, "risky", 20001)


@pytest.mark.parametrize(
    ("wrong", "errcode"), [({"media_type": 3}, 40004), ({"media_url": None}, 47001)]
)
async def test_media_check_request_is_checked(sim, wrong, errcode):
    """A wrong media type is 40004, a missing address 47001."""
    openid = (await sim.login())["openid"]
    body = {"media_url": "https://x.test/a.png", "media_type": 2, "version": 2, "scene": 1}

    assert (await sim.api(MEDIA, **(body | {"openid": openid} | wrong)))["errcode"] == errcode
