"""Log lines: their shape, and what never gets into one."""

import asyncio
import io
import json
import logging

import pytest
import structlog

from wxlogin.entrypoints.cli.logs import configure_logs

SECRET = "s3cret-that-must-not-show"


def fails():
    try:
        int(SECRET)
    except ValueError as inner:
        raise RuntimeError(SECRET) from inner


@pytest.fixture
def logs():
    """Logging set up on a text that can be read, and as it was before afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    out = io.StringIO()
    yield out
    root.handlers, root.level = before
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def test_a_line_is_json_with_time_and_level(logs: io.StringIO):
    """In production a line is one JSON object with event, level and UTC time."""
    configure_logs(level="info", json=True, stream=logs)

    structlog.get_logger("x").info("登录", outcome="ok")

    line = json.loads(logs.getvalue())
    assert (line["event"], line["level"], line["outcome"]) == ("登录", "info", "ok")
    assert line["timestamp"].endswith("Z")


def test_the_level_counts(logs: io.StringIO):
    """What is below the level is not written."""
    configure_logs(level="warning", json=True, stream=logs)

    structlog.get_logger("x").info("quiet")
    structlog.get_logger("x").warning("loud")

    assert [json.loads(line)["event"] for line in logs.getvalue().splitlines()] == ["loud"]


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
def test_a_failure_is_told_without_its_message(logs: io.StringIO, *, as_json: bool):
    """Exceptions show class and place of the whole chain, never what they say."""
    configure_logs(level="info", json=as_json, stream=logs)

    try:
        fails()
    except RuntimeError:
        structlog.get_logger("x").exception("went_wrong")
        logging.getLogger("some.library").exception("library went wrong")

    told = logs.getvalue()
    assert SECRET not in told
    assert told.count("RuntimeError") == 2
    assert told.count("ValueError") == 2
    assert " fails" in told


def test_addresses_of_outgoing_calls_are_not_logged(logs: io.StringIO):
    """The HTTP library's line per call, which shows the query, is not written."""
    configure_logs(level="debug", json=True, stream=logs)

    logging.getLogger("httpx").info("HTTP Request: GET https://wx/?secret=%s", SECRET)
    logging.getLogger("uvicorn.access").info("GET /?token=%s", SECRET)

    assert logs.getvalue() == ""


async def test_a_forgotten_task_is_told_in_one_line(logs: io.StringIO):
    """What asyncio says of a failed task is cut to its first line, which has no repr in it."""
    configure_logs(level="info", json=True, stream=logs)

    asyncio.get_running_loop().call_exception_handler({
        "message": "Task exception was never retrieved",
        "exception": ValueError(SECRET),
        "future": f"<Task {SECRET}>",
    })  # fmt: skip

    (line,) = logs.getvalue().splitlines()
    assert json.loads(line)["event"] == "Task exception was never retrieved"
    assert SECRET not in line


async def test_lines_of_one_turn_are_written_together(logs: io.StringIO):
    """While a loop runs, lines wait for its next turn; then all of them are there, in order."""
    configure_logs(level="info", json=True, stream=logs)

    structlog.get_logger("x").info("first")
    structlog.get_logger("x").info("second")
    assert not logs.getvalue()
    await asyncio.sleep(0)

    assert [json.loads(line)["event"] for line in logs.getvalue().splitlines()] == [
        "first",
        "second",
    ]


def test_what_a_loop_left_behind_is_written_with_the_next_line(logs: io.StringIO):
    """A loop that stops before its next turn loses no line, nor does a loop after it."""
    configure_logs(level="info", json=True, stream=logs)

    async def say(word: str) -> None:
        structlog.get_logger("x").info(word)

    for word in ("first", "second"):
        loop = asyncio.new_event_loop()
        loop.create_task(say(word)).add_done_callback(lambda _, loop=loop: loop.stop())
        loop.run_forever()
        loop.close()
    structlog.get_logger("x").info("third")

    told = [json.loads(line)["event"] for line in logs.getvalue().splitlines()]
    assert told == ["first", "second", "third"]
