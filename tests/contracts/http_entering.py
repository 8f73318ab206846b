"""Logging in, refreshing, and one answer for one code."""

import asyncio
import json

import pytest

from tests.contracts.http_asking import (
    AskedOverHttp,
    assert_problem,
    bearer,
    code,
    login,
    refresh,
)
from tests.world import APPID, SECOND_APPID

USER_FIELDS = {"id", "nickname", "avatar_url", "gender", "phone", "created_at", "updated_at"}
TOKEN_FIELDS = {
    "token_type", "access_token", "expires_in", "refresh_token", "refresh_expires_in",
    "session_id", "is_new_user", "user",
}  # fmt: skip


class EnteringOverHttp(AskedOverHttp):
    async def test_the_tutorials_client_works_unchanged(self, client, world):
        """jscode in, openid and a ticket out; ticket in, a token out that /v1/me takes."""
        first = await client.post("/get-openid/", json=code(world, "jscode"))
        entered = await client.post(
            "/wx-login/",
            json={**first.json(), "nickname": "小明", "avatar_url": "https://a.b/c", "gender": 1},
        )

        assert {"openid", "session_key"} == set(first.json())
        assert {"status", "nickname", "user_id", "token"} == set(entered.json())
        assert ("success", "小明") == (entered.json()["status"], entered.json()["nickname"])
        me = (await client.get("/v1/me", headers={"token": entered.json()["token"]})).json()
        assert (entered.json()["user_id"], 1) == (me["id"], me["gender"])

    @pytest.mark.parametrize(
        "oddities",
        [
            {"nickname": "微信用户", "avatar_url": "wxfile://tmp_1.png", "gender": 0},
            {"nickname": None, "avatar_url": None, "gender": None},
            {"nickname": 5, "avatar_url": ["x"], "gender": "male"},
            {"nickname": "x" * 65, "avatar_url": "http://a.b/c", "gender": 7},
            {},
        ],
    )
    async def test_old_clients_oddities_do_not_stop_a_login(self, client, world, oddities):
        """Profile fields that do not hold are dropped by the tutorial's route."""
        first = (await client.post("/get-openid/", json=code(world, "jscode"))).json()

        entered = await client.post("/wx-login/", json={**first, **oddities})

        assert (200, "") == (entered.status_code, entered.json()["nickname"])

    @pytest.mark.parametrize(
        ("written", "shown"), [("小明\\ud83d", "小明"), ("\\udE00", ""), ("\\ud83d\\ude00", "😀")]
    )
    async def test_half_an_emoji_does_not_stop_a_login(self, client, world, written, shown):
        """JavaScript that cuts a nickname leaves half a sign; the tutorial's client gets in."""
        first = (await client.post("/get-openid/", json=code(world, "jscode"))).json()
        body = json.dumps({**first, "nickname": "?"}).replace("?", written)

        entered = await client.post(
            "/wx-login/", content=body.encode(), headers={"content-type": "application/json"}
        )

        assert (200, shown) == (entered.status_code, entered.json()["nickname"])
        for broken in (b"{", b"[" * 50_000, b'{"a": NaN}', b"\xff"):
            refused = await client.post("/wx-login/", content=broken)
            assert_problem(refused, 400, "invalid_request")

    async def test_the_tutorials_addresses_work_without_the_last_slash(self, client, world):
        """Clients that leave the slash off are served too."""
        first = await client.post("/get-openid", json=code(world, "jscode"))

        assert 200 == (await client.post("/wx-login", json=first.json())).status_code

    async def test_a_ticket_is_for_its_openid_and_counts_once(self, client, world):
        """For another openid, and a second time, a ticket is refused."""
        first = (await client.post("/get-openid/", json=code(world, "jscode"))).json()

        other = await client.post("/wx-login/", json={**first, "openid": "somebody-else"})
        good = await client.post("/wx-login/", json=first)
        again = await client.post("/wx-login/", json=first)

        assert ["ticket_invalid", 200, "ticket_invalid"] == [
            other.json()["code"],
            good.status_code,
            again.json()["code"],
        ]

    async def test_a_login_by_code_answers_a_token_set(self, client, world):
        """The token set has the fields of the contract and no other."""
        answer = await client.post("/v1/login", json={**code(world), "profile": {"gender": 2}})
        tokens = answer.json()

        assert (200, TOKEN_FIELDS) == (answer.status_code, set(tokens))
        assert USER_FIELDS == set(tokens["user"])
        assert ("Bearer", 900, 2592000, True) == (
            tokens["token_type"],
            tokens["expires_in"],
            tokens["refresh_expires_in"],
            tokens["is_new_user"],
        )
        assert (None, 2, "2026-11-24T08:00:00Z") == (
            tokens["user"]["phone"],
            tokens["user"]["gender"],
            tokens["user"]["created_at"],
        )
        assert "no-store" == answer.headers["cache-control"]

    async def test_a_ticket_logs_in_once(self, client, world):
        """A code becomes a ticket, the ticket a token set; the second try is refused."""
        ticket = (await client.post("/v1/code/exchange", json=code(world))).json()

        assert ({"login_ticket", "expires_in", "registered"}, 300, False) == (
            set(ticket),
            ticket["expires_in"],
            ticket["registered"],
        )
        body = {"login_ticket": ticket["login_ticket"]}
        assert 200 == (await client.post("/v1/login", json=body)).status_code
        assert_problem(await client.post("/v1/login", json=body), 401, "ticket_invalid")
        known = (await client.post("/v1/code/exchange", json=code(world))).json()
        assert known["registered"]

    async def test_a_bad_phone_code_is_a_warning(self, client, world):
        """The login stands, without a phone, and says why."""
        tokens = await login(client, world, phone_code="wrong")

        assert (None, ["phone_code_invalid"]) == (tokens["user"]["phone"], tokens["warnings"])

    async def test_a_phone_comes_masked(self, client, world):
        """A good phone code binds the number, which is shown masked."""
        tokens = await login(client, world, phone_code=world.wechat.new_phone_code(APPID, "ming"))

        assert "138******00" == tokens["user"]["phone"]
        assert "warnings" not in tokens

    async def test_what_a_device_is_called_is_shown_cut_and_clean(self, client, world):
        """Device names lose control characters and what is beyond 64 signs."""
        device = {"name": "a\x00b\u2028" + "c" * 90, "platform": None}
        tokens = await login(client, world, device=device)

        sessions = (await client.get("/v1/me/sessions", headers=bearer(tokens))).json()["sessions"]

        assert {"name": "ab" + "c" * 62, "platform": "", "model": ""} == sessions[0]["device"]

    async def test_refresh_moves_on_and_catches_the_thief(self, client, world):
        """Each refresh answers new tokens; a token two behind ends the session for all."""
        first = await login(client, world)
        second = (await refresh(client, first)).json()
        third = (await refresh(client, second)).json()

        assert TOKEN_FIELDS == set(third)
        assert not third["is_new_user"]
        stolen = await refresh(client, first)
        assert_problem(stolen, 401, "session_ended", reason="reuse_detected")
        ended = await client.get("/v1/me", headers=bearer(third))
        assert_problem(ended, 401, "session_ended", reason="reuse_detected")

    async def test_a_lost_refresh_can_be_repeated(self, client, world):
        """The token before the newest gets the newest again within a minute, later an end."""
        first = await login(client, world)
        second = (await refresh(client, first)).json()

        assert second["refresh_token"] == (await refresh(client, first)).json()["refresh_token"]
        world.advance(seconds=61)
        assert_problem(await refresh(client, first), 401, "session_ended", reason="superseded")

    async def test_a_foreign_refresh_token_is_refused(self, client):
        """What is not one of ours is refresh_invalid, whatever it looks like."""
        for text in ("x", "wxr1_" + "A" * 75, "ключ", "\u0000"):
            answer = await client.post("/v1/token/refresh", json={"refresh_token": text})
            assert_problem(answer, 401, "refresh_invalid")

    @pytest.mark.parametrize("path", ["/v1/login", "/v1/code/exchange", "/get-openid/"])
    async def test_the_same_key_gets_the_same_answer(self, client, world, path):
        """Repeated unchanged with its key, a request gets the answer of the one call to WeChat."""
        body = code(world, "jscode" if path == "/get-openid/" else "code")
        key = {"idempotency-key": "k1"}

        answers = await asyncio.gather(
            *(client.post(path, json=body, headers=key) for _ in range(5))
        )

        assert 1 == len({answer.content for answer in answers})
        assert 200 == answers[0].status_code
        assert 1 == len(world.wechat.asked)
        other_key = await client.post(path, json=body, headers={"idempotency-key": "k2"})
        assert_problem(other_key, 401, "code_used")
        assert_problem(await client.post(path, json=body), 401, "code_used")
        other_body = await client.post(path, json={**body, "more": 1}, headers=key)
        assert_problem(other_body, 409, "idempotency_conflict")
        world.advance(seconds=61)
        assert_problem(await client.post(path, json=body, headers=key), 401, "code_used")
        assert 1 == len(world.wechat.asked)

    @pytest.mark.parametrize("headers", [{}, {"idempotency-key": "k-1"}])
    async def test_a_ticket_shown_for_the_wrong_app_or_person_is_not_spent(
        self, client, world, headers
    ):
        """Refused, with an Idempotency-Key or without, it is still good for whom it is for."""
        exchange = await client.post("/v1/code/exchange", json=code(world))
        body = {"login_ticket": exchange.json()["login_ticket"]}
        wrong, right = {**body, "appid": SECOND_APPID}, {**body, "appid": APPID}
        await self._refused_then_taken(client, "/v1/login", wrong, right, headers)

        right = (await client.post("/get-openid/", json=code(world, "jscode"))).json()
        wrong = {**right, "openid": "o-somebody-else"}
        await self._refused_then_taken(client, "/wx-login/", wrong, right, headers)

    async def _refused_then_taken(self, client, path, wrong, right, headers):
        for _ in range(2):
            refused = await client.post(path, json=wrong, headers=headers)
            assert_problem(refused, 401, "ticket_invalid")
        assert 200 == (await client.post(path, json=right, headers=headers)).status_code

    async def test_a_ticket_obeys_the_key_too(self, client, world):
        """Both ticket routes give a repeated request the same answer."""
        key = {"idempotency-key": "k1"}
        ticket = (await client.post("/v1/code/exchange", json=code(world))).json()["login_ticket"]
        openid = (await client.post("/get-openid/", json=code(world, "jscode"))).json()
        for path, body in (("/v1/login", {"login_ticket": ticket}), ("/wx-login/", openid)):
            once = await client.post(path, json=body, headers=key)
            twice = await client.post(path, json=body, headers=key)
            other = await client.post(path, json={**body, "more": 1}, headers=key)

            assert (200, once.content) == (once.status_code, twice.content)
            assert_problem(other, 409, "idempotency_conflict")

    async def test_a_refusal_is_repeated_too(self, client, world):
        """A code WeChat refused is refused again from memory, with its key."""
        body, key = {"appid": APPID, "code": "nobodys"}, {"idempotency-key": "k"}

        first = await client.post("/v1/login", json=body, headers=key)
        again = await client.post("/v1/login", json=body, headers=key)

        assert_problem(first, 401, "code_invalid", wechat={"errcode": 40029})
        assert_problem(again, 401, "code_invalid")
        assert 1 == len(world.wechat.asked)

    @pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
    async def test_a_key_is_short_and_visible(self, client, world, key):
        """A malformed key is refused, and the code is not spent by it."""
        body = code(world)
        headers = {"idempotency-key": key.encode()}

        assert_problem(await client.post("/v1/login", json=body, headers=headers), 400)
        assert 200 == (await client.post("/v1/login", json=body)).status_code

    async def test_an_invalid_request_spends_nothing(self, client, world):
        """After a request that does not hold, the same code still logs in."""
        body = code(world)
        for wrong in (
            {"profile": {"gender": 9}},
            {"profile": {"avatar_url": "wxfile://x"}},
            {"login_ticket": "t"},
            {"appid": None},
            {"phone_code": ""},
        ):
            assert_problem(await client.post("/v1/login", json={**body, **wrong}), 400)

        assert [] == world.wechat.asked
        assert 200 == (await client.post("/v1/login", json=body)).status_code
