"""Finds server programs and the system user each may run as."""

import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

_VERSIONED = sorted(
    Path("/usr/lib/postgresql").glob("*/bin"),
    key=lambda found: int(found.parent.name) if found.parent.name.isdigit() else 0,
    reverse=True,
)
_PLACES = [*map(str, _VERSIONED), os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]


def installed(*names: str) -> str | None:
    """Answer the path of the first of ``names`` that is installed, None when none is."""
    found = (shutil.which(name, path=os.pathsep.join(_PLACES)) for name in names)
    return next(filter(None, found), None)


def program(names: Sequence[str], *, title: str, package: str) -> str:
    """Answer the path of the first of ``names`` that is installed, or skip the test."""
    if found := installed(*names):
        return found
    pytest.skip(f"{title} tests: no {names[0]} binary; install Debian package {package}")


def unprivileged(*names: str) -> pwd.struct_passwd | None:
    """Answer the user to become: None when we are not root, else the first that exists."""
    if os.geteuid() != 0:
        return None
    for name in (*names, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip(f"servers do not run as root, and none of these users exists: {names}, nobody")
