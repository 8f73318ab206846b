"""The main job over real HTTP and real processes: the tutorial's client, one person, one user."""

import asyncio

import httpx
import pytest

from tests.servers.deployment import Deployment, get, post, running


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("acceptance")) as deployment:
        yield deployment


def step_one(deployment: Deployment, person: str) -> dict[str, str]:
    """Answers what /get-openid/ tells the tutorial's client."""
    answer = post(f"{deployment.url}/get-openid/", {"jscode": deployment.code(person)})
    assert 200 == answer.status_code, answer.text
    return answer.json()


def step_two(deployment: Deployment, **fields: object) -> httpx.Response:
    """Sends /wx-login/ as the tutorial's client does, its profile oddities included."""
    profile = {"nickname": "微信用户", "avatar_url": "http://tmp/x.png", "gender": 0}
    return post(f"{deployment.url}/wx-login/", profile | fields)


def test_the_tutorials_client_logs_in_unchanged(deployment):
    """Both steps answer in the tutorial's shape, its token header works, a ticket counts once.

    The grey placeholder name and the phone's own picture path are nobody's profile.
    """
    first = step_one(deployment, "tutorial")
    assert {"openid", "session_key"} == set(first)
    entered = step_two(deployment, **first)
    again = step_two(deployment, **first)

    assert 200 == entered.status_code, entered.text
    told = entered.json()
    assert {"status", "nickname", "user_id", "token"} == set(told)
    assert "success" == told["status"]
    me = by_token_header(deployment, told["token"])
    assert told["user_id"] == me["id"]
    assert ("", "", 0) == (told["nickname"], me["avatar_url"], me["gender"])
    assert (401, "ticket_invalid") == (again.status_code, again.json()["code"])


def by_token_header(deployment: Deployment, token: str) -> dict[str, object]:
    """Answers who the tutorial's own header shows."""
    with httpx.Client(trust_env=False) as client:
        return client.get(f"{deployment.url}/v1/me", headers={"token": token}).json()


def test_the_tutorials_client_comes_back_as_the_same_user(deployment):
    """Two runs of the client with two codes are one user, who is kept what they told last."""
    told = {"nickname": "小明", "avatar_url": "https://a.example/b.png", "gender": "2"}
    first = step_two(deployment, **step_one(deployment, "back"), **told).json()
    second = step_two(deployment, **step_one(deployment, "back")).json()
    me = by_token_header(deployment, second["token"])

    assert first["user_id"] == second["user_id"]
    assert "小明" == second["nickname"]
    assert told == {**told, "nickname": me["nickname"], "avatar_url": me["avatar_url"]}
    assert 2 == me["gender"]


def test_an_openid_alone_opens_nothing(deployment):
    """Neither an openid with an invented key nor with somebody else's ticket logs in."""
    victim, thief = step_one(deployment, "victim"), step_one(deployment, "thief")

    for key, status, code in (
        (None, 400, "invalid_request"),
        ("", 400, "invalid_request"),
        (victim["openid"], 401, "ticket_invalid"),
        (thief["session_key"], 401, "ticket_invalid"),
    ):
        answer = step_two(deployment, openid=victim["openid"], session_key=key)
        assert (status, code) == (answer.status_code, answer.json()["code"])
        assert "token" not in answer.json()
    assert 200 == step_two(deployment, **victim).status_code


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mariadb"])
def test_a_hundred_parallel_first_logins_make_one_user(database, tmp_path, request):
    """One person, one user, and nobody is refused, whatever database keeps them."""
    fixture = {"postgresql": "fresh_postgres", "mariadb": "fresh_mariadb"}.get(database)
    env = {"WXLOGIN_RATE_LIMIT": "off"}
    if fixture:
        env["WXLOGIN_DATABASE_URL"] = request.getfixturevalue(fixture)
    crowded = Deployment(tmp_path, env)
    assert 0 == crowded.command("migrate").returncode
    with crowded.simulator(), crowded.service():
        codes = [crowded.code("everybody") for _ in range(100)]
        answers = asyncio.run(_log_in_at_once(crowded, codes))
        metrics = get(f"{crowded.url}/metrics").text

    assert {200} == {answer.status_code for answer in answers}, {a.text for a in answers}
    assert 1 == len({answer.json()["user"]["id"] for answer in answers})
    assert 1 == sum(answer.json()["is_new_user"] for answer in answers)
    assert 100 == len({answer.json()["session_id"] for answer in answers})
    assert 'wxlogin_facts_total{name="register",outcome="ok"} 1.0' in metrics


async def _log_in_at_once(deployment: Deployment, codes: list[str]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
        asking = (client.post(f"{deployment.url}/v1/login", json={"code": c}) for c in codes)
        return list(await asyncio.gather(*asking))
