"""The surroundings for real: the one room that looks at the clock and at randomness."""

import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
import uuid_utils
from attrs import field, frozen

from wxlogin.domain.ports.ambient import Fact

_SECRET_BYTES = 32
_log_of_facts = structlog.get_logger("wxlogin.facts")


@frozen
class SystemClock:
    """Implements Clock with the time of this machine."""

    def now(self) -> datetime:
        """Answers the present moment, in UTC."""
        return datetime.now(UTC)


@frozen
class RandomIds:
    """Implements Ids with the randomness of the operating system."""

    def new_id(self) -> str:
        """Answers a fresh UUIDv7 as text."""
        return str(uuid_utils.uuid7())

    def new_secret(self) -> str:
        """Answers 32 random bytes as URL-safe text, 43 signs."""
        return secrets.token_urlsafe(_SECRET_BYTES)


@frozen
class LogJournal:
    """Implements Journal with one log line per fact, named after it."""

    _log: Any = field(init=False, repr=False, factory=_log_of_facts.bind)

    def record(self, fact: Fact) -> None:
        """Writes the line; a log that cannot be written stops nobody's login."""
        ids = {"appid": fact.appid, "user_id": fact.user_id, "sid": fact.sid}
        said = {name: value for name, value in ids.items() if value is not None}
        with suppress(Exception):
            self._log.info(fact.name, outcome=fact.outcome, **said)
