"""Logging in: by code, by ticket, by refresh token, and the tutorial's two steps."""

import re
from collections.abc import Awaitable, Callable

from wxlogin.domain.errors import FieldProblem, InvalidRequest, LoginError
from wxlogin.domain.use_cases.one_answer import Credential
from wxlogin.entrypoints.web import schemas
from wxlogin.entrypoints.web.answers import (
    TicketJson,
    TokenSetJson,
    TutorialLoginJson,
    TutorialOpenidJson,
)
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.handlers.writing import json
from wxlogin.entrypoints.web.wire import decode, encode, without_halves
from wxlogin.entrypoints.web.wishes import Wishes

KEY_SHAPE = re.compile(r"[!-~]{1,255}")


async def exchange_code(call: Call, wishes: Wishes) -> Answer:
    """Trades a code for a login ticket."""
    body = decode(schemas.EXCHANGE, call.body)
    app = wishes.login.ask.apps.choose(body.appid)

    async def act() -> bytes:
        return encode(TicketJson.of(await wishes.exchange_code(appid=app, code=body.code)))

    return Answer(
        200,
        await _once(
            call,
            wishes,
            app=app,
            step="exchange",
            kind=Credential.CODE,
            credential=body.code,
            act=act,
        ),
    )


async def login(call: Call, wishes: Wishes) -> Answer:
    """Logs in by code or ticket."""
    body = decode(schemas.LOGIN, call.body)
    change = body.change(wishes.policy.issuer)
    app = ""
    if body.code is not None or body.appid is not None:
        app = wishes.login.ask.apps.choose(body.appid)

    async def act() -> bytes:
        tokens = await wishes.login(
            appid=body.appid,
            code=body.code,
            login_ticket=body.login_ticket,
            profile=change,
            phone_code=body.phone_code,
            device=None if body.device is None else body.device.device(),
            consent=None if body.consent is None else body.consent.version,
        )
        return encode(TokenSetJson.of(tokens, wishes.policy.issuer))

    kind = Credential.TICKET if body.code is None else Credential.CODE
    spent = body.code or body.login_ticket or ""
    return Answer(
        200, await _once(call, wishes, app=app, step="login", kind=kind, credential=spent, act=act)
    )


async def refresh(call: Call, wishes: Wishes) -> Answer:
    """Trades a refresh token for the next token set."""
    body = decode(schemas.REFRESH, call.body)
    tokens = await wishes.refresh(token=body.refresh_token)
    return json(TokenSetJson.of(tokens, wishes.policy.issuer))


async def tutorial_openid(call: Call, wishes: Wishes) -> Answer:
    """The tutorial's first step: code in, openid and ticket out."""
    body = decode(schemas.TUTORIAL_OPENID, call.body)
    app = wishes.login.ask.apps.choose(body.appid)

    async def act() -> bytes:
        exchanged = await wishes.exchange_code(appid=app, code=body.jscode)
        return encode(TutorialOpenidJson.of(exchanged))

    return Answer(
        200,
        await _once(
            call,
            wishes,
            app=app,
            step="get-openid",
            kind=Credential.CODE,
            credential=body.jscode,
            act=act,
        ),
    )


async def tutorial_login(call: Call, wishes: Wishes) -> Answer:
    """The tutorial's second step: ticket and profile in, one token out."""
    try:
        body = decode(schemas.TUTORIAL_LOGIN, call.body)
    except InvalidRequest:
        body = decode(schemas.TUTORIAL_LOGIN, without_halves(call.body))

    async def act() -> bytes:
        entered = await wishes.tutorial_login(
            openid=body.openid,
            login_ticket=body.session_key,
            profile=body.change(wishes.policy.issuer),
        )
        return encode(TutorialLoginJson.of(entered))

    spent = body.session_key
    return Answer(
        200,
        await _once(
            call, wishes, app="", step="wx-login", kind=Credential.TICKET, credential=spent, act=act
        ),
    )


def idempotency_key(call: Call) -> str | None:
    """Answers the Idempotency-Key of a request."""
    key = call.headers.get("idempotency-key")
    if key is not None and not KEY_SHAPE.fullmatch(key):
        raise InvalidRequest(FieldProblem("Idempotency-Key", "idempotency_key_shape"))
    return key


async def _once(
    call: Call,
    wishes: Wishes,
    *,
    app: str,
    step: str,
    kind: Credential,
    credential: str,
    act: Callable[[], Awaitable[bytes]],
) -> bytes:
    """Answers what `act` answers, once for each code, and for each ticket that came with a key.

    A code is always claimed, so that it is sent to WeChat once; a ticket guards itself. A refusal
    is counted for the app, which is empty where only the ticket knows it.
    """
    key = idempotency_key(call)
    try:
        if key is None and kind is Credential.TICKET:
            return await act()
        return await wishes.one_answer(
            kind=kind,
            credential=credential,
            key=key,
            body=step.encode() + b"\n" + call.body,
            act=act,
        )
    except LoginError as refusal:
        wishes.login_refused(app, refusal.code)
        raise
