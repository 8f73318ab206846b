"""Imports every module of wxlogin and prints what one of them did besides being imported.

A program of its own, because the interpreter cannot forget an audit hook. What a library does
while it is first imported is not ours to judge, so a finding counts only when the line that
caused it is, outside the import machinery, one of our own.
"""

import importlib
import os
import pkgutil
import sys
from pathlib import Path
from types import FrameType

import wxlogin

HOME = str(Path(wxlogin.__file__).parent)

# Read only by Alembic, which hands it a connection: it is a program, not a module.
PROGRAMS = (".migrations.env",)

WORLDLY = {
    "_thread.start_new_thread", "os.exec", "os.fork", "os.mkdir", "os.posix_spawn", "os.putenv",
    "os.remove", "os.rename", "os.system", "socket.__new__", "socket.bind", "socket.connect",
    "socket.getaddrinfo", "sqlite3.connect", "subprocess.Popen",
}  # fmt: skip


def watch(event: str, args: tuple[object, ...]) -> None:
    """Print a worldly event that a line of ours caused."""
    worldly = event in WORLDLY or (event == "open" and _for_writing(args))
    if worldly and (place := _our_line(sys._getframe(1))):
        print(f"{place}: {event} {args!r:.200}", flush=True)  # noqa: T201  the finding is the output


def _for_writing(args: tuple[object, ...]) -> bool:
    _, mode, flags = args
    if isinstance(mode, str):
        return not set(mode).isdisjoint("wax+")
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _our_line(frame: FrameType | None) -> str | None:
    """Answer the nearest line of ours, unless an import of a library stands in between."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(HOME):
            return f"{name}:{frame.f_lineno}"
        if name.startswith("<frozen importlib"):
            return None
        frame = frame.f_back
    return None


def names() -> list[str]:
    """Answer the name of every module and package of ours."""
    found = pkgutil.walk_packages([HOME], "wxlogin.", onerror=_fail)
    return [module.name for module in found if not module.name.endswith(PROGRAMS)]


def _fail(_name: str) -> None:
    """Let the import error of a package speak; walk_packages would swallow it."""
    raise  # noqa: PLE0704  called from the except block of walk_packages


sys.addaudithook(watch)
for each in names():
    importlib.import_module(each)
