"""SQLite as embedded database: shared commits, locks of others, and what stays in the file."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.contracts.inbox import an_event
from tests.contracts.people import MINUTE, NOW, a_session, a_user, an_identity
from wxlogin.adapters.sql import (
    SqlAccounts,
    SqlInbox,
    SqlSessions,
    SqlUsers,
    migrate,
    open_database,
)
from wxlogin.adapters.sql.sqlite import open_file
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.errors import AlreadyThere, PhoneTaken, StoreUnavailable
from wxlogin.domain.session import Device
from wxlogin.domain.user import Phone, Profile, ProfileChange, User

OLD, NEW = b"o" * 32, b"n" * 32
VAULT = MasterVault((NEW,))
PHONE = Phone("13800138000")


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Answers a migrated database file."""
    await migrate.upgrade(f"sqlite:///{tmp_path / 'store.db'}")
    return tmp_path / "store.db"


async def test_what_was_answered_is_committed(path: Path):
    """Another connection sees a write as soon as it is answered, however many share the commit."""
    db = open_database(f"sqlite:///{path}")
    users = SqlUsers(db, VAULT)
    other = sqlite3.connect(path)

    async def register() -> int:
        user = await users.register(a_user(), an_identity(), a_session())
        return other.execute("SELECT count(*) FROM users WHERE id = ?", (user.id,)).fetchone()[0]

    assert [1] * 50 == await asyncio.gather(*(register() for _ in range(50)))
    other.close()
    await db.close()


async def test_a_failing_write_takes_no_other_along(path: Path):
    """Of writes that share a commit, the one refused is undone alone."""
    db = open_database(f"sqlite:///{path}")
    users, identity = SqlUsers(db, VAULT), an_identity()

    answers = await asyncio.gather(
        *(users.register(a_user(), identity, a_session()) for _ in range(5)),
        *(users.register(a_user(), an_identity(), a_session()) for _ in range(5)),
        return_exceptions=True,
    )

    assert 4 == sum(isinstance(answer, AlreadyThere) for answer in answers)
    assert 6 == sum(isinstance(answer, User) for answer in answers)
    assert 6 == await db.read(lambda c: c.execute(text("SELECT count(*) FROM users")).scalar())
    await db.close()


async def test_two_processes_make_one_user(path: Path):
    """Writers of several processes wait for one another instead of failing."""
    databases = [open_database(f"sqlite:///{path}") for _ in range(3)]
    identity = an_identity()

    answers = await asyncio.gather(
        *(
            SqlUsers(db, VAULT).register(a_user(), identity, a_session())
            for db in databases
            for _ in range(5)
        ),
        return_exceptions=True,
    )

    assert 1 == sum(isinstance(answer, User) for answer in answers)
    assert 14 == sum(isinstance(answer, AlreadyThere) for answer in answers)
    for db in databases:
        await db.close()


async def test_a_lock_held_too_long_is_unavailable(path: Path):
    """A write waits for another's lock for its patience; reads do not wait at all."""
    db = open_database(f"sqlite:///{path}", statement_timeout=0.2)
    users, identity, user = SqlUsers(db, VAULT), an_identity(), a_user()
    await users.register(user, identity, a_session())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable) as failure:
        await users.sign_in(identity, a_session())
    assert "locked" in str(failure.value.__cause__)
    assert user == await users.find(identity)

    other.execute("ROLLBACK")
    assert user == await users.sign_in(identity, a_session())
    other.close()
    await db.close()


async def test_a_full_disk_is_unavailable_and_loses_nothing(path: Path):
    """A write that finds no room is refused; what was kept before is there, and room helps."""
    db = open_database(f"sqlite:///{path}")
    users, identity, user = SqlUsers(db, VAULT), an_identity(), a_user()
    await users.register(user, identity, a_session())
    pages = await db.read(lambda c: c.execute(text("PRAGMA page_count")).scalar())
    await db.one(lambda c: c.execute(text(f"PRAGMA max_page_count = {pages}")).all())

    wide = Device(name="名" * 1000, platform="x" * 1000, model="y" * 1000)
    answers = await asyncio.gather(
        *(users.sign_in(identity, a_session(device=wide)) for _ in range(50)),
        return_exceptions=True,
    )
    failure = next(answer for answer in answers if isinstance(answer, StoreUnavailable))
    assert "full" in str(failure.__cause__)

    assert user == await users.find(identity)
    assert user == await users.sign_in(identity, a_session(device=wide))  # on a fresh connection
    await db.close()


async def test_a_write_during_close_is_still_done(path: Path):
    """Closing ends, and a write that came meanwhile is answered."""
    db = open_database(f"sqlite:///{path}")
    users = SqlUsers(db, VAULT)
    for _ in range(20):
        writes = [
            asyncio.create_task(users.register(a_user(), an_identity(), a_session()))
            for _ in range(3)
        ]
        await asyncio.sleep(0)
        closing = asyncio.create_task(db.close())
        await asyncio.sleep(0)
        writes.append(asyncio.create_task(users.register(a_user(), an_identity(), a_session())))

        async with asyncio.timeout(20):
            await asyncio.gather(*writes, closing)
    await db.close()


