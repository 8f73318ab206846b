"""The main job over real HTTP and real processes: the tutorial's client, one user, no secret."""

import asyncio
import sqlite3
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path

import httpx
import pytest

from tests.servers.deployment import APPID, SECRET, Deployment, get, post, running


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
    """Both steps answer in the tutorial's shape; its token header works; a ticket is used once."""
    first = step_one(deployment, "tutorial")
    assert {"openid", "session_key"} == set(first)
    entered = step_two(deployment, **first)
    again = step_two(deployment, **first)

    assert 200 == entered.status_code, entered.text
    told = entered.json()
    assert {"status", "nickname", "user_id", "token"} == set(told)
    assert "success" == told["status"]
    with httpx.Client(trust_env=False) as client:
        me = client.get(f"{deployment.url}/v1/me", headers={"token": told["token"]})
    assert told["user_id"] == me.json()["id"]
    assert (401, "ticket_invalid") == (again.status_code, again.json()["code"])


def test_an_openid_alone_opens_nothing(deployment):
    """Neither an openid with an invented key nor with somebody else's ticket logs in."""
    victim, thief = step_one(deployment, "victim"), step_one(deployment, "thief")

    for key in ("", victim["openid"], thief["session_key"]):
        answer = step_two(deployment, openid=victim["openid"], session_key=key)
        assert answer.status_code in {400, 401}, answer.text
        assert "token" not in answer.json()


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

    assert {200} == {answer.status_code for answer in answers}, {a.text for a in answers}
    assert 1 == len({answer.json()["user"]["id"] for answer in answers})
    assert 1 == sum(answer.json()["is_new_user"] for answer in answers)
    assert 100 == len({answer.json()["session_id"] for answer in answers})


async def _log_in_at_once(deployment: Deployment, codes: list[str]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
        asking = (client.post(f"{deployment.url}/v1/login", json={"code": c}) for c in codes)
        return list(await asyncio.gather(*asking))


def test_no_secret_is_anywhere(tmp_path):
    """After every flow, log, metrics, papers and the raw database hold none of the known values."""
    deployment = Deployment(tmp_path)
    with deployment.simulator(), deployment.service() as service:
        known, told = _live(deployment)
        answers = "".join(
            get(f"{deployment.url}{path}").text for path in ("/metrics", "/openapi.json", "/docs")
        )
        service.stop()
        places = {"log": service.log().encode(), "papers": answers.encode()}
    places |= {
        path.name: path.read_bytes()
        for path in Path(tmp_path).rglob("*")
        if path.is_file() and path.name.startswith("wxlogin.db")
    }
    assert any("小心".encode() in content for content in places.values())  # the search does find
    found = [
        (name, place)
        for name, value in known.items()
        for spelled in _spellings(value)
        for place, content in places.items()
        if spelled in content
    ]

    assert [] == found
    assert known["session_key"] not in told
    assert SECRET not in told
    with sqlite3.connect(next(Path(tmp_path).rglob("wxlogin.db"))) as rows:
        assert rows.execute("SELECT count(*) FROM users").fetchone()[0] >= 2
    rows.close()


def _live(deployment: Deployment) -> tuple[dict[str, str], str]:
    """Goes through every flow; answers the secrets met, and all that clients were told."""
    wechat = httpx.Client(base_url=deployment.simulator_url, trust_env=False)
    service = httpx.Client(base_url=deployment.url, trust_env=False)
    with wechat, service:
        asked = {"appid": APPID, "secret": SECRET, "grant_type": "authorization_code"}
        key = wechat.get(
            "/sns/jscode2session", params=asked | {"js_code": deployment.code("careful")}
        ).json()["session_key"]
        minted = {"appid": APPID, "user": "careful", "phone": "15612345677"}
        phone_code = wechat.post("/_sim/phone-codes", json=minted).json()["code"]
        code = deployment.code("careful")
        login = service.post("/v1/login", json={"code": code, "phone_code": phone_code})
        tokens = login.json()
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        ticket_code = deployment.code("careful")
        ticket = service.post("/v1/code/exchange", json={"code": ticket_code})
        answers = [
            login,
            ticket,
            service.post("/v1/login", json={"code": code}),
            service.post("/v1/login", json={"login_ticket": ticket.json()["login_ticket"]}),
            step_two(deployment, **step_one(deployment, "other")),
            service.get("/v1/me", headers=bearer),
            service.put("/v1/me", headers=bearer, json={"nickname": "小心"}),
            service.get("/v1/me/export", headers=bearer),
            service.post("/v1/token/refresh", json={"refresh_token": tokens["refresh_token"]}),
            service.post("/v1/logout", headers=bearer),
            service.get("/v1/me", headers=bearer),
        ]
        assert [200] * 2 == [answer.status_code for answer in answers[:2]]
        assert "156******77" == tokens["user"]["phone"]
        known = {
            "secret": SECRET,
            "session_key": key,
            "code": code,
            "ticket_code": ticket_code,
            "phone_code": phone_code,
            "phone": "15612345677",
            "access_token": tokens["access_token"],
            "refresh_token": tokens["refresh_token"],
            "next_refresh_token": answers[8].json()["refresh_token"],
            "ticket": ticket.json()["login_ticket"],
        }
        return known, "".join(answer.text for answer in answers)


def _spellings(value: str) -> set[bytes]:
    raw = value.encode()
    return {
        raw,
        b64encode(raw).rstrip(b"="),
        urlsafe_b64encode(raw).rstrip(b"="),
        raw.hex().encode(),
    }
