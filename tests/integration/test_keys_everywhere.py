"""A rotation by one command, as every process of a deployment sees it."""

import json
from base64 import urlsafe_b64decode
from functools import partial
from pathlib import Path
from typing import Any

from tests.servers.deployment import Deployment, get, wait_until


def head(token: str) -> dict[str, Any]:
    first = token.split(".", maxsplit=1)[0]
    told: dict[str, Any] = json.loads(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    return told


def test_every_process_sees_a_rotation_and_three_algorithms_live_side_by_side(tmp_path: Path):
    """Two workers and another instance sign with each new key within 10 s, without a restart.

    Tokens of EdDSA, ES256 and RS256 are then good at all of them, and all three keys published.
    """
    one = Deployment(tmp_path)
    issuer = {"WXLOGIN_ISSUER": one.url}
    other = Deployment(tmp_path, issuer, simulator_port=one.simulator_port)
    with one.simulator(), one.service("--workers", "2", **issuer), other.service():
        tokens = [one.login("EdDSA")["access_token"]]
        for alg in ("ES256", "RS256"):
            kid = one.told("keys", "new", "--alg", alg)["kid"]
            one.told("keys", "rotate")
            wait_until(partial(signed_by_all, one, other, kid), "everybody signs with it", 10)
            tokens.append(other.login(alg)["access_token"])

        for instance in (one, one, one, one, other):  # connections spread over the workers
            assert [instance.me(token).status_code for token in tokens] == [200, 200, 200]
            keys = get(f"{instance.url}/.well-known/jwks.json").json()["keys"]
            assert {"EdDSA", "ES256", "RS256"} == {key["alg"] for key in keys}
    assert [head(token)["alg"] for token in tokens] == ["EdDSA", "ES256", "RS256"]


def signed_by_all(one: Deployment, other: Deployment, kid: str) -> bool:
    logins = [instance.login()["access_token"] for instance in (one, one, one, one, one, other)]
    return {head(token)["kid"] for token in logins} == {kid}
