"""What other backends ask: introspection, revocations, and where the keys are."""

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from wxlogin.domain.errors import (
    FieldProblem,
    InvalidRequest,
    NotFound,
    TokenInvalid,
    TokenMissing,
)
from wxlogin.entrypoints.web import schemas
from wxlogin.entrypoints.web.answers_for_others import IntrospectionJson, JwksJson, RevocationsJson
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.handlers.writing import json, names_tag
from wxlogin.entrypoints.web.wire import decode
from wxlogin.entrypoints.web.wishes import Wishes

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CURSOR = struct.Struct(">Q")
_PUBLIC = {"cache-control": "public, max-age=300"}


async def introspect(call: Call, wishes: Wishes) -> Answer:
    """Tells a backend whether a token counts."""
    _check_service(call, wishes)
    claims = await wishes.introspect(token=_asked_about(call))
    if claims is None:
        return json(IntrospectionJson(active=False))
    return json(
        IntrospectionJson(
            active=True,
            sub=claims.user_id,
            client_id=claims.appid,
            sid=claims.sid,
            iss=wishes.policy.issuer,
            iat=int(claims.issued_at.timestamp()),
            exp=int(claims.expires_at.timestamp()),
            jti=claims.token_id,
            token_type="Bearer",  # noqa: S106 - the name of a scheme, not a token
        )
    )


async def revocations(call: Call, wishes: Wishes) -> Answer:
    """Tells a backend what ended since it last asked."""
    _check_service(call, wishes)
    since = call.query.get("since")
    ended = await wishes.revocations(since=moment_of(since) if since else None)
    return json(RevocationsJson.of(ended.revocations, cursor_of(ended.next)))


async def jwks(call: Call, wishes: Wishes) -> Answer:
    """Shows the public keys."""
    keys = [dict(each) for each in await wishes.signer.jwks()]
    tag = '"' + ".".join(key.get("kid", "") for key in keys) + '"'
    if names_tag(call.headers.get("if-none-match", ""), tag):
        return Answer(304, headers={"etag": tag, **_PUBLIC})
    return json(JwksJson(keys), {"etag": tag, **_PUBLIC})


async def metadata(_call: Call, wishes: Wishes) -> Answer:
    """Describes this server (RFC 8414). It grants nothing by OAuth: logins are WeChat's.

    RFC 8414 wants a token_endpoint of servers with a grant type that uses one. Here there is none,
    and none is named: our refresh route speaks JSON and has errors of its own, so a client that
    took it for OAuth's token endpoint would be refused at each call.
    """
    issuer = wishes.policy.issuer
    described: dict[str, object] = {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "response_types_supported": [],
        "grant_types_supported": [],
        "service_documentation": f"{issuer}/docs",
        "ui_locales_supported": ["zh-CN", "en"],
    }
    if wishes.policy.service_token is not None:
        described["introspection_endpoint"] = f"{issuer}/v1/introspect"
        described["introspection_endpoint_auth_methods_supported"] = ["Bearer"]
    return json(described, _PUBLIC)


def cursor_of(moment: datetime) -> str:
    """Answers the `since` that stands for a moment."""
    count = (moment - _EPOCH) // _MICROSECOND
    return urlsafe_b64encode(_CURSOR.pack(count)).rstrip(b"=").decode()


def moment_of(cursor: str) -> datetime:
    """Answers the moment a `since` stands for.

    Raises:
        InvalidRequest: it is none of ours.
    """
    try:
        (count,) = _CURSOR.unpack(urlsafe_b64decode(f"{cursor}="))
        return _EPOCH + timedelta(microseconds=count)
    except (ValueError, OverflowError, struct.error):
        raise InvalidRequest(FieldProblem("since", "since_malformed")) from None


def _check_service(call: Call, wishes: Wishes) -> None:
    expected = wishes.policy.service_token
    if expected is None:
        raise NotFound
    if call.token is None:
        raise TokenMissing
    if not hmac.compare_digest(call.token.encode(), expected.encode()):
        raise TokenInvalid


def _asked_about(call: Call) -> str:
    if "json" in call.headers.get("content-type", ""):
        return decode(schemas.INTROSPECT, call.body).token
    form = parse_qs(call.body.decode("utf-8", "replace"))
    if "token" not in form:
        raise InvalidRequest(FieldProblem("token", "required"))
    return form["token"][0]
