"""What every RateLimiter that counts in moving windows must do."""

from collections.abc import Awaitable, Callable

import pytest

from wxlogin.domain.ports.limits import RateLimiter, Rule

Pass = Callable[[float], Awaitable[None]]


class LimitsContract:
    """Subclass it with a `limits` and a `passing` fixture; each test asks as somebody new."""

    rule = Rule("contract", 3, 60)
    brief = Rule("brief", 3, 1)

    @pytest.fixture
    def limits(self) -> RateLimiter:
        """Answer the limiter under test."""
        raise NotImplementedError

    @pytest.fixture
    def passing(self) -> Pass:
        """Answer what lets some seconds pass."""
        raise NotImplementedError

    @pytest.fixture
    def asker(self, request: pytest.FixtureRequest) -> str:
        """Answer somebody who has not asked before, with signs an address may have."""
        return f"2001:db8::/56 {request.node.nodeid} 登录"

    async def test_lets_in_up_to_the_rule(self, limits: RateLimiter, asker: str):
        """Three may pass, and the fourth hears how long to wait, as whole seconds."""
        answers = [await limits.hit(self.rule, asker) for _ in range(5)]

        assert answers[:3] == [None, None, None]
        assert all(50 < wait <= 60 for wait in answers[3:])

    async def test_never_says_zero(self, limits: RateLimiter, asker: str):
        """Within a window of one second the wait is a second, not zero."""
        answers = [await limits.hit(self.brief, asker) for _ in range(4)]

        assert answers[3] == 1

    async def test_looking_counts_nothing(self, limits: RateLimiter, asker: str):
        """`full` may be asked any number of times, before and after."""
        for _ in range(5):
            assert await limits.full(self.rule, asker) is None
        for _ in range(3):
            assert await limits.hit(self.rule, asker) is None

        assert await limits.full(self.rule, asker) in range(50, 61)
        assert await limits.hit(self.rule, asker) in range(50, 61)

    async def test_a_window_passes(self, limits: RateLimiter, asker: str, passing: Pass):
        """After the window the same asker is let in again."""
        for _ in range(4):
            await limits.hit(self.brief, asker)
        await passing(1.05)

        assert await limits.full(self.brief, asker) is None
        assert await limits.hit(self.brief, asker) is None

    async def test_what_was_refused_does_not_count(
        self, limits: RateLimiter, asker: str, passing: Pass
    ):
        """Whoever asks on while refused is let in when the window of the good hits is over."""
        for _ in range(3):
            await limits.hit(self.brief, asker)
        for _ in range(15):
            if await limits.hit(self.brief, asker) is None:
                break
            await passing(0.1)
        else:
            pytest.fail("refused for longer than a window")

    async def test_askers_do_not_count_for_one_another(self, limits: RateLimiter, asker: str):
        """One asker who is refused leaves another alone."""
        for _ in range(4):
            await limits.hit(self.rule, asker)

        assert await limits.hit(self.rule, asker + "1") is None

    async def test_rules_do_not_count_for_one_another(self, limits: RateLimiter, asker: str):
        """Being refused by one rule says nothing about another."""
        for _ in range(4):
            await limits.hit(self.rule, asker)

        assert await limits.hit(Rule("another", 3, 1), asker) is None
