"""A real nginx, with the very file that docs/deployment.md tells operators to use."""

import re
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers.daemon import Daemon
from tests.servers.ports import free_port
from tests.servers.programs import program, unprivileged

SITE = Path(__file__).parents[2] / "docs" / "deployment" / "nginx.conf"
NAME = "login.example.com"

_AROUND = """
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid {folder}/pid;
error_log {folder}/error.log crit;
events {{ worker_connections 8192; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@frozen
class Nginx:
    """An nginx in front of a service: where it listens, and whom to trust for that."""

    port: int
    pid: int
    folder: Path
    trust: ssl.SSLContext | None = field(repr=False)

    @property
    def url(self) -> str:
        return f"http{'' if self.trust is None else 's'}://127.0.0.1:{self.port}"

    def requests(self) -> str:
        """Answer what it wrote down; the last seconds may be missing."""
        return (self.folder / "wxlogin.log").read_text(encoding="utf-8")


@contextmanager
def nginx_before(service: int, *, tls: bool = True) -> Iterator[Nginx]:
    """Run the documented nginx before the service on a local port; ports and files are other ones.

    Without `tls` it listens in the clear, for load whose own cost must be small.
    """
    binary = program(["nginx"], title="Reverse proxy", package="nginx-light")
    daemon, port, plain = Daemon("nginx", unprivileged("www-data")), free_port(), free_port()
    try:
        certificate, key = _certificate()
        daemon.private_file("fullchain.pem", certificate)
        daemon.private_file("key.pem", key)
        daemon.private_file("site.conf", _site(daemon.folder, service, port, plain, tls=tls))
        around = daemon.private_file("nginx.conf", _AROUND.format(folder=daemon.folder))
        errors = str(daemon.folder / "error.log")
        command = [binary, "-c", str(around), "-e", errors]
        daemon.run([*command, "-t"])
        daemon.start(command, lambda: _listens(port))
        trust = ssl.create_default_context(cadata=certificate) if tls else None
        pid = int((daemon.folder / "pid").read_text())
        yield Nginx(port, pid, daemon.folder, trust)
    finally:
        daemon.stop(signal.SIGTERM)
        daemon.remove()


def _site(folder: Path, service: int, port: int, plain: int, *, tls: bool) -> str:
    site = SITE.read_text(encoding="utf-8")
    for ours, other in (
        ("127.0.0.1:8000", f"127.0.0.1:{service}"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port}{' ssl' * tls};"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("/etc/ssl/wxlogin/", f"{folder}/"),
        ("/var/log/nginx/", f"{folder}/"),
    ):
        if ours not in site:
            raise AssertionError(f"{SITE.name} has no {ours!r} any more")
        site = site.replace(ours, other)
    # A machine of a test may have no IPv6.
    return re.sub(r"^ *listen \[::\]:.*$", "", site, flags=re.MULTILINE)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


@cache
def _certificate() -> tuple[str, str]:
    """Answer a self-signed certificate for the documented name and for loopback, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names = [x509.DNSName(NAME), x509.IPAddress(ip_address("127.0.0.1"))]
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made.public_bytes(serialization.Encoding.PEM).decode(), private.decode()
