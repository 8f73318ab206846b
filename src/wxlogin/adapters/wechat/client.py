"""WeChatClient: the three APIs a login needs, over one pool of connections."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote

import httpx
import msgspec
from attrs import define, field

from wxlogin.adapters.wechat.access_token import AccessTokens
from wxlogin.adapters.wechat.answers import (
    AnswerT,
    ContentAnswer,
    MediaAnswer,
    PhoneAnswer,
    PhoneInfo,
    SessionAnswer,
)
from wxlogin.adapters.wechat.breaker import Circuits
from wxlogin.adapters.wechat.errcodes import CONTENT, MEDIA, PHONE, SESSION, TOKEN_REFUSED, Api
from wxlogin.adapters.wechat.gate import Gate
from wxlogin.adapters.wechat.transport import make_transport
from wxlogin.adapters.wechat.ways import Way, Ways
from wxlogin.adapters.wechat.wire import Budget, Question, Seen, Wire
from wxlogin.domain.errors import (
    AppMisconfigured,
    CodeInvalid,
    PhoneCodeInvalid,
    WeChatUnavailable,
)
from wxlogin.domain.ports.access_tokens import AccessTokenShelf
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.wechat import Verdict, WeChatSession
from wxlogin.domain.user import Identity, Phone

WECHAT = "https://api.weixin.qq.com"

_CODE = re.compile(r"[0-9A-Za-z_-]{1,128}")
"""Wider than any code seen (32 letters and digits, 64 hex digits), and safe in an address."""

_CHINA = "86"
_PROFILE_SCENE = 1
_PICTURE = 2

_session_answers = msgspec.json.Decoder(SessionAnswer)
_phone_answers = msgspec.json.Decoder(PhoneAnswer)
_content_answers = msgspec.json.Decoder(ContentAnswer)
_media_answers = msgspec.json.Decoder(MediaAnswer)


@define(kw_only=True)
class WeChatClient:
    """`SessionApi`, `PhoneApi` and `ContentApi` at WeChat itself, or at what stands in for it.

    Constructing opens nothing; the first question opens the pool inside the running loop, and
    `close` ends it. One client serves one process.

    `apps` are the secrets by appid. `second_url` is asked while `base_url` takes no connection;
    both must lead to one WeChat. `timeout` bounds each call in seconds, with all waiting and
    retrying; the `gate` lets so many be with WeChat at once and so many more wait, the `circuits`
    keep from asking in vain, the `budget` from asking too often, and the `shelf` shares access
    tokens with other processes. After a "system error" the same
    question is asked again after each of `pauses` (seconds).
    """

    apps: Mapping[str, str] = field(repr=False)
    clock: Clock = field(repr=False)
    base_url: str = WECHAT
    second_url: str | None = None
    timeout: float = 8.0
    pauses: tuple[float, ...] = (0.1, 0.4)
    gate: Gate = field(factory=Gate, repr=False)
    circuits: Circuits = field(repr=False)
    budget: Budget | None = field(default=None, repr=False)
    shelf: AccessTokenShelf | None = field(default=None, repr=False)
    seen: Seen | None = field(default=None, repr=False)
    transport: Callable[[], httpx.AsyncBaseTransport] | None = field(default=None, repr=False)
    _wire: Wire = field(init=False, repr=False)
    _tokens: AccessTokens = field(init=False, repr=False)
    _login_queries: dict[str, str] = field(init=False, repr=False)

    @circuits.default
    def _circuits_of_its_own(self) -> Circuits:
        return Circuits(self.clock)

    def __attrs_post_init__(self) -> None:
        self._wire = Wire(
            ways=Ways(
                self._way(self.base_url),
                None if self.second_url is None else self._way(self.second_url),
                self.clock,
            ),
            clock=self.clock,
            timeout=self.timeout,
            pauses=self.pauses,
            gate=self.gate,
            circuits=self.circuits,
            budget=self.budget,
            seen=self.seen,
        )
        self._tokens = AccessTokens(self.apps, self.clock, self._wire, self.shelf)
        self._login_queries = {
            appid: f"appid={quote(appid, safe='')}&secret={quote(secret, safe='')}"
            "&grant_type=authorization_code&js_code="
            for appid, secret in self.apps.items()
        }

    async def exchange(self, appid: str, js_code: str) -> WeChatSession:
        """See `SessionApi.exchange`."""
        query = self._login_queries.get(appid)
        if query is None:
            raise AppMisconfigured
        if not _CODE.fullmatch(js_code):
            raise CodeInvalid
        question = Question(SESSION, appid, _session_answers, query + js_code)
        async with self._wire.turn(SESSION, appid) as deadline:
            answer = await self._wire.ask(question, deadline)
        assert answer.openid
        assert answer.session_key
        identity = Identity(appid, answer.openid, answer.unionid or None)
        return WeChatSession(identity, answer.session_key)

    async def phone(self, identity: Identity, phone_code: str) -> Phone:
        """See `PhoneApi.phone`. WeChat itself compares the code's person with the openid."""
        if not _CODE.fullmatch(phone_code):
            raise PhoneCodeInvalid
        body = {"code": phone_code, "openid": identity.openid}
        answer = await self._ask_with_token(PHONE, identity.appid, _phone_answers, body)
        assert answer.phone_info
        if answer.phone_info.watermark.appid != identity.appid:
            raise PhoneCodeInvalid
        return _phone(answer.phone_info)

    async def check_nickname(self, identity: Identity, nickname: str) -> Verdict:
        """See `ContentApi.check_nickname`.

        WeChat checks only for people who were in the mini-program within two hours (61010).
        """
        body = {
            "content": nickname,
            "version": 2,
            "scene": _PROFILE_SCENE,
            "openid": identity.openid,
        }
        answer = await self._ask_with_token(CONTENT, identity.appid, _content_answers, body)
        return Verdict(str(answer.result.suggest))

    async def check_avatar(self, identity: Identity, media_url: str) -> str:
        """See `ContentApi.check_avatar`; 61010 as at `check_nickname`."""
        body = {
            "media_url": media_url,
            "media_type": _PICTURE,
            "version": 2,
            "scene": _PROFILE_SCENE,
            "openid": identity.openid,
        }
        answer = await self._ask_with_token(MEDIA, identity.appid, _media_answers, body)
        assert answer.trace_id
        return answer.trace_id

    async def close(self) -> None:
        """Ends what is under way and closes the connections."""
        await self._tokens.close()
        await self._wire.close()

    def _way(self, base_url: str) -> Way:
        return Way(base_url, self.transport or partial(make_transport, base_url))

    async def _ask_with_token(
        self,
        api: Api,
        appid: str,
        decoder: msgspec.json.Decoder[AnswerT],
        body: Mapping[str, object],
    ) -> AnswerT:
        """Asks with the kept token, and once more with a new one where WeChat refuses it."""
        if appid not in self.apps:
            raise AppMisconfigured
        told = msgspec.json.encode(body)
        async with self._wire.turn(api, appid) as deadline:
            token = await self._tokens.get(appid, deadline)
            question = Question(api, appid, decoder, _with(token), told)
            try:
                return await self._wire.ask(question, deadline)
            except WeChatUnavailable as failure:
                if failure.wechat is None or failure.wechat.errcode not in TOKEN_REFUSED:
                    raise
            self._tokens.spoil(appid, token)
            token = await self._tokens.get(appid, deadline)
            question = Question(api, appid, decoder, _with(token), told)
            return await self._wire.ask(question, deadline)


def _with(token: str) -> str:
    return f"access_token={quote(token, safe='')}"


def _phone(info: PhoneInfo) -> Phone:
    """Answers the number in the one form we keep: foreign ones with the country code in front."""
    country = str(info.countryCode or _CHINA).removeprefix("+")
    pure = info.purePhoneNumber or ""
    if pure:
        return Phone(pure if country == _CHINA else f"{country}{pure}", country)
    return Phone((info.phoneNumber or "").removeprefix("+"), country)
