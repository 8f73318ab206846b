"""Papers: the routes that describe the routes, `/openapi.json` and `/docs`."""

from hashlib import sha256

from attrs import define, field

from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.docs_page import STYLE_HASH, page
from wxlogin.entrypoints.web.language import Both, Language, negotiate
from wxlogin.entrypoints.web.openapi import document
from wxlogin.entrypoints.web.route import Parameter, Route
from wxlogin.entrypoints.web.wire import encode
from wxlogin.entrypoints.web.wishes import Wishes

_CACHED = {"cache-control": "public, max-age=300"}
_PAGE_POLICY = f"default-src 'none'; style-src '{STYLE_HASH}'; frame-ancestors 'none'"


@define(eq=False)
class Papers:
    """Writes each paper once for each public address, and hands it out."""

    described: tuple[Route, ...]
    _written: dict[tuple[str, Language | None], Answer] = field(factory=dict, init=False)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes of the papers themselves."""
        return (
            Route(
                "GET",
                "/openapi.json",
                self._openapi,
                Both("OpenAPI 3.1 文档", "The OpenAPI 3.1 document"),
                gives=dict,
            ),
            Route(
                "GET",
                "/docs",
                self._docs,
                Both("本页：接口与错误码说明", "This page: routes and error codes"),
                media_type="text/html",
                parameters=(Parameter("query", "lang", Both("zh 或 en。", "zh or en.")),),
            ),
        )

    async def _openapi(self, call: Call, wishes: Wishes) -> Answer:
        key = (wishes.policy.issuer, None)
        if key not in self._written:
            body = encode(document((*self.described, *self.routes), wishes.policy.issuer))
            self._written[key] = Answer(200, body, headers=_tagged(body))
        return _unless_known(self._written[key], call)

    async def _docs(self, call: Call, wishes: Wishes) -> Answer:
        language = negotiate(call.query.get("lang") or call.headers.get("accept-language"))
        key = (wishes.policy.issuer, language)
        if key not in self._written:
            described = document((*self.described, *self.routes), wishes.policy.issuer)
            body = page(described, language).encode()
            headers = {
                "content-security-policy": _PAGE_POLICY,
                "content-language": language,
                "vary": "Accept-Language",
                **_tagged(body),
            }
            self._written[key] = Answer(200, body, "text/html; charset=utf-8", headers)
        return _unless_known(self._written[key], call)


def _tagged(body: bytes) -> dict[str, str]:
    return {"etag": f'"{sha256(body).hexdigest()[:32]}"', **_CACHED}


def _unless_known(answer: Answer, call: Call) -> Answer:
    if call.headers.get("if-none-match") == answer.headers["etag"]:
        return Answer(304, headers=answer.headers)
    return answer
