"""The operator's hands: schema, keys, users and sessions."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from math import ceil
from typing import Any
from unicodedata import east_asian_width

import msgspec
from attrs import AttrsInstance, fields

from wxlogin.domain.errors import LoginError, NotFound
from wxlogin.domain.ports.audit import Actor
from wxlogin.domain.signing_key import KeyRing, SigningKey, Stage
from wxlogin.domain.use_cases.keys import KNOWN_HERE
from wxlogin.entrypoints.cli.logs import configure_logs
from wxlogin.entrypoints.cli.starting import WRONG, leave, leave_for, settings_or_leave, tell
from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.container import CannotStart, Container, check, close
from wxlogin.entrypoints.container import migrate as upgrade
from wxlogin.entrypoints.settings import Settings
from wxlogin.entrypoints.web.answers import ExportJson, UserJson

Work = Callable[[Container], Awaitable[int | None]]

_STORE = frozenset({"database_url", "data_dir", "env"})
_SEALED = _STORE | {
    "master_key", "signing_alg", "access_ttl", "tutorial_ttl", "webhook_url", "webhook_secret",
}  # fmt: skip


def migrate() -> None:
    """Brings the schema up to date and says where it is."""
    settings = _settings(_STORE)
    try:
        revision, newer = asyncio.run(upgrade(settings))
    except CannotStart as failure:
        leave_for(failure)
    tell(say("newer schema" if newer else "migrated", revision=revision))


def stage_key(alg: str | None, *, as_json: bool) -> int:
    """Publishes a new next key."""

    async def work(container: Container) -> None:
        key = await container.stage_key()(alg=alg or container.settings().signing_alg)
        _show(_key(key), say("staged", kid=key.kid, alg=key.alg), as_json=as_json)

    return on_the_store(work)


def list_keys(*, as_json: bool) -> int:
    """Lists the keys: current, next, previous."""

    async def work(container: Container) -> None:
        ring = KeyRing.of(await container.keys().all())
        rows = [_key(key) for stage in _STAGES for key in ring.at(stage)]
        _show({"keys": rows}, columns(rows), as_json=as_json)

    return on_the_store(work)


def rotate_keys(*, as_json: bool) -> int:
    """Lets the next key sign; where nothing ever signed, makes the first keys."""

    async def work(container: Container) -> None:
        alg = container.settings().signing_alg
        if KeyRing.of(await container.keys().all()).current is None:
            ring = await container.prepare_keys()(alg=alg)
        else:
            await _until_the_next_key_is_known(container)
            ring = await container.rotate_keys()(alg=alg)
        current = ring.current
        assert current is not None
        rows = [_key(key) for stage in _STAGES for key in ring.at(stage)]
        _show({"keys": rows}, say("rotated", kid=current.kid, alg=current.alg), as_json=as_json)

    return on_the_store(work)


def show_user(user_id: str, *, as_json: bool) -> int:
    """Shows a user; the phone number stays masked."""

    async def work(container: Container) -> None:
        user = await container.show_user()(user_id=user_id)
        held = await container.export_user()(user_id=user_id)
        shown = _plain(UserJson.of(user, container.settings().issuer))
        shown["banned"] = user.banned
        shown["sessions"] = len(held.sessions)
        shown["identities"] = [
            {"appid": each.appid, "openid": each.openid, "unionid": each.unionid}
            for each in held.identities
        ]
        shown["shares_unionid_with"] = [
            other
            for conflict in await container.users().conflicts()
            for other in {conflict.first_user_id, conflict.second_user_id} - {user_id}
            if user_id in {conflict.first_user_id, conflict.second_user_id}
        ]
        _show(shown, _lines(shown), as_json=as_json)

    return on_the_store(work, say("no user", id=user_id))


def ban_user(user_id: str, *, as_json: bool) -> int:
    """Bans a user."""

    async def work(container: Container) -> None:
        await container.ban_user()(user_id=user_id)
        _show({"id": user_id, "banned": True}, say("banned", id=user_id), as_json=as_json)

    return on_the_store(work, say("no user", id=user_id))


def unban_user(user_id: str, *, as_json: bool) -> int:
    """Lifts a ban."""

    async def work(container: Container) -> None:
        await container.unban_user()(user_id=user_id)
        _show({"id": user_id, "banned": False}, say("unbanned", id=user_id), as_json=as_json)

    return on_the_store(work, say("no user", id=user_id))


def export_user(user_id: str, *, as_json: bool) -> int:
    """Writes everything held about a person; JSON either way, with and without line breaks."""

    async def work(container: Container) -> None:
        held = await container.export_user()(user_id=user_id)
        told = _plain(ExportJson.of(held, container.settings().issuer, current=""))
        for session in told["sessions"]:
            del session["current"]  # nobody asks from within a session
        pretty = msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
        _show(told, pretty, as_json=as_json)

    return on_the_store(work, say("no user", id=user_id))


def erase_user(user_id: str, *, as_json: bool) -> int:
    """Erases a person."""

    async def work(container: Container) -> None:
        await container.erase_user()(user_id=user_id)
        _show({"id": user_id, "erased": True}, say("erased", id=user_id), as_json=as_json)

    return on_the_store(work, say("no user", id=user_id))


def list_sessions(user_id: str, *, as_json: bool) -> int:
    """Lists the living sessions of a user, newest use first."""

    async def work(container: Container) -> None:
        held = await container.export_user()(user_id=user_id)
        rows: list[dict[str, Any]] = [
            {
                "sid": session.sid,
                "appid": session.appid,
                "device": {
                    "name": session.device.name,
                    "platform": session.device.platform,
                    "model": session.device.model,
                },
                "created_at": session.created_at,
                "last_used_at": session.last_used_at,
                "expires_at": session.expires_at,
            }
            for session in held.sessions
        ]
        _show({"sessions": rows}, columns(rows) or say("no sessions"), as_json=as_json)

    return on_the_store(work, say("no user", id=user_id))


def revoke_session(sid: str, *, as_json: bool) -> int:
    """Ends a session."""

    async def work(container: Container) -> None:
        await container.revoke_session()(sid=sid)
        _show({"sid": sid, "revoked": True}, say("revoked", id=sid), as_json=as_json)

    return on_the_store(work, say("no session", id=sid))


_STAGES = (Stage.CURRENT, Stage.NEXT, Stage.PREVIOUS)


async def _until_the_next_key_is_known(container: Container) -> None:
    """A key that was published a moment ago would sign tokens that somebody does not know yet."""
    for following in KeyRing.of(await container.keys().all()).at(Stage.NEXT)[:1]:
        missing = following.created_at + KNOWN_HERE - container.clock().now()
        seconds = min(missing, KNOWN_HERE).total_seconds()  # clocks differ
        if seconds > 0:
            tell(say("waiting for key", kid=following.kid, seconds=ceil(seconds)))
            await asyncio.sleep(seconds)


def _settings(needs: frozenset[str]) -> Settings:
    settings = settings_or_leave(needs=needs)
    configure_logs(level="warning", json=settings.logs_json)
    return settings


def on_the_store(work: Work, not_found: str = "") -> int:
    """Does the work on the deployment's own data and answers the exit code.

    What an operator did is in the audit trail when the command ends, or the command says so.
    """
    container = Container(settings=_settings(_SEALED), unasked=Actor.OPERATOR)

    async def whole() -> None:
        try:
            await check(container)
            await work(container)
            await _audited(container)
        finally:
            await close(container)

    try:
        asyncio.run(whole())
    except NotFound:
        tell(not_found)
        return WRONG
    except NotAudited:
        tell(say("not audited"))
        return WRONG
    except CannotStart as failure:
        leave_for(failure)
    except LoginError as refusal:
        leave(say("refused", code=refusal.code))
    return 0


class NotAudited(Exception):
    """The work is done, and the trail could not be told."""


async def _audited(container: Container) -> None:
    try:
        await container.audit_journal().flush()
    except Exception as failure:
        raise NotAudited from failure


def _show(told: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """Writes what a program reads, or what a person does."""
    sys.stdout.write(msgspec.json.encode(told).decode() if as_json else text)
    sys.stdout.write("\n")


def _key(key: SigningKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "alg": key.alg,
        "stage": key.stage.value,
        "created_at": key.created_at,
        "staged_at": key.staged_at,
    }


def _plain(told: AttrsInstance) -> dict[str, Any]:
    """Answers plain values, in the order in which the fields were declared."""
    plain = msgspec.to_builtins(told)
    return {field.name: plain[field.name] for field in fields(type(told))}


def _lines(told: Mapping[str, Any]) -> str:
    """Answers one line a field, values below each other."""
    width = max(len(name) for name in told)
    return "\n".join(f"{name:{width}}  {_text(value)}" for name, value in told.items())


def columns(rows: Sequence[Mapping[str, Any]]) -> str:
    """Answers a table with the names of the fields on top."""
    if not rows:
        return ""
    table = [[*rows[0]], *([_text(value) for value in row.values()] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in table
    )


def _width(text: str) -> int:
    """Answers how many columns a terminal needs: two for each Chinese sign."""
    return len(text) + sum(east_asian_width(sign) in {"W", "F"} for sign in text)


def _text(value: object) -> str:
    match value:
        case None | "":
            return "-"
        case list() | tuple():
            return "; ".join(_text(each) for each in value) or "-"
        case dict():
            return " ".join(_text(each) for each in _present(value.values()))
    return str(msgspec.to_builtins(value))


def _present(values: Iterable[object]) -> Iterable[object]:
    return (value for value in values if value not in {None, ""})
