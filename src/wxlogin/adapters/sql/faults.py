"""What a driver raises, told as the domain's errors or as a reason to try again.

constraint                                       means
pk_identities                                    AlreadyThere
uq_users_phone_index                             PhoneTaken
pk_unionids, pk_unionid_conflicts                a lost race: decide again
anything about reaching the database             StoreUnavailable
deadlock, serialization failure                  try again; in the end StoreUnavailable
a connection that broke before it was used       try again; in the end StoreUnavailable
"""

import re
import sqlite3
from collections.abc import Callable
from typing import NoReturn

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from wxlogin.domain.errors import AlreadyThere, PhoneTaken, StoreUnavailable

RETRY_AFTER = 2
"""Seconds after which asking an unreachable database again makes sense."""

FAULTS = (DBAPIError, PoolExhausted, OSError, sqlite3.Error)
"""Everything a driver or a pool raises, time-outs included."""

_MEANING: dict[str, Callable[[], Exception]] = {
    "pk_identities": AlreadyThere,
    "uq_users_phone_index": PhoneTaken,
}
_RACES = {"pk_unionids", "pk_unionid_conflicts"}

_POSTGRES_AGAIN = {"40001", "40P01"}
_POSTGRES_AWAY = ("08", "28", "3D", "53", "55P03", "57", "58", "25006")
"""By class or code: connection, authorization, no such database, resources, locks, an operator's
intervention, the system, a server that became read-only."""

_NOT_SENT = ("connection is closed", "cannot switch to state")

_MYSQL_AGAIN = {1205, 1213}
_MYSQL_AWAY = {
    *range(2000, 2062),  # what the client library says of the connection
    *(1040, 1042, 1043, 1044, 1045, 1049, 1053, 1203, 1226),  # let in, or not
    *(1021, 1114, 1041, 1037, 1038),  # disk and memory
    *(1158, 1159, 1160, 1161, 1184, 1317, 1927, 1969, 3024),  # wire, interruption, time-out
    *(1290, 1836),  # read-only
}

_POSTGRES_LOCKED = {"55P03", "40P01"}
_SQLITE_LOCKED = {5, 6}
_SQLITE_AWAY = {3, 5, 6, 8, 10, 13, 14}
"""Permission, busy, locked, read-only, I/O error, full, cannot open."""


class Raced(Exception):
    """An act met a change it had not seen; it is to be run again from its start."""


def concerns(error: Exception) -> bool:
    """Tells whether an error is the database's, and not an answer or a mistake of ours."""
    return isinstance(error, (Raced, *FAULTS)) or _of_asyncpg(error)


def again(error: BaseException) -> bool:
    """Tells whether the same act, run again from its start, may well succeed."""
    if isinstance(error, Raced):
        return True
    if isinstance(error, IntegrityError):
        return _constraint(error) in _RACES
    return (
        _postgres_code(error) in _POSTGRES_AGAIN
        or _mysql_code(error) in _MYSQL_AGAIN
        or _unsaid(error)
    )


def blocked(error: BaseException) -> bool:
    """Tells whether somebody else's lock was in the way, for too long or in a circle."""
    sqlite = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
    return (
        _postgres_code(error) in _POSTGRES_LOCKED
        or _mysql_code(error) in _MYSQL_AGAIN
        or (sqlite is not None and sqlite & 0xFF in _SQLITE_LOCKED)
    )


def lost(error: BaseException) -> bool:
    """Tells whether the connection broke, so that a mere read may be asked again on another."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def told(error: Exception) -> Exception:
    """Answers the domain's word for an error, or the error itself when there is none."""
    if isinstance(error, IntegrityError):
        meaning = _MEANING.get(_constraint(error) or "")
        if meaning is not None:
            return meaning()
    return StoreUnavailable(RETRY_AFTER) if again(error) or _away(error) else error


def tell(error: Exception) -> NoReturn:
    """Raises the domain's word for an error with the error as its cause, or the error as it is."""
    word = told(error)
    if word is error:
        raise error
    raise word from error


def _away(error: Exception) -> bool:
    if isinstance(error, PoolExhausted | OSError):
        return True
    sqlite = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
    return (
        lost(error)
        or (_postgres_code(error) or "-").startswith(_POSTGRES_AWAY)
        or _mysql_code(error) in _MYSQL_AWAY
        or (sqlite is not None and sqlite & 0xFF in _SQLITE_AWAY)
    )


def _unsaid(error: BaseException) -> bool:
    """Tells whether the connection broke before the statement was sent: at rest, or when new.

    asyncpg says then that it is closed, or that it cannot switch while it hears the server's
    farewell; of one that breaks later it says something else. While it makes a connection ready
    it speaks for itself, past SQLAlchemy.
    """
    cause = getattr(getattr(error, "orig", None), "__cause__", None)
    return _of_asyncpg(error) or (_of_asyncpg(cause) and str(cause).startswith(_NOT_SENT))


def _of_asyncpg(error: BaseException | None) -> bool:
    return type(error).__module__.startswith("asyncpg.")


def _postgres_code(error: BaseException) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def _mysql_code(error: BaseException) -> int | None:
    arguments = getattr(getattr(error, "orig", None), "args", ())
    code = arguments[0] if arguments else None
    return code if isinstance(code, int) else None


def _constraint(error: IntegrityError) -> str | None:
    """Answers the name of the constraint that was broken, as the convention of `tables` has it."""
    named: str | None = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
    if named is not None:
        return named
    text = str(error.orig)
    if columns := re.search(r"UNIQUE constraint failed: ([\w., ]+)", text):
        return _sqlite_constraint(columns[1])
    if key := re.search(r"for key '(?:\w+\.)?(\w+)'", text):
        return _mysql_constraint(key[1], error.statement or "")
    return None


def _sqlite_constraint(columns: str) -> str:
    """SQLite tells the columns; of our unique ones only the phone's is not a primary key."""
    table, _, _ = columns.partition(".")
    return "uq_users_phone_index" if columns == "users.phone_index" else f"pk_{table}"


def _mysql_constraint(key: str, statement: str) -> str:
    """MySQL calls every primary key PRIMARY; the statement tells whose."""
    table = re.match(r"INSERT INTO `?(\w+)", statement)
    return f"pk_{table[1]}" if key == "PRIMARY" and table else key
