"""A real S3-speaking server: moto's, as a process of its own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.servers.http import serve_process
from tests.servers.ports import free_port


@contextmanager
def s3_server(folder: Path, bucket: str) -> Iterator[str]:
    """Run one with an empty bucket while the block runs; gives its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    args = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with serve_process(args, {}, folder, f"{url}/moto-api/"):
        made = httpx.put(f"{url}/{bucket}", trust_env=False)
        assert made.status_code == 200, made.text
        yield url
