"""How the house comes to life and how it ends: folder, schema, keys, housekeeping, closing."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

import wxlogin.adapters.sql.migrate as schema
from wxlogin.adapters.audit import AuditJournal
from wxlogin.adapters.sql import Database
from wxlogin.adapters.sql.simulated import holds_simulated_identity
from wxlogin.adapters.sql.sqlite import SqliteDatabase
from wxlogin.domain.errors import LoginError
from wxlogin.domain.ports.ambient import Ids
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.signing_key import KeyRing
from wxlogin.entrypoints.container.counting import count_on
from wxlogin.entrypoints.container.foundations import BadMasterKeyFile
from wxlogin.entrypoints.container.hooking import keep_depth, send_out
from wxlogin.entrypoints.container.parts import Container
from wxlogin.entrypoints.container.pushing import work_off
from wxlogin.entrypoints.settings import Settings

SWEEP_SECONDS = 30.0
LEVEL_SECONDS = 1.0
_BATCHES_AT_ONCE = 20
_CLOSE_SECONDS = 5.0
_CANCEL_AGAIN_SECONDS = 0.5
_log = structlog.get_logger("wxlogin.life")


class CannotStart(Exception):
    """Something outside does not hold. `word` is stable; `values` fill its text."""

    def __init__(self, word: str, /, **values: object) -> None:
        super().__init__(word)
        self.word = word
        self.values = values


async def prepare(container: Container) -> None:
    """Makes ready what every process needs: folder, schema, keys. Safe to do in many at once.

    Raises:
        CannotStart: `no folder`, `no database`, `bad database`, `no driver`, `old schema`,
            `being migrated`, `table held`, `foreign schema`, `simulated`, `bad key file`,
            `keys unreadable`.
    """
    settings = container.settings()
    make_folder(settings)
    with reaching():
        database = container.database()
        if await is_old(settings.store_url):
            if database.dialect != "sqlite":
                raise CannotStart("old schema")
            await schema.upgrade(settings.store_url)
        if settings.production and await holds_simulated_identity(database):
            raise CannotStart("simulated")
        ring = await container.prepare_keys()(alg=settings.signing_alg)
    if not opens(ring, container.vault()):
        raise CannotStart("keys unreadable")


async def check(container: Container) -> None:
    """Sees to it that an operator's command finds a database it understands; changes nothing.

    Raises:
        CannotStart: `no database`, `bad database`, `no driver`, `old schema`, `foreign schema`.
    """
    with reaching():
        if _no_file(container.database()) or await is_old(container.settings().store_url):
            raise CannotStart("old schema")


async def is_old(url: str) -> bool:
    """Tells whether a database lacks a migration known here; a newer one serves as well."""
    return not (await schema.is_current(url) or await schema.is_newer(url))


async def migrate(settings: Settings) -> tuple[str, bool]:
    """Brings the database to the newest schema; answers its name, and if it was beyond that.

    Raises:
        CannotStart: `no folder`, `no database`, `bad database`, `no driver`, `being migrated`,
            `table held`, `foreign schema`.
    """
    make_folder(settings)
    with reaching():
        await schema.upgrade(settings.store_url)
        revision = await schema.current(settings.store_url) or ""
        return revision, await schema.is_newer(settings.store_url)


@asynccontextmanager
async def lifespan(container: Container) -> AsyncIterator[None]:
    """Keeps house while the block runs, and closes everything at its end."""
    audit = container.audit_journal()
    tasks = [
        asyncio.create_task(work)
        for work in (
            _keep_house(container),
            audit.write_on(),
            _keep_levels(container),
            work_off(container.push.apps(), container.push.work_off()),
            count_on(container.database(), container.clock(), container.metrics()),
            send_out(container.hooks()),
            keep_depth(container.hooks(), container.metrics()),
        )
    ]
    try:
        yield
    finally:
        await _end(tasks)
        await _write_the_rest(audit)
        await close(container)


async def _end(tasks: Collection["asyncio.Task[None]"]) -> None:
    """Cancels, and cancels again what missed it.

    Before Python 3.12 `asyncio.wait_for` loses a cancellation that comes with what was waited for,
    and drivers and pools use it; the work would go on for ever, and nobody could end the service.
    """
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=_CANCEL_AGAIN_SECONDS)


async def close(container: Container) -> None:
    """Closes connections; what does not close in time is left to the end of the process."""
    for name, part in (
        ("wechat", container.wechat),
        ("limiter", container.limiter),
        ("database", container.database),
    ):
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await part().close()
        except BadMasterKeyFile:
            continue  # without a key it was never built
        except Exception as failure:  # noqa: BLE001 - the others must be closed all the same
            _log.warning("not_closed", part=name, exc_info=failure)


def make_folder(settings: Settings) -> None:
    """Sees to it that the data folder is there and can be written to.

    Raises:
        CannotStart: `no folder`.
    """
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError as failure:
        raise CannotStart("no folder", path=folder, reason=failure.strerror) from failure
    if not writable:
        raise CannotStart("no folder", path=folder, reason="read-only")


def opens(ring: KeyRing, vault: Vault) -> bool:
    """Tells whether the master key opens the signing keys."""
    try:
        for key in ring.keys:
            vault.open(key.sealed, purpose="signing_key", row=key.kid)
    except ValueError:
        return False
    return True


def _no_file(database: Database) -> bool:
    """Tells whether there is no SQLite file yet, which looking into it would make."""
    return isinstance(database, SqliteDatabase) and not Path(database.path).exists()


@contextmanager
def reaching() -> Iterator[None]:
    """Turns what keeps us from the database or its keys into a reason without an address in it."""
    try:
        yield
    except BadMasterKeyFile as wrong:
        raise CannotStart("bad key file", reason=wrong) from wrong
    except ModuleNotFoundError as missing:
        raise CannotStart("no driver", reason=missing) from missing
    except LoginError as refusal:
        cause = refusal.__cause__ or refusal
        told = getattr(cause, "orig", None) or cause
        raise CannotStart("no database", reason=type(told).__name__) from refusal
    except schema.Blocked as blocked:
        raise CannotStart("being migrated" if blocked.by_migration else "table held") from blocked
    except schema.Foreign as foreign:
        raise CannotStart("foreign schema") from foreign
    except SQLAlchemyError as wrong:
        told = getattr(wrong, "orig", None) or wrong
        raise CannotStart("bad database", reason=type(told).__name__) from wrong
    except TypeError as wrong:
        option = re.search(r"unexpected keyword argument '(\w+)'", str(wrong))
        if option is None:
            raise
        raise CannotStart("bad database", reason=f"?{option[1]}=") from wrong


async def _write_the_rest(audit: AuditJournal) -> None:
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await audit.flush()
    except Exception as failure:  # noqa: BLE001 - the end goes on without it
        _log.warning("audit_not_written", exc_info=failure)


async def _keep_house(container: Container) -> None:
    ids = container.ids()
    while True:
        await asyncio.sleep(_about(SWEEP_SECONDS, ids))
        await _try(container.sweep(), "sweep_failed")
        await _try(container.push.forget(), "push_not_forgotten")
        if container.settings().webhook_url is not None:
            await _try(container.hooks.forget(), "webhooks_not_forgotten")
        if container.settings().content_check:
            await _try(container.reviewing.treat_unanswered(), "verdicts_not_missed")
        await _try(container.reviewing.forget(), "reviews_not_forgotten")
        await _try(container.linking.forget(), "merges_not_forgotten")
        await _try(container.privacy.erase_left(), "left_not_erased")
        await _try(_tend(container), "keys_not_tended")


async def _keep_levels(container: Container) -> None:
    """Keeps this process' levels up to date where another one answers for all."""
    take_levels = container.levels_now()
    while container.metrics().shared:
        take_levels()
        await asyncio.sleep(LEVEL_SECONDS)


def _about(seconds: float, ids: Ids) -> float:
    """Not all processes at the same moment: 0.75 to 1.25 of the time."""
    return seconds * (0.75 + int(ids.new_id()[-4:], 16) / 0x1FFFE)


def _tend(container: Container) -> Callable[[], Awaitable[bool]]:
    async def tend() -> bool:
        return await container.tend_keys()(alg=container.settings().signing_alg)

    return tend


async def _try(work: Callable[[], Awaitable[int]], failed: str) -> None:
    """Does some work as long as it finds something to do, within bounds."""
    try:
        for _ in range(_BATCHES_AT_ONCE):
            if not await work():
                break
    except Exception as failure:  # noqa: BLE001 - the next round may go well
        _log.warning(failed, exc_info=failure)
