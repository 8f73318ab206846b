"""Access tokens for the APIs that want one: kept, renewed early, fetched once for all processes.

Code2Session wants none, so a login never waits for this.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import msgspec
from attrs import define, field

from wxlogin.adapters.wechat.answers import TokenAnswer
from wxlogin.adapters.wechat.errcodes import ACCESS_TOKEN, RETRY_SECONDS
from wxlogin.adapters.wechat.wire import Question, Wire
from wxlogin.domain.errors import StoreUnavailable, TryLater, WeChatUnavailable
from wxlogin.domain.ports.access_tokens import AccessToken, AccessTokenShelf, Held
from wxlogin.domain.ports.ambient import Clock

_RENEW = timedelta(seconds=270)
"""What must be left of a token's life. WeChat makes the next one 300 s before the end, and both
work until then ("获取稳定版接口调用凭据"), so asking at 270 s brings the new one."""

_PATIENCE_SECONDS = 3.0
"""So long one process waits for another that asks. Asking twice does no harm, for WeChat gives
both the same token; waiting for one that was killed would."""
_LOOK_AGAIN_SECONDS = 0.1
_REFUSALS_APART_SECONDS = 10.0
"""Where WeChat refuses what it has just given, asking anew for each person would not help."""

_decoder = msgspec.json.Decoder(TokenAnswer)


@define
class AccessTokens:
    """The stable access token of each app; without a shelf each process has its own."""

    secrets: Mapping[str, str] = field(repr=False)
    clock: Clock
    wire: Wire
    shelf: AccessTokenShelf | None = field(default=None, repr=False)
    _kept: dict[str, AccessToken] = field(factory=dict, init=False, repr=False)
    _spoiled: dict[str, tuple[str, float]] = field(factory=dict, init=False, repr=False)
    _flights: dict[str, asyncio.Task[str]] = field(factory=dict, init=False, repr=False)

    async def get(self, appid: str, deadline: float) -> str:
        """Answers a token; whoever comes while one is fetched waits for that one.

        Who is cancelled or late leaves the others' fetch alone.

        Raises:
            AppMisconfigured: WeChat refuses the appid, the secret or our address.
            TryLater: it cannot be had now, and the kept one is past its time.
        """
        kept = self._kept.get(appid)
        now = self.clock.now()
        if kept is not None and kept.until - now > _RENEW:
            return kept.token
        try:
            async with asyncio.timeout_at(deadline):
                return await asyncio.shield(self._flight(appid))
        except (TryLater, TimeoutError) as failure:
            if kept is not None and kept.until > now:
                return kept.token
            if isinstance(failure, TryLater):
                raise
        raise WeChatUnavailable(RETRY_SECONDS)

    def spoil(self, appid: str, token: str) -> None:
        """Forgets a token that WeChat refused, unless another has taken its place already."""
        now = asyncio.get_running_loop().time()
        _, refused_at = self._spoiled.get(appid, ("", -_REFUSALS_APART_SECONDS))
        kept = self._kept.get(appid)
        if kept is not None and kept.token == token and now >= refused_at + _REFUSALS_APART_SECONDS:
            self._spoiled[appid] = (token, now)
            del self._kept[appid]

    async def close(self) -> None:
        """Ends the fetches that are under way."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _flight(self, appid: str) -> asyncio.Task[str]:
        flight = self._flights.get(appid)
        if flight is None:
            flight = asyncio.get_running_loop().create_task(self._fetch(appid))
            self._flights[appid] = flight
            flight.add_done_callback(lambda done: self._landed(appid, done))
        return flight

    def _landed(self, appid: str, flight: asyncio.Task[str]) -> None:
        del self._flights[appid]
        if not flight.cancelled():
            flight.exception()  # looked at, so that asyncio does not log it when nobody waits

    async def _fetch(self, appid: str) -> str:
        try:
            kept = await (self._asked(appid) if self.shelf is None else self._shared(appid))
        except StoreUnavailable:
            kept = await self._asked(appid)
        self._kept[appid] = kept
        return kept.token

    async def _shared(self, appid: str) -> AccessToken:
        """Answers the token on the shelf, or asks for all; of those who wait the next one does."""
        assert self.shelf is not None
        loop = asyncio.get_running_loop()
        first = held = await self.shelf.look(appid)
        tired_at = loop.time() + _PATIENCE_SECONDS
        while (usable := self._usable(appid, held, first)) is None:
            if held.asks and loop.time() < tired_at:
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            elif await self.shelf.take(appid, held.turn):
                return await self._asked_for_all(appid, held.turn + 1)
            turn, held = held.turn, await self.shelf.look(appid)
            if held.turn != turn:
                tired_at = loop.time() + _PATIENCE_SECONDS
        return usable

    def _usable(self, appid: str, held: Held, first: Held) -> AccessToken | None:
        """Answers the token on the shelf if it will do.

        One that was refused does when WeChat gave it again meanwhile: it would give us no other.
        """
        if held.kept is None or held.kept.until - self.clock.now() <= _RENEW:
            return None
        spoiled, _ = self._spoiled.get(appid, ("", 0))
        again = held.turn != first.turn and not held.asks
        return held.kept if held.kept.token != spoiled or again else None

    async def _asked_for_all(self, appid: str, turn: int) -> AccessToken:
        assert self.shelf is not None
        try:
            kept = await self._asked(appid)
        except Exception:
            await self.shelf.put(appid, turn, None)
            raise
        await self.shelf.put(appid, turn, kept)
        return kept

    async def _asked(self, appid: str) -> AccessToken:
        asked_at = self.clock.now()
        body = {
            "grant_type": "client_credential",
            "appid": appid,
            "secret": self.secrets[appid],
            "force_refresh": False,
        }
        question = Question(ACCESS_TOKEN, appid, _decoder, body=msgspec.json.encode(body))
        answer = await self.wire.ask(question, self.wire.deadline())
        return AccessToken(
            answer.access_token or "", asked_at + timedelta(seconds=answer.expires_in)
        )
