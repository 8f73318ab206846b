"""A service that wants consent, and gives time to come back, under the mini-program's pages."""

from pathlib import Path

from tests.browser.chromium import Chromium
from tests.servers.deployment import APPID, running


def test_who_must_agree_does_and_who_leaves_may_come_back(chromium: Chromium, tmp_path: Path):
    """Consent, apps, merge and the way back, through the library, on the real service."""
    env = {
        "WXLOGIN_CONSENT_VERSION": "2026-11",
        "WXLOGIN_CONSENT_REQUIRED": "on",
        "WXLOGIN_ERASURE_GRACE_DAYS": "7",
    }
    with running(tmp_path, **env) as deployment:
        found = chromium.play("agreement", deployment, tmp_path, person="agrees", language="en")

    facts = found.facts
    refused = [call for call in found.calls if call["status"] >= 400]
    assert [call["status"] for call in refused] == [403, 403, 409, 401, 404]
    # Chromium itself writes of each answer of 400 or more; nothing else is written.
    assert len(found.console) == len(refused)
    assert all("the server responded with a status of" in line for line in found.console)
    assert (facts["first"]["appid"], facts["first"]["current"]) == (APPID, True)
    assert facts["more"] == []
    assert facts["refused"] == {"code": "last_identity", "message": "This is the only way in"}
    assert facts["merged"] == facts["id"]
    assert (facts["again"], facts["sealed"]) == ("ticket_invalid", "not_found")
    assert [(each["version"], each["appid"]) for each in facts["consents"]] == [("2026-11", APPID)]
    assert facts["required"] is False
