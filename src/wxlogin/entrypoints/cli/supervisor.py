"""Supervisor: uvicorn's parent of several workers, patient with slow starts, and heard of."""

import signal
import sys
from collections.abc import Iterator
from multiprocessing import resource_tracker
from time import monotonic
from typing import Any

import structlog
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from wxlogin.entrypoints.cli.starting import WRONG

_START_SECONDS = 60
"""So long a worker need give no sign of life: where many start at once, each takes many seconds."""
_log = structlog.get_logger("wxlogin.serve")


class Supervisor(Multiprocess):
    """Starts workers that hear of Ctrl-C when they know what to do, and tells when one was lost."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._since: dict[Process, float] = {}

    def run(self) -> None:
        """Runs the workers until an end is asked for."""
        # It would let Ctrl-C through again, were it started by the first worker.
        resource_tracker.ensure_running()
        _hold_ctrl_c()
        super().run()
        if STARTUP_FAILURE in {each.exitcode for each in self.processes}:
            sys.exit(WRONG)

    def handle_signals(self) -> None:
        """Handles what came since the last time."""
        let_ctrl_c_through()
        _hold_ctrl_c()
        super().handle_signals()

    def keep_subprocess_alive(self) -> None:
        """Puts another worker in the place of one that ended or hangs."""
        for gone in list(self._gone()):
            gone.kill()
            gone.join()
            if gone.exitcode == STARTUP_FAILURE:  # any other would fail like that
                self.should_exit.set()
                return
            new = Process(self.config, self.sockets)
            new.start()
            self.processes[self.processes.index(gone)] = new
            _log.warning("worker_replaced", worker=gone.pid, exit=gone.exitcode, by=new.pid)

    def _gone(self) -> Iterator[Process]:
        now, patience = monotonic(), self.config.timeout_worker_healthcheck
        self._since = {each: self._since.get(each, now) for each in self.processes}
        for each, since in self._since.items():
            if self.should_exit.is_set():
                return
            starting = now < since + _START_SECONDS
            if not (each.process.is_alive() if starting else each.is_alive(patience)):
                yield each


def let_ctrl_c_through() -> None:
    """Lets SIGINT through, one included that came while it was held."""
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def _hold_ctrl_c() -> None:
    """Keeps it for later, here and in every process that is started from now on."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
