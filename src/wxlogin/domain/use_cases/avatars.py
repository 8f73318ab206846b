"""A picture from its upload to the verdict on it, and what tidies up after both.

WeChat looks at pictures after the call (wechat docs: 音视频内容安全识别). Until it has answered, a
picture is held: its owner sees it, nobody else knows its address.
"""

from datetime import timedelta

from attrs import frozen

from wxlogin.domain.errors import (
    AppMisconfigured,
    NotFound,
    StoreUnavailable,
    TokenInvalid,
    TryLater,
)
from wxlogin.domain.ports.ambient import Clock, Fact, Ids, Journal
from wxlogin.domain.ports.avatars import AvatarStore
from wxlogin.domain.ports.push import PushState
from wxlogin.domain.ports.reviews import ReviewRepository
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.ports.wechat import ContentApi, Verdict
from wxlogin.domain.push_event import PushEvent
from wxlogin.domain.review import Review, ReviewKind, ReviewState
from wxlogin.domain.use_cases.authenticate import Caller
from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.domain.use_cases.profile import identity_of
from wxlogin.domain.use_cases.push import Became
from wxlogin.domain.user import HELD_AVATARS, OWN_AVATARS, ProfileChange, released

ANSWERED_WITHIN = timedelta(minutes=30)
"""How long WeChat takes at most, as its page says."""
KEPT_FOR = timedelta(days=30)
"""How long a decided review stays."""
_ROW_MAY_COME = timedelta(minutes=5)
_PROFILE_MAY_COME = timedelta(minutes=1)
_RACES = 5
_BATCH = 100
_NO_ERROR = frozenset({"", "0"})


@frozen
class CheckAvatar:
    """Asks WeChat about held pictures.

    Only `apps` that WeChat can push to: from any other no verdict would ever come. `issuer` is the
    public base address, from where WeChat fetches the picture.
    """

    content: ContentApi
    reviews: ReviewRepository
    users: UserRepository
    avatars: AvatarStore
    clock: Clock
    ids: Ids
    journal: Journal
    policy: ContentPolicy
    issuer: str
    apps: frozenset[str]

    def holds(self, appid: str) -> bool:
        """Tells whether pictures that come from an app are held until they pass."""
        return self.policy is not ContentPolicy.OFF and appid in self.apps

    async def __call__(self, caller: Caller, path: str) -> str:
        """Answers the path to show: the held one, or a released one where the policy is open.

        Raises:
            TryLater, AppMisconfigured: WeChat cannot be asked and the policy is to stay closed.
            TokenInvalid: the account went since the token was checked.
        """
        appid, owner = caller.session.appid, caller.user.id
        identity = await identity_of(self.users, caller)
        try:
            trace_id = await self.content.check_avatar(identity, f"{self.issuer}{path}")
        except (TryLater, AppMisconfigured) as failure:
            fact = Fact("content_check", failure.code, appid=appid, user_id=owner)
            self.journal.record(fact)
            if self.policy is ContentPolicy.FAIL_CLOSED:
                raise
            await self.avatars.release(path, owner=owner)
            return released(path)
        review = Review(
            id=self.ids.new_id(),
            user_id=owner,
            appid=appid,
            kind=ReviewKind.AVATAR,
            value=released(path),
            state=ReviewState.ASKED,
            at=self.clock.now(),
            trace_id=trace_id,
        )
        if not await self.reviews.add(review):
            raise TokenInvalid
        return path


