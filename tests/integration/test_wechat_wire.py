"""WeChatClient against servers that misbehave below HTTP: cut, hang, flood, or are not WeChat."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from attrs import define, field
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.contracts.people import APP, NOW
from tests.servers import free_port
from tests.unit.adapters.scripted_wechat import CODE, OPENID, SECRET, told, until_all_wait
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.wechat import WeChatClient
from wxlogin.domain.errors import WeChatUnavailable

BODY = b'{"openid":"%s","session_key":"a2V5a2V5a2V5a2V5a2V5aw=="}' % OPENID.encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
GOOD = HEAD % len(BODY) + BODY

Answering = Callable[["Served", asyncio.StreamWriter], Awaitable[None]]


@define
class Served:
    """What a server of a few lines saw."""

    answering: Answering
    requests: list[bytes] = field(factory=list)
    connections: int = 0
    hung_up: asyncio.Event = field(factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                await self.answering(self, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.hung_up.set()
            writer.close()


@asynccontextmanager
async def served(
    answering: Answering, context: ssl.SSLContext | None = None, **fields
) -> AsyncIterator[tuple[WeChatClient, Served]]:
    """Give a client and the server it speaks to."""
    seen = Served(answering)
    server = await asyncio.start_server(seen.serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    client = a_client(f"{'https' if context else 'http'}://127.0.0.1:{port}", **fields)
    try:
        yield client, seen
    finally:
        await client.close()
        server.close()


def a_client(base_url, **fields):
    return WeChatClient(apps={APP: SECRET}, clock=SetClock(NOW), base_url=base_url, **fields)


@pytest.fixture(autouse=True)
def silence(caplog):
    """Not a word in any log from httpx, whatever the test does."""
    caplog.set_level(logging.NOTSET)
    yield
    loud = [record.name for record in caplog.records if record.name.startswith("http")]
    assert [] == loud
    assert SECRET not in caplog.text
    assert CODE not in caplog.text


async def good(_, writer):
    writer.write(GOOD)
    await writer.drain()


async def refusal_of(client):
    with pytest.raises(WeChatUnavailable) as refusal:
        await client.exchange(APP, CODE)
    everything = told(refusal.value)
    assert SECRET not in everything
    assert CODE not in everything
    return refusal.value


async def test_a_connection_is_kept():
    """Ten logins one after another need one connection."""
    async with served(good) as (client, seen):
        for _ in range(10):
            await client.exchange(APP, CODE)

        assert (1, 10) == (seen.connections, len(seen.requests))


async def test_a_code_is_not_sent_again_when_a_kept_connection_breaks():
    """The question arrived and the line went dead: one arrival, and the code may be spent."""

    async def good_then_gone(seen, writer):
        if len(seen.requests) == 1:
            await good(seen, writer)
        else:
            writer.transport.abort()

    async with served(good_then_gone) as (client, seen):
        await client.exchange(APP, CODE)

        assert (await refusal_of(client)).code_may_be_spent
        assert 2 == len(seen.requests)


async def test_a_connection_closed_while_idle_is_replaced():
    """WeChat closes what nobody used; the next login does not suffer."""

    async def good_and_bye(seen, writer):
        await good(seen, writer)
        writer.close()

    async with served(good_and_bye) as (client, seen):
        await client.exchange(APP, CODE)
        await seen.hung_up.wait()
        await until_all_wait(1)  # the server's goodbye has come, and was heard
        await client.exchange(APP, CODE)

        assert (2, 2) == (seen.connections, len(seen.requests))


async def test_a_connection_said_to_be_closed_is_not_used_again():
    """`Connection: close` counts even when the line is still open."""

    async def once(_, writer):
        writer.write(GOOD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        await writer.drain()

    async with served(once) as (client, seen):
        await client.exchange(APP, CODE)
        await client.exchange(APP, CODE)

        assert 2 == seen.connections


async def test_a_connection_nobody_used_for_long_is_left_alone(monkeypatch):
    """After the time WeChat keeps a silent connection for, a new one is opened."""
    async with served(good) as (client, seen):
        await client.exchange(APP, CODE)
        monkeypatch.setattr("wxlogin.adapters.wechat.lines.IDLE_SECONDS", -1.0)
        await client.exchange(APP, CODE)

        assert 2 == seen.connections


async def test_what_nobody_asked_for_ends_the_connection():
    """Words on a line where no question is open belong to no answer."""
    said = asyncio.Event()

    async def and_another(_, writer):
        writer.write(GOOD)
        await said.wait()
        writer.write(GOOD.replace(OPENID.encode(), b"of_somebody_else"))
        await writer.drain()

    async with served(and_another) as (client, seen):
        await client.exchange(APP, CODE)
        said.set()
        async with asyncio.timeout(5):
            await seen.hung_up.wait()

        assert OPENID == (await client.exchange(APP, CODE)).identity.openid


async def test_an_answer_too_many_is_nobodys_answer():
    """What follows an answer in the same breath ends the connection, even half of it."""
    other = GOOD.replace(OPENID.encode(), b"o" * len(OPENID))

    async def and_a_half(seen, writer):
        writer.write(GOOD + other[:-1] if len(seen.requests) == 1 else other[-1:] + GOOD)
        await writer.drain()

    async with served(and_a_half) as (client, seen):
        for _ in range(2):
            assert OPENID == (await client.exchange(APP, CODE)).identity.openid
            seen.requests[:] = []

        assert 2 == seen.connections


async def test_a_word_beforehand_is_not_the_answer():
    """103 and its kin announce; the answer is what follows."""

    async def hinting(_, writer):
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + GOOD)
        await writer.drain()

    async with served(hinting) as (client, _):
        assert OPENID == (await client.exchange(APP, CODE)).identity.openid


async def test_a_head_without_end_is_dropped():
    """Headers that never end fill no memory, and we hang up."""

    async def chatty(_, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: %s\r\n" % (b"x" * 1000))
            await writer.drain()

    outcomes = []
    async with served(chatty, seen=lambda *call: outcomes.append(call[1])) as (client, seen):
        assert (await refusal_of(client)).code_may_be_spent
        async with asyncio.timeout(5):
            await seen.hung_up.wait()

    assert ["too_large"] == outcomes


async def test_parallel_questions_have_lines_of_their_own():
    """Sixteen at once, each with its own answer, and then all lines are kept."""

    async def by_code(seen, writer):
        code = seen.requests[-1].split(b"js_code=")[1].split(b"&")[0].split(b" ")[0]
        await asyncio.sleep(0)
        body = BODY.replace(OPENID.encode(), b"o" + code)
        writer.write(HEAD % len(body) + body)
        await writer.drain()

    async with served(by_code) as (client, seen):
        for _ in range(2):
            answers = await asyncio.gather(
                *(client.exchange(APP, f"code-{number}") for number in range(16))
            )
            assert [f"ocode-{number}" for number in range(16)] == [
                answer.identity.openid for answer in answers
            ]

        assert 16 == seen.connections


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        HEAD % 500 + BODY,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n",
    ],
)
async def test_an_answer_cut_or_garbled_may_have_spent_the_code(answer):
    """Whatever is not HTTP to the end is no answer."""

    async def cut(_, writer):
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with served(cut) as (client, seen):
        assert (await refusal_of(client)).code_may_be_spent
        assert 1 == len(seen.requests)


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n", HEAD % len(BODY) + BODY[:-1]])
async def test_an_answer_that_never_ends_is_given_up(first):
    """At the deadline, wherever it stopped; and we hang up."""

    async def stall(_, writer):
        writer.write(first)
        await writer.drain()

    async with served(stall, timeout=0.2) as (client, seen):
        assert (await refusal_of(client)).code_may_be_spent
        async with asyncio.timeout(5):
            await seen.hung_up.wait()


async def test_a_flood_is_not_read_to_its_end():
    """An answer without end is dropped after 64 KB, and we hang up."""

    async def flood(_, writer):
        writer.write(HEAD % 10**12)
        while True:
            writer.write(b" " * 65_536)
            await writer.drain()

    async with served(flood) as (client, seen):
        assert (await refusal_of(client)).code_may_be_spent
        async with asyncio.timeout(5):
            await seen.hung_up.wait()


async def test_a_redirect_is_not_followed():
    """Nobody but WeChat's own address is told the secret."""

    async def elsewhere(_, writer):
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with served(elsewhere) as (client, seen):
        await refusal_of(client)

        assert 1 == len(seen.requests)


async def test_nobody_at_home_leaves_the_code_unspent():
    """A refused connection never carried the question."""
    client = a_client(f"http://127.0.0.1:{free_port()}")

    assert not (await refusal_of(client)).code_may_be_spent
    await client.close()


async def test_no_such_host_leaves_the_code_unspent():
    """Nor did a name that nobody knows."""
    client = a_client("http://wechat.invalid")

    assert not (await refusal_of(client)).code_may_be_spent
    await client.close()


async def test_plain_http_where_tls_was_expected_leaves_the_code_unspent():
    """A handshake that never ends is given up after three seconds, before anything was said."""
    async with served(good) as (client, seen):
        secure = a_client(client.base_url.replace("http", "https"))

        assert not (await refusal_of(secure)).code_may_be_spent
        assert not any(SECRET.encode() in request for request in seen.requests)
        await secure.close()


async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path):
    """Someone in between with a certificate of their own learns no secret and no code."""
    async with served(good, self_signed(tmp_path)) as (client, seen):
        assert not (await refusal_of(client)).code_may_be_spent
        assert [] == seen.requests


def self_signed(folder):
    """Answer a TLS context with a certificate for 127.0.0.1 that its own key signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
