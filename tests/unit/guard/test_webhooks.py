"""verify_webhook: what counts as wxlogin's, and what does not."""

import hmac
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxlogin.guard import WebhookRejected, verify_webhook

KEY = b"k" * 32
SECRET = "whsec_" + b64encode(KEY).decode()
BODY = b'{"type":"user.created","timestamp":"2026-11-24T08:00:00Z","data":{"user":{"id":"u1"}}}'
NOW = 1_790_000_000


def signed(body: bytes = BODY, *, at: str = str(NOW), key: bytes = KEY) -> dict[str, str]:
    """Answer the headers of a webhook, made as the specification says, by hand."""
    content = b"msg_1." + at.encode() + b"." + body
    signature = b64encode(hmac.digest(key, content, "sha256")).decode()
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": at,
        "Webhook-Signature": f"v1,{signature}",
    }


def test_a_vector_that_others_published_verifies():
    """The example of the Standard Webhooks libraries, made by none of our code."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    # Its body has no type, so it is read and then found wanting: the signature has passed.
    with pytest.raises(KeyError, match="type"):
        verify_webhook(secret, headers, b'{"test": 2432232314}', 1614265330)


def test_a_good_webhook_is_read():
    """Headers in any writing; the id, the type, when it happened, and the data."""
    webhook = verify_webhook(SECRET, signed(), BODY, NOW)

    assert ("msg_1", "user.created", "2026-11-24T08:00:00Z") == (
        webhook.id, webhook.type, webhook.timestamp,
    )  # fmt: skip
    assert {"user": {"id": "u1"}} == webhook.data


def test_one_good_signature_among_several_will_do():
    """Whatever stands beside it, of another version or none."""
    headers = signed()
    headers["Webhook-Signature"] = "v1a,xyz v1,bad= nonsense " + headers["Webhook-Signature"]

    assert verify_webhook(["whsec_" + b64encode(b"o" * 32).decode(), SECRET], headers, BODY, NOW)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_are_allowed(seconds: int):
    """Either way: clocks differ."""
    assert verify_webhook(SECRET, signed(), BODY, NOW + seconds)


@pytest.mark.parametrize("seconds", [-301, 301, 10**9])
def test_a_replay_is_refused(seconds: int):
    """What was sent longer ago than five minutes, or will be."""
    with pytest.raises(WebhookRejected, match="too old"):
        verify_webhook(SECRET, signed(), BODY, NOW + seconds)


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_a_missing_or_changed_header_is_refused(name: str):
    """Each of the three is needed and signed."""
    missing = signed()
    del missing[name]
    changed = signed()
    changed[name] = "v1,AAAA" if name == "Webhook-Signature" else str(NOW + 1)

    for headers in (missing, changed):
        with pytest.raises(WebhookRejected):
            verify_webhook(SECRET, headers, BODY, NOW)


@pytest.mark.parametrize("at", ["", "now", "１２３", "²", "-1", "1.5", "9" * 400])
def test_an_odd_timestamp_is_refused(at: str):
    """Though it was signed."""
    with pytest.raises(WebhookRejected):
        verify_webhook(SECRET, signed(at=at), BODY, NOW)


def test_the_machine_clock_counts_where_none_is_given():
    """A webhook of another year is a replay."""
    with pytest.raises(WebhookRejected, match="too old"):
        verify_webhook(SECRET, signed(at="1614265330"), BODY)


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(place: int, change: int):
    """Wherever it is."""
    forged = bytearray(BODY)
    forged[place] ^= change

    with pytest.raises(WebhookRejected, match="no signature"):
        verify_webhook(SECRET, signed(), bytes(forged), NOW)


@given(st.text(), st.text(), st.text())
def test_whatever_strangers_send_is_refused(one: str, two: str, three: str):
    """With one refusal, never another error."""
    headers = {"webhook-id": one, "webhook-timestamp": two, "webhook-signature": three}

    with pytest.raises(WebhookRejected):
        verify_webhook(SECRET, headers, BODY, NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!", "a,b"])
def test_a_secret_that_is_none_is_an_error_of_ours(secret: str):
    """An empty setting must not verify what an empty key signed."""
    with pytest.raises(ValueError, match="secret"):
        verify_webhook(secret, signed(key=b""), BODY, NOW)
