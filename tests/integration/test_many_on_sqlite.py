"""Sixty-four people at once on SQLite, over real HTTP: nobody hears of a lock."""

import asyncio
from pathlib import Path

import httpx

from tests.servers.deployment import APPID, running

PEOPLE, TURNS = 64, 1


async def everything(client: httpx.AsyncClient, simulator: str, number: int) -> list[int]:
    """Lets one person do one thing after another; answers what each ended with."""
    minted = await client.post(
        f"{simulator}/_sim/codes", json={"appid": APPID, "user": f"person-{number}"}
    )
    answers = [await client.post("/v1/login", json={"code": minted.json()["code"]})]
    tokens = answers[0].json()
    for turn in range(TURNS):
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        answers.append(await client.get("/v1/me", headers=bearer))
        body = {"nickname": f"小明 {turn}"}
        answers.append(await client.put("/v1/me", json=body, headers=bearer))
        body = {"refresh_token": tokens["refresh_token"]}
        answers.append(await client.post("/v1/token/refresh", json=body))
        tokens = answers[-1].json()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    answers.append(await client.post("/v1/logout", json={}, headers=bearer))
    return [answer.status_code for answer in answers]


async def test_sixty_four_people_at_once_hear_of_no_lock(tmp_path: Path):
    """Two workers share the file; each login, edit, refresh and logout goes through."""
    env = {"WXLOGIN_RATE_LIMIT": "off", "WXLOGIN_WORKERS": "2"}
    with running(tmp_path, **env) as deployment:
        limits = httpx.Limits(max_connections=PEOPLE)
        async with httpx.AsyncClient(
            base_url=deployment.url, trust_env=False, timeout=60, limits=limits
        ) as client:
            ended = await asyncio.gather(
                *(everything(client, deployment.simulator_url, number) for number in range(PEOPLE))
            )

    assert [[200] * (1 + 3 * TURNS) + [204]] * PEOPLE == ended
