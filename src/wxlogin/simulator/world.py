"""The world that the simulator's WeChat lives in: everything it remembers, in one place.

It lives in memory and in one event loop. No act awaits half-way, so each is atomic: of any number
of parallel redemptions of a code exactly one succeeds.
"""

from collections.abc import Callable
from typing import Any, Self

from attrs import define, field

from wxlogin.simulator.ambient import HEX, Draws
from wxlogin.simulator.clock import WorldClock
from wxlogin.simulator.codes import Code, Codes, SessionKeys, login_code, phone_code
from wxlogin.simulator.faults import Script
from wxlogin.simulator.ledger import Ledger
from wxlogin.simulator.people import App, People, unionid_of
from wxlogin.simulator.quotas import Quotas
from wxlogin.simulator.refusals import Refusal
from wxlogin.simulator.rules import Rules
from wxlogin.simulator.tokens import Tokens

MOCK_CODE = "the code is a mock one"
"""What wx.login answers in the tourist mode of the DevTools; WeChat refuses it with 40029."""


@define
class World:
    """All state of one simulated WeChat."""

    clock: WorldClock
    draws: Draws
    people: People
    login_codes: Codes
    phone_codes: Codes
    keys: SessionKeys
    tokens: Tokens
    quotas: Quotas
    rules: Rules = field(factory=Rules)
    faults: Script = field(factory=Script)
    ledger: Ledger = field(factory=Ledger)
    media_checks: dict[str, dict[str, Any]] = field(factory=dict)
    on_media: list[Callable[[str], None]] = field(factory=list)
    _active: dict[str, float] = field(factory=dict, init=False, repr=False)

    @classmethod
    def made(cls, *, clock: WorldClock, draws: Draws, people: People, rules: Rules) -> Self:
        """Answer a world where nothing has happened yet."""
        return cls(
            clock=clock,
            draws=draws,
            people=people,
            login_codes=Codes(clock),
            phone_codes=Codes(clock),
            keys=SessionKeys(clock, draws),
            tokens=Tokens(clock, draws),
            quotas=Quotas(clock),
            rules=rules,
        )

    def wx_login(self, app: App, user: str) -> str:
        """Do what wx.login does on a phone: a fresh code, and maybe a fresh session_key.

        A data pre-fetch with a code counts just as well ("数据预拉取").
        """
        self.people.person(user)
        openid = self.people.seen(app.appid, user)
        self._active[openid] = now = self.clock.now()
        self.keys.at_login(
            app.appid,
            user,
            rotation=self.rules.key_rotation_seconds,
            idle=self.rules.key_idle_seconds,
        )
        code = login_code(self.draws)
        self.login_codes.add(code, Code(app.appid, user, now))
        return code

    def tap_phone_button(self, app: App, user: str, phone: str | None) -> str:
        """Do what a tap on the phone button does; the life of the code begins now.

        `phone` chosen for this one code leaves the person's own number as it is.
        """
        number = phone or self.people.person(user).phone
        self.people.seen(app.appid, user)
        code = phone_code(self.draws)
        self.phone_codes.add(code, Code(app.appid, user, self.clock.now(), number))
        return code

    def redeem_login(self, app: App, code: str) -> dict[str, Any]:
        """Spend a wx.login code for openid and session_key ("小程序登录凭证校验").

        Raises Refusal 40029 (unknown, expired, of another mini-program: not spent), 40163 (spent
        before), 40226 (a blocked person; the code is spent).
        """
        record = self.login_codes.find(code, life=self.rules.code_seconds)
        if record.appid != app.appid:
            raise Refusal(40029)
        record.used = True
        person = self.people.person(record.user)
        if person.blocked:
            raise Refusal(40226)
        key = self.keys.living(app.appid, person.user) or self.keys.at_login(
            app.appid,
            person.user,
            rotation=self.rules.key_rotation_seconds,
            idle=self.rules.key_idle_seconds,
        )
        answer = {"session_key": key.text, "openid": self.people.seen(app.appid, person.user)}
        if app.open_account is not None:
            answer["unionid"] = unionid_of(app.open_account, person.user)
        return answer

    def redeem_phone(self, appid: str, code: str, openid: str | None) -> str:
        """Spend a phone code for the number behind it ("获取手机号").

        Raises Refusal 40029 (unknown, expired or spent), 40013 (of another mini-program) and the
        errcode set in the rules where `openid` is somebody else's; the last two spend nothing.
        """
        try:
            record = self.phone_codes.find(code, life=self.rules.phone_code_seconds)
        except Refusal:
            raise Refusal(40029) from None
        if record.appid != appid:
            raise Refusal(40013)
        if openid is not None and self.people.whose(openid) != (appid, record.user):
            raise Refusal(self.rules.phone_openid_errcode)
        record.used = True
        return record.phone or ""

    def visitor(self, appid: str, openid: str) -> str:
        """Answer which person an openid is, who must have been active lately.

        Raises Refusal 40003 (no openid), 43104 (of another mini-program), 61010 (not active).
        """
        owner = self.people.whose(openid)
        if owner is None:
            raise Refusal(61010 if self.people.simulated(openid) else 40003)
        if owner[0] != appid:
            raise Refusal(43104)
        active = self._active.get(openid, float("-inf"))
        if self.clock.now() - active > self.rules.active_seconds:
            raise Refusal(61010)
        return owner[1]

    def new_rid(self) -> str:
        """Answer a rid: the time in hex, then two groups of eight."""
        return f"{int(self.clock.now()):08x}-{self.draws.text(HEX, 8)}-{self.draws.text(HEX, 8)}"
