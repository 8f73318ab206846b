"""The issuer's keys: fetched, kept, fetched anew; few questions, and outages survived."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.unit.guard.issuer import EC, ED, ED_NEXT, ISSUER, NOW, RSA, USER, FakeIssuer
from wxlogin.guard import Guard, KeysUnavailable, Rejected
from wxlogin.guard.public_keys import KeySet

JWKS = "/.well-known/jwks.json"


def refused(guard: Guard, token: str) -> str:
    """Answer the code of the refusal."""
    with pytest.raises(Rejected) as refusal:
        guard.check(token)
    return refusal.value.code


def test_keys_are_asked_for_once_and_then_every_five_minutes():
    """A thousand tokens cost one look; after max_age the ETag makes the next one cheap."""
    issuer = FakeIssuer()
    guard = issuer.guard()
    assert issuer.asked == []

    for n in range(1000):
        issuer.clock.now += 0.2
        guard.check(ED.token(jti=str(n)))
    assert issuer.asked == [JWKS]
    issuer.clock.now = NOW + 301
    guard.check(ED.token())
    assert (issuer.asked, issuer.not_modified) == ([JWKS] * 2, 1)


def test_a_cache_on_the_way_does_not_hide_a_rotation():
    """Keys may be cached by all the world; the guard wants them as the issuer has them now."""
    asked = []
    issuer = FakeIssuer()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("cache-control"))
        return issuer.answer(request)

    issuer.guard(transport=httpx.MockTransport(answer)).check(ED.token())
    assert asked == ["no-cache"]


def test_a_rotation_is_seen_at_the_first_new_token():
    """A token of a key not seen before is good at once, for the keys are asked for again."""
    issuer = FakeIssuer()
    guard = issuer.guard()
    guard.check(ED.token())
    issuer.clock.now += 5
    issuer.keys = [ED_NEXT, ED]

    assert guard.check(ED_NEXT.token()).sub == USER
    assert guard.check(ED.token()).sub == USER
    assert len(issuer.asked) == 2


def test_a_withdrawn_key_takes_its_tokens_with_it():
    """What a key signed no longer counts once the key is gone, though it was found good before."""
    issuer = FakeIssuer([ED, ED_NEXT])
    guard = issuer.guard()
    token = ED.token()
    guard.check(token)
    issuer.keys = [ED_NEXT]
    issuer.clock.now += 300

    assert refused(guard, token) == "token_invalid"


def test_made_up_key_ids_cost_the_issuer_little():
    """Thousands of tokens with kids nobody knows lead to one look per three seconds."""
    issuer = FakeIssuer()
    guard = issuer.guard()
    head = {"alg": "EdDSA", "typ": "at+jwt"}

    for n in range(3000):
        issuer.clock.now = NOW + n * 0.01
        assert refused(guard, ED.token({**head, "kid": f"kid-{n}"})) == "token_invalid"
    assert len(issuer.asked) <= 11


def test_while_the_issuer_is_down_old_keys_go_on(caplog):
    """After the first look tokens are checked for days without the issuer, and the log says so."""
    issuer = FakeIssuer()
    guard = issuer.guard()
    guard.check(ED.token())
    issuer.down = True
    two_days = NOW + 2 * 86_400

    with caplog.at_level(logging.WARNING, "wxlogin.guard"):
        for n in range(100):
            issuer.clock.now = NOW + 86_400 + n
            assert guard.check(ED.token(jti=str(n), exp=two_days)).sub == USER
    assert len(issuer.asked) <= 1 + 100 / 10
    assert [r.message[:22] for r in caplog.records] == ["wxlogin gave no keys ("] * 4
    assert "ConnectError" in caplog.text

    issuer.down, issuer.clock.now = False, NOW + 90_000
    guard.check(ED.token(exp=two_days))
    assert "gives keys again after" in caplog.text


def test_a_key_that_cannot_be_looked_for_is_not_held_against_a_token():
    """A rotation during an outage: tokens of the new key are judged when it can be asked for."""
    issuer = FakeIssuer()
    guard = issuer.guard()
    guard.check(ED.token())
    issuer.keys, issuer.down = [ED_NEXT, ED], True

    for later in (5, 6, 7):  # one look fails, and is not repeated at once
        issuer.clock.now = NOW + later
        with pytest.raises(KeysUnavailable):
            guard.check(ED_NEXT.token())
        assert guard.check(ED.token()).sub == USER
    assert len(issuer.asked) == 2
    issuer.down = False
    issuer.clock.now = NOW + 8
    assert guard.check(ED_NEXT.token()).sub == USER
    head = {**ED.header, "kid": "made-up"}
    assert refused(guard, ED.token(head)) == "token_invalid"


def test_an_outage_may_be_borne_for_a_time_only():
    """With keys_max_stale, keys beyond it judge no token, remembered ones included."""
    issuer = FakeIssuer()
    guard = issuer.guard(keys_max_stale=600)
    token = ED.token(exp=NOW + 5000)
    guard.check(token)
    issuer.down = True

    issuer.clock.now = NOW + 899
    assert guard.check(token).sub == USER
    issuer.clock.now = NOW + 900
    with pytest.raises(KeysUnavailable):
        guard.check(token)


def test_without_any_keys_nothing_is_judged_but_what_needs_none():
    """At a first start during an outage tokens are neither good nor bad; a try a second is made."""
    issuer = FakeIssuer(down=True)
    guard = issuer.guard()

    for _ in range(20):
        with pytest.raises(KeysUnavailable):
            guard.check(ED.token())
    assert refused(guard, "rubbish") == "token_invalid"
    assert refused(guard, "") == "token_missing"
    assert len(issuer.asked) == 1
    issuer.down = False
    issuer.clock.now += 1
    assert guard.check(ED.token()).sub == USER


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""), (404, b"{}"), (302, b""), (304, b""), (200, b""), (200, b"\xff"),
        (200, b"[]"), (200, b"{}"), (200, b'{"keys": {}}'), (200, b'{"keys": []}'),
        (200, b'{"keys": [1, null, {}]}'), (200, b"[" * 100_000),
    ],
    ids=range(12),
)  # fmt: skip
def test_an_answer_that_is_no_key_set_changes_nothing(status: int, body: bytes):
    """Before there are keys it is an outage; after, the keys last seen go on."""
    broken = FakeIssuer(status=status, body=body)
    with pytest.raises(KeysUnavailable):
        broken.guard().check(ED.token())

    issuer = FakeIssuer()
    guard = issuer.guard()
    guard.check(ED.token())
    issuer.status, issuer.body = status, body
    issuer.clock.now += 400
    assert guard.check(ED.token(jti="2")).sub == USER


def test_a_clock_set_back_does_not_stop_the_looking():
    """When the clock goes back, keys count as old, and are asked for at once."""
    issuer = FakeIssuer()
    guard = issuer.guard()
    guard.check(ED.token())
    issuer.clock.now -= 50

    guard.check(ED.token())
    assert len(issuer.asked) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"kid": None}, {"kid": 7}, {"kid": ""}, {"kty": "oct", "k": "AAAA"}, {"alg": "HS256"},
        {"alg": "ES256"}, {"alg": "none"}, {"use": "enc"}, {"crv": "Ed448"}, {"crv": ["Ed25519"]},
        {"x": "AA"}, {"x": 7}, {"x": None}, {"d": "AAAA"}, {"kty": None},
    ],
    ids=str,
)  # fmt: skip
def test_keys_that_cannot_be_used_are_left_out(change):
    """One key with an odd member, or a secret half, does not take the others with it."""
    document = json_of([{**ED.jwk, **change}, EC.jwk])

    assert set(KeySet.of(document).by_kid) == {EC.kid}


def test_of_two_keys_with_one_name_the_first_counts_and_short_rsa_does_not():
    """A set cannot be made ambiguous, and a 1024-bit RSA key is none."""
    twice = KeySet.of(json_of([ED.jwk, {**ED_NEXT.jwk, "kid": ED.kid}]))
    assert twice.by_kid[ED.kid].jwk["x"] == ED.jwk["x"]

    short = {**RSA.jwk, "n": RSA.jwk["n"][:171]}
    assert set(KeySet.of(json_of([short, ED.jwk])).by_kid) == {ED.kid}


def json_of(keys: list) -> bytes:
    return httpx.Response(200, json={"keys": keys}).content


def test_many_threads_start_with_one_question():
    """Threads that come before there are keys wait for one flight; all of them are served."""
    issuer = FakeIssuer()
    gate = threading.Barrier(8)

    def check(n: int) -> str:
        gate.wait()
        return guard.check(ED.token(jti=str(n))).jti

    guard = issuer.guard()
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(check, range(8))) == [str(n) for n in range(8)]
    assert issuer.asked == [JWKS]


def test_threads_do_not_wait_for_a_look_that_age_alone_wants():
    """While one thread fetches stale keys anew, another goes on with those at hand."""
    issuer = FakeIssuer()
    guard = issuer.guard()
    guard.check(ED.token())
    issuer.clock.now += 400
    asking, may_answer = threading.Event(), threading.Event()

    def held() -> None:
        asking.set()
        assert may_answer.wait(10)

    issuer.on_ask = held
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(guard.check, ED.token(jti="slow"))
        assert asking.wait(10)
        assert guard.check(ED.token(jti="fast")).jti == "fast"
        assert not slow.done()
        may_answer.set()
        assert slow.result().jti == "slow"


async def test_many_tasks_wait_for_one_flight():
    """Tasks with tokens of an unknown key wait for one flight; the new key serves them all."""
    issuer = FakeIssuer()
    asked = 0

    async def slowly(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return issuer.answer(request)

    guard = issuer.guard(async_transport=httpx.MockTransport(slowly))
    first = await asyncio.gather(*(guard.acheck(ED.token(jti=str(n))) for n in range(20)))
    issuer.keys = [ED_NEXT]
    issuer.clock.now += 5
    second = await asyncio.gather(*(guard.acheck(ED_NEXT.token(jti=str(n))) for n in range(20)))

    assert [c.jti for c in first] == [c.jti for c in second] == [str(n) for n in range(20)]
    assert asked == 2


async def test_a_cancelled_flight_leaves_the_next_one_free():
    """A request that is cancelled while it fetches the keys does not keep others from them."""
    issuer = FakeIssuer()
    under_way = asyncio.Event()

    async def once_hanging(request: httpx.Request) -> httpx.Response:
        if not under_way.is_set():
            under_way.set()
            await asyncio.Event().wait()
        return issuer.answer(request)

    guard = issuer.guard(async_transport=httpx.MockTransport(once_hanging))
    hanging = asyncio.create_task(guard.acheck(ED.token()))
    await under_way.wait()
    waiting = asyncio.create_task(guard.acheck(ED.token()))
    hanging.cancel()

    assert (await waiting).sub == USER
    with pytest.raises(asyncio.CancelledError):
        await hanging


def test_one_guard_serves_several_event_loops():
    """Nothing in a guard belongs to the loop that used it first."""
    guard = FakeIssuer().guard(keys_max_age=0.001)

    for n in range(3):
        assert asyncio.run(guard.acheck(ED.token(jti=str(n)))).jti == str(n)


def test_remembered_tokens_are_few_and_leave_at_their_end():
    """Room is bounded; what is past its end goes first to make it."""
    issuer = FakeIssuer()
    guard = issuer.guard()
    guard._verifier.room = 10
    for n in range(50):
        guard.check(ED.token(jti=str(n)))
    assert len(guard._verifier._good) == 10

    issuer.clock.now = NOW + 1000
    guard.check(ED.token(jti="late", exp=NOW + 2000))
    assert len(guard._verifier._good) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"issuer": "login.example.com"}, {"issuer": ""}, {"issuer": "ftp://x"},
        {"issuer": "https://x:port"}, {"base_url": "/"}, {"audience": ""}, {"poll_seconds": 0},
        {"service_token": "a\nb"}, {"service_token": "密"}, {"service_token": " "},
        {"follow_revocations": True},
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_cannot_work_are_refused_at_once(settings):
    """A guard that could never work is not made."""
    with pytest.raises(ValueError, match=r"."):
        Guard(**{"issuer": ISSUER, **settings})


def test_the_service_may_be_asked_at_another_address():
    """base_url is where keys are asked for; the issuer stays what tokens must name."""
    hosts = []
    issuer = FakeIssuer()

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(str(request.url))
        return issuer.answer(request)

    guard = issuer.guard(base_url="http://wxlogin:8000/", transport=httpx.MockTransport(answer))
    assert guard.check(ED.token()).raw["iss"] == ISSUER
    assert hosts == ["http://wxlogin:8000/.well-known/jwks.json"]
