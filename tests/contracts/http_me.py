"""What people do with their own account."""

from datetime import timedelta

from attrs import evolve

from tests.contracts.http_asking import (
    NOBODYS_SID,
    AskedOverHttp,
    assert_ended,
    assert_problem,
    bearer,
    code,
    login,
    refresh,
    upload,
)
from tests.nicknames import HOSTILE
from tests.world import APPID, ISSUER
from wxlogin.adapters.memory.audit import MemoryAudit
from wxlogin.domain.ports.audit import Actor, AuditEvent, AuditWord
from wxlogin.domain.user import released
from wxlogin.entrypoints.web.texts_of_fields import PROBLEMS


class MeOverHttp(AskedOverHttp):
    async def test_etags_spare_the_body_and_guard_updates(self, client, world):
        """If-None-Match is answered 304 while nothing changed, a stale If-Match 412."""
        headers = bearer(await login(client, world))
        tag = (await client.get("/v1/me", headers=headers)).headers["etag"]

        for known in (tag, f'"x", W/{tag}', "*"):
            same = await client.get("/v1/me", headers={**headers, "if-none-match": known})
            assert (304, b"", tag) == (same.status_code, same.content, same.headers["etag"])
        put = {"json": {"nickname": "二"}, "headers": {**headers, "if-match": tag}}
        changed = await client.put("/v1/me", **put)
        assert ("二", True) == (changed.json()["nickname"], changed.headers["etag"] != tag)
        assert_problem(await client.put("/v1/me", **put), 412, "precondition_failed")
        put["headers"]["if-match"] = "*"
        assert 200 == (await client.put("/v1/me", **put)).status_code
        fresh = await client.get("/v1/me", headers={**headers, "if-none-match": tag})
        assert 200 == fresh.status_code

    async def test_two_peoples_tags_differ(self, client, world):
        """A tag of one person says nothing about another at the same address."""
        tags = set()
        for person in ("ming", "hong"):
            headers = bearer(await login(client, world, person))
            tags.add((await client.get("/v1/me", headers=headers)).headers["etag"])

        assert 2 == len(tags)

    async def test_absent_fields_stay(self, client, world):
        """An update changes what it names, and null names nothing."""
        headers = bearer(await login(client, world))
        await client.put("/v1/me", headers=headers, json={"nickname": "小明", "gender": 1})

        body = {"avatar_url": "https://a.example/b.png", "nickname": None, "unknown": 1}
        user = (await client.put("/v1/me", headers=headers, json=body)).json()

        assert ("小明", 1, "https://a.example/b.png") == (
            user["nickname"],
            user["gender"],
            user["avatar_url"],
        )

    async def test_every_field_that_fails_is_named(self, client, world):
        """A refusal lists each field with a sentence; a local path is told to be uploaded."""
        headers = bearer(await login(client, world))
        body = {"nickname": "x" * 65, "avatar_url": "http://tmp/a.png", "gender": 3}

        answer = await client.put("/v1/me", headers=headers, json=body)

        assert_problem(answer, 400, "invalid_request")
        told = {each["field"]: each["message"] for each in answer.json()["errors"]}
        assert {"nickname", "avatar_url", "gender"} == set(told)
        assert "/v1/me/avatar" in told["avatar_url"]

    async def test_every_hostile_nickname_has_a_clear_answer(self, client, world):
        """PUT is 400 with a sentence in both languages, and a login goes on without the name."""
        tokens = await login(client, world)
        for name, problem in HOSTILE:
            if any("\ud800" <= sign <= "\udfff" for sign in name):
                continue  # no JSON holds half a sign
            told = []
            for language in ("zh-CN", "en"):
                headers = {**bearer(tokens), "accept-language": language}
                answer = await client.put("/v1/me", headers=headers, json={"nickname": name})
                assert_problem(answer, 400, "invalid_request")
                told += [each["message"] for each in answer.json()["errors"]]
            assert [PROBLEMS[problem].zh, PROBLEMS[problem].en] == told, ascii(name)
        entered = await login(client, world, profile={"nickname": "官 方", "gender": 2})
        assert (["nickname_reserved"], "", 2) == (
            entered["warnings"], entered["user"]["nickname"], entered["user"]["gender"],
        )  # fmt: skip

    async def test_half_a_sign_is_a_bad_request(self, client, world):
        """A lone surrogate in the JSON, in the two ways to write one."""
        headers = {**bearer(await login(client, world)), "content-type": "application/json"}
        for body in (b'{"nickname": "\\ud800"}', b'{"nickname": "\xed\xa0\x80"}'):
            answer = await client.put("/v1/me", headers=headers, content=body)
            assert_problem(answer, 400, "invalid_request")

    async def test_an_avatar_is_uploaded_shown_and_replaced(self, client, world):
        """The picture is at an address of ours; the next upload deletes it, and so does a PUT."""
        headers = bearer(await login(client, world))
        first = (await upload(client, headers, b"one")).json()["avatar_url"]
        assert first.startswith(f"{ISSUER}/avatars/")
        shown = await client.get(first)
        assert (b"one", "image/webp") == (shown.content, shown.headers["content-type"])
        assert "immutable" in shown.headers["cache-control"]
        assert "nosniff" == shown.headers["x-content-type-options"]
        known = {"if-none-match": shown.headers["etag"]}
        again = await client.get(first, headers=known)
        assert (304, b"") == (again.status_code, again.content)
        assert 200 == (await client.get(first.replace(".webp", ".132.webp"))).status_code

        same = await client.put("/v1/me", headers=headers, json={"avatar_url": first})
        assert first == same.json()["avatar_url"]
        second = (await upload(client, headers, b"two")).json()["avatar_url"]
        assert_problem(await client.get(first, headers=known), 404, "not_found")
        assert 200 == (await client.get(second)).status_code
        await client.put("/v1/me", headers=headers, json={"avatar_url": "https://a.example/b"})
        assert {} == world.avatars.pictures

    async def test_a_login_that_shows_another_picture_deletes_the_one_kept_here(
        self, client, world
    ):
        """Whatever replaces an uploaded avatar, a login or the tutorial's, the file goes."""
        shown = {"avatar_url": "https://a.example/b"}
        headers = bearer(await login(client, world))
        await upload(client, headers, b"one")
        await login(client, world, profile=shown)
        assert {} == world.avatars.pictures

        await upload(client, headers, b"two")
        first = await client.post("/get-openid/", json=code(world, "jscode"))
        await client.post("/wx-login/", json={**first.json(), **shown})
        assert {} == world.avatars.pictures
        assert (
            shown["avatar_url"]
            == (await client.get("/v1/me", headers=headers)).json()["avatar_url"]
        )

    async def test_nobody_borrows_anothers_avatar(self, client, world):
        """Another's picture here is refused, so that its borrower can never delete it."""
        theirs = await upload(client, bearer(await login(client, world)), b"theirs")
        address = theirs.json()["avatar_url"]
        mine = bearer(await login(client, world, "hong", profile={"avatar_url": address}))

        assert "" == (await client.get("/v1/me", headers=mine)).json()["avatar_url"]
        for shown in (address, address.removeprefix(ISSUER)):
            refused = await client.put("/v1/me", headers=mine, json={"avatar_url": shown})
            assert_problem(refused, 400, "invalid_request")
        await client.delete("/v1/me", headers=mine)
        assert 200 == (await client.get(address)).status_code

    async def test_a_held_picture_is_seen_at_its_own_address_alone(self, client, world):
        """Nobody keeps a copy of it; once released, both addresses show it."""
        held = await world.avatars.keep(b"held", owner="somebody", held=True)

        shown = await client.get(held)
        assert (b"held", "private, no-store") == (shown.content, shown.headers["cache-control"])
        assert_problem(await client.get(released(held)), 404, "not_found")
        assert await world.avatars.release(held, owner="somebody")
        for address in (held, released(held)):
            shown = await client.get(address)
            assert b"held" == shown.content
            assert "immutable" in shown.headers["cache-control"]
        assert_problem(await client.get("/avatars/held/none.webp"), 404, "not_found")

    async def test_an_upload_is_bounded_and_multipart(self, client, world):
        """Too large is 413, another type 415, without the field or broken 400, strangers 401."""
        headers = bearer(await login(client, world))
        form = {**headers, "content-type": "multipart/form-data; boundary=b"}
        large = b"x" * (5 * 1024 * 1024 + 1)

        post = client.post
        assert_problem(await upload(client, headers, large), 413, "payload_too_large")
        assert_problem(await upload(client, headers, large * 2), 413, "payload_too_large")
        json = await post("/v1/me/avatar", headers=headers, json={})
        assert_problem(json, 415, "unsupported_media_type")
        assert_problem(await post("/v1/me/avatar", headers=headers, files={"a": b"x"}), 400)
        assert_problem(await post("/v1/me/avatar", headers=form, content=b"junk"), 400)
        cut = b'--b\r\nContent-Disposition: form-data; name="avatar"\r\n\r\nhalf a pict'
        assert_problem(await post("/v1/me/avatar", headers=form, content=cut), 400)
        assert_problem(await upload(client, {}, b"x"), 401, "token_missing")
        assert {} == world.avatars.pictures

    async def test_a_phone_is_bound_once_and_unbound(self, client, world):
        """Bound it is masked, another's is taken, a bad code refused, unbound it is null."""
        mine, theirs = [bearer(await login(client, world, who)) for who in ("ming", "hong")]
        codes = [world.wechat.new_phone_code(APPID, who) for who in ("ming", "hong")]

        bound = await client.post("/v1/me/phone", headers=mine, json={"code": codes[0]})
        assert "138******00" == bound.json()["phone"]
        taken = await client.post("/v1/me/phone", headers=theirs, json={"code": codes[1]})
        assert_problem(taken, 409, "phone_taken")
        bad = await client.post("/v1/me/phone", headers=theirs, json={"code": "x"})
        assert_problem(bad, 400, "phone_code_invalid", wechat={"errcode": 40029})
        assert (await client.delete("/v1/me/phone", headers=mine)).json()["phone"] is None

    async def test_sessions_are_listed_and_ended(self, client, world):
        """One's living sessions are shown; ended elsewhere, a session says it was kicked."""
        here, there = await login(client, world), await login(client, world)

        listed = (await client.get("/v1/me/sessions", headers=bearer(here))).json()["sessions"]
        assert {here["session_id"]: True, there["session_id"]: False} == {
            each["sid"]: each["current"] for each in listed
        }
        assert {"sid", "device", "created_at", "last_used_at", "current"} == set(listed[0])
        url = f"/v1/me/sessions/{there['session_id']}"
        assert 204 == (await client.delete(url, headers=bearer(here))).status_code
        ended = await client.get("/v1/me", headers=bearer(there))
        assert_problem(ended, 401, "session_ended", reason="kicked")
        for nobodys in (url, f"/v1/me/sessions/{NOBODYS_SID}", "/v1/me/sessions/a%00b"):
            assert_problem(await client.delete(nobodys, headers=bearer(here)), 404, "not_found")

    async def test_logout_by_bearer_or_refresh_token_and_scope(self, client, world):
        """This, others or all end, each for its reason; no body means this one."""
        one, two, three = [await login(client, world) for _ in range(3)]

        out = await client.post("/v1/logout", headers=bearer(one))
        assert (204, b"") == (out.status_code, out.content)
        assert_ended(await client.get("/v1/me", headers=bearer(one)), "logged_out")
        body = {"refresh_token": two["refresh_token"], "scope": "others"}
        assert 204 == (await client.post("/v1/logout", json=body)).status_code
        assert_ended(await client.get("/v1/me", headers=bearer(three)), "kicked")
        everything = await client.post("/v1/logout", headers=bearer(two), json={"scope": "all"})
        assert 204 == everything.status_code
        assert_ended(await client.get("/v1/me", headers=bearer(two)), "logged_out")
        assert_problem(await client.post("/v1/logout"), 401, "token_missing")
        wrong = await client.post("/v1/logout", json={"refresh_token": "x"})
        assert_problem(wrong, 401, "refresh_invalid")
        assert_problem(await client.post("/v1/logout", json={"scope": "none"}), 400)

    async def test_an_export_holds_everything_and_erasure_leaves_nothing(self, client, world):
        """The export shows the whole number; after the erasure the person starts anew."""
        tokens = await login(client, world, phone_code=world.wechat.new_phone_code(APPID, "ming"))
        headers = bearer(tokens)
        await upload(client, headers, b"me")
        happened = AuditEvent(
            "e1", world.clock.now(), AuditWord.LOGIN, Actor.SELF, appid=APPID,
            user_id=tokens["user"]["id"], sid=tokens["session_id"], client="203.0.113.0",
        )  # fmt: skip
        others = evolve(happened, id="e2", user_id="somebody-else")
        await MemoryAudit(world.room).append([happened, others])

        held = (await client.get("/v1/me/export", headers=headers)).json()
        assert {
            "user",
            "identities",
            "sessions",
            "ended_sessions",
            "events",
            "consents",
            "reviews",
            "banned",
        } == set(held)
        assert "13800138000" == held["user"]["phone"]
        openid = world.wechat.identity(APPID, "ming").openid
        assert [{"appid": APPID, "openid": openid, "unionid": None}] == held["identities"]
        assert [tokens["session_id"]] == [each["sid"] for each in held["sessions"]]
        (event,) = held["events"]
        assert "203.0.113.0" == event.pop("client")
        assert {
            "at": "2026-11-24T08:00:00Z", "event": "login", "reason": None, "actor": "self",
            "appid": APPID, "sid": tokens["session_id"],
        } == event  # fmt: skip

        assert 204 == (await client.delete("/v1/me", headers=headers)).status_code
        assert_ended(await client.get("/v1/me", headers=headers), "erased")
        assert_ended(await refresh(client, tokens), "erased")
        assert {} == world.avatars.pictures
        anew = await login(client, world)
        assert anew["is_new_user"]
        assert anew["user"]["id"] != tokens["user"]["id"]

    async def test_where_there_is_time_a_login_takes_a_leaving_back(self, world):
        """The 204 ends the sessions; the next login says what it did; at_once waits for nobody."""
        patient = evolve(world, grace=timedelta(days=15))
        async with self.client_of(patient) as client:
            first = await login(client, world)
            assert 204 == (await client.delete("/v1/me", headers=bearer(first))).status_code
            assert_ended(await client.get("/v1/me", headers=bearer(first)), "erased")

            back = await login(client, world)
            assert ["account_restored"] == back["warnings"]
            assert (first["user"], False) == (back["user"], back["is_new_user"])

            odd = await client.delete("/v1/me?at_once=1", headers=bearer(back))
            assert_problem(odd, 400, "invalid_request")
            gone = await client.delete("/v1/me?at_once=true", headers=bearer(back))
            assert 204 == gone.status_code
            assert (await login(client, world))["is_new_user"]