@frozen
class DecideAvatar:
    """Lets everybody see a picture, or takes it away: what WeChat or an operator said.

    It may be called again: what was decided first stays, and what is missing of it is made up for.
    """

    reviews: ReviewRepository
    users: UserRepository
    avatars: AvatarStore
    clock: Clock

    async def __call__(self, review: Review, *, passed: bool, label: int | None = None) -> bool:
        """Tells whether this call decided it."""
        state = ReviewState.PASSED if passed else ReviewState.REFUSED
        decides = await self.reviews.decide(review.id, state, self.clock.now(), label)
        if not decides:
            before = await self.reviews.get(review.id)
            if before is None or not before.decided:
                return False
            passed = before.state is ReviewState.PASSED
        await self.carry_out(review, passed=passed)
        return decides

    async def carry_out(self, review: Review, *, passed: bool) -> None:
        """Does what a decision asks for. A picture that its owner replaced just goes."""
        if not review.value:
            return
        public, owner = review.value, review.user_id
        if passed:
            await self.avatars.release(_held(public), owner=owner)
        shown = await self._show(review, public if passed else "")
        if not (passed and shown):
            for path in (_held(public), public):
                await self.avatars.remove(path, owner=owner)

    async def is_shown(self, review: Review) -> bool:
        """Tells whether its owner's profile shows it; also when there is no profile any more."""
        user = await self.users.get(review.user_id)
        return user is None or released(user.profile.avatar_url) == review.value

    async def _show(self, review: Review, address: str) -> bool:
        """Changes the profile that shows the picture; False when it shows another one."""
        for _ in range(_RACES):
            user = await self.users.get(review.user_id)
            if user is None:
                return True
            if released(user.profile.avatar_url) != review.value:
                return False
            changed = user.changed(ProfileChange(avatar_url=address), self.clock.now())
            if changed is user or await self.users.save(changed):
                return True
        raise StoreUnavailable(1)


@frozen
class TreatUnanswered:
    """Does with pictures WeChat has no verdict on what the policy says of failing checks."""

    reviews: ReviewRepository
    decide: DecideAvatar
    clock: Clock
    journal: Journal
    policy: ContentPolicy

    async def __call__(self) -> int:
        """Answers how many were overdue; another call is worth it while that is not 0."""
        moment = self.clock.now() - ANSWERED_WITHIN
        overdue = await self.reviews.asked_before(moment, _BATCH)
        for review in overdue:
            await self.treat(review)
        return len(overdue)

    async def treat(self, review: Review) -> bool:
        """Releases a picture, or lets it wait for an operator; tells whether that was new."""
        fact = Fact("content_check", "no_verdict", appid=review.appid, user_id=review.user_id)
        self.journal.record(fact)
        if self.policy is not ContentPolicy.FAIL_OPEN:
            now = self.clock.now()
            return await self.reviews.decide(review.id, ReviewState.WAITING, now)
        # Before it counts as decided: who fails half-way must find it again.
        await self.decide.carry_out(review, passed=True)
        return await self.decide(review, passed=True)


@frozen
class ForgetReviews:
    """Deletes reviews some time after they were decided, in small batches."""

    reviews: ReviewRepository
    clock: Clock

    async def __call__(self) -> int:
        """Answers how many went; another call is worth it while that is not 0."""
        return await self.reviews.sweep(self.clock.now() - KEPT_FOR, _BATCH)


@frozen
class HearVerdict:
    """`wxa_media_check`: what WeChat found in a picture."""

    reviews: ReviewRepository
    decide: DecideAvatar
    unanswered: TreatUnanswered
    clock: Clock

    async def __call__(self, event: PushEvent) -> Became:
        """Does what the verdict says; what nobody here asked about is kept for an operator.

        Raises:
            NotFound: it came before the row, or before the profile shows the picture.
        """
        now, trace_id = self.clock.now(), event.says("trace_id")
        review = await self.reviews.by_trace(event.appid, trace_id) if trace_id else None
        if review is None:
            if trace_id and now - event.created_at < _ROW_MAY_COME:
                raise NotFound
            return Became("for_operator", PushState.KEPT)
        young = review.state is ReviewState.ASKED and now - review.at < _PROFILE_MAY_COME
        if young and not await self.decide.is_shown(review):
            raise NotFound
        word, new = await self._follow(event, review)
        return Became(word if new else "decided_before", user_id=review.user_id)

    async def _follow(self, event: PushEvent, review: Review) -> tuple[str, bool]:
        said = event.says("suggest", "result") if event.says("errcode") in _NO_ERROR else ""
        label = event.says("label", "result")
        found = int(label) if label.isdecimal() and label.isascii() else None
        match said:
            case Verdict.PASS | Verdict.RISKY:
                passed = said == Verdict.PASS
                new = await self.decide(review, passed=passed, label=found)
                return "passed" if passed else "refused", new
            case Verdict.REVIEW:
                state = ReviewState.WAITING
                return "waiting", await self.reviews.decide(
                    review.id, state, self.clock.now(), found
                )
        return "no_verdict", await self.unanswered.treat(review)


def _held(path: str) -> str:
    return HELD_AVATARS + path.removeprefix(OWN_AVATARS)
