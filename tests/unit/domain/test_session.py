"""The rotation rule, row by row."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from wxlogin.domain.session import (
    Ended,
    EndReason,
    NotOurs,
    Repeated,
    Rotated,
    Session,
    SessionPolicy,
    Stolen,
    Superseded,
)

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
POLICY = SessionPolicy()


def session(counter=5, **changes) -> Session:
    values = {
        "sid": "s",
        "user_id": "u",
        "appid": "wx",
        "created_at": START,
        "last_used_at": START,
        "expires_at": START + POLICY.refresh_ttl,
        "counter": counter,
    }
    return Session(**values | changes)


SOON = START + POLICY.reuse_window - timedelta(microseconds=1)
LATE = START + POLICY.reuse_window
DEAD = START + POLICY.refresh_ttl


@pytest.mark.parametrize(
    ("shown", "when", "expected"),
    [
        (5, SOON, Rotated),
        (5, LATE, Rotated),
        (4, SOON, Repeated),
        (4, LATE, Superseded),
        (3, SOON, Stolen),
        (3, LATE, Stolen),
        (0, SOON, Stolen),
        (6, SOON, NotOurs),
        (5, DEAD, Ended),
        (4, DEAD, Ended),
        (0, DEAD, Ended),
        (6, DEAD, NotOurs),
    ],
)
def test_every_row_of_the_rule(shown, when, expected):
    """What a shown count means depends on its distance and the time alone."""
    assert type(session().present(shown, when, POLICY)) is expected


@pytest.mark.parametrize("reason", EndReason)
def test_an_ended_session_says_why_to_every_token_of_its_own(reason):
    """Newest, old and ancient tokens of an ended session all learn the recorded reason."""
    over = session(ended_at=START, end_reason=reason)

    assert {Ended(reason)} == {over.present(n, LATE, POLICY) for n in (5, 4, 0)}


def test_rotation_slides_the_expiry():
    """Each refresh gives the session its whole life again."""
    moved = session().present(5, LATE, POLICY)

    assert moved == Rotated(
        session(counter=6, last_used_at=LATE, expires_at=LATE + POLICY.refresh_ttl)
    )


def test_no_rotation_outlasts_the_longest_life():
    """Near its end a session slides no further than that; then it is over as expired."""
    policy = evolve(POLICY, max_life=timedelta(days=40))
    end = START + timedelta(days=40)
    last = end - timedelta(microseconds=1)
    near = session(expires_at=end)

    moved = near.present(5, last, policy)

    assert moved == Rotated(session(counter=6, last_used_at=last, expires_at=end))
    assert Ended(EndReason.EXPIRED) == near.present(5, end, policy)
    assert end > session().rotated(START, policy).expires_at == DEAD


def test_a_shorter_longest_life_counts_for_sessions_that_are_there():
    """Whatever their rows still say, the old ones are over; younger ones are cut."""
    policy = evolve(POLICY, max_life=timedelta(days=7))
    old = START + timedelta(days=7)
    young = old - timedelta(microseconds=1)

    for shown in (5, 4, 0):
        assert Ended(EndReason.EXPIRED) == session().present(shown, old, policy)
    assert old == session().rotated(young, policy).expires_at


def test_expiry_is_exclusive():
    """At its last microsecond a session lives, at the next it is over."""
    assert session().over(DEAD - timedelta(microseconds=1)) is None
    assert EndReason.EXPIRED == session().over(DEAD)
