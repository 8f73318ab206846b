"""The contract of `AuditTrail`: entries are added, found, aged out, and forget the erased."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.contracts.people import APP, MINUTE, NOW, TICK, a_session, a_user, an_identity
from tests.contracts.stores import Stores
from wxlogin.domain.ports.audit import Actor, AuditEvent, AuditQuery, AuditWord

USER, OTHER = "01998a54-0000-7000-8000-00000000000a", "01998a54-0000-7000-8000-00000000000A"


def an_event(**fields: Any) -> AuditEvent:
    """Answer an entry unlike any other."""
    usual = {"id": str(uuid4()), "at": NOW, "event": AuditWord.LOGIN, "actor": Actor.SELF}
    return AuditEvent(**usual | fields)


class AuditContract:
    async def test_entries_come_back_as_given_newest_first(self, stores: Stores):
        """Every field, absent ones too, to the microsecond."""
        full = an_event(
            at=NOW + TICK, event=AuditWord.LOGIN_REFUSED, reason="user_banned", appid=APP,
            user_id=USER, sid=str(uuid4()), client="2001:db8:ffff::",
        )  # fmt: skip
        bare = an_event(at=NOW, event=AuditWord.KEYS_ROTATED, actor=Actor.SERVICE)
        newest = an_event(at=NOW + MINUTE, actor=Actor.OPERATOR, client="203.0.113.0")

        await stores.audit.append([bare, newest])
        await stores.audit.append([full])

        assert [newest, full, bare] == list(await stores.audit.find(AuditQuery()))

    async def test_nothing_is_found_in_an_empty_trail(self, stores: Stores):
        """Nor does adding nothing add anything."""
        await stores.audit.append([])

        assert [] == list(await stores.audit.find(AuditQuery()))

    async def test_entries_of_one_moment_are_in_order_of_their_ids(self, stores: Stores):
        """Ids are made one after the other, so the younger has the greater one."""
        events = [an_event(id=f"id-{n}") for n in range(5)]
        await stores.audit.append(events)

        assert events[::-1] == list(await stores.audit.find(AuditQuery()))

    async def test_an_entry_added_twice_is_there_once(self, stores: Stores):
        """A batch whose first answer was lost can be added again, by several at once."""
        known, new = an_event(), an_event(at=NOW + TICK)
        await stores.audit.append([known])

        await asyncio.gather(*(stores.audit.append([known, new]) for _ in range(5)))

        assert [new, known] == list(await stores.audit.find(AuditQuery()))

    async def test_a_batch_of_hundreds_is_one_act(self, stores: Stores):
        """All of it is there afterwards."""
        events = [an_event(at=NOW + n * TICK) for n in range(500)]

        await stores.audit.append(events)

        assert events[::-1] == list(await stores.audit.find(AuditQuery(limit=1000)))

    async def test_entries_are_found_by_what_is_wanted(self, stores: Stores):
        """User, session, event, moment, and all of them together; ids are told sign by sign."""
        sid = str(uuid4())
        mine = an_event(user_id=USER, sid=sid, event=AuditWord.KICKED)
        later = an_event(user_id=USER, sid=sid, at=NOW + MINUTE)
        others = an_event(user_id=OTHER, event=AuditWord.KICKED, at=NOW + TICK)
        nobodys = an_event(event=AuditWord.KEYS_ROTATED, at=NOW - MINUTE)
        await stores.audit.append([mine, later, others, nobodys])

        async def found(**wanted: Any) -> list[AuditEvent]:
            return list(await stores.audit.find(AuditQuery(**wanted)))

        assert [later, mine] == await found(user_id=USER)
        assert [later, mine] == await found(sid=sid)
        assert [others, mine] == await found(event=AuditWord.KICKED)
        assert [later, others] == await found(since=NOW + TICK)
        assert [mine] == await found(user_id=USER, sid=sid, event=AuditWord.KICKED, since=NOW)
        assert [] == await found(user_id=OTHER, sid=sid)

    async def test_a_limit_leaves_the_newest(self, stores: Stores):
        """Of many entries those that happened last."""
        events = [an_event(at=NOW + n * TICK, user_id=USER) for n in range(5)]
        await stores.audit.append(events)

        assert [events[4], events[3]] == list(
            await stores.audit.find(AuditQuery(user_id=USER, limit=2))
        )

    @pytest.mark.parametrize("odd", ["", "\0", "é", "\ud800", "a" * 500])
    async def test_an_odd_id_is_only_unknown(self, stores: Stores, odd: str):
        """Text that can be no id of ours finds nothing."""
        await stores.audit.append([an_event(user_id=USER), an_event()])

        assert [] == list(await stores.audit.find(AuditQuery(user_id=odd)))
        assert [] == list(await stores.audit.find(AuditQuery(sid=odd)))

    async def test_a_sweep_deletes_the_oldest_up_to_a_limit(self, stores: Stores):
        """Also of entries of one moment; what is as young as the moment stays."""
        old = [an_event(at=NOW - MINUTE, id=f"id-{n}") for n in range(3)]
        oldest = an_event(at=NOW - timedelta(days=1))
        young = an_event(at=NOW)
        await stores.audit.append([young, *old, oldest])

        assert 2 == await stores.audit.sweep(NOW, limit=2)
        assert [young, old[2], old[1]] == list(await stores.audit.find(AuditQuery()))
        assert 2 == await stores.audit.sweep(NOW, limit=2)
        assert 0 == await stores.audit.sweep(NOW, limit=2)

        assert [young] == list(await stores.audit.find(AuditQuery()))

    async def test_an_erasure_leaves_an_id_and_what_happened(self, stores: Stores):
        """Addresses of the erased go, from what is there and from what is added late."""
        leaving = await stores.users.register(a_user(), an_identity(), a_session())
        staying = await stores.users.register(a_user(), an_identity(), a_session())
        before = [
            an_event(user_id=user.id, client="203.0.113.0", at=NOW - n * TICK)
            for n, user in enumerate((leaving, staying))
        ]
        late = [
            an_event(user_id=user.id, client="203.0.113.0", at=NOW - MINUTE - n * TICK)
            for n, user in enumerate((leaving, staying))
        ]
        itself = an_event(user_id=leaving.id, client="203.0.113.0", event=AuditWord.ERASED)
        await stores.audit.append(before)

        assert await stores.accounts.erase(leaving.id, NOW)
        await stores.audit.append(late)
        await stores.audit.append([itself])

        for user, client, count in ((leaving, "", 3), (staying, "203.0.113.0", 2)):
            found = await stores.audit.find(AuditQuery(user_id=user.id))
            assert [client] * count == [event.client for event in found]
