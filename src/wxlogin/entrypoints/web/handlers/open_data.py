"""What WeChat encrypted on the phone."""

from base64 import b64decode

from wxlogin.entrypoints.web import examples, schemas
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.handlers.writing import json
from wxlogin.entrypoints.web.language import Both
from wxlogin.entrypoints.web.route import Asks, Route, Takes
from wxlogin.entrypoints.web.wire import decode
from wxlogin.entrypoints.web.wishes import Wishes


async def read(call: Call, wishes: Wishes) -> Answer:
    """Decrypts open data for the caller; nothing of it is kept."""
    body = decode(schemas.OPEN_DATA, call.body)
    found = await wishes.read_open_data(
        token=call.token,
        encrypted=_bytes(body.encrypted_data),
        iv=_bytes(body.iv),
        kind=body.kind,
    )
    return json(found)


def _bytes(text: str) -> bytes:
    """Answers what base64 stands for; what is none is refused where all else is, as empty."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""


ROUTE = Route(
    "POST", "/v1/me/open-data", read,
    Both(
        "解密微信开放数据（encryptedData）；小程序未声明 open_data 时为 404",
        "Decrypt WeChat's open data (encryptedData); 404 where the app declares none",
    ),
    takes=Takes.JSON, asks=Asks.ACCESS_TOKEN, wants=schemas.OpenDataBody, gives=dict,
    errors=("open_data_invalid", "not_found"),
    example=examples.OPEN_DATA,
)  # fmt: skip
