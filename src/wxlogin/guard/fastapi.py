"""The door for FastAPI.

wxlogin = GuardBearer(guard)
answer_refusals(app)

@app.get("/orders")
async def orders(claims: Annotated[Claims, Depends(wxlogin)]): ...
"""

from fastapi import FastAPI, HTTPException, Request, Response, WebSocketException
from fastapi.openapi.models import HTTPBearer
from fastapi.requests import HTTPConnection
from fastapi.security.base import SecurityBase

from wxlogin.guard.claims import Claims, KeysUnavailable, Rejected
from wxlogin.guard.guard import Guard
from wxlogin.guard.refusal import Response as Said
from wxlogin.guard.refusal import response_to, token_in

_POLICY_VIOLATION = 1008


class Refused(HTTPException):
    """The token does not count. `answer_refusals` makes a problem+json of it."""

    def __init__(self, said: Said) -> None:
        headers = {k: v for k, v in said.headers.items() if k != "content-type"}
        super().__init__(said.status, dict(said.problem), headers)
        self.said = said


class _Bearer(SecurityBase):
    def __init__(
        self, guard: Guard, *, token_header: bool = False, scheme_name: str = "wxlogin"
    ) -> None:
        self.guard = guard
        self.token_header = token_header
        self.scheme_name = scheme_name
        self.model = HTTPBearer(bearerFormat="at+jwt")

    def token(self, connection: HTTPConnection) -> str | None:
        """Answers the token of a request, unproved."""
        return token_in(connection.headers.get, token_header=self.token_header)

    async def claims(self, connection: HTTPConnection) -> Claims:
        """Answers the claims of a request's token.

        Raises:
            Refused: 401, or 503 when tokens cannot be judged.
            WebSocketException: the same, for a WebSocket.
        """
        try:
            return await self.guard.acheck(self.token(connection))
        except (Rejected, KeysUnavailable) as refusal:
            if connection.scope["type"] == "websocket":
                raise WebSocketException(_POLICY_VIOLATION, refusal.code) from None
            accepted = connection.headers.get("accept-language")
            said = response_to(refusal, issuer=self.guard.issuer, accept_language=accepted)
            raise Refused(said) from None


class GuardBearer(_Bearer):
    """A dependency whose value is the Claims of the request's token.

    Shown in OpenAPI as a bearer scheme. Works for WebSockets too: they close with 1008 before
    they open. `token_header` lets the tutorial's `token: …` header count too.
    """

    async def __call__(self, connection: HTTPConnection) -> Claims:
        """Answers the claims; see `claims` for the refusals."""
        return await self.claims(connection)


class OptionalGuardBearer(_Bearer):
    """Like GuardBearer, with None where there is no token. A bad token is refused all the same."""

    async def __call__(self, connection: HTTPConnection) -> Claims | None:
        """Answers the claims, or None."""
        return None if self.token(connection) is None else await self.claims(connection)


def answer_refusals(app: FastAPI) -> None:
    """Lets an application answer refused tokens with problem+json, as wxlogin itself does.

    Without it FastAPI wraps the same words in `{"detail": …}`; status and headers are the same.
    """
    app.add_exception_handler(Refused, _answer)


async def _answer(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return Response(error.said.body, error.said.status, dict(error.said.headers))
