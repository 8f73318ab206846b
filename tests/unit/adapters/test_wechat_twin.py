"""The WeChat in memory, under the contracts of the real one."""

from datetime import timedelta

import pytest
from attrs import define

from tests.contracts.people import APP, NOW
from tests.contracts.wechat import (
    DOUBTFUL,
    RISKY,
    ContentApiContract,
    PhoneApiContract,
    SessionApiContract,
    WeChat,
)
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.memory.wechat import FakeWeChat
from wxlogin.adapters.wechat.errcodes import CONTENT, MEDIA, PHONE, SESSION
from wxlogin.domain.errors import WeChatSaid
from wxlogin.domain.ports.wechat import Verdict

_TABLES = {
    "exchange": SESSION,
    "phone": PHONE,
    "check_nickname": CONTENT,
    "check_avatar": MEDIA,
}


@define
class FakeWorld:
    """The twin itself is the world."""

    fake: FakeWeChat
    clock: SetClock

    async def code(self, person, appid=APP):
        return self.fake.new_code(appid, person)

    async def phone_code(self, person, number="13800138000", country="86", appid=APP):
        return self.fake.new_phone_code(appid, person, number, country)

    async def bind(self, account):
        self.fake.bind(APP, account)

    async def block(self, person):
        self.fake.block(person)

    async def refuse(self, method, errcode, times=1):
        error = _TABLES[method].refusal(WeChatSaid(errcode), self.clock.now())
        self.fake.refuse(method, *[error] * times)

    async def advance(self, step: timedelta):
        self.clock.advance(step)


class InMemory:
    @pytest.fixture
    def wechat(self) -> WeChat:
        clock = SetClock(NOW)
        fake = FakeWeChat(clock)
        fake.judge(RISKY, Verdict.RISKY)
        fake.judge(DOUBTFUL, Verdict.REVIEW)
        return WeChat(fake, FakeWorld(fake, clock))


class TestFakeSessionApi(InMemory, SessionApiContract):
    pass


class TestFakePhoneApi(InMemory, PhoneApiContract):
    pass


class TestFakeContentApi(InMemory, ContentApiContract):
    pass


async def test_openids_are_the_same_in_every_run():
    """A test may write one down; production refuses it by its beginning."""
    one, other = FakeWeChat(SetClock(NOW)), FakeWeChat(SetClock(NOW))

    assert one.identity(APP, "alice") == other.identity(APP, "alice")
    assert one.identity(APP, "alice").openid.startswith("oSIM_")
    assert 28 == len(one.identity(APP, "alice").openid)


async def test_it_remembers_what_it_was_asked():
    """A test can tell that a code went to WeChat once."""
    fake = FakeWeChat(SetClock(NOW))
    await fake.exchange(APP, fake.new_code(APP, "alice"))

    assert [("exchange", APP)] == fake.asked


async def test_something_can_happen_while_it_has_the_question():
    """A test can look at the house while WeChat thinks."""
    seen = []

    async def before(method):
        seen.append(method)

    fake = FakeWeChat(SetClock(NOW), before=before)
    await fake.exchange(APP, fake.new_code(APP, "alice"))

    assert ["exchange"] == seen
