"""The operator's commands."""


def main() -> None:
    """Runs the command line; the console script `wxlogin`."""
    from wxlogin.entrypoints.cli.commands import wxlogin  # noqa: PLC0415 - keeps imports lazy

    wxlogin()
