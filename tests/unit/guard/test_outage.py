"""wxlogin is away for ten minutes, told by a moved clock."""

import logging
from datetime import UTC, datetime

from tests.unit.guard.issuer import ED, NOW, SID, TTL, USER, FakeIssuer
from wxlogin.guard import Rejected

TEN_MINUTES, POLL = 600, 5


def test_ten_minutes_without_wxlogin(caplog):
    """Good tokens go on, a ban known just before stays, nothing new is believed, few lines logged.

    The ban was made four seconds before the end of wxlogin, within the polling period of five.
    """
    issuer = FakeIssuer()
    guard = issuer.following(poll_seconds=POLL)
    good, banned = ED.token(), ED.token(sub="banned", sid="another", jti="2")
    unseen = ED.token(sid="third", jti="3")
    assert (USER, "banned") == (guard.check(good).sub, guard.check(banned).sub)
    at = datetime.fromtimestamp(NOW + 1, UTC).isoformat()
    issuer.end("user", "banned", "banned", at)
    issuer.clock.now = NOW + POLL
    guard.refresh()  # what the follower does every poll_seconds

    issuer.down = True
    asked = len(issuer.asked)
    with caplog.at_level(logging.WARNING, "wxlogin.guard"):
        for passed in range(POLL, TEN_MINUTES + 1, POLL):
            issuer.clock.now = NOW + POLL + passed
            guard.refresh()
            assert SID == guard.check(good).sid
            assert "session_ended" == code_of(guard, banned)
            assert "token_invalid" == code_of(guard, good[:-4] + "AAAA")
            assert passed == guard.age_seconds
    assert "third" == guard.check(unseen).sid
    assert len(issuer.asked) - asked <= TEN_MINUTES / POLL + TEN_MINUTES / 10
    assert len(caplog.records) < 20

    issuer.clock.now = NOW + TTL
    assert "token_expired" == code_of(guard, good)
    issuer.down = False
    guard.refresh()
    assert 0 == guard.age_seconds


def code_of(guard, token: str) -> str:
    try:
        guard.check(token)
    except Rejected as refusal:
        return refusal.code
    return "good"
