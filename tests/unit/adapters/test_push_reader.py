"""Pushed messages as WeChat publishes them, and everything that is not one (消息推送)."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from wxlogin.adapters.push import PushApp, WeChatPush
from wxlogin.domain.errors import NotFound
from wxlogin.domain.ports.push import PushRefused, Shown
from wxlogin.simulator.pushing import seal, signed

APPID, TOKEN, AES_KEY = "wxba5fad812f8e6fb9", "AAAAA", "A" * 43
ENCRYPTED = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcv"
    "ZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3F"
    "n2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSe"
    "OBrebufAlr7F9mFUPAJGj04="
)
MESSAGE = (
    '{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY",'
    '"CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
)
SAFE = Shown(
    "1714112445",
    "415670741",
    "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
    "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
)
BODIES = {
    "json": json.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": ENCRYPTED}),
    "xml": f"<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>"
    f"<Encrypt><![CDATA[{ENCRYPTED}]]></Encrypt></xml>",
}
PLAIN_SHOWN = Shown("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78")

sealing = WeChatPush({APPID: PushApp.of(TOKEN, AES_KEY)})
plain = WeChatPush({APPID: PushApp.of(TOKEN, None)})


def refused(read, *asked) -> str:
    with pytest.raises(PushRefused) as refusal:
        read(*asked)
    return refusal.value.why


def shown_for(encrypted: str, token: str = TOKEN) -> Shown:
    return Shown("1714112445", "1", "", signed(token, "1714112445", "1", encrypted))


def body_of(encrypted: str) -> bytes:
    return json.dumps({"Encrypt": encrypted}).encode()


def test_the_published_address_check_is_wechats():
    """The vector of the GET request, and no other signature, timestamp or nonce."""
    good = Shown("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696")

    for reader in (plain, sealing):
        assert reader.check_address(APPID, good) is None
    for wrong in (
        Shown("1714036505", good.nonce, good.signature),
        Shown(good.timestamp, "1514711493", good.signature),
        Shown(good.timestamp, good.nonce, good.signature.upper()),
        Shown(good.timestamp, good.nonce, ""),
        Shown(good.timestamp, good.nonce, "", good.signature),
        Shown(good.timestamp, good.nonce, "签名"),
    ):
        assert "signature" == refused(plain.check_address, APPID, wrong)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_published_encrypted_message_is_opened(body: str):
    """Signature, key, IV, padding and appid of the vector, in both formats."""
    event = sealing.read(APPID, SAFE, body.encode()).event

    assert (APPID, "debug_demo") == (event.appid, event.kind)
    assert datetime.fromtimestamp(1714112445, UTC) == event.created_at
    assert json.loads(MESSAGE) == event.told


def test_the_published_plain_message_is_read():
    """The vector of the plain POST is signed without its body."""
    event = plain.read(APPID, PLAIN_SHOWN, MESSAGE.encode()).event

    assert ("debug_demo", "hello world") == (event.kind, event.says("debug_str"))


def test_the_published_vectors_are_made_by_the_simulator_too():
    """Encoding: the message above and the encrypted reply, byte for byte, with their signatures."""
    reply = (
        "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    )

    assert ENCRYPTED == seal(MESSAGE.encode(), AES_KEY, APPID, b"a8eedb185eb2fecf")
    assert reply == seal(b'{"demo_resp":"good luck"}', AES_KEY, APPID, b"707722b803182950")
    assert SAFE.msg_signature == signed(TOKEN, SAFE.timestamp, SAFE.nonce, ENCRYPTED)
    assert SAFE.signature == signed(TOKEN, SAFE.timestamp, SAFE.nonce)
    assert "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1" == signed(
        TOKEN, "1713424427", "415670741", reply
    )


def test_another_library_is_understood():
    """What wechatpy encrypts is opened, with a message in Chinese."""
    crypto = WeChatCrypto(TOKEN, "b" * 43, APPID)
    message = "<xml><Event>debug_demo</Event><CreateTime>1</CreateTime><说>你好</说></xml>"
    envelope = crypto.encrypt_message(message, "nonce", "1714112445")
    if not isinstance(envelope, str):
        envelope = envelope.decode()
    signature = envelope.partition("<MsgSignature><![CDATA[")[2].partition("]]>")[0]

    reader = WeChatPush({APPID: PushApp.of(TOKEN, "b" * 43)})
    event = reader.read(
        APPID, Shown("1714112445", "nonce", msg_signature=signature), envelope.encode()
    ).event

    assert "你好" == event.says("说")


def test_where_a_key_is_set_plain_messages_are_refused():
    """A plain body with a good plain signature is nobody's; so is a compatible one's plain part."""
    both = json.loads(MESSAGE) | {"Encrypt": ENCRYPTED, "Event": "user_authorization_cancellation"}

    assert "plain" == refused(sealing.read, APPID, PLAIN_SHOWN, MESSAGE.encode())
    assert "signature" == refused(sealing.read, APPID, PLAIN_SHOWN, body_of(ENCRYPTED))
    only_plain_signature = Shown(SAFE.timestamp, SAFE.nonce, SAFE.signature)
    assert "signature" == refused(
        sealing.read, APPID, only_plain_signature, json.dumps(both).encode()
    )
    assert "debug_demo" == sealing.read(APPID, SAFE, json.dumps(both).encode()).event.kind


def test_a_compatible_message_is_read_without_a_key_as_well():
    """What is in the clear counts then, and what is encrypted is left out of it."""
    both = json.loads(MESSAGE) | {"Encrypt": "whatever"}

    event = plain.read(APPID, SAFE, json.dumps(both).encode()).event

    assert json.loads(MESSAGE) == event.told


def test_a_signature_without_content_says_what_may_come_once():
    """The signature, whatever the message; an encrypted message is signed as a whole."""
    one = plain.read(APPID, PLAIN_SHOWN, MESSAGE.encode()).once
    other = plain.read(APPID, PLAIN_SHOWN, MESSAGE.replace("hello", "bye").encode()).once
    later = plain.read(APPID, SAFE, MESSAGE.encode()).once

    assert one == other
    assert None not in {one, later}
    assert one != later
    # The signed texts are only put together: where one ends and the next begins proves nothing.
    shifted = Shown("171403705", "9486452656", PLAIN_SHOWN.signature)
    assert one == plain.read(APPID, shifted, MESSAGE.encode()).once
    assert sealing.read(APPID, SAFE, body_of(ENCRYPTED)).once is None


def test_an_app_without_a_token_is_not_there():
    """Nor is one nobody knows."""
    for read in (lambda: plain.check_address("wx1", PLAIN_SHOWN),
                 lambda: plain.read("wx1", PLAIN_SHOWN, MESSAGE.encode())):  # fmt: skip
        with pytest.raises(NotFound):
            read()


def test_another_key_appid_or_padding_is_refused():
    """Though signed with the right token; a broken base64 or half a block too."""
    raw = b64decode(ENCRYPTED)
    other_key = seal(MESSAGE.encode(), "B" * 43, APPID, b"r" * 16)
    other_app = seal(MESSAGE.encode(), AES_KEY, "wxba5fad812f8e6fb8", b"r" * 16)
    prefix_of_app = seal(MESSAGE.encode(), AES_KEY, APPID[:-1], b"r" * 16)
    longer_app = seal(MESSAGE.encode(), AES_KEY, APPID + "0", b"r" * 16)
    wrong = [
        other_key, other_app, prefix_of_app, longer_app, "", "=", "+", ENCRYPTED[:-4],
        b64encode(raw[:-16]).decode(), b64encode(raw[:32]).decode(), "A" * 44, ENCRYPTED + "é",
    ]  # fmt: skip

    for encrypted in wrong:
        why = refused(sealing.read, APPID, shown_for(encrypted), body_of(encrypted))
        assert "sealed_otherwise" == why, encrypted


@pytest.mark.parametrize("padding", [b"\x00" * 32, b"\x21" * 33, b"\x01\x02", b"\x03\x03", b""])
def test_wrong_padding_is_refused(padding: bytes):
    """Zero, more than a block, and signs that differ; all else is as it should be."""
    blanks = " " * (-(20 + len(MESSAGE) + len(APPID) + len(padding)) % 32)
    message = (MESSAGE + blanks).encode()
    plain_bytes = b"r" * 16 + len(message).to_bytes(4, "big") + message + APPID.encode() + padding
    encrypted = seal_raw(plain_bytes)

    why = refused(sealing.read, APPID, shown_for(encrypted), body_of(encrypted))

    assert "sealed_otherwise" == why


def seal_raw(padded: bytes) -> str:
    key = b64decode(AES_KEY + "=")
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    return b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


@given(st.data())
def test_no_altered_byte_gets_through(data):
    """Whatever byte of the envelope is altered: it is the same event, or refused."""
    body = bytearray(BODIES[data.draw(st.sampled_from(sorted(BODIES)))].encode())
    start = bytes(body).index(ENCRYPTED.encode())
    place = data.draw(st.integers(start, start + len(ENCRYPTED) - 1))
    body[place] = data.draw(st.integers(0, 255).filter(lambda sign: sign != body[place]))

    try:
        event = sealing.read(APPID, SAFE, bytes(body)).event
    except PushRefused:
        return
    # A blank at its end is no part of the encrypted text.
    assert json.loads(MESSAGE) == event.told


@given(st.data())
def test_who_knows_the_token_but_not_the_key_gets_nothing_through(data):
    """Altered ciphertext with a good signature is refused or garbled, never read unnoticed."""
    raw = bytearray(b64decode(ENCRYPTED))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    encrypted = b64encode(bytes(raw)).decode()

    try:
        event = sealing.read(APPID, shown_for(encrypted), body_of(encrypted)).event
    except PushRefused:
        return
    assert json.loads(MESSAGE) != event.told


@given(st.binary(max_size=200))
def test_no_bytes_make_anything_but_a_refusal(body: bytes):
    """Whatever comes is refused, not a fault; also with a good signature."""
    for reader, shown in ((plain, PLAIN_SHOWN), (sealing, SAFE)):
        assert refused(reader.read, APPID, shown, body) in {"unreadable", "no_event", "plain"}


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><Event>&a;</Event><CreateTime>1</CreateTime></xml>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml><Event>x</Event></xml>',
        "<a>" * 2000 + "x" + "</a>" * 2000,
        "[" * 5000, "[1]", '"x"', "null", "{}", "<xml/>", "", "<xml>", '{"Event":"x"}',
        '{"Event":"x","CreateTime":"soon"}', '{"Event":"x","CreateTime":-1}',
        '{"Event":"a b","CreateTime":1}', '{"Event":["x"],"CreateTime":1}',
        '{"Event":"x","CreateTime":123456789012}', '<?xml version="1.0" encoding="none"?><x/>',
    ],
    ids=lambda body: body[:24],
)  # fmt: skip
def test_what_is_no_message_is_refused(body: str):
    """Entities, document types, depths, other JSON, no kind, no moment."""
    assert refused(plain.read, APPID, PLAIN_SHOWN, body.encode()) in {"unreadable", "no_event"}


def test_a_message_with_a_document_type_is_refused():
    """Even a harmless one: what could be declared there is never looked at."""
    message = "<xml><Event>x</Event><CreateTime>1</CreateTime></xml>"

    assert "x" == plain.read(APPID, PLAIN_SHOWN, message.encode()).event.kind
    declared = f"<!DOCTYPE xml>{message}".encode()
    assert "unreadable" == refused(plain.read, APPID, PLAIN_SHOWN, declared)


def test_stray_blanks_of_the_official_samples_are_read():
    """` OpenID` in JSON and `< OpenPID>` in XML mean the same without the blank."""
    in_json = '{" Event":"user_authorization_revoke","CreateTime ":"1"," OpenID":" o1 "}'
    in_xml = (
        "<xml><Event><![CDATA[user_authorization_revoke]]></Event><CreateTime>1</CreateTime>"
        "< OpenID><![CDATA[o1]]></ OpenID></xml>"
    )

    for body in (in_json, in_xml):
        event = plain.read(APPID, PLAIN_SHOWN, body.encode()).event
        assert ("user_authorization_revoke", "o1") == (event.kind, event.openid)


def test_xml_and_json_say_the_same_event():
    """The key by which a repeated one is known does not depend on the format."""
    in_json = '{"Event":"x","CreateTime":1,"n":{"a":[1,2]}}'
    in_xml = (
        "<xml><Event>x</Event><CreateTime>1</CreateTime><n><a>1</a><a><![CDATA[2]]></a></n></xml>"
    )

    one, other = (plain.read(APPID, PLAIN_SHOWN, body.encode()).event for body in (in_json, in_xml))

    assert one.itself() == other.itself()


def test_no_secret_is_in_a_repr():
    """Neither token nor key, nor what a message says."""
    shown = repr(
        (sealing, sealing.apps[APPID], SAFE, sealing.read(APPID, SAFE, body_of(ENCRYPTED)))
    )

    assert TOKEN not in shown
    assert SAFE.msg_signature not in shown
    assert "hello world" not in shown
