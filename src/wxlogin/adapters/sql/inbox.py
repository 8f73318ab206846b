"""`Inbox` in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import Connection, bindparam, delete, null, or_, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite

from wxlogin.adapters.sql import rows
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.tables import push_events
from wxlogin.domain.ports.push import PushEntry, PushState
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.push_event import PushEvent, read_back

_PURPOSE, _WHOM = "push_event", "push_person"
_WORD_MAX = 64
_ADD: dict[str, Any] = {
    "postgresql": postgresql.insert(push_events).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(push_events).on_conflict_do_nothing(),
    "mysql": mysql.insert(push_events).prefix_with("IGNORE"),
}
_columns = push_events.c
_KNOWN = select(_columns.key).where(_columns.key.in_(bindparam("p_keys", expanding=True)))
_DUE = (
    select(push_events)
    .where(_columns.state == PushState.WAITING.value, _columns.due_at <= bindparam("p_now"))
    .order_by(_columns.due_at)
    .limit(1)
)
# Of all that saw this try and this due time one finds the row still so; the others look again.
_TAKE = (
    update(push_events)
    .where(
        _columns.key == bindparam("p_key"),
        _columns.state == PushState.WAITING.value,
        _columns.attempts == bindparam("p_attempts"),
        _columns.due_at == bindparam("p_due_at"),
    )
    .values(attempts=_columns.attempts + 1, due_at=bindparam("p_until"))
)
_STILL_TAKEN = (
    _columns.key == bindparam("p_key"),
    _columns.state == PushState.WAITING.value,
    _columns.attempts == bindparam("p_attempts"),
)
_SETTLE = (
    update(push_events)
    .where(*_STILL_TAKEN)
    .values(state=bindparam("p_state"), word=bindparam("p_word"))
)
_FORGET = _SETTLE.values(sealed=null())
_PUT_OFF = (
    update(push_events)
    .where(*_STILL_TAKEN)
    .values(due_at=bindparam("p_until"), word=bindparam("p_word"))
)
_NEWEST = (
    select(push_events)
    .order_by(_columns.received_at.desc(), _columns.key)
    .limit(bindparam("p_limit"))
)
_OLD = (
    select(_columns.key)
    .where(
        or_(
            (_columns.state == PushState.DONE.value)
            & (_columns.received_at < bindparam("p_done_before")),
            _columns.state.in_([PushState.KEPT.value, PushState.FAILED.value])
            & (_columns.received_at < bindparam("p_kept_before")),
        )
    )
    .order_by(_columns.received_at)
    .limit(bindparam("p_limit"))
)
_DROP = delete(push_events).where(_columns.key.in_(bindparam("p_keys", expanding=True)))
_FORGET_PERSON = (
    update(push_events)
    .where(
        _columns.person.in_(bindparam("p_persons", expanding=True)), _columns.sealed.is_not(None)
    )
    .values(sealed=null())
)


def forget(connection: Connection, vault: Vault, appid: str, openid: str) -> None:
    """Forgets what events say that concern a person; that there were such events stays known."""
    persons = vault.indexes(_named(appid, openid), purpose=_WHOM)
    connection.execute(_FORGET_PERSON, {"p_persons": persons})


@frozen
class SqlInbox:
    """Pushed events, each once, until they are worked off and a while longer."""

    db: Database
    vault: Vault

    async def add(
        self, keys: Sequence[str], event: PushEvent, now: datetime, once: str | None = None
    ) -> bool:
        """Keeps an event under the first key, unless it is there under any of them."""
        first, *older = keys
        row = {
            "key": first,
            "appid": event.appid,
            "kind": event.kind,
            "created_at": rows.micros(event.created_at),
            "received_at": rows.micros(now),
            "state": PushState.WAITING.value,
            "attempts": 0,
            "due_at": rows.micros(now),
            "word": "",
            "once": once,
            "sealed": self.vault.seal(event.written(), purpose=_PURPOSE, row=first),
            "person": self._person(event),
        }

        def act(connection: Connection) -> bool:
            if older and connection.execute(_KNOWN, {"p_keys": older}).first() is not None:
                return False
            return connection.execute(_ADD[self.db.dialect], row).rowcount == 1

        return await self.db.together(act)

    async def take(self, now: datetime, until: datetime) -> PushEntry | None:
        """Takes an event that is due; a lost race is run again on the next."""
        named = {"p_now": rows.micros(now)}

        def act(connection: Connection) -> Any:
            while (row := connection.execute(_DUE, named).first()) is not None:
                seen = {"p_key": row.key, "p_attempts": row.attempts, "p_due_at": row.due_at}
                taking = seen | {"p_until": rows.micros(until)}
                if connection.execute(_TAKE, taking).rowcount == 1:
                    return row
            return None

        row = await self.db.one(act)
        return None if row is None else evolve(self._entry(row), attempts=row.attempts + 1)

    async def settle(self, taken: PushEntry, state: PushState, word: str) -> bool:
        """Notes what became of an event, if nobody took it since."""
        named = _taken(taken, word) | {"p_state": state.value}
        done = _FORGET if state is PushState.DONE else _SETTLE
        return await self.db.one(lambda c: c.execute(done, named).rowcount == 1)

    async def put_off(self, taken: PushEntry, word: str, until: datetime) -> bool:
        """Gives an event back for later, if nobody took it since."""
        named = _taken(taken, word) | {"p_until": rows.micros(until)}
        return await self.db.one(lambda c: c.execute(_PUT_OFF, named).rowcount == 1)

    async def newest(self, limit: int) -> Sequence[PushEntry]:
        """Answers what was received last, newest first."""
        found = await self.db.read(lambda c: c.execute(_NEWEST, {"p_limit": limit}).all())
        return [self._entry(row) for row in found]

    async def sweep(self, done_before: datetime, kept_before: datetime, limit: int) -> int:
        """Deletes some of the oldest entries that nobody needs."""
        named = {
            "p_done_before": rows.micros(done_before),
            "p_kept_before": rows.micros(kept_before),
            "p_limit": limit,
        }

        def act(connection: Connection) -> int:
            old = connection.execute(_OLD, named).scalars().all()
            return connection.execute(_DROP, {"p_keys": old}).rowcount if old else 0

        return await self.db.together(act)

    def _entry(self, row: Any) -> PushEntry:
        return PushEntry(
            key=row.key,
            appid=row.appid,
            kind=row.kind,
            created_at=rows.moment(row.created_at),
            received_at=rows.moment(row.received_at),
            state=PushState(row.state),
            attempts=row.attempts,
            word=row.word,
            event=None if row.sealed is None else self._opened(row),
            forgotten=row.sealed is None,
        )

    def _person(self, event: PushEvent) -> str | None:
        openid = event.concerns
        return openid and self.vault.index(_named(event.appid, openid), purpose=_WHOM)

    def _opened(self, row: Any) -> PushEvent | None:
        try:
            written = self.vault.open(bytes(row.sealed), purpose=_PURPOSE, row=row.key)
        except ValueError:
            return None  # its master key is gone
        return read_back(row.appid, written)


def _named(appid: str, openid: str) -> bytes:
    return f"{appid} {openid}".encode()


def _taken(taken: PushEntry, word: str) -> dict[str, Any]:
    told = word.encode("ascii", "replace").decode()[:_WORD_MAX]
    return {"p_key": taken.key, "p_attempts": taken.attempts, "p_word": told}
