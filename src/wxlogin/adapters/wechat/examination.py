"""Asks WeChat what it thinks of our appid, secret and address, for `wxlogin doctor`."""

import asyncio
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx
import msgspec
from attrs import frozen

from wxlogin.adapters.wechat.answers import TokenAnswer, read
from wxlogin.adapters.wechat.errcodes import ACCESS_TOKEN, IP_REFUSED, OK, refused_ip_in
from wxlogin.adapters.wechat.no_answer import NoAnswer
from wxlogin.adapters.wechat.transport import PreparedRequest, make_transport

_decoder = msgspec.json.Decoder(TokenAnswer)


@frozen
class Examined:
    """What WeChat said: an errcode, 0 for yes, or None when nothing sensible came.

    `refused_ip` is our address as WeChat sees it, when its whitelist lacks it; `failure` names
    what went wrong on the way; `their_time` is the clock of the machine that answered.
    """

    errcode: int | None = None
    refused_ip: str | None = None
    failure: str = ""
    their_time: datetime | None = None


async def examine(base_url: str, appid: str, secret: str, seconds: float) -> Examined:
    """Asks for a stable access token, which changes nothing ("获取稳定版接口调用凭据")."""
    body = msgspec.json.encode({
        "grant_type": "client_credential",
        "appid": appid,
        "secret": secret,
        "force_refresh": False,
    })  # fmt: skip
    host = httpx.URL(base_url).netloc.decode("ascii")
    headers = httpx.Headers({
        "host": host, "content-type": "application/json", "user-agent": "wxlogin",
    })  # fmt: skip
    url = f"{base_url.rstrip('/')}{ACCESS_TOKEN.path}"
    request = PreparedRequest("POST", url, headers, body)
    try:
        async with asyncio.timeout(seconds):
            return await _asked(base_url, request)
    except TimeoutError:
        return Examined(failure="timeout")
    except NoAnswer as failure:
        return Examined(failure=str(failure))
    except (httpx.HTTPError, OSError) as failure:
        # The class only: the text may hold the request.
        return Examined(failure=type(failure.__cause__ or failure).__name__)


async def _asked(base_url: str, request: httpx.Request) -> Examined:
    transport = make_transport(base_url)
    try:
        response = await transport.handle_async_request(request)
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        content = b"".join([part async for part in stream])
    finally:
        await transport.aclose()
    their_time = _time(response.headers.get("date"))
    if response.status_code != httpx.codes.OK:
        return Examined(failure=f"HTTP {response.status_code}", their_time=their_time)
    answer = read(_decoder, content)
    said = answer.said()
    errcode = OK if said is None else said.errcode
    ip = refused_ip_in(str(answer.errmsg)) if errcode == IP_REFUSED else None
    return Examined(errcode, ip, their_time=their_time)


def _time(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
