"""Where secrets must not be: logs, metrics, papers, answers, and the bytes of the database."""

from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from attrs import Factory, define
from PIL import Image

from tests.servers.deployment import APPID, SECRET, Deployment

PHONE = "13912345678"
SERVICE_TOKEN = "service-token-of-the-search"
USERS = ("ming", "hong")


@define
class Story:
    """What one run of everything used, and what it left behind."""

    codes: list[str] = Factory(list)
    session_keys: list[str] = Factory(list)
    tickets: list[str] = Factory(list)
    tokens: list[str] = Factory(list)
    answers: list[httpx.Response] = Factory(list)
    whole_phone_shown: list[str] = Factory(list)
    left: dict[str, bytes] = Factory(dict)

    @property
    def never_answered(self) -> list[str]:
        return [SECRET, *self.session_keys, *self.codes]

    @property
    def secrets(self) -> list[str]:
        return [*self.never_answered, *self.tickets, *self.tokens, PHONE, SERVICE_TOKEN]


class Player:
    """A client that goes everywhere and writes down every secret it meets."""

    def __init__(self, deployment: Deployment, client: httpx.Client, story: Story) -> None:
        self._at = deployment
        self._client = client
        self._story = story

    def play(self) -> None:
        for user in USERS:
            self._sim("/_sim/users", {"user": user, "phone": PHONE})
        self._log_in_everyhow()
        self._live_and_leave()
        self._serve_others()
        self._fail()
        self._story.session_keys += [self._session_key(user) for user in USERS]

    def papers(self) -> dict[str, bytes]:
        paths = ("/metrics", "/openapi.json", "/docs")
        return {path: self._client.get(f"{self._at.url}{path}").content for path in paths}

    def _log_in_everyhow(self) -> None:
        phone_code = self._phone_code("ming")
        self.tokens = self._ask(
            "POST", "/v1/login", {"code": self._code("ming"), "phone_code": phone_code}
        ).json()
        exchanged = self._ask("POST", "/v1/code/exchange", {"code": self._code("hong")}).json()
        self._ask("POST", "/v1/login", {"login_ticket": exchanged["login_ticket"]})
        # One stays unspent: a waiting ticket is in the database too.
        self._ask("POST", "/v1/code/exchange", {"code": self._code("hong")})
        key = {"idempotency-key": "once"}
        first = self._ask("POST", "/get-openid/", {"jscode": self._code("ming")}, key).json()
        self._ask("POST", "/wx-login/", {**first, "nickname": "小明"}, {"idempotency-key": "two"})

    def _live_and_leave(self) -> None:
        old = self.tokens
        fresh = self._ask("POST", "/v1/token/refresh", {"refresh_token": old["refresh_token"]})
        mine = {"authorization": f"Bearer {fresh.json()['access_token']}"}
        shown = self._ask("GET", "/v1/me", headers=mine).json()
        assert shown["phone"], "the phone was bound"
        self._ask("PUT", "/v1/me", {"nickname": "小明二号"}, mine)
        picture = BytesIO()
        Image.new("RGB", (8, 8), "red").save(picture, "PNG")
        self._story.answers.append(
            self._client.post(
                f"{self._at.url}/v1/me/avatar",
                files={"avatar": picture.getvalue()},
                headers=mine,
            )
        )
        self._ask("GET", "/v1/me/sessions", headers=mine)
        export = self._ask("GET", "/v1/me/export", headers=mine)
        self._story.whole_phone_shown.append(export.text)
        taken = self._ask("POST", "/v1/login", {"code": self._code("hong")}).json()
        hers = {"authorization": f"Bearer {taken['access_token']}"}
        self._ask("POST", "/v1/me/phone", {"code": self._phone_code("hong")}, hers, status=409)
        self._ask("POST", "/v1/logout", {}, hers, status=204)
        self._ask("GET", "/v1/me", headers=hers, status=401)

        erased = self._ask("POST", "/v1/login", {"code": self._code("gone")}).json()
        hers = {"authorization": f"Bearer {erased['access_token']}"}
        self._ask("DELETE", "/v1/me", headers=hers, status=204)

    def _serve_others(self) -> None:
        service = {"authorization": f"Bearer {SERVICE_TOKEN}"}
        for token in (self._story.tokens[0], "x" + self._story.tokens[0]):
            self._ask("POST", "/v1/introspect", {"token": token}, service)
        self._ask("GET", "/v1/revocations", headers=service)
        self._ask("GET", "/v1/revocations", headers={"token": f"{SERVICE_TOKEN}x"}, status=401)

    def _fail(self) -> None:
        code = self._code("ming")
        self._ask("POST", "/v1/login", {"code": code})
        self._ask("POST", "/v1/login", {"code": code}, status=401)
        self._ask("POST", "/v1/login", {"code": code, "profile": 5}, status=400)
        self._ask("POST", "/v1/login", {"login_ticket": self._story.tickets[0]}, status=401)
        token = self.tokens["access_token"]
        self._ask("GET", f"/v1/me?token={token}", headers={"token": token + "x"}, status=401)
        self._ask("GET", f"/nowhere/{self._code('ming')}?code={code}", status=404)
        for kind in ("reset", "html", "truncated_json"):
            self._sim("/_sim/faults", {"kind": kind, "times": 1})
            self._ask("POST", "/v1/login", {"code": self._code("hong")}, status=None)

    def _ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
        status: int | None = 200,
    ) -> httpx.Response:
        answer = self._client.request(method, self._at.url + path, json=body, headers=headers)
        assert status in {None, answer.status_code}, (method, path, answer.text)
        self._story.answers.append(answer)
        told: dict[str, Any] = answer.json() if answer.content else {}
        for name, kept in (
            ("login_ticket", self._story.tickets),
            ("session_key", self._story.tickets),
            ("access_token", self._story.tokens),
            ("refresh_token", self._story.tokens),
            ("token", self._story.tokens),
        ):
            if name in told:
                kept.append(told[name])
        return answer

    def _code(self, user: str) -> str:
        self._story.codes.append(self._at.code(user))
        return self._story.codes[-1]

    def _phone_code(self, user: str) -> str:
        told = self._sim("/_sim/phone-codes", {"appid": APPID, "user": user, "phone": PHONE})
        self._story.codes.append(str(told["code"]))
        return self._story.codes[-1]

    def _sim(self, path: str, body: object) -> dict[str, Any]:
        answer = self._client.post(self._at.simulator_url + path, json=body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def _session_key(self, user: str) -> str:
        """Ask as WeChat is asked: within its life a person's key is the same for every code."""
        query = {
            "appid": APPID,
            "secret": SECRET,
            "js_code": self._at.code(user),
            "grant_type": "authorization_code",
        }
        url = f"{self._at.simulator_url}/sns/jscode2session"
        return str(self._client.get(url, params=query).json()["session_key"])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Everything done once, the log as talkative as it gets, the files read after the end."""
    folder: Path = tmp_path_factory.mktemp("secrets")
    at = Deployment(
        folder,
        {
            "WXLOGIN_DATABASE_URL": f"sqlite:///{folder / 'wxlogin.db'}",
            "WXLOGIN_LOG_LEVEL": "debug",
            "WXLOGIN_RATE_LIMIT": "off",
            "WXLOGIN_SERVICE_TOKEN": SERVICE_TOKEN,
            "WXLOGIN_OPEN_DATA": "phone",
        },
    )
    story = Story()
    with at.simulator(), at.service() as served, httpx.Client(trust_env=False, timeout=30) as http:
        player = Player(at, http, story)
        player.play()
        story.left |= player.papers()
        # Before the end the write-ahead log still holds what it will later fold in.
        story.left |= files(folder, "running")
        assert served.stop() == 0
        story.left |= {"stdout": served.stdout().encode(), "stderr": served.stderr().encode()}
    story.left |= files(folder, "stopped")
    return story


def test_nothing_left_behind_holds_a_secret(story: Story):
    """No secret, key, code, ticket, token or phone: not clear, not base64, not hex."""
    found = [
        f"{place}: secret {number} as {form}"
        for place, content in story.left.items()
        for number, secret in enumerate(story.secrets)
        for form, written in forms(secret).items()
        if written in content
    ]

    assert [] == found


def test_no_answer_holds_what_is_between_us_and_wechat(story: Story):
    """Clients get no AppSecret, session_key or code back, and the phone only in the export."""
    told = [each.content for each in story.answers]
    told += [str(each.headers.raw).encode() for each in story.answers]

    for content in told:
        for secret in story.never_answered:
            assert not any(form in content for form in forms(secret).values())
    shown = [content.decode() for content in told if PHONE.encode() in content]
    assert story.whole_phone_shown == shown


@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"xyz"])
@pytest.mark.parametrize("after", [b"", b"x", b"xy"])
@pytest.mark.parametrize("secret", [SECRET, "+/+/+/+/+/+/+/+/+/+/+w==", PHONE])
def test_the_search_knows_base64_at_every_place(secret: str, before: bytes, after: bytes):
    """Whatever stands around a secret when it is encoded, one of its forms is in the text."""
    text = b64encode(before + secret.encode() + after)

    for found_in in (text, text.replace(b"+", b"-").replace(b"/", b"_")):
        assert any(form in found_in for form in forms(secret).values())


def test_the_search_sees_what_is_there(story: Story):
    """The story had every kind of secret, and the places searched are the ones written to."""
    assert min(len(story.codes), len(story.tickets), len(story.tokens)) >= 3
    assert len(USERS) == len(set(story.session_keys))
    assert "小明二号".encode() in b"".join(
        content for place, content in story.left.items() if place.startswith("stopped")
    )
    assert any(place.endswith("-wal") for place in story.left)
    assert b"wxlogin_facts_total" in story.left["/metrics"]
    assert b"/v1/login" in story.left["stdout"] + story.left["stderr"]


def files(folder: Path, when: str) -> dict[str, bytes]:
    """Answers the content of every file the service keeps, database, keys and pictures."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {f"{when} {path.name}": path.read_bytes() for path in found}


def forms(secret: str) -> dict[str, bytes]:
    """Answers how a secret can be written; a session_key is also the bytes it encodes."""
    written = spellings(secret.encode(), "")
    written |= {
        "quoted": quote(secret, safe="").encode(),
        "json": secret.replace("/", "\\/").encode(),
    }
    if secret.endswith("==") and len(secret) == 24:
        written |= spellings(b64decode(secret), "decoded ")
    return written


def spellings(raw: bytes, name: str) -> dict[str, bytes]:
    """Answers bytes as they are, in hex, and in base64 wherever in a longer text they begin."""
    written = {"clear": raw, "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode()}
    for before in range(3):
        whole = b64encode(b"\0" * before + raw).rstrip(b"=")
        # The outermost signs mix in bits of the neighbours; those between do not.
        inner = whole[(0, 2, 3)[before] : len(whole) - ((before + len(raw)) % 3 != 0)]
        written[f"base64 at {before}"] = inner
        written[f"url base64 at {before}"] = inner.replace(b"+", b"-").replace(b"/", b"_")
    return {f"{name}{form}": each for form, each in written.items()}
