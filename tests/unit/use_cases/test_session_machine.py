"""RefreshSession against its promises, walked at random: lost answers, a thief, time."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.world import APPID, World
from wxlogin.domain.errors import RefreshInvalid, SessionEnded
from wxlogin.domain.session import EndReason, SessionPolicy
from wxlogin.domain.use_cases.sessions import Scope


class SessionMachine(RuleBasedStateMachine):
    """One session. The model keeps every token ever given, in order, and when the last was."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = World(policy=SessionPolicy(max_life=timedelta(days=70)))
        self.over: EndReason | None = None

    def teardown(self):
        self.loop.close()

    def run(self, awaitable):
        return self.loop.run_until_complete(awaitable)

    @initialize()
    def log_in(self):
        self.run(self.world.prepared())
        self.wishes = self.world.wishes()
        code = self.world.wechat.new_code(APPID, "alice")
        tokens = self.run(self.wishes.login(appid=APPID, code=code))
        self.access = tokens.access_token
        self.given = [tokens.refresh_token]
        self.sid = tokens.session_id
        self.began = self.last = self.world.clock.now()

    def expected(self, place: int) -> EndReason | str:
        now, policy = self.world.clock.now(), self.world.policy
        if self.over is not None:
            return self.over
        if now >= min(self.last + policy.refresh_ttl, self.began + policy.max_life):
            return EndReason.EXPIRED
        behind = len(self.given) - 1 - place
        if behind == 0:
            return "next"
        if behind == 1:
            in_time = now < self.last + policy.reuse_window
            return "same" if in_time else EndReason.SUPERSEDED
        return EndReason.REUSE_DETECTED

    def show(self, place: int) -> None:
        expected = self.expected(place)
        if isinstance(expected, EndReason):
            with pytest.raises(SessionEnded) as ended:
                self.run(self.wishes.refresh(token=self.given[place]))
            assert expected == ended.value.reason
            self.over = None if expected is EndReason.EXPIRED else expected
            return
        tokens = self.run(self.wishes.refresh(token=self.given[place]))
        self.access = tokens.access_token
        ending = self.began + self.world.policy.max_life - self.world.clock.now()
        assert timedelta(seconds=tokens.refresh_expires_in) <= ending
        if expected == "next":
            assert tokens.refresh_token not in self.given
            self.given.append(tokens.refresh_token)
            self.last = self.world.clock.now()
        else:
            assert "same" == expected
            assert self.given[-1] == tokens.refresh_token

    @rule()
    def refresh_with_the_newest(self):
        self.show(len(self.given) - 1)

    @precondition(lambda self: len(self.given) > 1)
    @rule()
    def repeat_after_a_lost_answer(self):
        self.show(len(self.given) - 2)

    @rule(data=st.data())
    def a_thief_shows_an_old_one(self, data):
        self.show(data.draw(st.integers(0, len(self.given) - 1)))

    @rule()
    def two_tabs_refresh_at_once(self):
        place = len(self.given) - 1
        if self.expected(place) != "next":
            return
        first, second = self.run(self._both(self.given[place]))
        assert first.refresh_token == second.refresh_token
        self.given.append(first.refresh_token)
        self.last = self.world.clock.now()

    async def _both(self, token):
        return await asyncio.gather(
            self.wishes.refresh(token=token), self.wishes.refresh(token=token)
        )

    @rule(seconds=st.sampled_from([1, 30, 59, 61, 3600, 86400 * 29, 86400 * 30]))
    def time_passes(self, seconds):
        self.world.clock.advance(timedelta(seconds=seconds))

    @precondition(lambda self: self.over is None)
    @rule()
    def log_out(self):
        if self.expected(len(self.given) - 1) != "next":
            return
        self.run(self.wishes.logout(token=None, refresh=self.given[-1], scope=Scope.THIS))
        self.over = EndReason.LOGGED_OUT

    @rule()
    def a_forged_token_is_not_ours(self):
        with pytest.raises(RefreshInvalid):
            self.run(self.wishes.refresh(token=self.given[-1] + "x"))

    @rule()
    def the_access_token_follows_the_session(self):
        """An access token within its time is good exactly while its session lives."""
        tokens_alive = self.expected(len(self.given) - 1) == "next"
        live = self.run(self.wishes.introspect(token=self.access))
        assert live is None or tokens_alive


SessionMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestSessions = SessionMachine.TestCase
