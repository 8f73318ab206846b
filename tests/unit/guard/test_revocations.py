"""The revocation feed: what ended counts within one poll, outages change nothing."""

import asyncio
import logging
import math
import os
import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.unit.guard.issuer import ED, NOW, SERVICE_TOKEN, SID, USER, FakeIssuer
from wxlogin.guard import Guard, Rejected

FEED = "/v1/revocations"


def moment(seconds: float) -> str:
    """Answer Unix seconds as the feed writes them."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def refused(guard: Guard, token: str) -> tuple[str, str | None]:
    """Answer code and reason of the refusal."""
    with pytest.raises(Rejected) as refusal:
        guard.check(token)
    return refusal.value.code, refusal.value.reason


async def test_a_logout_counts_after_one_poll():
    """A token that was good is refused with the reason once the feed told its session."""
    issuer = FakeIssuer()
    guard = issuer.following()
    token = ED.token()
    guard.check(token)
    issuer.end("session", SID, "logged_out", moment(NOW + 1))

    guard.check(token)  # not told yet
    guard.refresh()
    assert refused(guard, token) == ("session_ended", "logged_out")
    assert refused(guard, token) == ("session_ended", "logged_out")
    with pytest.raises(Rejected):
        await guard.acheck(token)
    assert guard.check(ED.token(sid="another")).sub == USER
    assert token not in guard._verifier._good


@pytest.mark.parametrize(
    ("iat", "code"),
    [(NOW - 1, "session_ended"), (NOW, "session_ended"), (NOW + 1, None), (NOW + 30, None)],
)
@pytest.mark.parametrize("fraction", [0, 0.000001, 0.7, 0.999999])
def test_a_ban_ends_what_was_issued_up_to_its_second(iat, code, fraction):
    """Tokens of the second of the ban count as before it; those of the next second are new."""
    issuer = FakeIssuer()
    guard = issuer.following()
    issuer.end("user", USER, "banned", moment(NOW + fraction))
    guard.refresh()

    token = ED.token(iat=iat)
    if code:
        assert refused(guard, token) == (code, "banned")
    else:
        assert guard.check(token).sub == USER
    assert guard.check(ED.token(sub="somebody-else")).sub == "somebody-else"


def test_banned_again_counts_again_and_repeats_change_nothing():
    """Of several entries of a user the latest counts, in whatever order they come, and twice."""
    issuer = FakeIssuer()
    guard = issuer.following()
    issuer.end("user", USER, "banned", moment(NOW))
    guard.refresh()
    assert guard.check(ED.token(iat=NOW + 5)).sub == USER

    issuer.end("user", USER, "erased", moment(NOW + 10))
    issuer.end("user", USER, "banned", moment(NOW))
    for _ in range(3):
        guard.refresh()
        assert refused(guard, ED.token(iat=NOW + 5)) == ("session_ended", "erased")


def test_an_outage_of_the_feed_changes_nothing_that_is_known(caplog):
    """What ended stays ended, what was good stays good, and the age says how old that is."""
    issuer = FakeIssuer()
    guard = issuer.following()
    assert guard.age_seconds == math.inf
    issuer.end("session", SID, "kicked", moment(NOW))
    guard.refresh()
    assert guard.age_seconds == 0

    issuer.down = True
    issuer.clock.now += 30
    with caplog.at_level(logging.WARNING, "wxlogin.guard"):
        guard.refresh()
    assert guard.age_seconds == 30
    assert refused(guard, ED.token()) == ("session_ended", "kicked")
    assert guard.check(ED.token(sid="s2")).sid == "s2"
    assert SERVICE_TOKEN not in caplog.text

    issuer.end("session", "s2", "kicked", moment(NOW + 30))
    issuer.down = False
    guard.refresh()
    assert refused(guard, ED.token(sid="s2")) == ("session_ended", "kicked")
    assert guard.age_seconds == 0


@pytest.mark.parametrize(("status", "hint"), [(401, "service token"), (404, "is not set")])
def test_a_wrong_service_token_is_named_in_the_log(caplog, status, hint):
    """Whoever set the guard up wrongly reads what to change."""
    issuer = FakeIssuer(status=status)

    with caplog.at_level(logging.WARNING, "wxlogin.guard"):
        issuer.following().refresh()
    assert hint in caplog.text


def test_a_place_in_the_feed_that_is_no_longer_known_is_given_up():
    """After a 400 the follower reads the feed from its beginning."""
    issuer = FakeIssuer()
    guard = issuer.following()
    issuer.end("session", "old", "kicked", moment(NOW))
    guard.refresh()
    issuer.end("session", SID, "kicked", moment(NOW))
    guard._revocations._since = "written-by-another"

    guard.refresh()
    guard.refresh()
    assert refused(guard, ED.token()) == ("session_ended", "kicked")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"\xff", b'{"revocations": []}', b'{"revocations": {}, "next": "1"}',
        b'{"revocations": [], "next": 1}', b"[" * 100_000,
    ],
    ids=range(8),
)  # fmt: skip
def test_an_answer_that_is_not_the_feed_counts_as_an_outage(body):
    """Nothing is learnt, nothing forgotten, and the age grows."""
    issuer = FakeIssuer()
    guard = issuer.following()
    issuer.end("session", SID, "kicked", moment(NOW))
    guard.refresh()
    issuer.body = body
    issuer.clock.now += 7

    guard.refresh()
    assert refused(guard, ED.token()) == ("session_ended", "kicked")
    assert guard.age_seconds == 7


def test_odd_entries_are_passed_over_or_taken_for_the_worse():
    """Unknown kinds and broken entries do no harm; an end without a moment counts from now."""
    issuer = FakeIssuer()
    guard = issuer.following()
    issuer.ended = [1, None, {}, {"kind": "device", "id": SID, "at": "x"}, {"kind": "session"}]
    guard.refresh()
    assert guard.check(ED.token()).sub == USER

    issuer.ended.append({"kind": "user", "id": USER, "at": "yesterday"})
    guard.refresh()
    assert refused(guard, ED.token()) == ("session_ended", "revoked")


def test_ends_are_forgotten_when_no_token_can_live_any_more():
    """An entry is kept for forget_after since it became known, and not longer."""
    issuer = FakeIssuer()
    guard = issuer.following(forget_after=1000)
    issuer.end("session", SID, "kicked", moment(NOW))
    issuer.end("user", USER, "banned", moment(NOW))
    guard.refresh()
    issuer.ended.clear()
    long = ED.token(exp=NOW + 5000)

    issuer.clock.now = NOW + 999
    guard.refresh()
    assert refused(guard, long) == ("session_ended", "kicked")
    issuer.clock.now = NOW + 1000
    guard.refresh()
    assert (guard._revocations._sessions, guard._revocations._users) == ({}, {})


def test_a_token_older_than_the_memory_of_the_feed_does_not_count():
    """What could have been ended and forgotten again is not believed, however long it may live."""
    issuer = FakeIssuer()
    guard = issuer.following(forget_after=1000)
    long = ED.token(exp=NOW + 5000)

    issuer.clock.now = NOW + 999
    assert guard.check(long).sub == USER
    issuer.clock.now = NOW + 1000
    for token in (long, ED.token(exp=NOW + 5000, jti="unseen")):
        assert refused(guard, token) == ("token_expired", None)
    assert issuer.guard(forget_after=1000).check(long).sub == USER  # who follows no feed


def test_a_guard_without_service_token_asks_no_feed():
    """It checks offline only, and starts no thread."""
    issuer = FakeIssuer()
    with issuer.guard() as guard:
        guard.check(ED.token())
        assert not guard._follower.lives()
    assert FEED not in issuer.asked


def test_the_first_check_reads_the_feed_and_follows_it_in_a_thread():
    """Without any start, a session that ended before this process was born is refused at once."""
    issuer = FakeIssuer()
    issuer.end("session", SID, "kicked", moment(NOW))
    guard = issuer.guard(service_token=SERVICE_TOKEN, poll_seconds=0.01)

    assert refused(guard, ED.token()) == ("session_ended", "kicked")
    polled_again = threading.Event()
    issuer.on_ask = polled_again.set
    assert polled_again.wait(10)
    guard.stop()
    assert not guard._follower.lives()


def test_a_ban_counts_within_one_poll_and_a_stopped_guard_stays_stopped():
    """The thread learns of a ban by itself; after stop a check does not start it again."""
    issuer = FakeIssuer()
    polls = threading.Semaphore(0)
    with issuer.guard(service_token=SERVICE_TOKEN, poll_seconds=0.01) as guard:
        guard.check(ED.token())
        issuer.end("user", USER, "banned", moment(NOW))
        issuer.on_ask = polls.release
        for _ in range(2):  # the second begins after the first was taken in
            assert polls.acquire(timeout=10)
        assert refused(guard, ED.token()) == ("session_ended", "banned")

    assert refused(guard, ED.token()) == ("session_ended", "banned")
    assert not guard._follower.lives()


async def test_a_task_follows_as_a_thread_does():
    """`async with` follows in a task of this loop, and leaves none behind."""
    issuer = FakeIssuer()
    polls = asyncio.Semaphore(0)
    async with issuer.guard(service_token=SERVICE_TOKEN, poll_seconds=0.01) as guard:
        await guard.acheck(ED.token())
        assert guard._follower._thread is None
        issuer.end("session", SID, "kicked", moment(NOW))
        issuer.on_ask = polls.release
        for _ in range(2):
            await asyncio.wait_for(polls.acquire(), 10)
        with pytest.raises(Rejected):
            await guard.acheck(ED.token())
    assert len(asyncio.all_tasks()) == 1


async def test_a_first_acheck_does_not_hold_up_the_loop():
    """The first poll of a guard nobody started is awaited, and the thread goes on from there."""
    issuer = FakeIssuer()
    issuer.end("session", SID, "kicked", moment(NOW))

    def blocking(_request: httpx.Request) -> httpx.Response:
        raise AssertionError("asked from the loop's thread")

    guard = issuer.guard(
        service_token=SERVICE_TOKEN, poll_seconds=60, transport=httpx.MockTransport(blocking)
    )
    with pytest.raises(Rejected):
        await guard.acheck(ED.token())
    assert guard._follower.lives()
    await guard.astop()
    assert not guard._follower.lives()


def test_the_thread_keeps_the_keys_fresh_too():
    """Where the feed is followed no request pays for a look at the keys."""
    issuer = FakeIssuer()
    with issuer.guard(service_token=SERVICE_TOKEN, poll_seconds=0.01):
        issuer.asked.clear()
        issuer.clock.now += 301
        looked = threading.Event()
        issuer.on_ask = lambda: looked.set() if issuer.asked[-1] != FEED else None
        assert looked.wait(10)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_follows_by_itself():
    """After a fork, even in the middle of a poll, the child's first check starts its own thread."""
    issuer = FakeIssuer()
    in_poll, go_on = threading.Event(), threading.Event()
    guard = issuer.guard(service_token=SERVICE_TOKEN, poll_seconds=0.01)
    guard.start()

    def held() -> None:
        in_poll.set()
        go_on.wait(10)

    issuer.on_ask = held
    assert in_poll.wait(10)
    child = os.fork()
    if child == 0:
        told = 1
        try:
            polled = threading.Event()
            issuer.on_ask = polled.set
            guard.check(ED.token())
            told = 0 if polled.wait(10) else 2
        finally:
            os._exit(told)
    go_on.set()
    _, status = os.waitpid(child, 0)
    guard.stop()

    assert os.waitstatus_to_exitcode(status) == 0


def test_moments_are_read_in_any_offset():
    """RFC 3339 allows offsets: the same moment in Beijing's time is the same."""
    issuer = FakeIssuer()
    guard = issuer.following()
    beijing = datetime.fromtimestamp(NOW, UTC) + timedelta(hours=8)
    issuer.end("user", USER, "banned", beijing.replace(tzinfo=None).isoformat() + "+08:00")
    guard.refresh()

    assert refused(guard, ED.token(iat=NOW)) == ("session_ended", "banned")
    assert guard.check(ED.token(iat=NOW + 1)).sub == USER
