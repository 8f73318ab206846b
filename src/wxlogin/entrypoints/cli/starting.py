"""What every command does first: read the settings, or say what is wrong with them and leave."""

import sys
from collections.abc import Collection, Mapping
from typing import NoReturn

from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.container import CannotStart
from wxlogin.entrypoints.settings import (
    Settings,
    SettingsRefused,
    load_settings,
    reader_language,
)

WRONG = 1
BAD_SETTINGS = 2
_SETTINGS_AT_FAULT = frozenset({
    "bad database", "bad key file", "foreign schema", "keys unreadable", "no driver", "no folder",
    "simulated",
})  # fmt: skip


def settings_or_leave(
    options: Mapping[str, str] | None = None,
    needs: Collection[str] | None = None,
    *,
    warn: bool = True,
) -> Settings:
    """Answers the settings; on bad ones says each problem on a line and leaves with code 2."""
    language = reader_language()
    try:
        loaded = load_settings(options=options, needs=needs)
    except SettingsRefused as refused:
        leave(*(problem.line(language) for problem in refused.problems), code=BAD_SETTINGS)
    for warning in loaded.warnings if warn else ():
        tell(say("warning") + warning.line(language))
    return loaded.settings


def leave_for(failure: CannotStart) -> NoReturn:
    """Says why there is no starting, and leaves: with code 2 when a setting is to be changed."""
    code = BAD_SETTINGS if failure.word in _SETTINGS_AT_FAULT else WRONG
    leave(say(failure.word, **failure.values), code=code)


def leave(*lines: str, code: int = WRONG) -> NoReturn:
    """Says why on standard error and ends the process."""
    for line in lines:
        tell(line)
    sys.exit(code)


def tell(line: str) -> None:
    """Writes a line for the person at the terminal, beside what a program may read."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
