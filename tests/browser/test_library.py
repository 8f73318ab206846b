"""The mini-program's library passes in a browser the tests that it passes on Node."""

import os
import subprocess

from tests.browser.chromium import WORKSHOP, Chromium


def test_its_tests_pass_in_the_browser(chromium: Chromium):
    """Same code, same tests, 100 of the bad days, run by Chromium's JavaScript."""
    vitest = WORKSHOP / "node_modules" / "vitest" / "vitest.mjs"
    ran = subprocess.run(
        [chromium.node, str(vitest), "run", "--config", "vitest.browser.config.ts"],
        env={**os.environ, "CHROMIUM": chromium.browser, "NO_COLOR": "1"},
        cwd=WORKSHOP,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "100 bad days" in ran.stdout
    assert "chromium" in ran.stdout
