"""The contracts of `SessionApi`, `PhoneApi` and `ContentApi`."""

import asyncio
from datetime import timedelta
from typing import Protocol

import pytest
from attrs import frozen

from tests.contracts.people import APP, MINUTE, OTHER_APP
from wxlogin.domain.errors import (
    AppMisconfigured,
    CodeInvalid,
    CodeUsed,
    LoginBlocked,
    PhoneCodeInvalid,
    WeChatQuotaExhausted,
    WeChatRateLimited,
    WeChatUnavailable,
)
from wxlogin.domain.ports.wechat import ContentApi, PhoneApi, SessionApi, Verdict
from wxlogin.domain.user import Identity, Phone

CODE_LIFE = timedelta(minutes=5)
ALWAYS = 10
"""More often than any adapter asks again."""

OF_ANY_API = [
    (45011, WeChatRateLimited),
    (45009, WeChatQuotaExhausted),
    (40125, AppMisconfigured),
    (50007, AppMisconfigured),
    (-1, WeChatUnavailable),
]
PICTURE = "https://login.example.com/avatars/held/a.webp"
RISKY, DOUBTFUL, HARMLESS = "违规的名字", "卖广告的", "小明 🌸"


class Api(SessionApi, PhoneApi, ContentApi, Protocol):
    """The three ports in one."""


class World(Protocol):
    """The other side: what people do on their phones, and what WeChat is made to say."""

    async def code(self, person: str, appid: str = APP) -> str: ...

    async def phone_code(
        self, person: str, number: str = "13800138000", country: str = "86", appid: str = APP
    ) -> str: ...

    async def bind(self, account: str | None) -> None: ...

    async def block(self, person: str) -> None: ...

    async def refuse(self, method: str, errcode: int, times: int = 1) -> None: ...

    async def advance(self, step: timedelta) -> None: ...


@frozen
class WeChat:
    """An adapter and the world it speaks to. A subclass of a suite gives it as `wechat`."""

    api: Api
    world: World

    async def login(self, person: str, appid: str = APP) -> Identity:
        """Answer who a person is, by a fresh code."""
        return (await self.api.exchange(appid, await self.world.code(person, appid))).identity


