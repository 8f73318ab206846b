"""Access tokens for the APIs that want one: kept, renewed early, fetched once at a time.

Code2Session wants none, so a login never waits for this.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from attrs import define, field, frozen

from wxlogin.adapters.wechat.answers import TokenAnswer
from wxlogin.adapters.wechat.errcodes import ACCESS_TOKEN, RETRY_SECONDS
from wxlogin.adapters.wechat.wire import Question, Wire
from wxlogin.domain.errors import TryLater, WeChatUnavailable
from wxlogin.domain.ports.ambient import Clock

_RENEW = timedelta(seconds=270)
"""What must be left of a token's life. WeChat makes the next one 300 s before the end, and both
work until then ("获取稳定版接口调用凭据"), so asking at 270 s brings the new one."""

_decoder = msgspec.json.Decoder(TokenAnswer)


@frozen
class _Kept:
    token: str = field(repr=False)
    until: datetime


@define
class AccessTokens:
    """The stable access token of each app."""

    secrets: Mapping[str, str] = field(repr=False)
    clock: Clock
    wire: Wire
    _kept: dict[str, _Kept] = field(factory=dict, init=False, repr=False)
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
        kept = self._kept.get(appid)
        if kept is not None and kept.token == token:
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
        asked_at = self.clock.now()
        body = {
            "grant_type": "client_credential",
            "appid": appid,
            "secret": self.secrets[appid],
            "force_refresh": False,
        }
        question = Question(ACCESS_TOKEN, appid, _decoder, body=msgspec.json.encode(body))
        answer = await self.wire.ask(question, self.wire.deadline())
        token = answer.access_token or ""
        self._kept[appid] = _Kept(token, asked_at + timedelta(seconds=answer.expires_in))
        return token
