"""From the first look to being forgotten, in Chromium, on real processes and real databases."""

from pathlib import Path

import pytest

from tests.browser.chromium import PICTURES, Chromium
from tests.browser.conftest import Counter

PAGES = (
    *("welcome", "profile-empty", "edit", "phone-none", "phone", "profile", "devices"),
    *("account", "account-export", "login", "login-erased"),
)


@pytest.mark.parametrize(
    ("deployed", "look"),
    [
        ("on_sqlite", {"touch": False, "language": "zh", "theme": "light"}),
        ("on_sqlite", {"touch": True, "language": "en", "theme": "dark"}),
        ("on_postgresql", {"touch": False, "language": "en", "theme": "light"}),
        ("on_postgresql", {"touch": True, "language": "zh", "theme": "dark"}),
    ],
    ids=["sqlite-mouse", "sqlite-touch", "postgresql-mouse", "postgresql-touch"],
)
def test_everything_a_person_does_works(
    deployed: str,
    look: dict[str, object],
    chromium: Chromium,
    tmp_path: Path,
    request: pytest.FixtureRequest,
):
    """Profile, picture, phone, devices, data, logout and erasure; the console stays silent."""
    counter = Counter(request.getfixturevalue(deployed))
    before = counter.calls_to_wechat()
    pictures = {"screenshots": str(PICTURES)} if deployed == "on_sqlite" else {}
    person = f"by-{'touch' if look['touch'] else 'mouse'}"
    found = chromium.play(
        "journey", counter.deployment, tmp_path, person=person, **look, **pictures
    )

    assert found.console == []
    # At launch, after the logout, after the erasure; the other phone makes it four.
    assert found.count("POST", "/v1/login") == 3
    assert counter.calls_to_wechat() - before == 4
    if pictures:
        language = look["language"]
        names = {f"{page}-{language}-{theme}.png" for page in PAGES for theme in ("light", "dark")}
        assert names <= {picture.name for picture in PICTURES.iterdir()}
