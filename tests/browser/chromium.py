"""Plays scenarios of miniprogram/e2e in headless Chromium; Node drives, pytest judges."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from attrs import define, frozen

from tests.servers.deployment import APPID, Deployment
from tests.servers.programs import program

_ROOT = Path(__file__).parents[2]
WORKSHOP = _ROOT / "miniprogram"
PICTURES = _ROOT / "build" / "screenshots"
_LONGEST = 120


@frozen
class Found:
    """What a scenario found: its own facts, the calls the phone made, what the console said."""

    facts: dict[str, Any]
    calls: list[dict[str, Any]]
    console: list[str]

    def count(self, method: str, path: str) -> int:
        """Answer how often the phone made a call."""
        return sum((call["method"], call["path"]) == (method, path) for call in self.calls)


@define
class Chromium:
    """The browser of this machine, and Node to drive it."""

    browser: str
    node: str

    @classmethod
    def of_this_machine(cls) -> "Chromium":
        """Answer it, or skip the test with the reason."""
        names = ("chromium", "chromium-browser", "google-chrome")
        browser = program(names, title="browser", package="chromium")
        node = shutil.which("node")
        if node is None:
            pytest.skip("browser tests: no node; install Node 20 or newer")
        if not (WORKSHOP / "node_modules" / "playwright-core").is_dir():
            pytest.skip("browser tests: run npm ci in miniprogram")
        return cls(browser, node)

    def play(self, scenario: str, deployment: Deployment, folder: Path, **more: object) -> Found:
        """Play one scenario against a deployment that runs; fail with what it says."""
        settings = {
            "scenario": scenario,
            "chromium": self.browser,
            "service": deployment.url,
            "simulator": deployment.simulator_url,
            "appid": APPID,
            "person": "xiaoming",
            "language": "zh",
            "theme": "light",
            "touch": False,
            "failure": str(folder / f"{scenario}-failed.png"),
            **more,
        }
        ran = subprocess.run(
            [self.node, "e2e/run.mjs"],
            input=json.dumps(settings),
            cwd=WORKSHOP,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST,
        )
        assert ran.returncode == 0, ran.stderr
        told = json.loads(ran.stdout)
        return Found(told, told.pop("calls"), told.pop("console"))
