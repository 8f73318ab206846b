"""What a service takes without anybody asking: its start, and its memory."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from benchmarks.peers import Start

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
_STARTS = 3
_PATIENCE = 30.0


def cold_start(name: str, start: Start) -> list[float]:
    """Answers seconds from exec to the first 200; the first start makes tables and is left out."""
    return [_start(name, start) for _ in range(_STARTS + 1)][1:]


def _start(name: str, start: Start) -> float:
    began = time.perf_counter()
    process = subprocess.Popen(
        start.command, env=start.environment, cwd=start.home,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        while not _answers(start.port):
            if process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                raise SystemExit(f"{name} did not start")
            time.sleep(0.005)
        return time.perf_counter() - began
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def memory(pid: int) -> float:
    """Answers the PSS of a process and its living children, in MiB."""
    time.sleep(0.5)  # what was just asked of it comes to its end
    total = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            if pid in {parent, int(entry.parent.name)}:
                total += int(_PSS.findall((entry.parent / "smaps_rollup").read_text())[0])
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return total / 1024
