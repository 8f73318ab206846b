"""The operator's commands."""

import gc


def main() -> None:
    """Runs the command line; the console script `wxlogin`."""
    gc.disable()  # what is imported stays; to look for garbage in it is a sixth of a start
    from wxlogin.entrypoints.cli.commands import wxlogin  # noqa: PLC0415 - keeps imports lazy

    wxlogin()
