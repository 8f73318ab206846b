"""WholeProtocol: a body that came in one piece, and an answer that goes in one.

ASGI tells an answer in two messages, and uvicorn sends each by itself: two system calls, and two
packets for the phone. The app may use the extension named `EXTENSION` of the scope instead, which
keeps to uvicorn's rules for everything else.
"""

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from wxlogin.entrypoints.cli.crowded import CrowdedProtocol
from wxlogin.entrypoints.http.whole import EXTENSION

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class WholeProtocol(CrowdedProtocol):
    """Offers each request's app to take body and answer whole."""

    def on_headers_complete(self) -> None:
        """Makes the offer; the task of the app, just made, has not begun."""
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            offers: dict[str, Any] = {EXTENSION: _Whole(self.cycle)}
            self.scope["extensions"] = offers


class _Whole:
    """One request in uvicorn's hands, taken out of them."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: "RequestResponseCycle") -> None:
        self._cycle = cycle

    def body(self) -> bytes | None:
        cycle = self._cycle
        if cycle.more_body or cycle.disconnected or len(cycle.body) > HIGH_WATER_LIMIT:
            return None
        return bytes(cycle.body)

    def answer(self, status: int, head: bytes, body: bytes) -> bool:
        cycle = self._cycle
        if cycle.disconnected or cycle.flow.write_paused or cycle.response_started:
            return False
        lines = [STATUS_LINE[status]]
        for name, value in cycle.default_headers:
            lines += (name, b": ", value, b"\r\n")
        lines.append(head)
        lines.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
        lines.append(body)
        cycle.response_started = True
        cycle.transport.write(b"".join(lines))
        cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        return True
