"""One way to meet each row of the table of errors, from outside."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.world import APPID, ISSUER, World
from wxlogin.domain.errors import (
    AppMisconfigured,
    ConsentRequired,
    LoginError,
    OpenDataInvalid,
    Overloaded,
    StoreUnavailable,
    WeChatQuotaExhausted,
    WeChatRateLimited,
    WeChatUnavailable,
)
from wxlogin.domain.ports.wechat import Verdict
from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.entrypoints.web.errors import STATUS_OF_CODE
from wxlogin.entrypoints.web.limits import FAILED_LOGINS
from wxlogin.entrypoints.web.texts import ERRORS

Meet = Callable[["Visitor"], Awaitable[httpx.Response]]
ENGLISH, CHINESE = "en", "zh-CN"
OTHER_APP = "wxdeadbeefdeadbeef"
RISKY = "违规"
WAIT = 7
HIDDEN = "what only the log may hint at"


class Visitor:
    """A client that speaks one language, and the world it meets."""

    def __init__(self, client: httpx.AsyncClient, world: World, language: str = ENGLISH) -> None:
        self.client, self.world, self.language = client, world, language

    async def ask(self, method: str, path: str, token: str = "", **wanted) -> httpx.Response:
        headers = {"accept-language": self.language, **wanted.pop("headers", {})}
        if token:
            headers["authorization"] = f"Bearer {token}"
        return await self.client.request(method, path, headers=headers, **wanted)

    async def login(self, person: str = "alice", **wanted) -> httpx.Response:
        code = wanted.pop("code", None) or self.world.wechat.new_code(APPID, person)
        headers = wanted.pop("headers", {})
        body = {"appid": APPID, "code": code, **wanted}
        return await self.ask("POST", "/v1/login", json=body, headers=headers)

    async def tokens(self, person: str = "alice", **wanted) -> dict:
        answer = await self.login(person, **wanted)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def token(self, person: str = "alice") -> str:
        return (await self.tokens(person))["access_token"]

    def phone_code(self, person: str = "alice") -> str:
        return self.world.wechat.new_phone_code(APPID, person)

    async def me(self, token: str = "", **wanted) -> httpx.Response:
        return await self.ask("GET", "/v1/me", token, **wanted)


async def _invalid_request(visitor: Visitor) -> httpx.Response:
    return await visitor.ask("POST", "/v1/login", json={"appid": APPID})


async def _unknown_app(visitor: Visitor) -> httpx.Response:
    return await visitor.login(appid=OTHER_APP)


async def _phone_code_invalid(visitor: Visitor) -> httpx.Response:
    token = await visitor.token()
    return await visitor.ask("POST", "/v1/me/phone", token, json={"code": "0f00"})


async def _code_invalid(visitor: Visitor) -> httpx.Response:
    return await visitor.login(code="0unknown")


async def _code_used(visitor: Visitor) -> httpx.Response:
    code = visitor.world.wechat.new_code(APPID, "alice")
    await visitor.login(code=code)
    return await visitor.login(code=code)


async def _ticket_invalid(visitor: Visitor) -> httpx.Response:
    body = {"openid": "oSIM_nobody", "session_key": "no ticket"}
    return await visitor.ask("POST", "/wx-login/", json=body)


async def _token_missing(visitor: Visitor) -> httpx.Response:
    return await visitor.me()


async def _token_invalid(visitor: Visitor) -> httpx.Response:
    return await visitor.me("not.a.token")


async def _token_expired(visitor: Visitor) -> httpx.Response:
    token = await visitor.token()
    visitor.world.advance(hours=1)
    return await visitor.me(token)


async def _session_ended(visitor: Visitor) -> httpx.Response:
    token = await visitor.token()
    await visitor.ask("POST", "/v1/logout", token)
    return await visitor.me(token)


async def _refresh_invalid(visitor: Visitor) -> httpx.Response:
    return await visitor.ask("POST", "/v1/token/refresh", json={"refresh_token": "wxr1_x"})


async def _login_blocked(visitor: Visitor) -> httpx.Response:
    visitor.world.wechat.block("mallory")
    return await visitor.login("mallory")


async def _user_banned(visitor: Visitor) -> httpx.Response:
    user = (await visitor.tokens())["user"]
    await visitor.world.ban(user_id=user["id"])
    return await visitor.login()


async def _not_found(visitor: Visitor) -> httpx.Response:
    return await visitor.ask("GET", "/nothing/here")


async def _method_not_allowed(visitor: Visitor) -> httpx.Response:
    return await visitor.ask("PUT", "/v1/login")


async def _phone_taken(visitor: Visitor) -> httpx.Response:
    first, second = await visitor.token("alice"), await visitor.token("bob")
    await visitor.ask("POST", "/v1/me/phone", first, json={"code": visitor.phone_code("alice")})
    code = visitor.phone_code("bob")
    return await visitor.ask("POST", "/v1/me/phone", second, json={"code": code})


async def _last_identity(visitor: Visitor) -> httpx.Response:
    token = await visitor.token("alice")
    return await visitor.ask("DELETE", f"/v1/me/identities/{APPID}", token)


async def _idempotency_conflict(visitor: Visitor) -> httpx.Response:
    code, key = visitor.world.wechat.new_code(APPID, "alice"), {"idempotency-key": "k"}
    await visitor.login(code=code, headers=key)
    return await visitor.login(code=code, headers=key, device={"name": "another body"})


async def _precondition_failed(visitor: Visitor) -> httpx.Response:
    token = await visitor.token()
    headers = {"if-match": '"an older one"'}
    return await visitor.ask("PUT", "/v1/me", token, json={"gender": 1}, headers=headers)


async def _payload_too_large(visitor: Visitor) -> httpx.Response:
    headers = {"content-type": "application/json"}
    return await visitor.ask("POST", "/v1/login", content=b" " * 70_000, headers=headers)


async def _unsupported_media_type(visitor: Visitor) -> httpx.Response:
    headers = {"content-type": "text/plain"}
    return await visitor.ask("POST", "/v1/login", content=b"{}", headers=headers)


async def _content_rejected(visitor: Visitor) -> httpx.Response:
    visitor.world.wechat.judge(RISKY, Verdict.RISKY)
    token = await visitor.token()
    return await visitor.ask("PUT", "/v1/me", token, json={"nickname": RISKY})


async def _rate_limited(visitor: Visitor) -> httpx.Response:
    for number in range(FAILED_LOGINS.times):
        await visitor.login(code=f"0guess{number}")
    return await visitor.login()


def _refused_by_wechat(refusal: Exception) -> Meet:
    async def meet(visitor: Visitor) -> httpx.Response:
        visitor.world.wechat._script["exchange"] = [refusal]
        return await visitor.login()

    return meet


def _met(refusal: LoginError) -> tuple[str, Meet]:
    return refusal.code, _refused_by_wechat(refusal)


MEETINGS: dict[str, Meet] = {
    "invalid_request": _invalid_request,
    "unknown_app": _unknown_app,
    "phone_code_invalid": _phone_code_invalid,
    "code_invalid": _code_invalid,
    "code_used": _code_used,
    "ticket_invalid": _ticket_invalid,
    "token_missing": _token_missing,
    "token_invalid": _token_invalid,
    "token_expired": _token_expired,
    "session_ended": _session_ended,
    "refresh_invalid": _refresh_invalid,
    "login_blocked": _login_blocked,
    "user_banned": _user_banned,
    "not_found": _not_found,
    "method_not_allowed": _method_not_allowed,
    "phone_taken": _phone_taken,
    "idempotency_conflict": _idempotency_conflict,
    "last_identity": _last_identity,
    "precondition_failed": _precondition_failed,
    "payload_too_large": _payload_too_large,
    "unsupported_media_type": _unsupported_media_type,
    "content_rejected": _content_rejected,
    "rate_limited": _rate_limited,
    "internal_error": _refused_by_wechat(RuntimeError(HIDDEN)),
    **dict(
        map(
            _met,
            (
                WeChatRateLimited(WAIT),
                AppMisconfigured(),
                ConsentRequired(),
                OpenDataInvalid(),
                WeChatUnavailable(WAIT),
                WeChatQuotaExhausted(WAIT),
                StoreUnavailable(WAIT),
                Overloaded(WAIT),
            ),
        )
    ),
}


STANDING = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}


class ErrorTableContract:
    """Needs a fixture `client`, of a door over `world.wishes()`."""

    @pytest.fixture
    async def world(self) -> World:
        return await World(content_policy=ContentPolicy.FAIL_CLOSED, limited=True).prepared()

    @pytest.mark.parametrize("language", [ENGLISH, CHINESE])
    @pytest.mark.parametrize("code", STATUS_OF_CODE)
    async def test_every_error_can_be_met(self, client, world, code: str, language: str):
        """Each row of the table comes with its status, texts, request id and headers."""
        answer = await MEETINGS[code](Visitor(client, world, language))

        problem, status = answer.json(), STATUS_OF_CODE[code]
        text = ERRORS[code].title
        assert (status, status) == (answer.status_code, problem["status"]), answer.text
        assert "application/problem+json" == answer.headers["content-type"]
        assert code == problem["code"]
        assert f"{ISSUER}/docs#{code}" == problem["type"]
        assert (text.zh if language == CHINESE else text.en) == problem["title"]
        assert problem["detail"]
        assert "{" not in problem["detail"]
        assert language == answer.headers["content-language"]
        assert answer.headers["x-request-id"] == problem["request_id"]
        assert STANDING.items() <= dict(answer.headers).items()
        assert (status in {429, 503}) == ("retry-after" in answer.headers)
        assert answer.headers.get("retry-after", "") == str(problem.get("retry_after", ""))
        assert (status == 401) == ("www-authenticate" in answer.headers)
        assert HIDDEN not in answer.text
