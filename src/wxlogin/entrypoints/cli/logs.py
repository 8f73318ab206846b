"""Where log lines go and what is never in them.

Every line, ours or a library's, ends up on standard error: JSON in production, readable in
development. A failure is told by its class and place, never by its message, which may quote an
address, a token or a row.
"""

import asyncio
import atexit
import logging
import sys
from collections import deque
from datetime import UTC, datetime
from time import time_ns
from typing import TextIO, cast

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_FRAMES = 12


def configure_logs(*, level: str, json: bool, stream: TextIO | None = None) -> None:
    """Sets up structlog and the logging of libraries for this process."""
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        Stamper(),
        failure_without_message,
    ]
    look = _as_json if json else structlog.dev.ConsoleRenderer(colors=out.isatty())
    structlog.configure(
        processors=[*shared, look],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", Gathered(out))),
        cache_logger_on_first_use=False,
    )
    _route_libraries(out, shared, look)


class Stamper:
    """Puts the time on a line, in UTC: all but the fraction is written once a second."""

    def __init__(self) -> None:
        self._second, self._text = -1, ""

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        """Adds `timestamp`, to the microsecond."""
        second, fraction = divmod(time_ns() // 1000, 1_000_000)
        if second != self._second:
            self._text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            self._second = second
        event["timestamp"] = f"{self._text}.{fraction:06d}Z"
        return event


class Gathered:
    """A stream whose lines of one turn of the event loop are written together."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: deque[str] = deque()
        self._turning: asyncio.AbstractEventLoop | None = None
        atexit.register(self._write_all)  # what the last turn of a loop left behind

    def write(self, text: str) -> None:
        """Takes a line, or a part of one."""
        self._lines.append(text)

    def flush(self) -> None:
        """Writes what was taken: with the loop's next turn, or now where no loop runs."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._write_all()
            return
        if self._turning is not loop:
            self._turning = loop
            loop.call_soon(self._write_all)

    def _write_all(self) -> None:
        self._turning = None
        lines = []
        while self._lines:
            lines.append(self._lines.popleft())
        if lines:
            self._stream.write("".join(lines))
            self._stream.flush()


def _route_libraries(out: TextIO, shared: list[Processor], look: Processor) -> None:
    """Lets warnings and errors of libraries through; httpx alone would log every address."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_of_logger, _first_line, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, look],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "httpx", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)


def failure_without_message(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Turns `exc_info` into class names and places."""
    found = event.pop("exc_info", None)
    failure = found[1] if isinstance(found, tuple) else found
    if failure is True:
        failure = sys.exc_info()[1]
    if isinstance(failure, BaseException):
        event["exception"] = " <- ".join(_told(each) for each in _chain(failure))
    return event


def _chain(failure: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    following: BaseException | None = failure
    while following is not None and following not in chain:
        chain.append(following)
        hidden = following.__suppress_context__
        following = following.__cause__ or (None if hidden else following.__context__)
    return chain


def _told(failure: BaseException) -> str:
    places = []
    trace = failure.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals.get("__name__", "?")
        places.append(f"{module}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    kind = type(failure)
    return f"{kind.__module__}.{kind.__qualname__} at {', '.join(places[-_FRAMES:]) or '?'}"


def _name_of_logger(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    record = event.get("_record")
    if record is not None:
        event["logger"] = record.name
    return event


def _first_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Cuts what asyncio and others append to their messages: reprs of tasks and clients."""
    event["event"] = str(event.get("event", "")).partition("\n")[0]
    return event


def _as_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
