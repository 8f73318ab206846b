"""A small closed-loop HTTP load: keep-alive connections, prepared bytes, nothing else."""

import asyncio
import json
from collections.abc import Callable

Request = Callable[[int, int], bytes]


def request(
    method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> bytes:
    """Answers the bytes of one HTTP/1.1 request."""
    payload = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(payload)}"]
    if body is not None:
        lines.append("Content-Type: application/json")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload


class Connection:
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, raw: bytes) -> tuple[int, bytes]:
        """Sends one request; answers status and body."""
        self._writer.write(raw)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line[15:])
            elif line == b"transfer-encoding: chunked":
                return status, await self._pieces()
        return status, await self._reader.readexactly(length) if length else b""

    async def _pieces(self) -> bytes:
        whole = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            whole += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readexactly(2)
        return whole

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def drive(port: int, connections: int, total: int, make: "Operation") -> None:
    """Sends `total` requests over `connections`, each waiting for its answer before the next."""
    share = total // connections

    async def one(number: int) -> None:
        connection = await Connection.open(port)
        for count in range(share):
            status, body = await connection.ask(make.next(number, count))
            if status != make.status:
                raise SystemExit(f"{make.name}: {status} {body[:300]!r}")
            make.seen(number, body)
        await connection.close()

    await asyncio.gather(*(one(number) for number in range(connections)))


class Operation:
    """What is sent, and what is learnt from an answer."""

    name = ""
    status = 200

    def next(self, number: int, count: int) -> bytes:
        """Answers the next request of connection `number`."""
        raise NotImplementedError

    def seen(self, number: int, body: bytes) -> None:
        """Takes an answer."""