class SessionApiContract:
    async def test_a_code_tells_who_it_is(self, wechat: WeChat):
        """One person has one openid in one app, and different ones in two."""
        first, again = await wechat.login("alice"), await wechat.login("alice")
        bob, elsewhere = await wechat.login("bob"), await wechat.login("alice", OTHER_APP)

        assert first == again
        assert (APP, OTHER_APP) == (first.appid, elsewhere.appid)
        assert 3 == len({first.openid, bob.openid, elsewhere.openid})

    async def test_a_code_brings_a_session_key_that_shows_nowhere(self, wechat: WeChat):
        """The key is there and not in the repr."""
        session = await wechat.api.exchange(APP, await wechat.world.code("alice"))

        assert session.session_key
        assert session.session_key not in repr(session)

    async def test_a_code_is_spent_once(self, wechat: WeChat):
        """The second exchange is told that the code is used."""
        code = await wechat.world.code("alice")
        await wechat.api.exchange(APP, code)

        with pytest.raises(CodeUsed) as refusal:
            await wechat.api.exchange(APP, code)

        assert 40163 == refusal.value.wechat.errcode

    async def test_of_parallel_exchanges_one_gets_it(self, wechat: WeChat):
        """However many come with one code, one succeeds."""
        code = await wechat.world.code("alice")

        answers = await asyncio.gather(
            *(wechat.api.exchange(APP, code) for _ in range(20)), return_exceptions=True
        )

        assert 19 == sum(isinstance(answer, CodeUsed) for answer in answers)

    async def test_a_code_ends_with_its_time(self, wechat: WeChat):
        """Good until just before its end, then as unknown."""
        early, late = await wechat.world.code("alice"), await wechat.world.code("alice")
        await wechat.world.advance(CODE_LIFE - timedelta(seconds=1))
        await wechat.api.exchange(APP, early)
        await wechat.world.advance(timedelta(seconds=1))

        with pytest.raises(CodeInvalid):
            await wechat.api.exchange(APP, late)

    async def test_a_later_code_leaves_an_earlier_one_good(self, wechat: WeChat):
        """Two codes of one person work in any order."""
        first, second = await wechat.world.code("alice"), await wechat.world.code("alice")

        await wechat.api.exchange(APP, second)
        await wechat.api.exchange(APP, first)

    async def test_a_code_is_for_its_app(self, wechat: WeChat):
        """Another app is refused and the code stays good for its own."""
        code = await wechat.world.code("alice")

        with pytest.raises(CodeInvalid):
            await wechat.api.exchange(OTHER_APP, code)
        assert APP == (await wechat.api.exchange(APP, code)).identity.appid

    @pytest.mark.parametrize("code", ["0" * 32, "the code is a mock one", "a/b?c=d&e", "", "码"])
    async def test_what_was_never_a_code_is_invalid(self, wechat: WeChat, code: str):
        """Anything a client may send is answered alike."""
        with pytest.raises(CodeInvalid):
            await wechat.api.exchange(APP, code)

    async def test_a_phone_code_is_no_login_code(self, wechat: WeChat):
        """The two kinds are not interchangeable, and a mix-up spends nothing."""
        alice = await wechat.login("alice")
        code = await wechat.world.phone_code("alice")

        with pytest.raises(CodeInvalid):
            await wechat.api.exchange(APP, code)
        assert await wechat.api.phone(alice, code)

    async def test_a_unionid_comes_with_the_binding(self, wechat: WeChat):
        """None before the app is bound, one and the same afterwards, None again when unbound."""
        before = await wechat.login("alice")
        await wechat.world.bind("account")
        bound = [await wechat.login("alice"), await wechat.login("alice")]
        other = await wechat.login("bob")
        await wechat.world.bind(None)
        after = await wechat.login("alice")

        assert [None, None] == [before.unionid, after.unionid]
        assert bound[0] == bound[1]
        assert bound[0].unionid not in {None, other.unionid, bound[0].openid}
        assert before.openid == bound[0].openid

    async def test_a_blocked_person_does_not_come_in(self, wechat: WeChat):
        """WeChat's own stop has an error of its own."""
        await wechat.world.block("mallory")

        with pytest.raises(LoginBlocked) as refusal:
            await wechat.login("mallory")

        assert 40226 == refusal.value.wechat.errcode

    @pytest.mark.parametrize(("errcode", "error"), OF_ANY_API)
    async def test_a_refusal_keeps_what_wechat_said(self, wechat: WeChat, errcode, error):
        """The errcode is in the error; when the app or WeChat is at fault the code stays good."""
        code = await wechat.world.code("alice")
        await wechat.world.refuse("exchange", errcode, ALWAYS)

        with pytest.raises(error) as refusal:
            await wechat.api.exchange(APP, code)

        assert errcode == refusal.value.wechat.errcode
        assert not getattr(refusal.value, "code_may_be_spent", False)
        assert getattr(refusal.value, "retry_after", 1) > 0


class PhoneApiContract:
    async def test_a_code_tells_the_number(self, wechat: WeChat):
        """A Chinese number comes without country code."""
        alice = await wechat.login("alice")
        code = await wechat.world.phone_code("alice", "13800138001")

        assert Phone("13800138001", "86") == await wechat.api.phone(alice, code)

    async def test_a_foreign_number_has_the_country_code_in_front(self, wechat: WeChat):
        """In the one form the model asks for: digits only."""
        alice = await wechat.login("alice")
        code = await wechat.world.phone_code("alice", "91234567", "852")

        assert Phone("85291234567", "852") == await wechat.api.phone(alice, code)

    async def test_a_code_is_spent_once(self, wechat: WeChat):
        """The second time it is as unknown."""
        alice = await wechat.login("alice")
        code = await wechat.world.phone_code("alice")
        await wechat.api.phone(alice, code)

        with pytest.raises(PhoneCodeInvalid):
            await wechat.api.phone(alice, code)

    async def test_a_code_ends_with_its_time(self, wechat: WeChat):
        """After five minutes it is as unknown."""
        alice = await wechat.login("alice")
        code = await wechat.world.phone_code("alice")
        await wechat.world.advance(CODE_LIFE)

        with pytest.raises(PhoneCodeInvalid):
            await wechat.api.phone(alice, code)

    async def test_a_code_is_for_its_person(self, wechat: WeChat):
        """Nobody can bind the number of somebody else."""
        alice, bob = await wechat.login("alice"), await wechat.login("bob")
        code = await wechat.world.phone_code("alice", "13800138001")

        with pytest.raises(PhoneCodeInvalid):
            await wechat.api.phone(bob, code)
        assert "13800138001" == (await wechat.api.phone(alice, code)).number

    async def test_a_code_is_for_its_app(self, wechat: WeChat):
        """A code of another app is refused."""
        elsewhere = await wechat.login("alice", OTHER_APP)
        code = await wechat.world.phone_code("alice")

        with pytest.raises(PhoneCodeInvalid):
            await wechat.api.phone(elsewhere, code)

    async def test_a_login_code_is_no_phone_code(self, wechat: WeChat):
        """The two kinds are not interchangeable, and a mix-up spends nothing."""
        alice = await wechat.login("alice")
        code = await wechat.world.code("alice")

        with pytest.raises(PhoneCodeInvalid):
            await wechat.api.phone(alice, code)
        assert alice == (await wechat.api.exchange(APP, code)).identity

    @pytest.mark.parametrize("code", ["f" * 64, "no code", "", '{"code":"x"}', "码"])
    async def test_what_was_never_a_code_is_invalid(self, wechat: WeChat, code: str):
        """Anything a client may send is answered alike."""
        alice = await wechat.login("alice")

        with pytest.raises(PhoneCodeInvalid):
            await wechat.api.phone(alice, code)

    @pytest.mark.parametrize(("errcode", "error"), OF_ANY_API)
    async def test_a_refusal_keeps_what_wechat_said(self, wechat: WeChat, errcode, error):
        """The errcode is in the error."""
        alice = await wechat.login("alice")
        code = await wechat.world.phone_code("alice")
        await wechat.world.refuse("phone", errcode, ALWAYS)

        with pytest.raises(error) as refusal:
            await wechat.api.phone(alice, code)

        assert errcode == refusal.value.wechat.errcode