async def test_the_file_is_for_its_owner_only(path: Path):
    """Nobody else on the machine may read the database or its log."""
    db = open_database(f"sqlite:///{path}")
    await SqlUsers(db, VAULT).register(a_user(), an_identity(), a_session())

    assert {0o600} == {file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    await db.close()


async def test_a_phone_is_nowhere_in_clear(path: Path):
    """Neither the file nor its log holds the number."""
    db = open_database(f"sqlite:///{path}")
    await SqlUsers(db, VAULT).register(a_user(phone=PHONE), an_identity(), a_session())

    assert PHONE.number.encode() not in _all_bytes(path)
    await db.close()
    assert PHONE.number.encode() not in _all_bytes(path)


async def test_an_erasure_leaves_no_trace_in_the_files(path: Path):
    """Nickname, openid, unionid, device, sealed phone and pushed event, from file and log at once.

    The event was kept under an older master key.
    """
    db = open_database(f"sqlite:///{path}")
    users, sessions = SqlUsers(db, VAULT), SqlSessions(db, VAULT)
    traces = ["Zaphod-nickname", "o-zaphod-openid", "u-zaphod-unionid", "zaphod-device"]
    user = a_user(profile=Profile(traces[0]), phone=PHONE)
    identity = an_identity(traces[1], unionid=traces[2])
    session = a_session(device=Device(name=traces[3]))
    await users.register(user, identity, session)
    await users.save(user.changed(ProfileChange(avatar_url="/avatars/zaphod.webp"), NOW))
    await sessions.advance(session.sid, 0, NOW, NOW + MINUTE)
    raw = await db.read(lambda c: c.execute(text("SELECT phone_sealed FROM users")).scalar_one())
    index = VAULT.index(PHONE.number.encode(), purpose="phone")
    inbox = SqlInbox(db, MasterVault((OLD,)))
    await inbox.add(["k"], an_event(identity.appid, OpenID=traces[1]), NOW)
    told = await db.read(lambda c: c.execute(text("SELECT sealed FROM push_events")).scalar_one())
    everything = [*map(str.encode, traces), b"zaphod.webp", raw, index.encode(), told]
    assert [True] * 8 == [trace in _all_bytes(path) for trace in everything]

    await SqlAccounts(db, MasterVault((NEW, OLD))).erase(user.id, NOW)

    assert [False] * 8 == [trace in _all_bytes(path) for trace in everything]
    await db.close()


async def test_a_phone_kept_under_an_older_master_key_stays_taken(path: Path):
    """During a key rotation a number is one user's, whichever key its row was written with."""
    db = open_database(f"sqlite:///{path}")
    before = SqlUsers(db, MasterVault((OLD,)))
    after = SqlUsers(db, MasterVault((NEW, OLD)))
    owner, other = a_user(phone=PHONE), a_user()
    await before.register(owner, an_identity(), a_session())
    await after.register(other, an_identity(), a_session())

    assert owner == await after.get(owner.id)
    with pytest.raises(PhoneTaken):
        await after.save(other.with_phone(PHONE, NOW))
    with pytest.raises(PhoneTaken):
        await after.register(a_user(phone=PHONE), an_identity(), a_session())
    assert other == await after.get(other.id)

    changed = owner.changed(ProfileChange(nickname="x"), NOW)
    assert await after.save(changed)
    assert changed == await SqlUsers(db, MasterVault((NEW,))).get(owner.id)
    await db.close()


async def test_a_stale_save_is_stale_before_its_phone_is_taken(path: Path):
    """Who saves over a newer version is told False, also during a key rotation."""
    db = open_database(f"sqlite:///{path}")
    users, other = SqlUsers(db, MasterVault((NEW, OLD))), a_user()
    await SqlUsers(db, MasterVault((OLD,))).register(
        a_user(phone=PHONE), an_identity(), a_session()
    )
    await users.register(other, an_identity(), a_session())
    await users.save(other.changed(ProfileChange(nickname="x"), NOW))

    assert not await users.save(other.with_phone(PHONE, NOW))
    await db.close()


def _all_bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


async def test_a_new_file_that_somebody_else_sets_up_is_waited_for(tmp_path: Path):
    """SQLite gives up at once on turning a file to WAL that another is to write; we wait."""
    path = tmp_path / "new.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    asyncio.get_running_loop().call_later(0.3, other.rollback)

    def opened() -> str:
        with open_file(str(path), 10.0).connect() as connection:
            return connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()

    assert "wal" == await asyncio.to_thread(opened)
    other.close()


async def test_a_file_that_is_never_free_is_told_in_time(tmp_path: Path):
    """Patience has an end."""
    path = tmp_path / "new.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(OperationalError, match="locked"):
        open_file(str(path), 0.1).connect()
    other.close()
