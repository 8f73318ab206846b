"""How often an address, a person and a user may ask."""

from tests.contracts.http_asking import AskedOverHttp, assert_problem, bearer, code, login
from tests.world import APPID, World
from wxlogin.domain.ports.limits import Rule
from wxlogin.domain.use_cases.authenticate import CALLS_OF_A_USER
from wxlogin.domain.use_cases.exchange import LOGINS_OF_A_PERSON


async def use_up(world: World, rule: Rule, asker: str) -> None:
    for _ in range(rule.times):
        assert await world.limiter.hit(rule, asker) is None


class LimitedOverHttp(AskedOverHttp):
    async def test_a_user_who_asks_too_often_is_refused_alone(self):
        """Whatever the address, one user's calls have a limit of their own; others go on."""
        world = await World(limited=True).prepared()
        async with self.client_of(world) as client:
            ming, hong = await login(client, world, "ming"), await login(client, world, "hong")
            await use_up(world, CALLS_OF_A_USER, ming["user"]["id"])
            refused = await client.get("/v1/me", headers=bearer(ming))
            other = await client.get("/v1/me", headers=bearer(hong))
            world.advance(minutes=1)
            later = await client.get("/v1/me", headers=bearer(ming))

        assert_problem(refused, 429, "rate_limited")
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert (200, 200) == (other.status_code, later.status_code)

    async def test_each_call_counts_for_its_user(self):
        """As many as the rule says may be made, and one more may not."""
        world = await World(limited=True).prepared()
        async with self.client_of(world) as client:
            tokens = await login(client, world)
            for _ in range(CALLS_OF_A_USER.times - 3):
                await world.limiter.hit(CALLS_OF_A_USER, tokens["user"]["id"])
            answers = [await client.get("/v1/me", headers=bearer(tokens)) for _ in range(4)]

        assert [200, 200, 200, 429] == [answer.status_code for answer in answers]

    async def test_an_ended_session_uses_up_nothing(self):
        """Who was thrown out cannot make the owner's calls be refused."""
        world = await World(limited=True).prepared()
        async with self.client_of(world) as client:
            thief, owner = await login(client, world), await login(client, world)
            await client.post("/v1/logout", json={"scope": "others"}, headers=bearer(owner))
            before = dict(world.limiter.counts)
            for _ in range(5):
                assert 401 == (await client.get("/v1/me", headers=bearer(thief))).status_code
            counted = {key for key in world.limiter.counts if key not in before}
            user = owner["user"]["id"]
            key = next(key for key in before if key[:2] == (CALLS_OF_A_USER.name, user))

        assert before[key] == world.limiter.counts[key]
        assert not any(key[0] == CALLS_OF_A_USER.name for key in counted)

    async def test_a_person_who_logs_in_too_often_is_refused_alone(self):
        """One person's logins have a limit, whichever addresses they come from."""
        world = await World(limited=True).prepared()
        openid = world.wechat.identity(APPID, "ming").openid
        await use_up(world, LOGINS_OF_A_PERSON, f"{APPID} {openid}")
        async with self.client_of(world) as client:
            refused = await client.post("/v1/login", json=code(world, person="ming"))
            step = await client.post("/v1/code/exchange", json=code(world, person="ming"))
            other = await client.post("/v1/login", json=code(world, person="hong"))

        assert_problem(refused, 429, "rate_limited")
        assert_problem(step, 429, "rate_limited")
        assert 200 == other.status_code

    async def test_a_login_refused_for_the_person_has_spent_its_code(self):
        """Whose code it is WeChat alone can tell; the same code never goes there again."""
        world = await World(limited=True).prepared()
        openid = world.wechat.identity(APPID, "ming").openid
        await use_up(world, LOGINS_OF_A_PERSON, f"{APPID} {openid}")
        spent, key = code(world, person="ming"), {"idempotency-key": "k"}
        async with self.client_of(world) as client:
            first = await client.post("/v1/login", json=spent, headers=key)
            world.advance(minutes=1)
            again = await client.post("/v1/login", json=spent, headers=key)
            afresh = await client.post("/v1/login", json=code(world, person="ming"))

        assert_problem(first, 429, "rate_limited")
        assert_problem(again, 401, "code_used")
        assert 200 == afresh.status_code
        assert 2 == len(world.wechat.asked)
