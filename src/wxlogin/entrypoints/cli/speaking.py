"""Commands whose help speaks the reader's language and ends with an example."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from wxlogin.entrypoints.cli.texts import say

F = TypeVar("F", bound=Callable[..., Any])


class _Speaking(click.Command):
    """A command whose `help` is a key of the texts and whose `epilog` is a command line."""

    def get_short_help_str(self, limit: int = 60) -> str:
        """Answers the first sentence, for the list of commands."""
        return super().get_short_help_str(limit) if self.help is None else say(self.help)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes what the command does."""
        del ctx
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(say(self.help or "wxlogin"))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the example."""
        del ctx
        with formatter.section(say("example")):
            for line in (self.epilog or "").splitlines():
                formatter.write_text(line)


class SpeakingCommand(_Speaking):
    """One command."""


class SpeakingGroup(_Speaking, click.Group):
    """A command with commands below it."""

    command_class = SpeakingCommand
    group_class = type


class SpeakingOption(click.Option):
    """An option whose `help` is a key of the texts."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Answers its line in the list of options."""
        record = super().get_help_record(ctx)
        return None if record is None else (record[0], say(self.help or ""))


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """Declares an option; its `help` is a key of the texts."""
    return click.option(*names, cls=SpeakingOption, **attributes)
