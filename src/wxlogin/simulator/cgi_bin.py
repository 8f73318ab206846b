"""Access tokens and the housekeeping APIs.

Sources: "获取接口调用凭据", "获取稳定版接口调用凭据", "openApi管理".
"""

import re
from typing import Any

from wxlogin.simulator.door import Api, Call, authorised, credentials
from wxlogin.simulator.quotas import Limit
from wxlogin.simulator.refusals import Refusal
from wxlogin.simulator.world import World

_RID_LIFE = 7 * 86_400
_RID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}")


def token(world: World, call: Call) -> dict[str, Any]:
    """Issue a plain access token."""
    if call.query.get("grant_type") != "client_credential":
        raise Refusal(40002)
    appid = credentials(world, call, call.query)
    world.quotas.take(call.api, appid)
    issued = world.tokens.plain(appid, world.rules)
    return {"access_token": issued.text, "expires_in": world.rules.token_seconds}


def stable_token(world: World, call: Call) -> dict[str, Any]:
    """Answer the stable access token with what is left of its life."""
    body = call.json()
    if body.get("grant_type") != "client_credential":
        raise Refusal(40002)
    appid = credentials(world, call, body)
    world.quotas.take(call.api, appid)
    issued = world.tokens.stable(appid, world.rules, force=body.get("force_refresh") is True)
    left = int(issued.expires_at - world.clock.now())
    return {"access_token": issued.text, "expires_in": left}


def clear_quota(world: World, call: Call) -> dict[str, Any]:
    """Forget the daily use of a mini-program, ten times a month."""
    appid = authorised(world, call)
    if call.json().get("appid") != appid:
        raise Refusal(40013)
    world.quotas.clear(appid)
    return {"errcode": 0, "errmsg": "ok"}


def quota_get(world: World, call: Call) -> dict[str, Any]:
    """Tell the limits of one API and what was used of them."""
    appid = authorised(world, call)
    path = call.json().get("cgi_path")
    if not isinstance(path, str) or not path:
        raise Refusal(40097)
    api = path.removeprefix("/cgi-bin/openapi/")
    api = api if api in {"rid/get", "quota/get"} else api.rpartition("/")[2]
    limit = world.quotas.limits.get(api, Limit())
    used = world.quotas.used_today(api, appid)
    answer: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
    if limit.per_day is not None:
        remain = max(0, limit.per_day - used)
        answer["quota"] = {"daily_limit": limit.per_day, "used": used, "remain": remain}
    if limit.per_minute is not None:
        answer["rate_limit"] = {"call_count": limit.per_minute, "refresh_second": 60}
    return answer


def rid_get(world: World, call: Call) -> dict[str, Any]:
    """Tell what was behind a rid, for seven days; addresses without their query string."""
    appid = authorised(world, call)
    rid = call.json().get("rid")
    if not isinstance(rid, str) or not _RID.fullmatch(rid):
        raise Refusal(76002)
    record = world.ledger.rid(rid)
    if record is None:
        raise Refusal(76001)
    if record.appid not in {"", appid}:
        raise Refusal(76003)
    if world.clock.now() - record.at > _RID_LIFE:
        raise Refusal(76004)
    request = {
        "invoke_time": int(record.at),
        "cost_in_ms": 1,
        "request_url": record.path,
        "request_body": "",
        "response_body": record.answer,
        "client_ip": record.ip,
    }
    return {"errcode": 0, "errmsg": "ok", "request": request}


def addresses(world: World, call: Call) -> dict[str, Any]:
    """Tell WeChat's addresses: this machine's, here."""
    authorised(world, call)
    return {"ip_list": ["127.0.0.1"]}


APIS = (
    Api("token", "/cgi-bin/token", token, hints=True),
    Api("stable_token", "/cgi-bin/stable_token", stable_token, method="POST", hints=True),
    Api("clear_quota", "/cgi-bin/clear_quota", clear_quota, method="POST"),
    Api("quota/get", "/cgi-bin/openapi/quota/get", quota_get, method="POST"),
    Api("rid/get", "/cgi-bin/openapi/rid/get", rid_get, method="POST"),
    Api("get_api_domain_ip", "/cgi-bin/get_api_domain_ip", addresses),
    Api("getcallbackip", "/cgi-bin/getcallbackip", addresses),
)
