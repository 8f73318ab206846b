"""The schema's history, walked on three databases."""

import asyncio
from logging import WARNING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.integration.test_sql_stores import url  # noqa: F401 - the same three databases
from wxlogin.adapters.sql import migrate
from wxlogin.adapters.sql.tables import METADATA
from wxlogin.domain.errors import StoreUnavailable


def _differences(connection):
    context = MigrationContext.configure(connection, opts={"compare_type": False})
    return compare_metadata(context, METADATA)


def test_the_newest_revision_is_told_by_its_name():
    """Alembic, which reads every revision, finds the same ones and the same newest."""
    known = ScriptDirectory.from_config(migrate.config())

    assert known.get_current_head() == migrate.head()
    assert [each.revision for each in known.walk_revisions()] == sorted(
        migrate.revisions(), reverse=True
    )


async def test_up_down_and_up_again(url):  # noqa: F811
    """Every step can be taken back, and leads to the tables the stores use."""
    assert None is await migrate.current(url)
    await migrate.upgrade(url)
    assert await migrate.is_current(url)
    assert [] == await migrate._on(url, _differences)

    await migrate.downgrade(url, "base")
    assert not await migrate.is_current(url)
    await migrate.upgrade(url)
    assert migrate.head() == await migrate.current(url)


async def test_a_migration_has_nothing_to_warn_of(url, caplog):  # noqa: F811
    """Nothing in the schema makes a database or its driver complain."""
    await migrate.upgrade(url)

    assert [] == [each.getMessage() for each in caplog.records if each.levelno >= WARNING]


async def test_two_processes_that_migrate_at_once_do_no_harm(url):  # noqa: F811
    """The second waits for the first and finds nothing left to do."""
    await asyncio.gather(*(migrate.upgrade(url) for _ in range(4)))

    assert await migrate.is_current(url)


async def test_a_database_that_is_not_there_is_unavailable(tmp_path):
    """No driver's error comes out, and no password with it."""
    for nowhere in (
        "postgresql://u:secret@127.0.0.1:1/x",
        f"sqlite:///{tmp_path}/no/such/folder.db",
    ):
        with pytest.raises(StoreUnavailable) as failure:
            await migrate.upgrade(nowhere)
        assert "secret" not in str(failure.value)
