"""Login and session_key: code2Session, checkSessionKey, ResetUserSessionKey.

Sources: "小程序登录凭证校验", "检验登录态", "重置登录态".
"""

import hashlib
import hmac
from typing import Any

from wxlogin.simulator.codes import SessionKey
from wxlogin.simulator.door import Api, Call, authorised, credentials, with_manners
from wxlogin.simulator.refusals import Refusal
from wxlogin.simulator.world import World


def jscode2session(world: World, call: Call) -> dict[str, Any]:
    """Exchange a wx.login code; everything else is checked before the code is spent."""
    query = call.query
    appid = credentials(world, call, query)
    if not query.get("js_code"):
        raise Refusal(41008)
    if query.get("grant_type") != "authorization_code":
        raise Refusal(40002)
    world.quotas.take(call.api, appid)
    answer = world.redeem_login(world.people.apps[appid], query["js_code"])
    return with_manners(answer, world.rules)


def checksession(world: World, call: Call) -> dict[str, Any]:
    """Tell whether the caller's session_key of a person is the one in force."""
    _signed(world, call)
    return {"errcode": 0, "errmsg": "ok"}


def resetusersessionkey(world: World, call: Call) -> dict[str, Any]:
    """Replace a person's session_key; the old one dies at once."""
    appid, user = _signed(world, call)
    key = world.keys.reset(appid, user)
    if key is None:
        raise Refusal(87007)
    openid = call.query["openid"]
    return {"errcode": 0, "errmsg": "ok", "openid": openid, "session_key": key.text}


def _signed(world: World, call: Call) -> tuple[str, str]:
    appid = authorised(world, call)
    owner = world.people.whose(call.query.get("openid", ""))
    if owner is None or owner[0] != appid:
        raise Refusal(40003)
    if call.query.get("sig_method") != "hmac_sha256":
        raise Refusal(87008)
    key = world.keys.living(*owner)
    if key is None:
        raise Refusal(87007)
    if not hmac.compare_digest(signature_of(key), call.query.get("signature", "").encode()):
        raise Refusal(87009)
    return owner


def signature_of(key: SessionKey) -> bytes:
    """Answer the HMAC of an empty message; the key is the base64 text itself, not decoded."""
    return hmac.new(key.text.encode(), b"", hashlib.sha256).hexdigest().encode()


APIS = (
    Api("jscode2session", "/sns/jscode2session", jscode2session, plain_text=True),
    Api("checksession", "/wxa/checksession", checksession),
    Api("resetusersessionkey", "/wxa/resetusersessionkey", resetusersessionkey),
)
