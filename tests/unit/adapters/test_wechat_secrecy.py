"""No secret, code, token or key comes out of the client, however WeChat fails."""

import logging
from contextlib import suppress

import httpx
import pytest
import structlog

from tests.contracts.people import APP
from tests.unit.adapters.scripted_wechat import (
    ALICE,
    CODE,
    LOGIN,
    NEVER,
    NUMBER,
    PASSED,
    PHONE_CODE,
    SECRET,
    SESSION_KEY,
    TOKEN,
    TOKEN_GIVEN,
    refused,
    scripted,
    told,
)
from wxlogin.adapters.wechat.transport import PreparedRequest
from wxlogin.adapters.wechat.wire import Question
from wxlogin.domain.errors import AppMisconfigured

NUMBER_TEXT = "13800138001"
SECRETS = (SECRET, CODE, PHONE_CODE, TOKEN, SESSION_KEY, NUMBER_TEXT)
ALL = " ".join(SECRETS)

FAILURES = [
    refused(-1, f"system error {ALL}"),
    *(refused(errcode, f"{ALL}, rid: {ALL}") for errcode in (40001, 40029, 40163, 40226, 45009)),
    *(refused(errcode, f"invalid ip {ALL} req_id: {SECRET}") for errcode in (40164, 42001, 99999)),
    refused(f"errcode {ALL}", ALL),
    {"openid": 7, "session_key": ALL, "access_token": [ALL], "phone_info": ALL, "result": ALL},
    ALL.encode(),
    b"\xff" + ALL.encode(),
    f"<html>{ALL}</html>".encode(),
    httpx.Response(302, headers={"location": f"https://else.test/?{ALL}"}),
    httpx.Response(500, text=ALL),
    httpx.Response(200, headers={"content-encoding": "gzip"}, content=None, text=""),
    httpx.ConnectError(f"https://wechat.test/?secret={ALL}"),
    httpx.ReadError(ALL),
    ValueError(ALL),
    NEVER,
]
CALLS = [
    lambda client: client.exchange(APP, CODE),
    lambda client: client.phone(ALICE, PHONE_CODE),
    lambda client: client.check_nickname(ALICE, "x"),
]


@pytest.mark.parametrize("before", [[], [TOKEN_GIVEN]], ids=["no token", "token"])
@pytest.mark.parametrize("call", CALLS, ids=["exchange", "phone", "content"])
@pytest.mark.parametrize("failure", FAILURES, ids=range(len(FAILURES)))
async def test_a_failure_tells_no_secret(call, failure, before, caplog, capfd):
    """Not in the error, its causes, the tracebacks, any log, or what observers are told."""
    caplog.set_level(logging.NOTSET)
    seen = []
    client, _ = scripted(*before, failure, timeout=0.05, seen=lambda *call: seen.append(call))

    said = ""
    with structlog.testing.capture_logs() as logs:
        try:
            await call(client)
        except Exception as error:  # noqa: BLE001 - whatever comes must be looked at
            said = told(error)
        await client.close()

    records = "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    everything = f"{said} {logs} {records} {seen} {client!r} {capfd.readouterr()}"
    assert seen
    assert [] == [secret for secret in SECRETS if secret in everything]


async def test_a_success_tells_no_secret(caplog):
    """Neither the log nor a repr has any."""
    caplog.set_level(logging.NOTSET)
    client, script = scripted(LOGIN, TOKEN_GIVEN, NUMBER, PASSED)
    with structlog.testing.capture_logs() as logs:
        answers = [await call(client) for call in CALLS]

    inner = [client._wire, client._tokens, *client._tokens._kept.values(), *script.requests]
    inner += [request.url for request in script.requests]
    inner += [Question(None, APP, None, CODE, CODE.encode())]
    everything = f"{client!r} {answers!r} {inner!r} {logs} {caplog.text}"
    assert [] == [secret for secret in SECRETS if secret in everything]


async def test_an_operator_learns_which_address_is_refused():
    """40164 is logged with the address to put on the whitelist, and the rid."""
    rid = "66165fe0-1a2b3c4d-5e6f7a8b"
    client, _ = scripted(
        refused(40164, f"invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: {rid}")
    )

    with structlog.testing.capture_logs() as logs, suppress(AppMisconfigured):
        await client.phone(ALICE, PHONE_CODE)

    assert [
        {
            "event": "wechat_refuses_app",
            "log_level": "error",
            "api": "stable_token",
            "appid": APP,
            "errcode": 40164,
            "rid": rid,
            "ip": "1.2.3.4",
        }
    ] == logs


def test_a_request_can_be_looked_into_but_not_read_by_accident():
    """Parts of the address are there when asked for; repr shows none."""
    request = PreparedRequest("GET", f"https://wechat.test/a?secret={SECRET}", httpx.Headers())

    assert ("wechat.test", "/a", SECRET) == (
        request.url.host,
        request.url.path,
        request.url.params["secret"],
    )
    assert SECRET in str(request.url)
    assert SECRET not in repr(request)
    assert SECRET not in repr(request.url)
    assert not hasattr(request.url, "no_such_part")
