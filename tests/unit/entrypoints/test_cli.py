"""The command line itself: help, examples, languages, quick start."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import click
import pytest
from click.testing import CliRunner

from wxlogin.entrypoints.cli.commands import wxlogin
from wxlogin.entrypoints.cli.texts import TEXTS


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, (*path, name))


ALL = list(commands(wxlogin))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
@pytest.mark.parametrize("lang", ["en_US.UTF-8", "zh_CN.UTF-8"])
def test_every_help_shows_an_example(path: tuple[str, ...], lang: str):
    """The help of every command is in the reader's language and ends with a line to copy."""
    ran = CliRunner().invoke(wxlogin, [*path, "--help"], env={"LANG": lang, "LC_ALL": lang})

    assert ran.exit_code == 0
    assert ("例子:" if lang.startswith("zh") else "Example:") in ran.output
    (example,) = [line for line in ran.output.splitlines() if line.startswith("  wxlogin ")]
    assert " ".join(path) in example


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_example_is_a_command_line_that_is_understood(path: tuple[str, ...]):
    """The examples name real commands and options."""
    command: click.Command = wxlogin
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    arguments = (command.epilog or "").split()[1:]

    assert arguments[: len(path)] == list(path) or not path
    command.make_context("wxlogin", arguments[len(path) :])


def test_the_commands_of_the_contract_are_there():
    """Nothing of what operators rely on is missing."""
    assert {
        "serve", "simulator", "demo", "migrate", "doctor",
        "keys new", "keys list", "keys rotate",
        "users show", "users ban", "users unban", "users export", "users erase",
        "sessions list", "sessions revoke", "audit",
    } <= {" ".join(path) for path in ALL}  # fmt: skip


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_fill_the_same_gaps(key: str):
    """A text in Chinese and in English takes the same values."""
    gaps = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in TEXTS[key]]

    assert gaps[0] == gaps[1]


def test_help_is_quick_to_come():
    """Help does not load servers, databases or anything of the service itself."""
    program = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from wxlogin.entrypoints.cli.commands import wxlogin\n"
        "CliRunner().invoke(wxlogin, ['serve', '--help'])\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    heavy = {"sqlalchemy", "starlette", "uvicorn", "httpx", "aiohttp", "cryptography", "alembic"}
    assert not heavy & set(ran.stdout.split())


def test_the_module_is_the_console_script():
    """`python -m wxlogin` is `wxlogin`."""
    script = Path(sys.executable).with_name("wxlogin")

    by_module, by_script = (
        subprocess.run([*start, "--version"], capture_output=True, text=True, check=True)
        for start in ([sys.executable, "-m", "wxlogin"], [str(script)])
    )

    assert by_module.stdout.split()[-1] == by_script.stdout.split()[-1]


@pytest.mark.parametrize(
    "arguments",
    [["serv"], ["users", "ban"], ["demo", "--port", "0"], ["users", "show", "x", "--color"]],
    ids=" ".join,
)
def test_a_wrong_command_line_ends_with_2(arguments: list[str]):
    """What click does not understand is code 2 with a usage line."""
    ran = CliRunner().invoke(wxlogin, arguments)

    assert ran.exit_code == 2
    assert "Usage:" in ran.output


def test_erasing_wants_yes():
    """Without --yes nobody is erased, and nothing is opened."""
    ran = CliRunner().invoke(
        wxlogin, ["users", "erase", "some-id"], env={"LANG": "en", "LC_ALL": "en"}
    )

    assert ran.exit_code == 2
    assert "--yes" in ran.output
