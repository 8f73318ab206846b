"""Where figures come from: the machine, and the versions of all that was measured."""

import json
import platform
import re
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.bench import CONNECTIONS
from benchmarks.peers import GO, THEIRS, Peer


def told() -> dict[str, Any]:
    """Answers the date, the machine and its versions."""
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": {"cpu": _cpu_model(), "cores": _cores(), "system": platform.platform()},
        "versions": {
            "Python": platform.python_version(),
            "Node": _number(r"v([\d.]+)", "node", "--version"),
            "PostgreSQL": _number(r"([\d.]+)", "psql", "--version"),
            "MariaDB": _number(r"([\d.]+)-MariaDB", "mariadb", "--version"),
        },
        "connections": CONNECTIONS,
    }


def version_of(peer: Peer) -> str:
    """Answers the version of a service's own package."""
    if peer.ours:
        asked = "import platform; print(platform.python_version())"
        return f"{version('wxlogin')}, Python {_said(str(peer.serve[0]), '-c', asked)}"
    if peer is GO:
        return _number(r"go([\d.]+)", "go", "version")
    if peer.serve[0] == "node":
        assert peer.folder
        package = peer.folder / "node_modules" / peer.package / "package.json"
        return str(json.loads(package.read_text(encoding="utf-8"))["version"])
    asked = f"from importlib.metadata import version; print(version({peer.package!r}))"
    return _said(str(THEIRS / "python"), "-c", asked)


def _number(pattern: str, *command: str) -> str:
    found = re.search(pattern, _said(*command))
    return found[1] if found else "?"


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "?"
    return done.stdout.strip()


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _cores() -> int:
    return Path("/proc/cpuinfo").read_text(encoding="utf-8").count("processor\t")
