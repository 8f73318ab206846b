"""What people show under WeChat's content check, over real processes: until the verdict."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.servers.demo import demo, free_pair
from tests.servers.deployment import APPID, Deployment, get, post, wait_until
from wxlogin.domain.user import HELD_AVATARS, OWN_AVATARS

TOKEN, AES_KEY = "push-token-of-the-test", "a1B2c3D4" * 5 + "xyz"


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Deployment]:
    """A service that checks content, and a simulator that pushes to it in AES mode, when told."""
    env = {
        "WXLOGIN_CONTENT_CHECK": "on",
        "WXLOGIN_PUSH_TOKEN": TOKEN,
        "WXLOGIN_PUSH_AES_KEY": AES_KEY,
    }
    deployment = Deployment(tmp_path_factory.mktemp("verdicts"), env)
    with deployment.simulator(), deployment.service():
        deployment.code()  # the simulator takes the app in
        settings = {"appid": APPID, "token": TOKEN, "aes_key": AES_KEY,
                    "url": f"{deployment.url}/wechat/push/{APPID}"}  # fmt: skip
        told(deployment, "push-settings", settings)
        yield deployment


def told(at: Deployment, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = post(f"{at.simulator_url}/_sim/{path}", body)
    assert 200 == answer.status_code, answer.text
    return dict(answer.json())


def upload(url: str, token: str, colour: str = "red") -> str:
    """Upload a picture and answer the address its owner is told."""
    picture = BytesIO()
    Image.new("RGB", (8, 8), colour).save(picture, "PNG")
    with httpx.Client(trust_env=False, timeout=30) as client:
        answer = client.post(
            f"{url}/v1/me/avatar",
            files={"avatar": picture.getvalue()},
            headers={"authorization": f"Bearer {token}"},
        )
    assert 200 == answer.status_code, answer.text
    return str(answer.json()["avatar_url"])


def verdict(at: Deployment, user: str, suggest: str) -> None:
    """Have the simulator push it, of the person's newest picture."""
    body = {"appid": APPID, "user": user, "event": "wxa_media_check", "suggest": suggest}
    assert told(at, "push", body)["ok"]


def shown(at: Deployment, token: str) -> str:
    return str(at.me(token).json()["avatar_url"])


def status(address: str) -> int:
    return get(address).status_code


def test_a_picture_is_its_owners_until_wechat_passes_it(served: Deployment):
    """The owner and WeChat see it at once; everybody, at the public address, when it passed."""
    token = served.login("passing")["access_token"]
    address = upload(served.url, token)
    public = address.replace(HELD_AVATARS, OWN_AVATARS)
    asked = get(f"{served.simulator_url}/_sim/media-checks").json()["checks"]
    assert [address] == [each["media_url"] for each in asked]
    assert address == shown(served, token) != public
    assert (200, 404) == (status(address), status(public))

    verdict(served, "passing", "pass")

    wait_until(lambda: shown(served, token) == public, "the picture is everybody's", 60)
    assert (200, 200) == (status(address), status(public))


def test_a_risky_picture_is_gone(served: Deployment):
    """From the profile, from both addresses and from the disk."""
    token = served.login("risking")["access_token"]
    address = upload(served.url, token)
    name = address.rpartition("/")[2]
    assert list(served.folder.rglob(name))

    verdict(served, "risking", "risky")

    wait_until(lambda: not shown(served, token), "the picture is gone", 60)
    assert (404, 404) == (status(address), status(address.replace(HELD_AVATARS, OWN_AVATARS)))
    assert [] == list(served.folder.rglob(f"{name.removesuffix('.webp')}*"))


def test_what_wechat_leaves_to_a_person_an_operator_decides(served: Deployment):
    """`wxlogin reviews`: it waits and only its owner sees it; then it is everybody's, or gone."""
    tokens, addresses = {}, {}
    for word in ("pass", "refuse"):
        tokens[word] = served.login(f"doubtful {word}")["access_token"]
        addresses[word] = upload(served.url, tokens[word])
        verdict(served, f"doubtful {word}", "review")
    public = {word: each.replace(HELD_AVATARS, OWN_AVATARS) for word, each in addresses.items()}

    def waiting() -> dict[str, str]:
        """Answer which review is of which picture."""
        found = served.told("reviews", "list")["reviews"]
        return {f"{served.url}{each['value']}": each["id"] for each in found}

    wait_until(lambda: waiting().keys() == set(public.values()), "both wait", 60)
    for word, address in addresses.items():
        assert address == shown(served, tokens[word])
        assert (200, 404) == (status(address), status(public[word]))

    for each, review in waiting().items():
        served.told("reviews", "pass" if each == public["pass"] else "refuse", review)

    assert [public["pass"], ""] == [shown(served, token) for token in tokens.values()]
    assert (200, 200) == (status(addresses["pass"]), status(public["pass"]))
    assert (404, 404) == (status(addresses["refuse"]), status(public["refuse"]))
    assert {} == waiting()


def test_a_nickname_that_wechat_leaves_to_a_person_waits(served: Deployment):
    """The old one is shown until `wxlogin reviews` says which it is to be; the phone is told."""
    people = {word: served.login(f"named {word}")["access_token"] for word in ("pass", "refuse")}
    for word, token in people.items():
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(headers=headers, trust_env=False, timeout=30) as phone:
            phone.put(f"{served.url}/v1/me", json={"nickname": "小明"}).raise_for_status()
            wanted = {"nickname": f"待审 {word}"}
            changed = phone.put(f"{served.url}/v1/me", json=wanted).json()
        assert ("小明", ["content_in_review"]) == (changed["nickname"], changed["warnings"])

    found = served.told("reviews", "list")["reviews"]
    waiting = {each["value"]: each["id"] for each in found if each["kind"] == "nickname"}
    for word in ("pass", "refuse", "pass"):
        told = served.told("reviews", word, waiting[f"待审 {word}"])
        assert f"{word.removesuffix('e')}ed" == told["state"]

    names = [served.me(token).json()["nickname"] for token in people.values()]
    assert ["待审 pass", "小明"] == names


def test_in_the_demo_the_verdict_comes_by_itself(tmp_path):
    """The simulator fetches the picture, as WeChat does, and pushes what the page is set to."""
    port = free_pair()
    with demo(port, tmp_path, "--content-check"):
        service, simulator = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
        rules = {"media_verdict": "risky", "verdict_seconds": 0}
        assert 200 == post(f"{simulator}/_sim/rules", rules).status_code
        body = {"appid": "wxdec0de0000000001", "user": "xiaoming"}
        code = post(f"{simulator}/_sim/codes", body).json()["code"]
        token = post(f"{service}/v1/login", {"code": code}).json()["access_token"]
        assert HELD_AVATARS in upload(service, token)

        def me() -> dict[str, Any]:
            return dict(get(f"{service}/v1/me", token).json())

        wait_until(lambda: not me()["avatar_url"], "the verdict", 60)
