"""The parts list: it gives every wish, and any store behind the ports."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve
from dependency_injector import providers
from structlog.testing import capture_logs

from tests.world import APPID, SECOND_APPID, START
from wxlogin.adapters.memory.ambient import FixedLimits, ListJournal, SerialIds, SetClock
from wxlogin.adapters.memory.audit import MemoryAudit
from wxlogin.adapters.memory.avatars import MemoryAvatars
from wxlogin.adapters.memory.keys import MemoryKeys
from wxlogin.adapters.memory.ledger import MemoryLedger
from wxlogin.adapters.memory.merges import MemoryMerges
from wxlogin.adapters.memory.room import MemoryRoom
from wxlogin.adapters.memory.sessions import MemorySessions
from wxlogin.adapters.memory.tickets import MemoryTickets
from wxlogin.adapters.memory.users import MemoryAccounts, MemoryUsers
from wxlogin.adapters.memory.wechat import FakeWeChat
from wxlogin.domain.errors import SessionEnded
from wxlogin.domain.ports.ambient import Fact
from wxlogin.domain.ports.audit import Actor, AuditQuery
from wxlogin.domain.signing_key import KeyRing, Stage
from wxlogin.domain.ticket import LoginTicket
from wxlogin.domain.user import Identity, ProfileChange
from wxlogin.entrypoints.container import Container, life, lifespan
from wxlogin.entrypoints.settings import App, Environment, Settings


@pytest.fixture
def container(tmp_path: Path) -> Container:
    """The real parts list with its store, neighbours and surroundings replaced by twins."""
    settings = Settings(
        apps=(App(APPID, "secret"),),
        env=Environment.DEVELOPMENT,
        data_dir=tmp_path / "untouched",
        master_key=(bytes(range(32)),),
        issuer="http://127.0.0.1:8000",
    )
    container, room, clock = Container(settings=settings), MemoryRoom(), SetClock(START)
    twins = {
        "clock": clock,
        "ids": SerialIds(),
        "journal": ListJournal(),
        "users": MemoryUsers(room),
        "accounts": MemoryAccounts(room),
        "sessions": MemorySessions(room),
        "tickets": MemoryTickets(room),
        "ledger": MemoryLedger(room),
        "keys": MemoryKeys(room),
        "audit": MemoryAudit(room),
        "avatars": MemoryAvatars(SerialIds("avatars")),
        "wechat": FakeWeChat(clock=clock),
        "limiter": FixedLimits(clock),
    }
    for name, twin in twins.items():
        getattr(container, name).override(providers.Object(twin))
    container.linking.merges.override(providers.Object(MemoryMerges(room)))
    return container


async def test_every_wish_works_on_another_store(container: Container, tmp_path: Path):
    """With the stores swapped for memory the same wishes log in, change, ban and rotate."""
    await container.prepare_keys()(alg="EdDSA")
    wishes = container.wishes()

    tokens = await wishes.login(code=container.wechat().new_code(APPID, "xiaoming"))
    changed = await wishes.update_profile(
        token=tokens.access_token, change=ProfileChange(nickname="小明")
    )
    assert changed.user.profile.nickname == "小明"
    assert (await wishes.read_profile(token=tokens.access_token)).id == tokens.user.id
    await container.rotate_keys()(alg="ES256")
    again = await wishes.refresh(token=tokens.refresh_token)
    await container.ban_user()(user_id=tokens.user.id)
    with pytest.raises(SessionEnded):
        await wishes.authenticate(again.access_token)
    assert not (tmp_path / "untouched").exists()


def test_parts_are_made_once(container: Container):
    """Whoever asks for a part gets the same one."""
    assert container.wishes() is container.wishes()
    assert container.wishes().authenticate is container.authenticate()
    assert container.wishes().login.enter is container.enter()


def test_building_touches_nothing(tmp_path: Path):
    """All wishes of a real container are built without a file, a socket or a running loop."""
    settings = Settings(
        apps=(App(APPID, "secret"),),
        data_dir=tmp_path / "untouched",
        master_key=(bytes(range(32)),),
        issuer="https://login.example.com",
        database_url="postgresql://nobody@127.0.0.1:1/none",
    )

    assert Container(settings=settings).wishes().policy.issuer == "https://login.example.com"
    assert not (tmp_path / "untouched").exists()


async def test_what_is_over_is_swept_while_the_service_lives(
    container: Container, monkeypatch: pytest.MonkeyPatch
):
    """During the lifespan old tickets go by themselves, also after a round that failed."""
    monkeypatch.setattr(life, "SWEEP_SECONDS", 0.001)
    tickets = container.tickets()
    await tickets.add(LoginTicket("d" * 64, Identity(APPID, "openid"), START))
    container.clock().advance(timedelta(days=1))
    failing = FailsOnce(tickets)
    container.tickets.override(providers.Object(failing))

    async with lifespan(container), asyncio.timeout(5):
        await failing.swept.wait()

    assert tickets.room.tickets == {}


async def test_keys_turn_by_themselves_while_the_service_lives(
    container: Container, monkeypatch: pytest.MonkeyPatch
):
    """During the lifespan the ring goes a step when it is due, also when a sweep failed."""
    monkeypatch.setattr(life, "SWEEP_SECONDS", 0.001)
    before = await container.prepare_keys()(alg="EdDSA")
    container.clock().advance(timedelta(days=90))
    container.tickets.override(providers.Object(FailsOnce(container.tickets())))
    watched = ToldOfChange(container.keys())
    container.keys.override(providers.Object(watched))

    async with lifespan(container), asyncio.timeout(5):
        await watched.changed.wait()

    after = KeyRing.of(await container.keys().all())
    assert [after.current.kid] == [key.kid for key in before.at(Stage.NEXT)]


async def test_work_that_misses_its_end_is_ended_all_the_same(
    container: Container, monkeypatch: pytest.MonkeyPatch
):
    """A driver that loses a cancellation does not keep the service from ending."""
    monkeypatch.setattr(life, "SWEEP_SECONDS", 0.001)
    monkeypatch.setattr(life, "_CANCEL_AGAIN_SECONDS", 0.01)
    deaf = DeafOnce(container.tickets())
    container.tickets.override(providers.Object(deaf))

    async with asyncio.timeout(5):
        async with lifespan(container):
            await deaf.sweeping.wait()

    assert deaf.missed


async def test_the_end_of_the_service_writes_what_the_trail_still_lacks(container: Container):
    """What happened a moment ago is in the trail when the lifespan is over."""
    async with lifespan(container):
        container.audit_journal().record(Fact("login", user_id="u"))
        assert await container.audit().find(AuditQuery()) == []

    (event,) = await container.audit().find(AuditQuery())
    assert (event.event, event.user_id, event.actor) == ("login", "u", Actor.SERVICE)


class ToldOfChange:
    """A key store that tells when keys were replaced."""

    def __init__(self, keys: MemoryKeys) -> None:
        self.keys, self.all, self.changed = keys, keys.all, asyncio.Event()

    async def replace(self, before, after):
        done = await self.keys.replace(before, after)
        self.changed.set()
        return done


class DeafOnce:
    """A ticket store whose sweep takes a cancellation for the answer it waited for, once."""

    def __init__(self, tickets: MemoryTickets) -> None:
        self.tickets, self.sweeping, self.missed = tickets, asyncio.Event(), False

    async def sweep(self, now, limit):
        self.sweeping.set()
        if not self.missed:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.missed = True
        return await self.tickets.sweep(now, limit)


class FailsOnce:
    """A ticket store whose first sweep breaks."""

    def __init__(self, tickets: MemoryTickets) -> None:
        self.tickets, self.failed, self.swept = tickets, False, asyncio.Event()

    async def sweep(self, before, limit):
        if not self.failed:
            self.failed = True
            raise OSError
        self.swept.set()
        return await self.tickets.sweep(before, limit)


@pytest.mark.parametrize("checked", [True, False])
def test_apps_whose_pictures_cannot_be_checked_are_told_once(tmp_path: Path, *, checked: bool):
    """Without a push token no verdict could arrive; where the setting is off nothing is built."""
    settings = Settings(
        apps=(App(APPID, "secret"), App(SECOND_APPID, "secret", push_token="token")),
        data_dir=tmp_path,
        master_key=(bytes(range(32)),),
        issuer="https://login.example.com",
        content_check=checked,
    )

    with capture_logs() as logs:
        check = Container(settings=settings).wishes().check_avatar

    told = [each["appids"] for each in logs if each["event"] == "avatars_not_checked"]
    assert checked == (check is not None)
    assert ([[APPID]] if checked else []) == told
    if check is not None:
        assert (False, True) == (check.holds(APPID), check.holds(SECOND_APPID))


async def test_pictures_without_a_verdict_are_treated_while_the_service_lives(
    container: Container, monkeypatch: pytest.MonkeyPatch
):
    """Only where pictures are checked."""
    monkeypatch.setattr(life, "SWEEP_SECONDS", 0.001)
    treated = asyncio.Event()

    async def treat() -> int:
        treated.set()
        return 0

    container.reviewing.treat_unanswered.override(providers.Object(treat))
    container.settings.override(providers.Object(evolve(container.settings(), content_check=True)))
    async with lifespan(container):
        await asyncio.wait_for(treated.wait(), 5)
