"""Tokens shown, what other backends ask, and what WeChat refuses."""

import pytest

from tests.contracts.http_asking import (
    NOBODYS_SID,
    SERVICE,
    AskedOverHttp,
    assert_ended,
    assert_problem,
    bearer,
    code,
    login,
    refresh,
)
from tests.world import APPID, ISSUER, World
from wxlogin.domain.errors import (
    AppMisconfigured,
    LoginBlocked,
    Overloaded,
    WeChatQuotaExhausted,
    WeChatRateLimited,
    WeChatSaid,
    WeChatUnavailable,
)
from wxlogin.domain.ports.wechat import Verdict
from wxlogin.domain.use_cases.content import ContentPolicy


class ServicesOverHttp(AskedOverHttp):
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/v1/me"), ("PUT", "/v1/me"), ("DELETE", "/v1/me"), ("GET", "/v1/me/export"),
            ("POST", "/v1/me/phone"), ("DELETE", "/v1/me/phone"), ("GET", "/v1/me/sessions"),
            ("DELETE", f"/v1/me/sessions/{NOBODYS_SID}"), ("POST", "/v1/logout"),
        ],
    )  # fmt: skip
    async def test_who_shows_no_good_token_is_told_how(self, client, world, method, path):
        """Missing, foreign and expired tokens are told apart, as RFC 6750 wants it."""
        body = {"json": {"code": "x"}} if method in {"PUT", "POST"} else {}
        tokens = await login(client, world)

        broken = {"content": "{"} if body and path != "/v1/logout" else {}
        missing = await client.request(method, path, **broken)
        assert_problem(missing, 401, "token_missing")
        assert 'Bearer realm="wxlogin"' == missing.headers["www-authenticate"]
        wrong = await client.request(method, path, headers={"token": "a.b.c"}, **body)
        assert_problem(wrong, 401, "token_invalid")
        assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
        world.advance(minutes=16)
        late = await client.request(method, path, headers=bearer(tokens), **body)
        assert_problem(late, 401, "token_expired")
        assert 'error="invalid_token"' in late.headers["www-authenticate"]

    async def test_both_headers_carry_a_token(self, client, world):
        """`Authorization: Bearer` and the tutorial's `token` are the same."""
        token = (await login(client, world))["access_token"]

        for headers in ({"authorization": f"bearer {token}"}, {"token": token}):
            assert 200 == (await client.get("/v1/me", headers=headers)).status_code

    async def test_a_ban_counts_at_once(self, client, world):
        """A banned person's session has ended, and a login is refused."""
        tokens = await login(client, world)

        await world.ban(user_id=tokens["user"]["id"])

        assert_ended(await client.get("/v1/me", headers=bearer(tokens)), "banned")
        assert_ended(await refresh(client, tokens), "banned")
        assert_problem(await client.post("/v1/login", json=code(world)), 403, "user_banned")

    async def test_introspection_tells_who_and_never_why_not(self, client, world):
        """An active token is told in full, as form or JSON; any other is only not active."""
        tokens = await login(client, world)
        asked = {"token": tokens["access_token"]}

        told = (await client.post("/v1/introspect", headers=SERVICE, data=asked)).json()
        assert told == (await client.post("/v1/introspect", headers=SERVICE, json=asked)).json()
        assert (True, tokens["user"]["id"], APPID, tokens["session_id"], ISSUER, "Bearer") == (
            told["active"],
            told["sub"],
            told["client_id"],
            told["sid"],
            told["iss"],
            told["token_type"],
        )
        assert 900 == told["exp"] - told["iat"]
        await client.post("/v1/logout", headers=bearer(tokens))
        for token in (tokens["access_token"], "x", ""):
            other = await client.post("/v1/introspect", headers=SERVICE, json={"token": token})
            assert {"active": False} == other.json()
        assert_problem(await client.post("/v1/introspect", headers=SERVICE, data={"a": "b"}), 400)

    async def test_the_revocation_feed_goes_on_where_it_stopped(self, client, world):
        """What ended is told, and `next` leads on; a foreign `since` is refused."""
        tokens = await login(client, world)
        await client.post("/v1/logout", headers=bearer(tokens))

        feed = (await client.get("/v1/revocations", headers=SERVICE)).json()
        entry = {
            "kind": "session",
            "id": tokens["session_id"],
            "reason": "logged_out",
            "at": "2026-11-24T08:00:00Z",
        }
        assert [entry] == feed["revocations"]
        world.advance(minutes=1)
        since = {"since": feed["next"]}
        assert [entry] == (await client.get("/v1/revocations", headers=SERVICE)).json()[
            "revocations"
        ]
        later = (await client.get("/v1/revocations", headers=SERVICE, params=since)).json()
        since = {"since": later["next"]}
        last = (await client.get("/v1/revocations", headers=SERVICE, params=since)).json()
        assert [] == last["revocations"]
        for junk in ("x", "/" * 11, "é", "A" * 400):
            answer = await client.get("/v1/revocations", headers=SERVICE, params={"since": junk})
            assert_problem(answer, 400, "invalid_request")

    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "/v1/introspect"), ("GET", "/v1/revocations")]
    )
    async def test_only_services_may_ask(self, client, world, method, path):
        """Without the service token both are refused; a person's own token does not count."""
        body = {"json": {"token": "x"}} if method == "POST" else {}
        person = bearer(await login(client, world))

        assert_problem(await client.request(method, path, **body), 401, "token_missing")
        wrong = await client.request(method, path, headers=person, **body)
        assert_problem(wrong, 401, "token_invalid")

    async def test_the_keys_are_public_and_may_be_cached(self, client):
        """The JWKS has the current and the next key, no private part, and a tag."""
        keys = await client.get("/.well-known/jwks.json")

        assert 2 == len(keys.json()["keys"])
        assert all({"kid", "alg", "use", "kty"} <= key.keys() for key in keys.json()["keys"])
        assert not any({"d", "p", "q", "k"} & key.keys() for key in keys.json()["keys"])
        assert "public, max-age=300" == keys.headers["cache-control"]
        tag = keys.headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            same = await client.get("/.well-known/jwks.json", headers={"if-none-match": known})
            assert (304, b"", tag) == (same.status_code, same.content, same.headers["etag"])
            assert "public, max-age=300" == same.headers["cache-control"]
        other = await client.get("/.well-known/jwks.json", headers={"if-none-match": '"other"'})
        assert 200 == other.status_code

    async def test_the_tag_of_the_keys_changes_with_a_rotation(self, client, world):
        """Who asks with the tag of yesterday's keys gets today's."""
        before = await client.get("/.well-known/jwks.json")
        await world.rotate_keys(alg="ES256")
        world.advance(seconds=10)

        known = {"if-none-match": before.headers["etag"]}
        after = await client.get("/.well-known/jwks.json", headers=known)
        assert 200 == after.status_code
        assert 3 == len(after.json()["keys"])

    async def test_metadata_says_what_is_there_and_nothing_else(self, client):
        """RFC 8414: keys and introspection are named; no grant is, and so no token endpoint."""
        answer = await client.get("/.well-known/oauth-authorization-server")

        assert "public, max-age=300" == answer.headers["cache-control"]
        assert {
            "issuer": ISSUER,
            "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
            "response_types_supported": [],
            "grant_types_supported": [],
            "service_documentation": f"{ISSUER}/docs",
            "ui_locales_supported": ["zh-CN", "en"],
            "introspection_endpoint": f"{ISSUER}/v1/introspect",
            "introspection_endpoint_auth_methods_supported": ["Bearer"],
        } == answer.json()

    @pytest.mark.parametrize(
        ("refusal", "status", "seconds"),
        [
            (LoginBlocked(WeChatSaid(40226)), 403, None),
            (AppMisconfigured(WeChatSaid(40125, "rid-1")), 500, None),
            (WeChatRateLimited(7, WeChatSaid(45011)), 429, 7),
            (WeChatUnavailable(3, WeChatSaid(-1)), 503, 3),
            (WeChatQuotaExhausted(60, WeChatSaid(45009)), 503, 60),
            (Overloaded(2), 503, 2),
        ],
        ids=lambda each: getattr(each, "code", None),
    )
    async def test_what_wechat_says_is_passed_on(self, client, world, refusal, status, seconds):
        """Each refusal of WeChat has its status, its errcode and, where waiting helps, how long."""
        world.wechat.refuse("exchange", refusal)

        answer = await client.post("/v1/login", json=code(world))

        assert_problem(answer, status, refusal.code)
        assert seconds == answer.json().get("retry_after")
        assert (None if seconds is None else str(seconds)) == answer.headers.get("retry-after")
        errcode = None if refusal.wechat is None else refusal.wechat.errcode
        assert errcode == answer.json().get("wechat", {}).get("errcode")

    async def test_a_rejected_nickname_is_422(self):
        """What the content check does not let through is refused with its field."""
        world = await World(content_policy=ContentPolicy.FAIL_CLOSED).prepared()
        world.wechat.judge("坏", Verdict.RISKY)
        async with self.client_of(world) as client:
            headers = bearer(await login(client, world))
            answer = await client.put("/v1/me", headers=headers, json={"nickname": "坏人"})

        assert_problem(answer, 422, "content_rejected")
        assert "nickname" == answer.json()["errors"][0]["field"]
