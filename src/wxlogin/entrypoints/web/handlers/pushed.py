"""What WeChat itself sends: the check of our address, and pushed messages (消息推送)."""

import asyncio
import re

from wxlogin.domain.errors import FieldProblem, InvalidRequest, StoreUnavailable
from wxlogin.domain.ports.push import Shown
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.wishes import Wishes

_SECONDS = 4.0
"""WeChat waits for 5; after that it sends the message again."""
_TEXT = "text/plain; charset=utf-8"
_SUCCESS = Answer(200, b"success", _TEXT)
_ECHO = re.compile(r"[!-~]{1,256}")


async def check_address(call: Call, wishes: Wishes) -> Answer:
    """Gives back the echostr that WeChat signed its question about."""
    await wishes.check_push_address(appid=call.path_params["appid"], shown=_shown(call))
    echo = call.query.get("echostr", "")
    if not _ECHO.fullmatch(echo):
        raise InvalidRequest(FieldProblem("signature", "push_refused"))
    return Answer(200, echo.encode(), _TEXT)


async def receive(call: Call, wishes: Wishes) -> Answer:
    """Takes a message in and says so; what it asks for is done afterwards."""
    try:
        async with asyncio.timeout(_SECONDS):
            await wishes.receive_push(
                appid=call.path_params["appid"], shown=_shown(call), body=call.body
            )
    except TimeoutError:
        raise StoreUnavailable(1) from None
    return _SUCCESS


def _shown(call: Call) -> Shown:
    query = call.query
    return Shown(
        timestamp=query.get("timestamp", ""),
        nonce=query.get("nonce", ""),
        signature=query.get("signature", ""),
        msg_signature=query.get("msg_signature", ""),
    )
