"""The cheapest possible code2Session: the openid is the code. For load only, it checks nothing.

From SIGUSR1 on it takes questions and never answers; from SIGUSR2 on it answers again.
"""

import asyncio
import signal
import sys
from urllib.parse import parse_qs

answering = asyncio.Event()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers each request of one connection."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if not answering.is_set():
                await asyncio.Event().wait()  # a question that came meanwhile stays unanswered
            query = head.split(b" ", 2)[1].partition(b"?")[2].decode()
            code = parse_qs(query)["js_code"][0]
            person = code.partition("_")[0]
            body = f'{{"session_key":"AAAAAAAAAAAAAAAAAAAAAA==","openid":"{person:o<28}"}}'.encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(port: int) -> None:
    """Serves until it is stopped."""
    loop = asyncio.get_running_loop()
    answering.set()
    loop.add_signal_handler(signal.SIGUSR1, answering.clear)
    loop.add_signal_handler(signal.SIGUSR2, answering.set)
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
