"""Tokens of each algorithm, verified by other people's libraries in Python, Node and Perl."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen
from joserfc import errors, jwt
from joserfc.jwk import KeySet

from tests.recipes import blocks
from tests.servers.deployment import Deployment, get, running

HERE = Path(__file__).with_name("interop")
SERVICE_TOKEN = "service-token-of-the-interop-tests"
ALGORITHMS = ["EdDSA", "ES256", "RS256"]


@frozen
class Issued:
    """A running service, a good token of it, and what its user is called."""

    deployment: Deployment
    token: str
    sid: str
    user: str

    @property
    def jwks(self) -> httpx.Response:
        return get(f"{self.deployment.url}/.well-known/jwks.json")

    @property
    def bent(self) -> list[str]:
        """The token with another payload, with another signature, and with none."""
        head, payload, signature = self.token.split(".")
        other = "B" if signature[9] == "A" else "A"
        return [
            f"{head}.{payload[:-3]}.{signature}",
            f"{head}.{payload}.{signature[:9]}{other}{signature[10:]}",
            f"{head}.{payload}.",
        ]


@pytest.fixture(scope="module", params=ALGORITHMS)
def issued(request, tmp_path_factory) -> Iterator[Issued]:
    folder = tmp_path_factory.mktemp("issuer")
    wishes = {"WXLOGIN_SIGNING_ALG": request.param, "WXLOGIN_SERVICE_TOKEN": SERVICE_TOKEN}
    with running(folder, **wishes) as deployment:
        tokens = deployment.login()
        token = tokens["access_token"]
        assert [request.param] * 2 == [key["alg"] for key in jwks_of(deployment)["keys"]]
        yield Issued(deployment, token, tokens["session_id"], tokens["user"]["id"])


def jwks_of(deployment: Deployment) -> dict[str, Any]:
    return get(f"{deployment.url}/.well-known/jwks.json").json()


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")
def test_joserfc_verifies_them(issued: Issued):
    """joserfc finds the key by its kid, the signature good and the claims in order."""
    keys = KeySet.import_key_set(issued.jwks.json())
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": issued.deployment.url},
        aud={"essential": True, "value": "wxlogin"},
        sub={"essential": True, "value": issued.user},
        exp={"essential": True},
    )

    token = jwt.decode(issued.token, keys, algorithms=ALGORITHMS)
    registry.validate(token.claims)
    assert "at+jwt" == token.header["typ"]
    for bent in issued.bent:
        with pytest.raises(errors.JoseError):
            jwt.decode(bent, keys, algorithms=ALGORITHMS)


def test_node_jose_verifies_them(issued: Issued, node_recipe):
    """The Node recipe of docs/guard.md accepts a good token and no bent one."""
    told = node_recipe(issued.token, *issued.bent)

    assert issued.user == told[0]
    assert ["refused"] * 3 == [line.partition(":")[0] for line in told[1:]]


def test_the_node_recipe_follows_the_feed(issued: Issued, node_recipe):
    """After an operator ended the session the recipe refuses its token, and that one only."""
    other = issued.deployment.login("somebody-else")
    issued.deployment.told("sessions", "revoke", other["session_id"])

    told = node_recipe("--poll", other["access_token"], issued.token)
    assert ["refused: session_ended", issued.user] == told


def test_perl_crypt_jwt_verifies_them(issued: Issued):
    """Crypt::JWT accepts a good token and no bent one."""
    perl = shutil.which("perl")
    if perl is None or not has_crypt_jwt(perl):
        pytest.skip("Perl's Crypt::JWT is not installed (Debian package libcrypt-jwt-perl)")

    told = run([perl, HERE / "verify.pl", issued.deployment.url, issued.jwks.text, issued.token,
                *issued.bent])  # fmt: skip
    assert [issued.user, *["refused"] * 3] == told


def has_crypt_jwt(perl: str) -> bool:
    looked = subprocess.run([perl, "-MCrypt::JWT", "-e1"], capture_output=True, check=False)
    return looked.returncode == 0


@pytest.fixture
def node_recipe(issued: Issued, tmp_path: Path):
    """Answer a function that shows tokens to the recipe as a reader would have copied it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        pytest.skip("node and npm are not installed (Node >= 20), so npm's jose was not tried")
    if not (HERE / "node_modules" / ".package-lock.json").is_file():  # what npm writes last
        install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=HERE, check=True, capture_output=True)
    ((_, recipe),) = blocks("guard.md", "js")
    (tmp_path / "wxlogin.mjs").write_text(recipe, encoding="utf-8")
    shutil.copy(HERE / "verify.mjs", tmp_path)
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")

    def show(*tokens: str) -> list[str]:
        env = {"WXLOGIN_ISSUER": issued.deployment.url, "WXLOGIN_SERVICE_TOKEN": SERVICE_TOKEN}
        return run([node, tmp_path / "verify.mjs", *tokens], **env)

    return show


def run(command: list[Any], **env: str) -> list[str]:
    direct = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", **env}
    done = subprocess.run(command, env=direct, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
