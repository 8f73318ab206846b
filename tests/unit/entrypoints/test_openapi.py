"""The papers say what is served: the OpenAPI document and the page of routes and errors."""

import json
import re
import shlex
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
import pytest
from jsonschema_rs import Draft202012Validator, meta

from tests.world import ISSUER, World
from wxlogin.entrypoints.http import create_app
from wxlogin.entrypoints.web import docs_page
from wxlogin.entrypoints.web.errors import STATUS_OF_CODE
from wxlogin.entrypoints.web.language import Language
from wxlogin.entrypoints.web.routes import ROUTES

LANGUAGES = ("zh-CN", "en")
JSON_KINDS = ("application/json", "application/problem+json")


@pytest.fixture
async def http():
    transport = httpx.ASGITransport(create_app(World().wishes()))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        yield client


@pytest.fixture
async def document(http):
    return (await http.get("/openapi.json")).json()


class Page(HTMLParser):
    """What a page has: ids, tags, and every address it would fetch or lead to."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.tags, self.fetched, self.links = [], set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.tags.add(tag)
        self.ids += [told["id"]] if "id" in told else []
        self.links += [told["href"]] if tag == "a" else []
        self.fetched += [told["src"]] if "src" in told else []
        self.fetched += [told["href"]] if tag == "link" else []


def operations(document):
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def references(value):
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for each in value.values() for found in references(each)]
    return (
        [found for each in value for found in references(each)] if isinstance(value, list) else []
    )


def resolved(document, reference):
    here = document
    for step in reference.removeprefix("#/").split("/"):
        here = here[step]
    return here


def media_types(operation):
    contents = [each.get("content", {}) for each in operation["responses"].values()]
    contents.append(operation.get("requestBody", {}).get("content", {}))
    return [(kind, media) for content in contents for kind, media in content.items()]


async def test_every_route_and_no_other(document):
    """The document lists exactly the methods and paths of the table, aliases not repeated."""
    assert sorted((method, path) for method, path, _ in operations(document)) == sorted(
        (route.method, route.path) for route in ROUTES
    )


async def test_operation_ids_are_unique(document):
    """Client generators name functions by operationId, so no two are the same."""
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)


async def test_references_lead_somewhere(document):
    """Every $ref of the document is inside it."""
    found = references(document)
    assert found
    assert all(resolved(document, each) for each in found)


async def test_path_parameters_are_those_of_the_braces(document):
    """Every name in a path's braces is a required parameter, and no other path parameter is."""
    for _, path, operation in operations(document):
        told = [each for each in operation["parameters"] if each["in"] == "path"]
        assert [each["name"] for each in told] == re.findall(r"\{(\w+)\}", path)
        assert all(each["required"] for each in told)


async def test_headers_are_described_as_they_are_taken(document):
    """The document lets through the Idempotency-Keys the routes take, and no others."""
    shapes = {
        parameter["schema"]["pattern"]
        for _, _, operation in operations(document)
        for parameter in operation["parameters"]
        if parameter["name"] == "Idempotency-Key"
    }

    (shape,) = shapes
    fits = [bool(re.search(shape, key)) for key in ("k", "~" * 255, "", "a b", "键", "k" * 256)]
    assert [True, True, False, False, False, False] == fits


async def test_security_schemes_exist(document):
    """Every security requirement names a scheme the document explains."""
    schemes = document["components"]["securitySchemes"]
    named = {name for *_, op in operations(document) for need in op["security"] for name in need}
    assert named == set(schemes)


async def test_schemas_are_json_schema(document):
    """OpenAPI 3.1 speaks JSON Schema 2020-12, and every schema here is valid in it."""
    for schema in document["components"]["schemas"].values():
        meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


async def test_examples_fit_their_schemas(document):
    """Every example, of bodies, answers and errors, is one its schema takes."""
    seen = 0
    for _, _, operation in operations(document):
        for kind, media in media_types(operation):
            shown = [media["example"]] if "example" in media else []
            named = media.get("examples", {}).values()
            shown += [resolved(document, each["$ref"])["value"] for each in named]
            if not shown or kind not in JSON_KINDS:
                continue
            schema = {**media["schema"], "components": document["components"]}
            validator = Draft202012Validator(schema)
            for example in shown:
                validator.validate(example)
                seen += 1
    assert seen > len(ROUTES)


async def test_errors_stand_under_their_status(document):
    """A code is listed only under the status it is answered with."""
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            problems = response.get("content", {}).get("application/problem+json", {})
            for code in problems.get("examples", {}):
                assert STATUS_OF_CODE[code] == int(status)


async def test_errors_of_the_table_are_all_told(document):
    """What the table says a route may refuse is in its operation."""
    table = {(route.method, route.path): route for route in ROUTES}
    for method, path, operation in operations(document):
        told = {code for _, media in media_types(operation) for code in media.get("examples", {})}
        assert set(table[method, path].errors) <= told


async def test_caches_may_keep_the_document(http):
    """The document may be kept for five minutes, and is the same each time."""
    first, second = await http.get("/openapi.json"), await http.get("/openapi.json")
    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.content == second.content
    assert json.loads(first.content)["servers"] == [{"url": ISSUER}]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_code_has_an_anchor(http, language):
    """The `type` of a problem leads to a place of the page, once, in both languages."""
    answer = await http.get("/docs", headers={"accept-language": language})
    ids = Page(answer.text).ids
    assert answer.headers["content-language"] == language
    assert set(STATUS_OF_CODE) <= set(ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_route_is_on_the_page(http, language):
    """The page shows the path and the sentence of each route in its language."""
    text = (await http.get("/docs", headers={"accept-language": language})).text
    for route in ROUTES:
        does = route.does.zh if language == "zh-CN" else route.does.en
        assert route.path in text
        assert does.replace("'", "&#x27;") in text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_needs_nothing_else(http, language):
    """No script and nothing fetched; its links lead to this service; its policy allows no more."""
    answer = await http.get("/docs", headers={"accept-language": language})
    page = Page(answer.text)
    policy = answer.headers["content-security-policy"]
    assert not page.tags & {"script", "iframe", "object"}
    assert not page.fetched
    assert all(urljoin(f"{ISSUER}/docs", link).startswith(f"{ISSUER}/") for link in page.links)
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


async def test_every_call_on_the_page_can_be_pasted_into_a_shell(document):
    """A shell hands curl the JSON of the example, whatever quotes are in it."""
    body = document["paths"]["/v1/login"]["post"]["requestBody"]["content"]["application/json"]
    body["example"]["profile"]["nickname"] = """It's "小明" $(id) `id` \\"""
    text = unescape(docs_page.page(document, Language.EN))

    calls = [shlex.split(call) for call in re.findall(r"<pre>(curl .*?)</pre>", text, re.DOTALL)]

    assert len(operations(document)) == len(calls)
    sent = [json.loads(call[call.index("-d") + 1]) for call in calls if "-d" in call]
    assert body["example"] in sent


async def test_the_languages_differ(http):
    """Chinese readers get Chinese, and others English."""
    zh, en = [await http.get("/docs", headers={"accept-language": each}) for each in LANGUAGES]
    assert "接口" in zh.text
    assert zh.text != en.text
