"""The OpenAPI 3.1 document, written from the table of routes and the wire schemas."""

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import msgspec

from wxlogin.entrypoints.web.errors import PROBLEM_JSON, STATUS_OF_CODE, Problem
from wxlogin.entrypoints.web.language import Both
from wxlogin.entrypoints.web.route import Asks, Route, Takes
from wxlogin.entrypoints.web.texts import ERRORS

Json = dict[str, Any]

_TEMPLATE = "#/components/schemas/{name}"
_BRACES = re.compile(r"\{(\w+)\}")
_FORM, _JSON, _MULTIPART, _XML = (
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data",
    "text/xml",
)
_SECURITY: Mapping[Asks, list[dict[str, list[str]]]] = {
    Asks.NOTHING: [],
    Asks.ACCESS_TOKEN: [{"bearer": []}, {"tokenHeader": []}],
    Asks.ACCESS_OR_REFRESH_TOKEN: [{"bearer": []}, {"tokenHeader": []}, {}],
    Asks.SERVICE_TOKEN: [{"serviceToken": []}],
}
_TOKEN_ERRORS = ("token_missing", "token_invalid", "token_expired", "session_ended")
_ERRORS_OF_ASKING: Mapping[Asks, tuple[str, ...]] = {
    Asks.NOTHING: (),
    Asks.ACCESS_TOKEN: _TOKEN_ERRORS,
    Asks.ACCESS_OR_REFRESH_TOKEN: _TOKEN_ERRORS,
    Asks.SERVICE_TOKEN: ("token_missing", "token_invalid", "not_found"),
}
_ERRORS_OF_BODIES = ("invalid_request", "payload_too_large", "unsupported_media_type")
_SCHEMES: Json = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "at+jwt"},
    "tokenHeader": {
        "type": "apiKey",
        "in": "header",
        "name": "token",
        "description": "The header of the tutorial's clients.",
    },
    "serviceToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The credential of backends (WXLOGIN_SERVICE_TOKEN).",
    },
}


def document(routes: Sequence[Route], issuer: str) -> Json:
    """Answers the document of these routes."""
    types = [t for route in routes for t in (route.wants, route.gives) if t not in {None, dict}]
    _, schemas = msgspec.json.schema_components(
        [*dict.fromkeys(types), Problem], ref_template=_TEMPLATE
    )
    paths: Json = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "wxlogin",
            "version": version("wxlogin"),
            "summary": "Login for WeChat mini-programs. 微信小程序登录服务。",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": issuer}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": _SCHEMES,
            "examples": {code: _example_of(code, issuer) for code in STATUS_OF_CODE},
        },
    }


def errors_of(route: Route) -> tuple[str, ...]:
    """Answers every code a route may answer with, in the order of the table of statuses."""
    codes = {*route.errors, *_ERRORS_OF_ASKING[route.asks], "internal_error"}
    if route.takes is not Takes.NOTHING:
        codes.update(_ERRORS_OF_BODIES)
    if route.takes is Takes.MESSAGE:
        codes.discard("unsupported_media_type")
    if route.rule is not None:
        codes.update(("rate_limited", "store_unavailable", "overloaded"))
    return tuple(code for code in STATUS_OF_CODE if code in codes)


def _operation(route: Route) -> Json:
    operation: Json = {
        **_both("summary", route.does),
        "operationId": _operation_id(route),
        "parameters": [
            *(_path_parameter(name) for name in _BRACES.findall(route.path)),
            *(
                {
                    "in": parameter.place,
                    "name": parameter.name,
                    "schema": _text(parameter.shape),
                    **_both("description", parameter.says),
                }
                for parameter in route.parameters
            ),
        ],
        "responses": {**_good_responses(route), **_error_responses(errors_of(route))},
        "security": _SECURITY[route.asks],
    }
    if route.takes is not Takes.NOTHING:
        operation["requestBody"] = _request_body(route)
    return operation


def _operation_id(route: Route) -> str:
    words = re.findall(r"[A-Za-z]+", route.path.replace("/v1/", "/").replace(".well-known", ""))
    return "_".join([route.method.lower(), *words])


def _text(shape: str | None) -> Json:
    return {"type": "string"} if shape is None else {"type": "string", "pattern": f"^{shape}$"}


def _path_parameter(name: str) -> Json:
    return {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}


def _request_body(route: Route) -> Json:
    if route.takes is Takes.UPLOAD:
        picture = {"type": "string", "format": "binary"}
        form = {"type": "object", "properties": {"avatar": picture}, "required": ["avatar"]}
        return {"required": True, "content": {_MULTIPART: {"schema": form}}}
    media: Json = {"schema": _ref(route.wants)}
    if route.takes is Takes.MESSAGE:
        return {"required": True, "content": dict.fromkeys((_XML, _JSON), media)}
    if route.example is not None:
        media["example"] = _without_nulls(msgspec.to_builtins(route.example))
    kinds = (_FORM, _JSON) if route.takes is Takes.JSON_OR_FORM else (_JSON,)
    required = route.takes is not Takes.JSON_OR_NOTHING
    return {"required": required, "content": dict.fromkeys(kinds, media)}


def _good_responses(route: Route) -> Json:
    good: Json = {"description": route.does.en}
    if route.status != 204:  # noqa: PLR2004 - the status without content
        media: Json = {} if route.gives is None else {"schema": _ref(route.gives)}
        if route.shows is not None:
            media["example"] = msgspec.to_builtins(route.shows)
        good["content"] = {route.media_type: media}
    responses: Json = {str(route.status): good}
    if any(parameter.name == "If-None-Match" for parameter in route.parameters):
        responses["304"] = {"description": "Nothing changed."}
    if route.path == "/readyz":
        responses["503"] = {**good, "description": "Something is missing."}
    return responses


def _error_responses(codes: Iterable[str]) -> Json:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(STATUS_OF_CODE[code], []).append(code)
    return {
        str(status): {
            "description": ", ".join(listed),
            "content": {
                PROBLEM_JSON: {
                    "schema": _ref(Problem),
                    "examples": {
                        code: {"$ref": f"#/components/examples/{code}"} for code in listed
                    },
                }
            },
        }
        for status, listed in sorted(by_status.items())
    }


def _example_of(code: str, issuer: str) -> Json:
    text = ERRORS[code]
    value: Json = {
        "type": f"{issuer}/docs#{code}",
        "title": text.title.en,
        "status": STATUS_OF_CODE[code],
        "code": code,
        "detail": text.detail.en.format(seconds=5),
        "request_id": "019ab3c2-7f10-7c55-9d2e-3b8a4f6c1d21",
    }
    if "{seconds}" in text.detail.en:
        value["retry_after"] = 5
    return {
        "summary": text.title.en,
        "value": value,
        "x-zh": {
            "title": text.title.zh,
            "detail": text.detail.zh.format(seconds=5),
        },
    }


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _ref(schema: type | None) -> Json:
    if schema is None or schema is dict:
        return {"type": "object"}
    return {"$ref": _TEMPLATE.format(name=schema.__name__)}


def _both(name: str, text: Both) -> Json:
    return {name: text.en, f"x-zh-{name}": text.zh}
