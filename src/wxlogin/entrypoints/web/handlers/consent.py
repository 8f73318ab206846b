"""What a person agrees to, and takes back."""

from wxlogin.entrypoints.web import schemas
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.handlers.writing import NOTHING
from wxlogin.entrypoints.web.wire import decode
from wxlogin.entrypoints.web.wishes import Wishes


async def agree(call: Call, wishes: Wishes) -> Answer:
    """Takes the caller's consent to a version of the agreement."""
    body = decode(schemas.CONSENT, call.body)
    await wishes.agree(token=call.token, version=body.version)
    return NOTHING


async def withdraw(call: Call, wishes: Wishes) -> Answer:
    """Takes the caller's consent back."""
    await wishes.withdraw_consent(token=call.token)
    return NOTHING
