"""ClearNickname: our own rules, then WeChat's content check, and what to do when that fails."""

from enum import StrEnum

from attrs import frozen

from wxlogin.domain.errors import AppMisconfigured, ContentRejected, TryLater
from wxlogin.domain.nickname import USUAL_RULES, NicknameRules
from wxlogin.domain.ports.ambient import Fact, Journal
from wxlogin.domain.ports.wechat import ContentApi, Verdict
from wxlogin.domain.use_cases.nicknames import NicknameReviews
from wxlogin.domain.user import Identity


class ContentPolicy(StrEnum):
    """Whether to ask WeChat about nicknames, and what a failing check means."""

    OFF = "off"
    FAIL_CLOSED = "closed"
    FAIL_OPEN = "open"


@frozen
class ClearNickname:
    """Lets a nickname pass, refuses it, or wants an operator to look at it."""

    content: ContentApi
    journal: Journal
    policy: ContentPolicy
    reviews: NicknameReviews
    rules: NicknameRules = USUAL_RULES

    async def __call__(self, identity: Identity, nickname: str) -> bool:
        """Answers whether the nickname may be stored; False: a person is to look at it first.

        Raises:
            ContentRejected: WeChat says no.
            TryLater, AppMisconfigured: the check failed and the policy is to stay closed.
        """
        if self.policy is ContentPolicy.OFF or not nickname:
            return True
        try:
            verdict = await self.content.check_nickname(identity, nickname)
        except (TryLater, AppMisconfigured) as failure:
            self.journal.record(Fact("content_check", failure.code, appid=identity.appid))
            if self.policy is ContentPolicy.FAIL_CLOSED:
                raise
            return True
        if verdict is Verdict.RISKY:
            raise ContentRejected("nickname")
        return verdict is Verdict.PASS
