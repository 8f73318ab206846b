"""On a real port, SDKs by other people take the simulator for WeChat, and cut answers are cut."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from tests.integration.simulator_app import APPID, SECRET
from tests.servers.http import serve_process
from tests.servers.ports import free_port

ROOT = Path(__file__).parents[2]
NPM = Path(__file__).with_name("npm")
WECHAT = "https://api.weixin.qq.com"


@pytest.fixture(scope="module", params=["httptools", "h11"])
def simulator(request) -> Iterator[str]:
    """The simulator's address under uvicorn, with each of its two HTTP parsers."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    factory = "tests.integration.simulator_app:build"
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port)]
    command += ["--http", request.param]
    with serve_process(command, {}, ROOT, f"{base}/_sim/clock"):
        yield base


@pytest.fixture
def http(simulator) -> Iterator[httpx.Client]:
    """A plain client of the simulator, without faults from the test before."""
    with httpx.Client(base_url=simulator, trust_env=False) as client:
        client.delete("/_sim/faults")
        yield client


def mint(http: httpx.Client, kind: str = "codes", **more: str) -> str:
    body = {"appid": APPID, "user": "ming", **more}
    return http.post(f"/_sim/{kind}", json=body).json()["code"]


def login(http: httpx.Client, code: str, **more: float) -> dict[str, str]:
    query = {"appid": APPID, "secret": SECRET, "js_code": code, "grant_type": "authorization_code"}
    return http.get("/sns/jscode2session", params=query, **more).json()


class Detour(HTTPAdapter):
    """Carries what is meant for WeChat to the simulator, below the SDK's sight."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def send(self, request, **more):
        request.url = request.url.replace(WECHAT, self.base, 1)
        return super().send(request, **more)


@pytest.mark.filterwarnings("ignore:`_(get|post)` method of `WeChatClient`:DeprecationWarning")
def test_wechatpy_takes_it_for_wechat(http, simulator):
    """wechatpy logs in, fetches and renews its token, checks a text, and reads a refusal."""
    client = WeChatClient(APPID, SECRET)
    client._http.trust_env = False
    client._http.mount(WECHAT, Detour(simulator))
    code = mint(http)

    with client._http:
        session = client.wxa.code_to_session(code)
        first_token = client.access_token
        http.delete("/_sim/tokens")
        checked = client.wxa.check_text_security("你好")
        with pytest.raises(WeChatClientException) as used:
            client.wxa.code_to_session(code)

    assert session["openid"].startswith("oSIM_")
    assert checked["errcode"] == 0
    assert first_token != client.access_token
    assert used.value.errcode == 40163
    assert used.value.errmsg.startswith("code been used, rid: ")


def test_node_easywechat_takes_it_for_wechat(http, simulator, tmp_path):
    """node-easywechat logs in, and asks for phone number and text check with a stable token."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        pytest.skip("node and npm are not installed (Node >= 20), so the Node SDK was not tried")
    if not (NPM / "node_modules" / ".package-lock.json").is_file():  # what npm writes last
        install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=NPM, check=True, capture_output=True)
    wishes = {
        "base": simulator,
        "appid": APPID,
        "secret": SECRET,
        "code": mint(http),
        "phoneCode": mint(http, "phone-codes", phone="13800138000"),
        "cache": str(tmp_path),
    }
    command = [node, NPM / "mini_app.cjs", json.dumps(wishes)]
    direct = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        command, cwd=tmp_path, env=direct, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)

    assert answers["session"]["openid"].startswith("oSIM_")
    assert "40163" in answers["again"]
    assert answers["phone"]["phone_info"]["phoneNumber"] == "13800138000"
    assert answers["text"]["result"] == {"suggest": "risky", "label": 20001}
    assert answers["token"].startswith("88_")


@pytest.mark.parametrize(("kind", "errcode"), [("lost_answer", 40163), ("reset", None)])
def test_client_sees_a_cut_answer(http, kind, errcode):
    """A dropped answer is a broken one to the client; only a lost one spent the code."""
    code = mint(http)
    http.post("/_sim/faults", json={"kind": kind, "api": "jscode2session"})

    with pytest.raises(httpx.RemoteProtocolError):
        login(http, code)
    assert login(http, code).get("errcode") == errcode


def test_client_waits_in_vain_for_a_hanging_answer(http):
    """A hanging answer runs into the client's time-out, and the code is spent."""
    code = mint(http)
    http.post("/_sim/faults", json={"kind": "lost_answer", "how": "hang"})

    with pytest.raises(httpx.ReadTimeout):
        login(http, code, timeout=0.3)
    assert login(http, code)["errcode"] == 40163


async def test_one_of_many_connections_wins_a_code(http, simulator):
    """Thirty connections at once with one code: one session, 29 times 40163."""
    code = mint(http)
    query = {"appid": APPID, "secret": SECRET, "js_code": code, "grant_type": "authorization_code"}
    async with httpx.AsyncClient(base_url=simulator, trust_env=False) as client:
        answers = await asyncio.gather(
            *(client.get("/sns/jscode2session", params=query) for _ in range(30))
        )
    errcodes = [answer.json().get("errcode") for answer in answers]

    assert errcodes.count(None) == 1
    assert errcodes.count(40163) == 29
