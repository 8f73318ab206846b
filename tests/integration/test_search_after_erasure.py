"""After an erasure nothing of the person is left: database, pictures, logs, outgoing calls."""

import asyncio
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

from tests.integration.test_no_secret_anywhere import files, spellings
from tests.servers.deployment import APPID, Deployment, get, post
from wxlogin.adapters.sql import open_database
from wxlogin.adapters.sql.tables import METADATA

PHONE, NICKNAME = "13987654321", "绝无仅有的小明"
DEVICE = {"name": "枕边的手机", "platform": "platform-of-ming", "model": "model-of-ming"}
AVATAR = "https://pictures.example/of-ming-and-nobody-else.png"


def every_form(value: str) -> set[bytes]:
    """Answer how a value can be written: clear, JSON, UTF-16, hex, base64 at each alignment."""
    texts = {value.encode(), json.dumps(value)[1:-1].encode()}
    texts |= {value.encode(each) for each in ("utf-16-le", "utf-16-be")}
    return {form for text in texts for form in spellings(text, "").values()}


def found(values: dict[str, str], places: dict[str, bytes]) -> set[str]:
    """Answer what of a person is in which place."""
    return {
        f"{name} in {place}"
        for name, value in values.items()
        for place, content in places.items()
        if any(form in content for form in every_form(value))
    }


def columns(url: str) -> dict[str, bytes]:
    """Answer everything in every column of every table."""

    async def read() -> dict[str, bytes]:
        database = open_database(url)

        def act(connection: Any) -> dict[str, bytes]:
            return {
                f"{table.name}.{column.name}": b"\n".join(
                    value if isinstance(value, bytes) else str(value).encode()
                    for value in connection.execute(select(column)).scalars()
                )
                for table in METADATA.sorted_tables
                for column in table.c
            }

        try:
            return await database.read(act)
        finally:
            await database.close()

    return asyncio.run(read())


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Deployment:
    """Answer a deployment as talkative as it gets, over each database."""
    kinds = {"postgresql": "fresh_postgres", "mariadb": "fresh_mariadb"}
    kind = kinds.get(request.param)
    url = f"sqlite:///{tmp_path / 'wxlogin.db'}" if kind is None else request.getfixturevalue(kind)
    env = {"WXLOGIN_DATABASE_URL": url, "WXLOGIN_LOG_LEVEL": "debug", "WXLOGIN_RATE_LIMIT": "off"}
    at = Deployment(tmp_path, env)
    if kind is not None:
        assert 0 == at.command("migrate").returncode
    return at


def live(at: Deployment) -> tuple[str, dict[str, str]]:
    """Do everything that leaves something behind; answer a token and what is the person's."""
    control = f"{at.simulator_url}/_sim"
    bound = post(f"{control}/bind", {"appid": APPID, "open_account": "ours"})
    assert 200 == bound.status_code, bound.text
    first = post(f"{at.url}/get-openid/", {"jscode": at.code("ming")}).json()
    phone = {"appid": APPID, "user": "ming", "phone": PHONE}
    body = {
        "code": at.code("ming"),
        "phone_code": post(f"{control}/phone-codes", phone).json()["code"],
        "profile": {"nickname": NICKNAME, "avatar_url": AVATAR},
        "device": DEVICE,
        "consent": {"version": "2026-11"},
    }
    with httpx.Client(trust_env=False, timeout=30) as http:
        answer = http.post(f"{at.url}/v1/login", json=body, headers={"idempotency-key": "k"})
        assert 200 == answer.status_code, answer.text
        token: str = answer.json()["access_token"]
        picture = BytesIO()
        Image.new("RGB", (8, 8), "red").save(picture, "PNG")
        mine = {"authorization": f"Bearer {token}"}
        sent = {"avatar": picture.getvalue()}
        shown = http.post(f"{at.url}/v1/me/avatar", files=sent, headers=mine).json()["avatar_url"]
    held = get(f"{at.url}/v1/me/export", token).json()
    assert PHONE == held["user"]["phone"]
    (identity,) = held["identities"]
    assert identity["unionid"]
    values = {
        "openid": first["openid"],
        "unionid": identity["unionid"],
        "phone": PHONE,
        "nickname": NICKNAME,
        "avatar": AVATAR,
        "picture": shown.rpartition("/")[2],
        **{f"device {name}": text for name, text in DEVICE.items()},
    }
    return token, values


def asked_of_wechat(at: Deployment) -> int:
    return len(get(f"{at.simulator_url}/_sim/log").json()["calls"])


def test_nothing_of_an_erased_person_is_left(deployment: Deployment):
    """Searched before, what must be found is found; after the 204 nothing is, nor after the end."""
    url = deployment.env["WXLOGIN_DATABASE_URL"]
    with deployment.simulator(), deployment.service() as served:
        token, values = live(deployment)
        before = columns(url)
        asked = asked_of_wechat(deployment)
        with httpx.Client(trust_env=False, timeout=30) as http:
            mine = {"authorization": f"Bearer {token}"}
            assert 204 == http.delete(f"{deployment.url}/v1/me", headers=mine).status_code
        after = {**columns(url), **files(deployment.folder, "running")}
        assert asked == asked_of_wechat(deployment)
        assert served.stop() == 0
        logs = {"stdout": served.stdout().encode(), "stderr": served.stderr().encode()}
    after |= {**columns(url), **files(deployment.folder, "stopped"), **logs}

    seen = {each.partition(" in ")[0] for each in found(values, before)}
    assert values.keys() - {"phone", "avatar"} == seen, "a phone is sealed, an avatar was replaced"
    assert set() == found(values, after)
    assert not [name for name in after if name.endswith(".webp")]
