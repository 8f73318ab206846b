"""What is in the trail, in which words, and what is left of an address."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import APPID, World
from wxlogin.adapters.memory.audit import MemoryAudit
from wxlogin.adapters.memory.ledger import MemoryLedger
from wxlogin.adapters.memory.tickets import MemoryTickets
from wxlogin.domain.errors import SessionEnded, UserBanned
from wxlogin.domain.ports.ambient import Fact
from wxlogin.domain.ports.audit import Actor, AuditEvent, AuditWord
from wxlogin.domain.use_cases.accounts import RevokeSession
from wxlogin.domain.use_cases.auditing import AUDITED, Heard, entry, masked
from wxlogin.domain.use_cases.housekeeping import Sweep
from wxlogin.domain.use_cases.sessions import Scope

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("client", "left"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", ""),
        ("", ""),
        ("203.0.113.77; drop", ""),
    ],
)
def test_an_address_is_masked(client: str, left: str):
    """A neighbourhood stays, a household does not; what is no address leaves nothing."""
    assert masked(client) == left


@given(st.ip_addresses(v=4), st.integers(0, 255))
def test_all_addresses_of_a_neighbourhood_look_the_same(address, octet):
    """The last octet cannot be told from what is kept."""
    other = f"{str(address).rpartition('.')[0]}.{octet}"

    assert masked(str(address)) == masked(other)


def test_who_acts_when_nobody_asks_is_told_by_the_place():
    """A request makes it the person's own act, else it is the service's or an operator's."""
    heard = Heard(Fact("ban", user_id="u"), NOW, client=None)

    assert entry(heard, "i", Actor.OPERATOR).actor is Actor.OPERATOR
    assert entry(Heard(Fact("erase"), NOW, client=""), "i", Actor.OPERATOR).actor is Actor.SELF


def told(world: World) -> list[tuple[str, str, str | None, str | None, str | None]]:
    """Answer the trail of what this world's journal heard."""
    heard = [Heard(fact, NOW, None) for fact in world.journal.facts if fact.name in AUDITED]
    entries = [entry(each, "i", Actor.SERVICE) for each in heard]
    return [(e.event, e.reason, e.appid, e.user_id, e.sid) for e in entries]


@pytest.fixture
async def world() -> World:
    return await World().prepared()


async def enter(world: World):
    return await world.wishes().login(code=world.wechat.new_code(APPID, "alice"), appid=APPID)


async def test_logins_are_told(world: World):
    """The first as a registration, a refused one with its reason."""
    first, second = await enter(world), await enter(world)
    await world.ban(user_id=first.user.id)
    with pytest.raises(UserBanned):
        await enter(world)
    await world.unban(user_id=first.user.id)

    user = first.user.id
    assert told(world) == [
        (AuditWord.REGISTER, "", APPID, user, first.session_id),
        (AuditWord.LOGIN, "", APPID, user, second.session_id),
        (AuditWord.BANNED, "", None, user, None),
        (AuditWord.LOGIN_REFUSED, "user_banned", APPID, user, None),
        (AuditWord.UNBANNED, "", None, user, None),
    ]


@pytest.mark.parametrize(
    ("showings", "word"),
    [(2, AuditWord.REUSE_DETECTED), (1, AuditWord.SUPERSEDED)],
)
async def test_refresh_tokens_that_come_back_are_told(world: World, showings: int, word):
    """After a theft, or too late, once, with the session."""
    tokens = await enter(world)
    refresh, newest = world.wishes().refresh, tokens.refresh_token
    for _ in range(showings):
        newest = (await refresh(token=newest)).refresh_token
    world.advance(minutes=2)
    for _ in range(2):
        with pytest.raises(SessionEnded):
            await refresh(token=tokens.refresh_token)

    assert told(world)[1:] == [(word, "", APPID, tokens.user.id, tokens.session_id)]


async def test_a_theft_found_at_logout_is_told(world: World):
    """The refresh token need not come to the refresh route."""
    tokens = await enter(world)
    refresh = world.wishes().refresh
    second = await refresh(token=tokens.refresh_token)
    await refresh(token=second.refresh_token)
    with pytest.raises(SessionEnded):
        await world.wishes().logout(token=None, refresh=tokens.refresh_token, scope=Scope.THIS)

    word = AuditWord.REUSE_DETECTED
    assert told(world)[1:] == [(word, "", APPID, tokens.user.id, tokens.session_id)]


async def test_ends_are_told(world: World):
    """Logout with its scope, a session deleted by its owner or an operator, an erasure."""
    first, second, third = await enter(world), await enter(world), await enter(world)
    wishes, user = world.wishes(), first.user.id
    await wishes.end_session(token=first.access_token, sid=second.session_id)
    await RevokeSession(world.sessions, world.clock, world.journal)(sid=third.session_id)
    await wishes.logout(token=first.access_token, refresh=None, scope=Scope.ALL)
    await world.erase(user_id=user)

    assert told(world)[3:] == [
        (AuditWord.KICKED, "kicked", APPID, user, second.session_id),
        (AuditWord.KICKED, "kicked", APPID, user, third.session_id),
        (AuditWord.LOGOUT, "all", APPID, user, first.session_id),
        (AuditWord.ERASED, "", None, user, None),
    ]


async def test_entries_go_when_they_are_as_old_as_was_set(world: World):
    """Housekeeping deletes them, and nothing younger."""
    room, now = world.room, world.clock.now()
    trail = MemoryAudit(room)
    life = timedelta(days=180)
    ages = {"young": timedelta(0), "just": life, "old": life + timedelta(seconds=1)}
    await trail.append(
        [AuditEvent(name, now - age, AuditWord.LOGIN, Actor.SELF) for name, age in ages.items()]
    )

    stores = (world.sessions, MemoryTickets(room), MemoryLedger(room), trail)
    assert await Sweep(*stores, world.clock, audit_life=life, longest_token=life)() == 1

    assert set(room.audit) == {"young", "just"}
