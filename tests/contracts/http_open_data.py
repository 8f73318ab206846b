"""What HTTP clients can rely on about open data."""

from base64 import b64encode

import pytest
from attrs import evolve

from tests.contracts.http_asking import AskedOverHttp, assert_problem, bearer, code, login
from tests.open_data import encrypted, piece
from tests.world import APPID, SECOND_APPID
from wxlogin.domain.ports.wechat import WeChatSession

KEY, NEXT_KEY = "a2V5IG9mIDE2IGJ5dGVzLg==", "bmV4dCBvZiAxNiBieXRlcw=="
PHONE = {"phoneNumber": "13800138000", "purePhoneNumber": "13800138000", "countryCode": "86"}
SECONDS = 60


class OpenDataOverHttp(AskedOverHttp):
    @pytest.fixture
    async def opening(self, world, monkeypatch):
        """Give a world whose first app declares two kinds, and whose WeChat has one key."""
        keys = {"now": KEY}
        exchange = type(world.wechat).exchange

        async def exchanged(wechat, appid, js_code):
            found = await exchange(wechat, appid, js_code)
            return WeChatSession(found.identity, keys["now"])

        monkeypatch.setattr(type(world.wechat), "exchange", exchanged)
        declared = {APPID: frozenset({"phone", "werun"})}
        return evolve(world, open_data=declared), keys

    async def test_the_phones_own_data_is_read(self, opening):
        """By the current key, and after one more login by the previous one too."""
        world, keys = opening
        at = world.clock.now().timestamp()
        async with self.client_of(world) as client:
            tokens = await login(client, world)
            read = await ask(client, tokens, piece(KEY, APPID, at, **PHONE))
            assert 200 == read.status_code, read.text
            assert PHONE.items() <= read.json().items()

            keys["now"] = NEXT_KEY
            world.advance(seconds=1)
            again = await login(client, world)
            for key, steps in ((NEXT_KEY, 1), (KEY, 2)):
                told = piece(key, APPID, at, stepInfoList=[{"timestamp": 1, "step": steps}])
                read = await ask(client, again, {**told, "kind": "werun"})
                assert steps == read.json()["stepInfoList"][0]["step"]

    async def test_whatever_is_wrong_is_one_and_the_same_refusal(self, opening):
        """Key, padding, app, age, kind, tampering, no base64, shown before: 400, same words."""
        world, _ = opening
        at = world.clock.now().timestamp()
        good = piece(KEY, APPID, at, **PHONE)
        content = good["encrypted_data"]
        tampered = content[:-8] + ("A" if content[-8] != "A" else "B") + content[-7:]

        padding = b64encode(encrypted(KEY, b'{"a":1}', padding=b"\0" * 9)).decode()
        wrong = [
            piece(NEXT_KEY, APPID, at, **PHONE),
            piece(KEY, SECOND_APPID, at, **PHONE),
            piece(KEY, APPID, at - 10 * SECONDS - 1, **PHONE),
            piece(KEY, APPID, at + 10 * SECONDS + 1, **PHONE),
            piece(KEY, APPID, at, openGId="not declared"),
            piece(KEY, APPID, at, anything="else"),
            {**good, "kind": "werun"},
            {**good, "encrypted_data": padding},
            {**good, "encrypted_data": tampered},
            {**good, "encrypted_data": content.replace("=", "") + "*"},
            {**good, "encrypted_data": content[:-4]},
            {**good, "iv": "AAAAAAAAAAAAAAAAAAAAAA=="},
            {**good, "iv": "short"},
        ]
        async with self.client_of(world) as client:
            tokens = await login(client, world)
            said = [await ask(client, tokens, each) for each in wrong]
            assert 200 == (await ask(client, tokens, good)).status_code
            said.append(await ask(client, tokens, good))
        for answer in said:
            assert_problem(answer, 400, "open_data_invalid")
        bodies = [{**each.json(), "request_id": ""} for each in said]
        assert all(bodies[0] == each for each in bodies)

    async def test_it_is_read_for_the_living_and_their_own_session_only(self, opening):
        """Another person's data is not readable, nor one's own after the session's end."""
        world, keys = opening
        at = world.clock.now().timestamp()
        async with self.client_of(world) as client:
            mine = await login(client, world)
            keys["now"] = NEXT_KEY
            theirs = await login(client, world, "hong")
            good = piece(KEY, APPID, at, **PHONE)
            assert_problem(await ask(client, theirs, good), 400, "open_data_invalid")
            await client.post("/v1/logout", headers=bearer(mine))
            assert_problem(await ask(client, mine, good), 401, "session_ended", reason="logged_out")

    async def test_where_nothing_is_declared_there_is_no_such_route_and_no_key(self, opening):
        """404, and no session_key is kept; nor of the other app of those served."""
        world, _ = opening
        plain = evolve(world, open_data={})
        async with self.client_of(plain) as client:
            tokens = await login(client, world)
            at = world.clock.now().timestamp()
            answer = await ask(client, tokens, piece(KEY, APPID, at, **PHONE))
            assert_problem(answer, 404, "not_found")
        async with self.client_of(world) as client:
            second = {"appid": SECOND_APPID, "code": world.wechat.new_code(SECOND_APPID, "ming")}
            assert 200 == (await client.post("/v1/login", json=second)).status_code
        assert {None} == {each.session_key for each in world.room.sessions.values()}

    async def test_a_ticket_brings_no_key(self, opening):
        """Who logs in by a ticket logs in by a code before open data is read."""
        world, _ = opening
        async with self.client_of(world) as client:
            step = await client.post("/v1/code/exchange", json=code(world))
            tokens = await client.post(
                "/v1/login", json={"login_ticket": step.json()["login_ticket"]}
            )
            told = piece(KEY, APPID, world.clock.now().timestamp(), **PHONE)
            assert_problem(await ask(client, tokens.json(), told), 400, "open_data_invalid")


async def ask(client, tokens, body):
    """Sends open data with a token."""
    return await client.post("/v1/me/open-data", headers=bearer(tokens), json=body)
