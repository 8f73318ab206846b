"""`wxlogin doctor`: every finding on a line, with cause and fix where something is wrong."""

import asyncio
import sys
from typing import Any

import msgspec

from wxlogin.entrypoints.cli.logs import configure_logs
from wxlogin.entrypoints.cli.starting import WRONG, tell
from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.container import Container, close
from wxlogin.entrypoints.container.examination import examine
from wxlogin.entrypoints.container.findings import Finding
from wxlogin.entrypoints.settings import (
    Loaded,
    SettingsRefused,
    load_settings,
    reader_language,
)


def doctor(*, as_json: bool) -> int:
    """Examines the deployment; answers 1 when something is wrong."""
    language = reader_language()
    told: list[dict[str, Any]] = []

    def show(subject: str, line: str, *, well: bool) -> None:
        told.append({"check": subject, "ok": well, "message": line})
        if not as_json:
            sys.stdout.write(f"{say('ok' if well else 'wrong')} {subject}: {line}\n")
            sys.stdout.flush()

    try:
        loaded = load_settings()
    except SettingsRefused as refused:
        for problem in refused.problems:
            show("settings", problem.line(language), well=False)
    else:
        for warning in loaded.warnings:
            tell(say("warning") + warning.line(language))
        show("settings", say("settings ok", env=loaded.settings.env.value), well=True)
        asyncio.run(_examine(loaded, show))
    well = all(each["ok"] for each in told)
    if as_json:
        sys.stdout.write(msgspec.json.encode({"ok": well, "checks": told}).decode() + "\n")
    return 0 if well else WRONG


async def _examine(loaded: Loaded, show: Any) -> None:
    configure_logs(level="error", json=loaded.settings.logs_json)
    container = Container(settings=loaded.settings)
    try:
        async for finding in examine(container):
            show(finding.subject, _line(finding), well=finding.well)
    finally:
        await close(container)


def _line(finding: Finding) -> str:
    return say(finding.word, **finding.values)
