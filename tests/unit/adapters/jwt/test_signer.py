"""The signer: the contract for each algorithm, and that others can check its tokens."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta

import jwt
import pytest
from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

from tests.contracts.tokens import CLAIMS, NOW, TokenSignerContract
from tests.unit.adapters.jwt.ring import AUDIENCE, ISSUER, PAIRS, VAULT, Bench, WatchedKeys, kept
from wxlogin.adapters.jwt import JwtKeyMaker, JwtSigner
from wxlogin.adapters.jwt.key_material import thumbprint
from wxlogin.domain.errors import StoreUnavailable, TokenExpired, TokenInvalid
from wxlogin.domain.ports.tokens import TokenSigner
from wxlogin.domain.signing_key import Stage


class _OfAlg(TokenSignerContract):
    alg = ""

    @pytest.fixture
    async def signer(self) -> TokenSigner:
        """Answer a signer with one key."""
        return Bench.with_keys(kept(PAIRS[self.alg][0], Stage.CURRENT)).signer


class TestEdDSA(_OfAlg):
    alg = "EdDSA"


class TestES256(_OfAlg):
    alg = "ES256"


class TestRS256(_OfAlg):
    alg = "RS256"


@pytest.mark.parametrize("alg", PAIRS)
async def test_pyjwt_itself_accepts_the_token(alg: str):
    """A token checks with the library alone, given nothing but the published key set."""
    signer = Bench.with_keys(kept(PAIRS[alg][0], Stage.CURRENT)).signer
    token = await signer.sign(CLAIMS)
    key_set = jwt.PyJWKSet.from_dict({"keys": [dict(key) for key in await signer.jwks()]})
    header = jwt.get_unverified_header(token)

    claims = jwt.decode(
        token,
        key_set[header["kid"]],
        algorithms=[alg],
        issuer=ISSUER,
        audience=AUDIENCE,
        options={"verify_exp": False, "verify_iat": False},
    )

    assert header == {"alg": alg, "kid": PAIRS[alg][0].kid, "typ": "at+jwt"}
    assert claims == {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": CLAIMS.user_id,
        "client_id": CLAIMS.appid,
        "sid": CLAIMS.sid,
        "jti": CLAIMS.token_id,
        "iat": int(NOW.timestamp()),
        "exp": int(CLAIMS.expires_at.timestamp()),
    }


@pytest.mark.parametrize("alg", PAIRS)
async def test_bare_cryptography_accepts_the_signature(alg: str):
    """A signature checks without any JWT library, from the numbers in the published key."""
    signer = Bench.with_keys(kept(PAIRS[alg][0], Stage.CURRENT)).signer
    message, _, signature = (await signer.sign(CLAIMS)).rpartition(".")
    (jwk,) = await signer.jwks()

    _check(alg, jwk, message.encode(), _bytes(signature))


def _check(alg: str, jwk, message: bytes, signature: bytes) -> None:
    match alg:
        case "EdDSA":
            okp = ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk["x"]))
            okp.verify(signature, message)
        case "ES256":
            point = ec.EllipticCurvePublicNumbers(
                _number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1()
            )
            r, s = signature[:32], signature[32:]
            written = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
            point.public_key().verify(written, message, ec.ECDSA(SHA256()))
        case "RS256":
            numbers = rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"]))
            numbers.public_key().verify(signature, message, padding.PKCS1v15(), SHA256())


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")


@pytest.mark.parametrize("alg", PAIRS)
def test_a_made_key_says_its_own_name(alg: str):
    """`kid` is the thumbprint of the public JWK, the private half is PKCS 8, and repr is silent."""
    pair = PAIRS[alg][0]

    assert pair.kid == thumbprint(json.loads(pair.public_jwk))
    assert len(pair.kid) == 43
    assert "d" not in json.loads(pair.public_jwk)
    assert load_der_private_key(pair.private, password=None)
    assert "private" not in repr(pair)


def test_the_thumbprint_is_the_one_of_the_standard():
    """The example of RFC 8037, appendix A.3, comes out."""
    jwk = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }

    assert thumbprint({**jwk, "use": "sig"}) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_no_other_algorithm_is_made():
    """HS256 and unknown names are refused."""
    for alg in ("HS256", "none", "", "eddsa"):
        with pytest.raises(ValueError, match="is none of"):
            JwtKeyMaker().make(alg)


@pytest.mark.parametrize(("issuer", "audience"), [("https://else", AUDIENCE), (ISSUER, "else")])
async def test_a_token_for_somebody_else_is_invalid(issuer: str, audience: str):
    """The right key does not help a token of another issuer or for another audience."""
    bench = Bench.with_keys(kept(PAIRS["EdDSA"][0], Stage.CURRENT))
    token = await bench.another_process(issuer=issuer, audience=audience).sign(CLAIMS)

    with pytest.raises(TokenInvalid):
        await bench.signer.verify(token, NOW)
    with pytest.raises(TokenInvalid):
        await bench.signer.verify(token, CLAIMS.expires_at)


async def test_a_remembered_token_expires_all_the_same():
    """That a token was good a moment ago does not carry it over its end."""
    signer = Bench.with_keys(kept(PAIRS["EdDSA"][0], Stage.CURRENT)).signer
    token = await signer.sign(CLAIMS)
    await signer.verify(token, NOW)

    with pytest.raises(TokenExpired):
        await signer.verify(token, CLAIMS.expires_at)


async def test_memory_of_good_tokens_is_bounded():
    """No more tokens are remembered than allowed, and forgotten ones are still good."""
    bench = Bench.with_keys(kept(PAIRS["EdDSA"][0], Stage.CURRENT))
    signer = JwtSigner(
        keys=bench.keys,
        vault=VAULT,
        clock=bench.clock,
        issuer=ISSUER,
        audience=AUDIENCE,
        remembered=3,
    )
    claims = [evolve(CLAIMS, token_id=f"t{at}") for at in range(7)]
    tokens = [await signer.sign(each) for each in claims]

    for _ in range(2):
        assert claims == [await signer.verify(token, NOW) for token in tokens]
        assert len(signer._good) == 3


async def test_without_a_key_signing_says_try_later():
    """A deployment that has no key yet answers that it is not ready."""
    with pytest.raises(StoreUnavailable):
        await Bench().signer.sign(CLAIMS)


async def test_a_key_store_down_at_start_is_told():
    """When the keys were never seen, the failure of their store is passed on, each time."""
    bench = Bench(WatchedKeys((kept(PAIRS["EdDSA"][0], Stage.CURRENT),), failing=True))

    for act in (bench.signer.sign(CLAIMS), bench.signer.jwks(), bench.signer.verify("x", NOW)):
        with pytest.raises(StoreUnavailable):
            await act
    bench.keys.failing = False

    assert await bench.signer.verify(await bench.signer.sign(CLAIMS), NOW) == CLAIMS


async def test_an_unfit_row_does_not_take_the_good_keys_with_it():
    """A row that does not open, or holds another key than it says, is left out."""
    good, other, third = PAIRS["EdDSA"]
    current = kept(good, Stage.CURRENT)
    bench = Bench.with_keys(
        current,
        evolve(kept(other, Stage.NEXT), sealed=b"noise"),
        evolve(kept(third, Stage.PREVIOUS), kid=other.kid),
        evolve(
            kept(third, Stage.PREVIOUS),
            kid="planted",
            sealed=VAULT.seal(third.private, purpose="signing_key", row="planted"),
        ),
        evolve(kept(PAIRS["ES256"][0], Stage.PREVIOUS), alg="RS256"),
    )

    assert [key["kid"] for key in await bench.signer.jwks()] == [good.kid]
    assert await bench.signer.verify(await bench.signer.sign(CLAIMS), NOW) == CLAIMS


async def test_a_planted_public_key_is_not_believed():
    """Whoever writes to the database without the master key makes no token of ours."""
    planted = PAIRS["EdDSA"][1]
    bench = Bench.with_keys(kept(PAIRS["EdDSA"][0], Stage.CURRENT))
    forged = await Bench.with_keys(kept(planted, Stage.CURRENT)).signer.sign(CLAIMS)
    ours = bench.keys.keys[0]
    bench.keys.keys = (
        evolve(ours, public_jwk=planted.public_jwk),
        evolve(ours, kid=planted.kid, public_jwk=planted.public_jwk),
    )

    with pytest.raises(TokenInvalid):
        await bench.signer.verify(forged, NOW + timedelta(seconds=10))
