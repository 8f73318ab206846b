"""A server of ours as a real process: started, waited for, asked to stop, or killed."""

import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_POLL_SECONDS = 0.05
_STOP_SECONDS = 15.0

# Loopback is asked directly, whatever proxy the machine has.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ServedProcess:
    """A running command with its output kept in files."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._folder = folder

    @property
    def pid(self) -> int:
        """The process id, for tests that look at it from outside."""
        return self._process.pid

    def poll(self) -> int | None:
        """Answer the exit code, or None while it runs."""
        return self._process.poll()

    def stdout(self) -> str:
        """Answer what it wrote to standard output so far."""
        return (self._folder / "stdout").read_text(encoding="utf-8", errors="replace")

    def stderr(self) -> str:
        """Answer what it wrote to standard error so far."""
        return (self._folder / "stderr").read_text(encoding="utf-8", errors="replace")

    def log(self) -> str:
        """Answer all output so far, standard output first."""
        return self.stdout() + self.stderr()

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = _STOP_SECONDS) -> int:
        """Ask it to end and answer its exit code; a process that stays is killed and an error."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError(
                f"still running {seconds} s after {how.name}:\n{self.log()}"
            ) from None

    def kill9(self) -> None:
        """Kill it and every worker it started, without warning. Safe to call twice."""
        with suppress(ProcessLookupError):  # everybody has ended already
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait_until_answers(self, url: str, seconds: float) -> None:
        """Return when ``url`` gives any answer below 500; raise when the process ends first."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.poll() is not None:
                raise AssertionError(
                    f"ended with code {self.poll()} before it answered:\n{self.log()}"
                )
            if _answers(url):
                return
            time.sleep(_POLL_SECONDS)
        raise AssertionError(f"no answer from {url} in {seconds} s:\n{self.log()}")


@contextmanager
def serve_process(
    args: Sequence[str | Path],
    env: Mapping[str, str],
    cwd: Path,
    ready_url: str,
    *,
    seconds: float = 30.0,
) -> Iterator[ServedProcess]:
    """Run a command until the block ends, entered once ``ready_url`` answers.

    ``env`` comes on top of this process's environment, from which every WXLOGIN_ variable is
    taken away. The output stays readable while the block runs; the process and its children
    are gone after it, whatever happened inside.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("WXLOGIN_")}
    with tempfile.TemporaryDirectory(prefix="wxlogin-served-") as name:
        folder = Path(name)
        with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
            process = subprocess.Popen(
                [str(arg) for arg in args],
                env={**inherited, **env},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,  # so that its workers can be killed with it
            )
        served = ServedProcess(process, folder)
        try:
            served.wait_until_answers(ready_url, seconds)
            yield served
        finally:
            served.kill9()


def _answers(url: str) -> bool:
    try:
        with _opener.open(url, timeout=5):
            return True
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code < 500
    except OSError:
        return False
