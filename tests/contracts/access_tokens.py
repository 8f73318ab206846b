"""The contract of `AccessTokenShelf`."""

import asyncio

from tests.contracts.people import APP, MINUTE, NOW
from wxlogin.domain.ports.access_tokens import AccessToken, AccessTokenShelf, Held

TOKEN = AccessToken("88_t0ken", NOW + MINUTE)


class AccessTokensContract:
    async def test_an_app_begins_at_turn_0_with_nothing(self, shelf: AccessTokenShelf):
        """Nobody asks, and nothing is kept."""
        assert Held() == await shelf.look(APP)

    async def test_of_parallel_takers_one_asks(self, shelf: AccessTokenShelf):
        """Those who saw the same turn; it is over then."""
        for turn in (0, 1):
            taken = await asyncio.gather(*(shelf.take(APP, turn) for _ in range(8)))

            assert 1 == sum(taken)
            assert Held(turn + 1, asks=True) == await shelf.look(APP)

    async def test_what_came_is_kept_until_the_next_comes(self, shelf: AccessTokenShelf):
        """Asking again leaves it there for the others; so does coming back with nothing."""
        await shelf.take(APP, 0)
        await shelf.put(APP, 1, TOKEN)
        assert Held(2, asks=False, kept=TOKEN) == await shelf.look(APP)

        await shelf.take(APP, 2)
        assert Held(3, asks=True, kept=TOKEN) == await shelf.look(APP)

        await shelf.put(APP, 3, None)
        assert Held(4, asks=False, kept=TOKEN) == await shelf.look(APP)

    async def test_who_was_overtaken_puts_nothing(self, shelf: AccessTokenShelf):
        """What another brought stays."""
        await shelf.take(APP, 0)
        await shelf.take(APP, 1)
        await shelf.put(APP, 2, TOKEN)

        await shelf.put(APP, 1, AccessToken("88_late", NOW + 2 * MINUTE))
        await shelf.put(APP, 2, None)

        assert Held(3, asks=False, kept=TOKEN) == await shelf.look(APP)

    async def test_apps_do_not_meet(self, shelf: AccessTokenShelf):
        """Each has turns of its own."""
        await shelf.take(APP, 0)

        assert Held() == await shelf.look("wx0000000000000009")
