"""MemoryShelf: `AccessTokenShelf` in a dict."""

from attrs import define, evolve, field

from wxlogin.domain.ports.access_tokens import AccessToken, Held


@define
class MemoryShelf:
    """What processes in one test share."""

    _held: dict[str, Held] = field(factory=dict)

    async def look(self, appid: str) -> Held:
        """See `AccessTokenShelf.look`."""
        return self._held.get(appid, Held())

    async def take(self, appid: str, turn: int) -> bool:
        """See `AccessTokenShelf.take`."""
        return self._moved(appid, turn, asks=True)

    async def put(self, appid: str, turn: int, token: AccessToken | None) -> None:
        """See `AccessTokenShelf.put`."""
        if self._moved(appid, turn, asks=False) and token is not None:
            self._held[appid] = evolve(self._held[appid], kept=token)

    def _moved(self, appid: str, turn: int, *, asks: bool) -> bool:
        held = self._held.get(appid, Held())
        if held.turn == turn:
            self._held[appid] = evolve(held, turn=turn + 1, asks=asks)
        return held.turn == turn
