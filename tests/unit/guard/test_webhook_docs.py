"""The receivers that docs/webhooks.md shows are what a reader copies: here they run."""

import json
import shutil
import subprocess
import time
from base64 import b64encode

import pytest

from tests.recipes import blocks
from tests.unit.guard.test_webhooks import BODY, SECRET, signed

PAGES = ["webhooks.md", "webhooks.zh-CN.md"]
ERASED = BODY.replace(b"created", b"erased")


def test_the_python_receiver_keeps_its_users(monkeypatch):
    """It takes a good webhook, heeds each id once, deletes who was erased, refuses a forgery."""
    monkeypatch.setenv("WXLOGIN_WEBHOOK_SECRET", SECRET)
    ((_, code),) = blocks(PAGES[0], "python")
    names: dict = {}
    exec(compile(code, "docs", "exec"), names)
    seen: set[str] = set()
    users: dict[str, dict] = {}

    def receive(body: bytes, headers: dict[str, str]) -> int:
        return names["receive"](headers, body, seen, users)

    now = str(int(time.time()))
    assert 401 == receive(BODY, signed(at=now, key=b"another"))
    assert ({}, set()) == (users, seen)
    assert 204 == receive(BODY, signed(at=now))
    assert {"u1": {"id": "u1"}} == users
    assert 204 == receive(ERASED, signed(ERASED, at=now))  # the same id: it has that one
    assert {"u1"} == users.keys()
    seen.clear()
    assert 204 == receive(ERASED, signed(ERASED, at=now))
    assert {} == users


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_node_receiver_judges_alike(tmp_path):
    """A good webhook is read; a forged one, an old one, and none at all are null."""
    ((_, code),) = blocks(PAGES[0], "js")
    (tmp_path / "receiver.js").write_text(code, encoding="utf-8")
    now = int(time.time())
    other = "whsec_" + b64encode(b"o" * 32).decode()
    asked = [
        (f"{other}, {SECRET}", signed(at=str(now))),
        (SECRET, signed(at=str(now), key=b"another")),
        (SECRET, signed(at=str(now - 301))),
        (SECRET, {}),
    ]
    told = [
        [secret, {name.lower(): value for name, value in headers.items()}]
        for secret, headers in asked
    ]
    script = (
        f"const {{ verifyWebhook }} = require('./receiver.js');"
        f"const body = Buffer.from({json.dumps(BODY.decode())});"
        f"const said = {json.dumps(told)}.map(([s, h]) => verifyWebhook(s, h, body));"
        f"console.log(JSON.stringify(said));"
    )

    ran = subprocess.run(
        ["node", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    good, *bad = json.loads(ran.stdout)
    assert ("msg_1", "user.created") == (good["id"], good["type"])
    assert [None] * 3 == bad


@pytest.mark.parametrize("language", ["python", "js", "json"])
def test_both_languages_show_the_same_code(language):
    """What is tested in one page is tested in the other."""
    english, chinese = ([code for _, code in blocks(page, language)] for page in PAGES)

    assert english
    assert english == chinese
