"""The guard needs no framework and nothing else of ours: another service installs only it."""

import json
import subprocess
import sys

import pytest

from tests.unit.guard.issuer import ED, ISSUER, NOW, USER

JUDGED = f"{USER}\ntoken_invalid\n"

ALONE = """
import sys

FORBIDDEN = {
    "starlette", "fastapi", "django", "asgiref", "rest_framework",
    "sqlalchemy", "uvicorn", "msgspec", "structlog", "click", "dependency_injector",
    "wxlogin.domain", "wxlogin.adapters", "wxlogin.entrypoints", "wxlogin.simulator",
}


class NotHere:
    def find_spec(self, name, path=None, target=None):
        parts = name.split(".")
        if not FORBIDDEN.isdisjoint({parts[0], ".".join(parts[:2])}):
            raise ModuleNotFoundError(f"not installed here: {name}")


sys.meta_path.insert(0, NotHere())

import httpx

from wxlogin.guard import Claims, Guard, KeysUnavailable, Rejected

issuer, jwks, token, now = sys.argv[1:]
answering = httpx.MockTransport(lambda _: httpx.Response(200, content=jwks.encode()))
guard = Guard(issuer=issuer, transport=answering, clock=lambda: float(now))
print(guard.check(token).sub)
try:
    guard.check(token[:-2])
except Rejected as refusal:
    print(refusal.code)
"""


def alone(*more: str) -> subprocess.CompletedProcess[str]:
    """Run the guard in a process where nothing beyond its own needs can be imported."""
    return subprocess.run(
        [
            sys.executable, "-W", "error", "-c", "\n".join([ALONE, *more]),
            ISSUER, json.dumps({"keys": [ED.jwk]}), ED.token(), str(NOW),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_guard_runs_where_no_framework_is_installed():
    """It imports and judges tokens with frameworks and our other rooms out of reach."""
    ran = alone()

    assert (0, JUDGED, "") == (ran.returncode, ran.stdout, ran.stderr)


@pytest.mark.parametrize("door", ["starlette", "fastapi", "django", "drf"])
def test_a_door_alone_wants_its_framework(door: str):
    """Only the door itself fails where its framework is missing, and names what is missing."""
    ran = alone(f"import wxlogin.guard.{door}")

    assert ran.stdout == JUDGED
    assert "ModuleNotFoundError: not installed here: " in ran.stderr
