"""FakeWeChat: people, codes spent once, phones, and refusals that a test scripts."""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from attrs import define, field

from wxlogin.domain.errors import (
    CodeInvalid,
    CodeUsed,
    LoginBlocked,
    LoginError,
    PhoneCodeInvalid,
    WeChatSaid,
    WeChatUnavailable,
)
from wxlogin.domain.ports.ambient import Clock
from wxlogin.domain.ports.wechat import Verdict, WeChatSession
from wxlogin.domain.user import Identity, Phone

CODE_LIFE = timedelta(minutes=5)
"""How long a code is good (wx.login; 手机号快速验证组件)."""

_ACTIVE = timedelta(hours=2)
_CHINA = "86"


@define
class _Code:
    appid: str
    person: str
    until: datetime
    phone: Phone | None = field(default=None, repr=False)
    spent: bool = False


@define
class FakeWeChat:
    """`SessionApi`, `PhoneApi` and `ContentApi` without a network.

    Openids are the same in every run and begin with `oSIM_`. `asked` lists what was asked for,
    as (port method, appid). `before`, when set, is awaited by each call before it takes effect,
    with the name of the port method: what happens there happens while WeChat has the question.
    `media` are the addresses of the pictures it was asked about, by trace_id.
    """

    clock: Clock
    asked: list[tuple[str, str]] = field(factory=list)
    before: Callable[[str], Awaitable[None]] | None = None
    media: dict[str, str] = field(factory=dict)
    _codes: dict[str, _Code] = field(factory=dict, init=False, repr=False)
    _minted: int = field(default=0, init=False)
    _accounts: dict[str, str] = field(factory=dict, init=False)
    _blocked: set[str] = field(factory=set, init=False)
    _verdicts: dict[str, Verdict] = field(factory=dict, init=False)
    _active: dict[str, datetime] = field(factory=dict, init=False)
    _script: dict[str, list[LoginError]] = field(factory=dict, init=False)

    def new_code(self, appid: str, person: str) -> str:
        """Answers what wx.login gives on this person's phone: 32 signs, good once for 5 minutes."""
        self._active[self.identity(appid, person).openid] = self.clock.now()
        code = f"0{self._mint('code')[:31]}"
        self._codes[code] = _Code(appid, person, self.clock.now() + CODE_LIFE)
        return code

    def new_phone_code(
        self, appid: str, person: str, number: str = "13800138000", country_code: str = _CHINA
    ) -> str:
        """Answers what the phone button gives: 64 signs, good once for 5 minutes.

        `number` is without the country code.
        """
        whole = number if country_code == _CHINA else f"{country_code}{number}"
        code = self._mint("phone")
        until = self.clock.now() + CODE_LIFE
        self._codes[code] = _Code(appid, person, until, Phone(whole, country_code))
        return code

    def identity(self, appid: str, person: str) -> Identity:
        """Answers who a person is to an app, with a unionid where the app is bound."""
        account = self._accounts.get(appid)
        unionid = account and f"oSIMU{_derived(f'{account}/{person}')}"[:28]
        return Identity(appid, f"oSIM_{_derived(f'{appid}/{person}')}"[:28], unionid)

    def bind(self, appid: str, account: str | None) -> None:
        """Binds an app to an Open Platform account, or to none: unionids appear or vanish."""
        if account is None:
            self._accounts.pop(appid, None)
        else:
            self._accounts[appid] = account

    def block(self, person: str) -> None:
        """Lets WeChat hold this person for a risk: from now on their codes are refused."""
        self._blocked.add(person)

    def judge(self, word: str, verdict: Verdict) -> None:
        """Lets the content check answer this about every text with the word in it."""
        self._verdicts[word] = verdict

    def refuse(self, method: str, *errors: LoginError) -> None:
        """Lets the next calls of a port method raise these, one each, before they take effect."""
        self._script.setdefault(method, []).extend(errors)

    async def exchange(self, appid: str, js_code: str) -> WeChatSession:
        """See `SessionApi.exchange`."""
        await self._arrived("exchange", appid)
        code = self._codes.get(js_code)
        if code is None or code.phone is not None or code.appid != appid:
            raise CodeInvalid(WeChatSaid(40029))
        if code.spent:
            raise CodeUsed(WeChatSaid(40163))
        if self.clock.now() >= code.until:
            raise CodeInvalid(WeChatSaid(40029))
        code.spent = True
        if code.person in self._blocked:
            raise LoginBlocked(WeChatSaid(40226))
        key = hashlib.sha256(f"key/{appid}/{code.person}".encode()).digest()[:16]
        return WeChatSession(self.identity(appid, code.person), b64encode(key).decode())

    async def phone(self, identity: Identity, phone_code: str) -> Phone:
        """See `PhoneApi.phone`. Another person's code is refused and not spent."""
        await self._arrived("phone", identity.appid)
        code = self._codes.get(phone_code)
        if code is None or code.phone is None or code.spent or self.clock.now() >= code.until:
            raise PhoneCodeInvalid(WeChatSaid(40029))
        if code.appid != identity.appid:
            raise PhoneCodeInvalid(WeChatSaid(40013))
        if self.identity(code.appid, code.person).openid != identity.openid:
            raise PhoneCodeInvalid(WeChatSaid(40003))
        code.spent = True
        return code.phone

    async def check_nickname(self, identity: Identity, nickname: str) -> Verdict:
        """See `ContentApi.check_nickname`. Fails for who was not there within two hours."""
        await self._arrived("check_nickname", identity.appid)
        self._must_be_active(identity)
        found = {verdict for word, verdict in self._verdicts.items() if word in nickname}
        return next((one for one in (Verdict.RISKY, Verdict.REVIEW) if one in found), Verdict.PASS)

    async def check_avatar(self, identity: Identity, media_url: str) -> str:
        """See `ContentApi.check_avatar`. Fails for who was not there within two hours."""
        await self._arrived("check_avatar", identity.appid)
        self._must_be_active(identity)
        trace_id = self._mint("media")[:32]
        self.media[trace_id] = media_url
        return trace_id

    def _must_be_active(self, identity: Identity) -> None:
        seen = self._active.get(identity.openid)
        if seen is None or self.clock.now() - seen > _ACTIVE:
            raise WeChatUnavailable(3, WeChatSaid(61010))

    async def _arrived(self, method: str, appid: str) -> None:
        self.asked.append((method, appid))
        if self.before is not None:
            await self.before(method)
        if scripted := self._script.get(method):
            raise scripted.pop(0)

    def _mint(self, kind: str) -> str:
        self._minted += 1
        return hashlib.sha256(f"{kind}/{self._minted}".encode()).hexdigest()


def _derived(what: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(what.encode()).digest()).decode()
