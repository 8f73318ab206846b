"""The guard's door in FastAPI."""

from typing import Annotated

from fastapi import Depends, FastAPI, WebSocket

from tests.contracts.guard_doors import (
    GuardDoorContract,
    asking,
    assert_challenge,
    bearer,
    opened,
)
from tests.unit.guard.issuer import ED, USER, FakeIssuer
from wxlogin.guard import Claims, Guard
from wxlogin.guard.fastapi import GuardBearer, OptionalGuardBearer, answer_refusals


def shop(guard: Guard, *, token_header: bool = False) -> FastAPI:
    app = FastAPI()
    asks = Depends(GuardBearer(guard, token_header=token_header))
    may_ask = Depends(OptionalGuardBearer(guard, token_header=token_header))

    @app.get("/needed")
    async def needed(claims: Annotated[Claims, asks]):
        return {"sub": claims.sub, "sid": claims.sid}

    @app.get("/needed-in-a-thread")
    def needed_in_a_thread(claims: Annotated[Claims, asks]):
        return {"sub": claims.sub, "sid": claims.sid}

    @app.get("/optional")
    async def optional(claims: Annotated[Claims | None, may_ask]):
        return {"sub": claims and claims.sub}

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, claims: Annotated[Claims, asks]):
        await websocket.accept()
        await websocket.send_text(claims.sub)

    return app


class TestFastApi(GuardDoorContract):
    bad_token_is_nobody = False

    def app(self, issuer, *, token_header=False):
        self.guard = issuer.following()
        app = shop(self.guard, token_header=token_header)
        answer_refusals(app)
        return app

    def poll(self):
        self.guard.refresh()


async def test_without_answer_refusals_status_and_challenge_stay():
    """FastAPI then wraps the problem in `detail`; what machines look at is the same."""
    async with asking(shop(FakeIssuer().guard())) as client:
        answer = await client.get("/needed", headers=bearer("a.b.c"))

    assert (401, "token_invalid") == (answer.status_code, answer.json()["detail"]["code"])
    assert_challenge(answer, "The access token is not valid")


async def test_openapi_shows_a_bearer_scheme():
    """The description of the API says which routes want a token, and of what kind."""
    described = shop(FakeIssuer().guard()).openapi()

    assert {"wxlogin": {"type": "http", "scheme": "bearer", "bearerFormat": "at+jwt"}} == (
        described["components"]["securitySchemes"]
    )
    assert [{"wxlogin": []}] == described["paths"]["/needed"]["get"]["security"]


async def test_a_websocket_opens_with_a_good_token_only():
    """A WebSocket has no 401: the refusal closes it with its code as the reason."""
    app = shop(FakeIssuer().guard())

    assert USER == (await opened(app, ED.token()))[1]["text"]
    for token, code in ((None, "token_missing"), ("a.b.c", "token_invalid")):
        (refused,) = await opened(app, token)
        assert ("websocket.close", 1008, code) == (
            refused["type"], refused["code"], refused["reason"],
        )  # fmt: skip
