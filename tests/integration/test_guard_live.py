"""A guarded service and wxlogin as real processes: bans, outages and rotations between them."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import pytest

from tests.forge import read_segment
from tests.servers.deployment import Deployment, get, post, wait_until
from tests.servers.guarded import SERVICE_TOKEN, GuardedService
from tests.servers.http import ServedProcess

POLL = 0.5
SLACK = 2.0  # a request, and a machine that is busy


class House:
    """A deployment with one guarded service, and the process of wxlogin to stop and start."""

    def __init__(self, folder, stack: ExitStack) -> None:
        self.deployment = Deployment(folder, {"WXLOGIN_SERVICE_TOKEN": SERVICE_TOKEN})
        self.guarded = GuardedService(self.deployment, POLL)
        self._stack = stack
        stack.enter_context(self.deployment.simulator())
        self.wxlogin = self.start_wxlogin()
        stack.enter_context(self.guarded.running())

    def start_wxlogin(self) -> ServedProcess:
        self.wxlogin = self._stack.enter_context(self.deployment.service())
        return self.wxlogin

    def kids(self) -> list[str]:
        """Answer the names of the published keys; the first is the one that signs."""
        jwks = get(f"{self.deployment.url}/.well-known/jwks.json").json()
        return [key["kid"] for key in jwks["keys"]]


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(tmp_path_factory.mktemp("guarded"), stack)


def kid_of(token: str) -> str:
    return str(read_segment(token.partition(".")[0])["kid"])


def test_a_ban_is_known_within_the_polling_period_and_through_an_outage(house: House):
    """wxlogin banned somebody and died: good tokens go on being good, the banned one's stay bad."""
    deployment, guarded = house.deployment, house.guarded
    good, banned = deployment.login("good"), deployment.login("banned")
    for each in (good, banned):
        assert (200, each["user"]["id"]) == guarded.said(each["access_token"])

    deployment.told("users", "ban", banned["user"]["id"])
    began = monotonic()
    wait_until(lambda: (401, "banned") == guarded.said(banned["access_token"]), "the ban is known")
    assert monotonic() - began < POLL + SLACK
    house.wxlogin.kill9()

    wait_until(lambda: guarded.feed_age() > 4 * POLL, "several polls failed")
    for _ in range(3):
        assert (200, good["user"]["id"]) == guarded.said(good["access_token"])
        assert (401, "banned") == guarded.said(banned["access_token"])
        assert (401, "token_invalid") == guarded.said(good["access_token"][:-4] + "AAAA")
    house.start_wxlogin()


def test_after_the_outage_the_feed_is_followed_again(house: House):
    """A logout at the wxlogin that came back counts within the polling period, only for its own."""
    deployment, guarded = house.deployment, house.guarded
    wait_until(lambda: guarded.feed_age() <= 2 * POLL, "the feed is read again")
    stays, leaves = deployment.login("who-stays"), deployment.login("who-leaves")
    assert 200 == guarded.said(leaves["access_token"])[0]

    assert 204 == post(f"{deployment.url}/v1/logout", {}, leaves["access_token"]).status_code
    began = monotonic()
    wait_until(
        lambda: (401, "logged_out") == guarded.said(leaves["access_token"]), "the logout is known"
    )
    assert monotonic() - began < POLL + SLACK
    assert 200 == guarded.said(stays["access_token"])[0]


def test_a_key_never_seen_before_is_fetched_at_its_first_token(house: House):
    """Rotated twice between two looks: the first token of a key nobody knew is good at once."""
    deployment, guarded = house.deployment, house.guarded
    before = deployment.login("early")
    assert 200 == guarded.said(before["access_token"])[0]
    known = house.kids()

    deployment.told("keys", "new")
    deployment.told("keys", "rotate")
    wait_until(lambda: house.kids()[0] not in known, "the new key signs")
    after = deployment.login("late")
    assert kid_of(after["access_token"]) not in known
    assert (200, after["user"]["id"]) == guarded.said(after["access_token"])
    assert (200, before["user"]["id"]) == guarded.said(before["access_token"])


def test_a_service_started_in_an_outage_says_try_later(house: House):
    """Without ever having seen a key it blames no token: 503, and well again with wxlogin."""
    deployment = house.deployment
    token = deployment.login("patient")["access_token"]
    house.wxlogin.stop(signal.SIGTERM)
    late = GuardedService(deployment, POLL)
    with late.running():
        refused = late.who(token)
        assert (503, "keys_unavailable") == (refused.status_code, refused.json()["code"])
        assert "1" == refused.headers["retry-after"]

        house.start_wxlogin()
        wait_until(lambda: 200 == late.who(token).status_code, "keys were fetched")
