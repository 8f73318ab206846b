"""One database server process: a folder, a log, a start, a stop, a kill."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_READY_SECONDS = 60.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.05


class Daemon:
    """A child process with a private folder, run as an ordinary user and never as root.

    ``ready`` answers whether the server takes requests; ``start`` returns only after it did.
    """

    def __init__(self, name: str, user: pwd.struct_passwd | None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"wxlogin-{name}-"))
        self._name = name
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)

    def private_file(self, name: str, text: str) -> Path:
        """Write a file only the server's user can read."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)
        return path

    def run(self, args: Sequence[str]) -> None:
        """Run a preparing program to its end as the server's user; its output tells why not."""
        done = subprocess.run(
            self._as_user(args), cwd=self.folder, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{args[0]} failed:\n{done.stdout}{done.stderr}")

    def start(self, args: Sequence[str], ready: Callable[[], bool]) -> None:
        """Start the server and wait until it is ready.

        A server killed a moment ago may still hold its folder, so one that ends
        at once is started again until the deadline.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            self._spawn(args)
            if self._wait(ready, deadline):
                return
            if time.monotonic() > deadline:
                self.kill9()
                raise RuntimeError(f"{self._name} did not start:\n{self.log()}")

    def stop(self, how: signal.Signals) -> None:
        """Ask the server to end; kill it when it does not. Safe to call twice."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill9()
        self._process = None

    def kill9(self) -> None:
        """Kill the server as a power cut would: no goodbye, nothing flushed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Delete the folder with everything in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """Answer what the server said, for messages about a failed start."""
        path = self.folder / "server.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def _spawn(self, args: Sequence[str]) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._as_user(args, tied=True),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C for the tests is not one for the server
            )

    def _wait(self, ready: Callable[[], bool], deadline: float) -> bool:
        assert self._process is not None
        while time.monotonic() < deadline and self._process.poll() is None:
            if ready():
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _as_user(self, args: Sequence[str], *, tied: bool = False) -> list[str]:
        """Put util-linux's setpriv before the command.

        ``tied``: the kernel kills the server when the tests die, even by ``kill -9``.
        """
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            if self._user is not None:
                raise RuntimeError("as root, the test servers need setpriv from util-linux")
            return list(args)
        options = ["--pdeathsig=KILL"] if tied else []
        if self._user is not None:
            options += [f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}"]
            options += ["--clear-groups"]
        return [setpriv, *options, "--", *args] if options else list(args)
