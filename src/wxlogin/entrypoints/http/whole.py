"""Whole: an extension of ASGI by which a server gives a body and takes an answer in one piece."""

from typing import Protocol

EXTENSION = "wxlogin.whole"
"""Its name among the scope's `extensions`; a server that knows it has a `Whole` there."""


class Whole(Protocol):
    """One request, for an app that needs neither streams nor the messages of ASGI."""

    def body(self) -> bytes | None:
        """Answers the body if all of it is there; None: `receive` will have to be awaited."""

    def answer(self, status: int, head: bytes, body: bytes) -> bool:
        """Sends an answer; False, having sent nothing, where `send` has to be awaited instead.

        `head` is header lines, each with its line end; nothing checks them again.
        """
