"""Phone numbers and content checks.

Sources: "获取手机号", "文本内容安全识别", "多媒体内容安全识别".
"""

from typing import Any

from wxlogin.simulator.door import Api, Call, authorised
from wxlogin.simulator.refusals import Refusal
from wxlogin.simulator.rules import VERDICTS
from wxlogin.simulator.world import World

_CHINA = "86"
_SCENES = range(1, 5)
_MEDIA_TYPES = (1, 2)
_CONTENT_LIMIT = 2_500
_PASS = ("pass", 100)

WORDS: dict[str, tuple[str, int]] = {
    "违规": ("risky", 20001),
    "risky": ("risky", 20001),
    "色情": ("risky", 20002),
    "辱骂": ("risky", 20003),
    "诈骗": ("risky", 20008),
    "广告": ("review", 10001),
    "待审": ("review", 21000),
    "review": ("review", 21000),
}
"""What the simulated check stumbles over: word → (suggest, label), the worst first."""


def getuserphonenumber(world: World, call: Call) -> dict[str, Any]:
    """Exchange a phone button's code for the number."""
    appid = authorised(world, call)
    body = call.json()
    code, openid = body.get("code"), body.get("openid")
    if not isinstance(code, str) or not code:
        raise Refusal(40029)
    number = world.redeem_phone(appid, code, openid if isinstance(openid, str) else None)
    country, pure = _split(number)
    info = {
        "phoneNumber": pure if country == _CHINA else f"+{country}{pure}",
        "purePhoneNumber": pure,
        "countryCode": int(country) if world.rules.country_code_number else country,
        "watermark": {"timestamp": int(world.clock.now()), "appid": appid},
    }
    return {"errcode": 0, "errmsg": "ok", "phone_info": info}


def msg_sec_check(world: World, call: Call) -> dict[str, Any]:
    """Check a text: version 2 with verdict and labels, or the old version without."""
    appid = authorised(world, call)
    body = call.json()
    content = body.get("content")
    if not isinstance(content, str) or not content or len(content) > _CONTENT_LIMIT:
        raise Refusal(47001)
    texts = [content, *(body.get(name) for name in ("title", "nickname", "signature"))]
    word, (suggest, label) = _verdict(" ".join(text for text in texts if isinstance(text, str)))
    if "version" not in body:
        if suggest == "risky":
            raise Refusal(87014)
        return {"errcode": 0, "errmsg": "ok"}
    _checked(world, appid, body)
    model: dict[str, Any] = {"strategy": "content_model", "errcode": 0}
    detail = [model | {"suggest": suggest, "label": label, "prob": 90}]
    if word:
        hit = {"suggest": suggest, "label": label, "keyword": word, "level": 20, "prob": 90}
        detail.append({"strategy": "keyword", "errcode": 0, **hit})
    return {
        "errcode": 0,
        "errmsg": "ok",
        "trace_id": world.new_rid(),
        "result": {"suggest": suggest, "label": label},
        "detail": detail,
    }


def media_check_async(world: World, call: Call) -> dict[str, Any]:
    """Take in a picture or sound by its address; the verdict is kept under the trace_id.

    The address decides the verdict, by the same words as a text, else the rule `media_verdict`.
    """
    appid = authorised(world, call)
    body = call.json()
    url = body.get("media_url")
    if body.get("media_type") not in _MEDIA_TYPES:
        raise Refusal(40004)
    if not isinstance(url, str) or not url:
        raise Refusal(47001)
    _checked(world, appid, body)
    word, (suggest, label) = _verdict(url)
    if not word:
        suggest = world.rules.media_verdict
        label = VERDICTS[suggest]
    trace_id = world.new_rid()
    world.media_checks[trace_id] = {
        "appid": appid,
        "openid": body["openid"],
        "media_url": url,
        "suggest": suggest,
        "label": label,
        "at": world.clock.now(),
    }
    for told in world.on_media:
        told(trace_id)
    return {"errcode": 0, "errmsg": "ok", "trace_id": trace_id}


def _checked(world: World, appid: str, body: dict[str, Any]) -> None:
    if body.get("version") not in (2, "2"):
        raise Refusal(47001)
    if body.get("scene") not in _SCENES:
        raise Refusal(40129)
    openid = body.get("openid")
    world.visitor(appid, openid if isinstance(openid, str) else "")


def _verdict(text: str) -> tuple[str, tuple[str, int]]:
    """Answer the word stumbled over and its verdict, or no word and a pass."""
    return next(((word, verdict) for word, verdict in WORDS.items() if word in text), ("", _PASS))


def _split(number: str) -> tuple[str, str]:
    """Read `13800138000` as China's, `+852 91234567` as country code and number."""
    if not number.startswith("+"):
        return _CHINA, number
    country, _, pure = number[1:].partition(" ")
    return country, pure


APIS = (
    Api(
        "getuserphonenumber", "/wxa/business/getuserphonenumber", getuserphonenumber, method="POST"
    ),
    Api("msg_sec_check", "/wxa/msg_sec_check", msg_sec_check, method="POST"),
    Api("media_check_async", "/wxa/media_check_async", media_check_async, method="POST"),
)
