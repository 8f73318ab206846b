"""What HTTP clients can rely on about their apps, and about being two users."""

from tests.contracts.http_asking import (
    AskedOverHttp,
    assert_ended,
    assert_problem,
    bearer,
    code,
    login,
)
from tests.world import APPID, SECOND_APPID

OTHER = {"appid": SECOND_APPID}


class LinkingOverHttp(AskedOverHttp):
    async def there(self, client, world, person="ming"):
        """Log a person in in the other app."""
        return await login(client, world, person, **self.code_there(world, person))

    @staticmethod
    def code_there(world, person="ming"):
        return {**OTHER, "code": world.wechat.new_code(SECOND_APPID, person)}

    async def proof(self, client, world, person="ming", other="ming"):
        """Answer a fresh code here and a fresh ticket there."""
        asked = await client.post("/v1/code/exchange", json=self.code_there(world, other))
        own = code(world, person=person)["code"]
        return {"code": own, "login_ticket": asked.json()["login_ticket"]}

    async def test_two_users_become_one_by_fresh_proof_of_both(self, client, world):
        """The other side's tokens end so that its phone logs in again, and is the same user."""
        mine, theirs = await login(client, world), await self.there(client, world)
        body = await self.proof(client, world)

        answer = await client.post("/v1/me/merge", headers=bearer(mine), json=body)

        assert (200, mine["user"]["id"]) == (answer.status_code, answer.json()["id"])
        assert_ended(await client.get("/v1/me", headers=bearer(theirs)), "superseded")
        again = await self.there(client, world)
        assert (mine["user"]["id"], False) == (again["user"]["id"], again["is_new_user"])
        told = (await client.get("/v1/me/identities", headers=bearer(mine))).json()
        assert [(APPID, True), (SECOND_APPID, False)] == [
            (each["appid"], each["current"]) for each in told["identities"]
        ]
        assert {"appid", "since", "current"} == set(told["identities"][0])

    async def test_access_tokens_alone_merge_nothing(self, client, world):
        """Nor does a code of somebody else, a ticket twice, an old one, or one side only."""
        mine = await login(client, world)
        await self.there(client, world)
        await login(client, world, "thief")
        ask = {"headers": bearer(mine)}

        for part in ("code", "login_ticket"):
            body = await self.proof(client, world)
            del body[part]
            assert_problem(await client.post("/v1/me/merge", json=body, **ask), 400)
        stranger = await self.proof(client, world, "thief")
        refused = await client.post("/v1/me/merge", json=stranger, **ask)
        assert_problem(refused, 401, "code_invalid")
        old = await self.proof(client, world)
        world.advance(minutes=5)
        late = {"code": code(world)["code"], "login_ticket": old["login_ticket"]}
        refused = await client.post("/v1/me/merge", json=late, **ask)
        assert_problem(refused, 401, "ticket_invalid")
        nobody = await client.post("/v1/me/merge", json=await self.proof(client, world))
        assert_problem(nobody, 401, "token_missing")
        told = await client.get("/v1/me/identities", **ask)
        assert 1 == len(told.json()["identities"])

    async def test_a_merge_repeated_with_its_key_is_answered_the_same(self, client, world):
        """And the code of a refused one without bearer is still good."""
        mine = await login(client, world)
        await self.there(client, world)
        body = await self.proof(client, world)
        await client.post("/v1/me/merge", json=body)
        ask = {"headers": {**bearer(mine), "idempotency-key": "k"}, "json": body}

        first = await client.post("/v1/me/merge", **ask)
        second = await client.post("/v1/me/merge", **ask)

        assert (200, first.json()) == (first.status_code, second.json())
        again = await client.post(
            "/v1/me/merge", headers=bearer(mine), json=await self.proof(client, world)
        )
        assert (200, first.json()) == (again.status_code, again.json())

    async def test_the_banned_and_the_unknown_are_not_merged(self, client, world):
        """A ban is not shaken off by becoming part of somebody else."""
        mine, theirs = await login(client, world), await self.there(client, world)
        unknown = await self.proof(client, world, other="nobody")
        ask = {"headers": bearer(mine)}
        assert_problem(await client.post("/v1/me/merge", json=unknown, **ask), 404, "not_found")

        await world.ban(user_id=theirs["user"]["id"])
        body = await self.proof(client, world)
        assert_problem(await client.post("/v1/me/merge", json=body, **ask), 403, "user_banned")

    async def test_an_app_is_taken_away_and_the_last_one_is_not(self, client, world):
        """The next login there is another user, also where a unionid would join the two."""
        for app in (APPID, SECOND_APPID):
            world.wechat.bind(app, "acme")
        mine, theirs = await login(client, world), await self.there(client, world)
        assert mine["user"]["id"] == theirs["user"]["id"]
        ask, here = {"headers": bearer(mine)}, "/v1/me/identities"

        done = await client.delete(f"{here}/{SECOND_APPID}", **ask)

        assert 204 == done.status_code
        assert_ended(await client.get("/v1/me", headers=bearer(theirs)), "logged_out")
        assert_problem(await client.delete(f"{here}/{SECOND_APPID}", **ask), 404, "not_found")
        assert_problem(await client.delete(f"{here}/{APPID}", **ask), 409, "last_identity")
        again = await self.there(client, world)
        assert again["is_new_user"]
        assert mine["user"]["id"] != again["user"]["id"]
