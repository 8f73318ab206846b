"""What HTTP clients can rely on about consent."""

import pytest
from attrs import evolve

from tests.contracts.http_asking import AskedOverHttp, assert_problem, bearer, code, login
from tests.world import APPID
from wxlogin.domain.use_cases.consent import ConsentPolicy

AGREED = {"consent": {"version": "2026-11"}}
MISSING = ["consent_required"]


class ConsentOverHttp(AskedOverHttp):
    async def held(self, client, tokens) -> list[dict]:
        return (await client.get("/v1/me/export", headers=bearer(tokens))).json()["consents"]

    async def test_consent_comes_with_the_login_and_is_kept_once(self, client, world):
        """With app and moment, by code and by ticket; said again it is the same consent."""
        await login(client, world, **AGREED)
        world.advance(days=1)
        ticket = (await client.post("/v1/code/exchange", json=code(world))).json()["login_ticket"]
        answer = await client.post("/v1/login", json={"login_ticket": ticket, **AGREED})

        tokens = answer.json()
        assert "warnings" not in tokens
        assert [
            {
                "version": "2026-11", "appid": APPID, "at": "2026-11-24T08:00:00Z",
                "withdrawn_at": None,
            }
        ] == await self.held(client, tokens)  # fmt: skip

    async def test_consent_is_given_and_taken_back_without_a_login(self, client, world):
        """204 each time; taken back, it is still told that it was."""
        tokens = await login(client, world)
        headers = bearer(tokens)

        for _ in range(2):
            given = await client.post("/v1/me/consent", headers=headers, json=AGREED["consent"])
            assert (204, b"") == (given.status_code, given.content)
        world.advance(minutes=1)
        for _ in range(2):
            taken = await client.delete("/v1/me/consent", headers=headers)
            assert (204, b"") == (taken.status_code, taken.content)

        (kept,) = await self.held(client, tokens)
        assert ("2026-11-24T08:00:00Z", "2026-11-24T08:01:00Z") == (
            kept["at"], kept["withdrawn_at"],
        )  # fmt: skip

    async def test_who_did_not_agree_to_the_version_in_force_is_told_so(self, world):
        """At login, until they did; an older version is not enough, and one taken back is none."""
        asking = evolve(world, consent_policy=ConsentPolicy("2026-11"))
        async with self.client_of(asking) as client:
            older = {"consent": {"version": "2025-01"}}
            for more, warnings in (({}, MISSING), (older, MISSING), (AGREED, None), ({}, None)):
                tokens = await login(client, world, **more)
                assert warnings == tokens.get("warnings")
            await client.delete("/v1/me/consent", headers=bearer(tokens))
            assert MISSING == (await login(client, world)).get("warnings")

    async def test_where_it_is_required_nobody_registers_without(self, world):
        """403, the tutorial's client too, and nothing is kept; who is known may come back."""
        known = await login_without(self, world)
        strict = evolve(world, consent_policy=ConsentPolicy("2026-11", required=True))
        async with self.client_of(strict) as client:
            for more in ({}, {"consent": {"version": "2025-01"}}):
                refused = await client.post("/v1/login", json={**code(world, person="new"), **more})
                assert_problem(refused, 403, "consent_required")
            step = await client.post("/get-openid/", json=code(world, "jscode", "new"))
            assert_problem(
                await client.post("/wx-login/", json=step.json()), 403, "consent_required"
            )
            assert [known["user"]["id"]] == list(world.room.users)

            assert (await login(client, world, "new", **AGREED))["is_new_user"]
            back = await login(client, world)
            assert (known["user"], MISSING) == (back["user"], back["warnings"])

    async def test_a_refusal_for_want_of_consent_can_be_repeated(self, world):
        """Who repeats a lost request with its key learns the same, not that the code is used."""
        strict = evolve(world, consent_policy=ConsentPolicy("2026-11", required=True))
        async with self.client_of(strict) as client:
            body, key = code(world), {"idempotency-key": "k"}
            for _ in range(2):
                answer = await client.post("/v1/login", json=body, headers=key)
                assert_problem(answer, 403, "consent_required")

    @pytest.mark.parametrize("odd", ["", "x" * 65, "新", "a b", "a\0", 1, None, {"v": 1}])
    async def test_what_is_no_version_is_refused(self, client, world, odd):
        """1 to 64 visible ASCII characters, at login and later."""
        headers = bearer(await login(client, world))
        wrong = await client.post("/v1/me/consent", headers=headers, json={"version": odd})
        assert_problem(wrong, 400)
        at_login = {**code(world), "consent": {"version": odd}}
        assert_problem(await client.post("/v1/login", json=at_login), 400)


async def login_without(asked: AskedOverHttp, world) -> dict:
    """Answers the tokens of somebody who came before consent was asked for."""
    async with asked.client_of(world) as client:
        return await login(client, world)