class ContentApiContract:
    @pytest.mark.parametrize(
        ("nickname", "verdict"),
        [
            (HARMLESS, Verdict.PASS),
            (DOUBTFUL, Verdict.REVIEW),
            (RISKY, Verdict.RISKY),
            (f"{DOUBTFUL}{RISKY}", Verdict.RISKY),
        ],
    )
    async def test_a_nickname_is_judged(self, wechat: WeChat, nickname, verdict):
        """The three verdicts; the worst word decides."""
        alice = await wechat.login("alice")

        assert verdict == await wechat.api.check_nickname(alice, nickname)

    async def test_who_was_long_away_cannot_be_checked(self, wechat: WeChat):
        """After two hours without a visit the check fails, and nothing is let through."""
        alice = await wechat.login("alice")
        await wechat.world.advance(timedelta(hours=2) + MINUTE)

        with pytest.raises(WeChatUnavailable) as refusal:
            await wechat.api.check_nickname(alice, HARMLESS)

        assert 61010 == refusal.value.wechat.errcode

    @pytest.mark.parametrize(("errcode", "error"), OF_ANY_API)
    async def test_a_refusal_keeps_what_wechat_said(self, wechat: WeChat, errcode, error):
        """The errcode is in the error."""
        alice = await wechat.login("alice")
        await wechat.world.refuse("check_nickname", errcode, ALWAYS)

        with pytest.raises(error) as refusal:
            await wechat.api.check_nickname(alice, HARMLESS)

        assert errcode == refusal.value.wechat.errcode

    async def test_each_check_of_a_picture_has_a_name_of_its_own(self, wechat: WeChat):
        """The verdict comes later, by that name; two questions about one picture are two."""
        alice = await wechat.login("alice")

        names = [await wechat.api.check_avatar(alice, PICTURE) for _ in range(2)]

        assert 2 == len(set(names))
        assert all(names)

    async def test_a_picture_of_who_was_long_away_cannot_be_checked(self, wechat: WeChat):
        """As with nicknames."""
        alice = await wechat.login("alice")
        await wechat.world.advance(timedelta(hours=2) + MINUTE)

        with pytest.raises(WeChatUnavailable) as refusal:
            await wechat.api.check_avatar(alice, PICTURE)

        assert 61010 == refusal.value.wechat.errcode

    @pytest.mark.parametrize(("errcode", "error"), OF_ANY_API)
    async def test_a_refused_picture_keeps_what_wechat_said(self, wechat: WeChat, errcode, error):
        """The errcode is in the error."""
        alice = await wechat.login("alice")
        await wechat.world.refuse("check_avatar", errcode, ALWAYS)

        with pytest.raises(error) as refusal:
            await wechat.api.check_avatar(alice, PICTURE)

        assert errcode == refusal.value.wechat.errcode
