"""A person's apps, and being two users: the routes with all they take and give."""

from datetime import datetime
from typing import Annotated

import msgspec
from attrs import frozen

from wxlogin.domain.use_cases.linking import OwnApps
from wxlogin.domain.use_cases.one_answer import Credential
from wxlogin.entrypoints.web import examples
from wxlogin.entrypoints.web.answers import UserJson
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.handlers.entering import idempotency_key
from wxlogin.entrypoints.web.handlers.writing import NOTHING, json
from wxlogin.entrypoints.web.language import Both
from wxlogin.entrypoints.web.limits import LOGINS
from wxlogin.entrypoints.web.route import Asks, Parameter, Route, Takes
from wxlogin.entrypoints.web.schemas import LoginCode, Ticket
from wxlogin.entrypoints.web.wire import decode, encode, told
from wxlogin.entrypoints.web.wishes import Wishes


@frozen
class MergeBody:
    """Fresh proof of both sides."""

    code: LoginCode
    login_ticket: Annotated[
        Ticket,
        told(
            "Of the other identity: POST /v1/code/exchange, just now, in the other app.",
            "另一个身份的登录票据：刚刚在另一个小程序用 POST /v1/code/exchange 换得。",
        ),
    ]


@frozen
class AppJson:
    """An app a person is known in."""

    appid: str
    since: datetime
    current: Annotated[bool, told("The one that asks.", "当前小程序。")]


@frozen
class AppsJson:
    """The apps a person is known in, the oldest first."""

    identities: list[AppJson]

    @classmethod
    def of(cls, own: OwnApps) -> "AppsJson":
        """Answers the wire form."""
        return cls(
            [AppJson(each.appid, each.since, each.appid == own.current) for each in own.links]
        )


MERGE = msgspec.json.Decoder(MergeBody)


async def list_apps(call: Call, wishes: Wishes) -> Answer:
    """Shows in which apps the caller is known."""
    return json(AppsJson.of(await wishes.list_apps(token=call.token)))


async def detach_app(call: Call, wishes: Wishes) -> Answer:
    """Takes an app away from the caller."""
    await wishes.detach_app(token=call.token, appid=call.path_params["appid"])
    return NOTHING


async def merge(call: Call, wishes: Wishes) -> Answer:
    """Makes another user of the caller's part of them, once for each code.

    The caller is asked for first: a code that came with an expired token is still good.
    """
    body = decode(MERGE, call.body)
    key = idempotency_key(call)
    await wishes.authenticate(call.token)

    async def act() -> bytes:
        user = await wishes.merge_own(
            token=call.token, code=body.code, login_ticket=body.login_ticket
        )
        return encode(UserJson.of(user, wishes.policy.issuer))

    told_once = await wishes.one_answer(
        kind=Credential.CODE,
        credential=body.code,
        key=key,
        body=b"merge\n" + call.body,
        act=act,
    )
    return Answer(200, told_once)


def routes(idempotent: tuple[Parameter, ...], errors: tuple[str, ...]) -> tuple[Route, ...]:
    """Answers the lines of the table; `errors` are those of whatever spends a code."""
    return (
        Route(
            "GET", "/v1/me/identities", list_apps,
            Both("查看账号可从哪些小程序登录", "See which apps one's account is known in"),
            asks=Asks.ACCESS_TOKEN, gives=AppsJson, shows=_APPS,
        ),
        Route(
            "DELETE", "/v1/me/identities/{appid}", detach_app,
            Both(
                "从账号解绑一个小程序；之后在那里登录是另一个用户",
                "Take an app away from one's account; a login there is another user from then on",
            ),
            asks=Asks.ACCESS_TOKEN, status=204, errors=("not_found", "last_identity"),
        ),
        Route(
            "POST", "/v1/me/merge", merge,
            Both(
                "把自己的另一个账号并入当前账号，30 天内可由运营者撤销",
                "Make another account of one's own part of this one; operators can undo it "
                "for 30 days",
            ),
            rule=LOGINS, takes=Takes.JSON, asks=Asks.ACCESS_TOKEN,
            wants=MergeBody, gives=UserJson, parameters=idempotent,
            errors=(*errors, "ticket_invalid", "not_found", "user_banned"),
            example=_MERGE, shows=examples.USER,
        ),
    )  # fmt: skip


_MERGE = MergeBody(code=examples.CODE, login_ticket=examples.TICKET_TEXT)
_APPS = AppsJson([AppJson("wx0123456789abcdef", examples.MONDAY, current=True)])
