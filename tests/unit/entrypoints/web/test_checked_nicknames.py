"""What a phone is answered about a nickname that a person will look at."""

import httpx

from tests.contracts.http_asking import bearer, login
from tests.world import APPID, ISSUER, World
from wxlogin.domain.ports.wechat import Verdict
from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.entrypoints.http import create_app


async def test_the_answer_says_what_waits():
    """With the user as they are, whose tag still holds; no other answer has the word."""
    world = await World(content_policy=ContentPolicy.FAIL_CLOSED).prepared()
    world.wechat.judge("疑", Verdict.REVIEW)
    app = httpx.ASGITransport(create_app(world.wishes()))
    async with httpx.AsyncClient(transport=app, base_url=ISSUER) as client:
        code = world.wechat.new_code(APPID, "ming")
        profile = {"nickname": "可疑"}
        tokens = await login(client, world, appid=APPID, code=code, profile=profile)
        assert ["content_in_review"] == tokens["warnings"]
        headers = bearer(tokens)
        before = await client.put("/v1/me", headers=headers, json={"nickname": "小明"})
        assert "warnings" not in before.json()

        held = {**headers, "if-match": before.headers["etag"]}
        answer = await client.put("/v1/me", headers=held, json=profile)

        assert 200 == answer.status_code
        assert {**before.json(), "warnings": ["content_in_review"]} == answer.json()
        assert before.headers["etag"] == answer.headers["etag"]
        assert before.json() == (await client.get("/v1/me", headers=headers)).json()
        both = await client.put("/v1/me", headers=held, json={**profile, "gender": 2})
        assert ["content_in_review"] == both.json()["warnings"]
        assert ("小明", 2) == (both.json()["nickname"], both.json()["gender"])
        assert 412 == (await client.put("/v1/me", headers=held, json=profile)).status_code
