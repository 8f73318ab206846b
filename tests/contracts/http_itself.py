"""Bodies, errors, headers and limits, as HTTP wants them."""

import pytest

from tests.contracts.http_asking import (
    AskedOverHttp,
    assert_problem,
    code,
)
from tests.world import APPID, SECOND_APPID, World


class HttpItself(AskedOverHttp):
    @pytest.mark.parametrize(
        ("content", "field"),
        [
            (b"", "body"),
            (b"{", "body"),
            (b"[]", "body"),
            (b'{"code": "\xff"}', "body"),
            (b'{"code": "\\ud800"}', "body"),
            (b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}", "body"),
            (b'{"code": 1}', "code"),
            (b'{"code": "a", "profile": {"nickname": 1}}', "profile.nickname"),
            (b'{"code": "a", "profile": {"gender": 9}, "appid": "wx"}', "profile.gender"),
            (b'{"code": "a", "profile": {"gender": 1e999}}', "profile.gender"),
            (b"{}", "code"),
        ],
        ids=range(11),
    )
    async def test_a_malformed_body_is_told_where(self, client, content, field):
        """What is not JSON, or of another type, is refused with the field's name."""
        answer = await client.post("/v1/login", content=content)

        assert_problem(answer, 400, "invalid_request")
        assert [field] == [each["field"] for each in answer.json()["errors"]]

    async def test_an_unknown_app_has_its_own_code(self, client, world):
        """An appid that is not configured is unknown_app; several apps need one to be named."""
        body = {"code": world.wechat.new_code(SECOND_APPID, "ming")}

        assert_problem(await client.post("/v1/login", json=body), 400, "invalid_request")
        unknown = await client.post("/v1/login", json={**body, "appid": "wx-no"})
        assert_problem(unknown, 400, "unknown_app")
        known = await client.post("/v1/login", json={**body, "appid": SECOND_APPID})
        assert 200 == known.status_code

    async def test_large_bodies_are_refused_unread(self, client):
        """Above 64 KiB a body is 413, whether its length is told or not."""

        async def endless():
            for _ in range(100):
                yield b"x" * 1024

        told = await client.post("/v1/login", content=b"x" * 65_537)
        streamed = await client.post(
            "/v1/login", content=endless(), headers={"content-type": "application/json"}
        )

        for answer in (told, streamed):
            assert_problem(answer, 413, "payload_too_large")

    async def test_other_media_types_are_415(self, client):
        """A body that says it is no JSON is not read as JSON."""
        form = await client.post("/v1/login", data={"code": "x"})
        text = await client.post("/v1/login", content="{}", headers={"content-type": "text/plain"})

        for answer in (form, text):
            assert_problem(answer, 415, "unsupported_media_type")

    async def test_unknown_paths_and_methods_are_problems(self, client):
        """404 and 405 have the shape of every error, and 405 says what is allowed."""
        for path in ("/", "/v1", "/v1/login/", "/v1/me/", "/avatars/a/b", "/avatars/none.webp"):
            assert_problem(await client.get(path), 404, "not_found")
        wrong = await client.patch("/v1/me")
        assert_problem(wrong, 405, "method_not_allowed")
        assert {"GET", "HEAD", "PUT", "DELETE"} == set(wrong.headers["allow"].split(", "))
        assert "POST" == (await client.get("/v1/login")).headers["allow"]

    async def test_head_is_get_without_a_body(self, client):
        """HEAD answers the headers of GET."""
        got, head = await client.get("/healthz"), await client.head("/healthz")

        assert (200, b"") == (head.status_code, head.content)
        assert got.headers["content-length"] == head.headers["content-length"]

    async def test_errors_speak_the_clients_language(self, client):
        """Title and detail follow Accept-Language, and caches are told."""
        zh = await client.get("/v1/me", headers={"accept-language": "zh_CN"})
        en = await client.get("/v1/me", headers={"accept-language": "fr, en;q=0.5"})

        assert ("缺少访问令牌", "zh-CN") == (zh.json()["title"], zh.headers["content-language"])
        assert ("An access token is needed", "en") == (
            en.json()["title"],
            en.headers["content-language"],
        )
        assert "accept-language" in en.headers["vary"].lower()

    async def test_a_request_has_an_id(self, client):
        """X-Request-Id is echoed when it is safe to repeat, else a new one is made."""
        kept = await client.get("/v1/me", headers={"x-request-id": "abc-123"})
        assert ("abc-123", "abc-123") == (kept.headers["x-request-id"], kept.json()["request_id"])
        for odd in ("", "a b", "x" * 129, 'a"b', "<b>"):
            made = await client.get("/v1/me", headers={"x-request-id": odd})
            assert made.headers["x-request-id"] == made.json()["request_id"]
            assert odd != made.headers["x-request-id"]

    async def test_every_answer_has_the_safety_headers(self, client):
        """Browsers are told not to guess, frame, leak the address or forget https."""
        for path in ("/healthz", "/v1/me", "/nowhere", "/docs", "/.well-known/jwks.json"):
            headers = (await client.get(path)).headers
            assert "nosniff" == headers["x-content-type-options"]
            assert "DENY" == headers["x-frame-options"]
            assert "no-referrer" == headers["referrer-policy"]
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["strict-transport-security"].startswith("max-age=")

    async def test_health_says_ok(self, client):
        """Liveness and readiness are 200 while all is well."""
        assert {"status": "ok"} == (await client.get("/healthz")).json()
        assert "ok" == (await client.get("/readyz")).json()["status"]

    async def test_too_many_logins_are_refused_for_a_while(self):
        """Codes that do not hold are limited per address before good ones are, with Retry-After."""
        world = await World(limited=True).prepared()
        async with self.client_of(world) as client:
            for number in range(120):
                answer = await client.post("/v1/login", json={"appid": APPID, "code": f"x{number}"})
                assert 401 == answer.status_code
            refused = await client.post("/v1/login", json=code(world))
            elsewhere = await client.get("/v1/me")

        assert_problem(refused, 429, "rate_limited")
        assert 0 < int(refused.headers["retry-after"]) == refused.json()["retry_after"] <= 60
        assert 401 == elsewhere.status_code
