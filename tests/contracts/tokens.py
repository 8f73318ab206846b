"""What every TokenSigner must do."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from wxlogin.domain.errors import TokenExpired, TokenInvalid
from wxlogin.domain.ports.tokens import AccessClaims, TokenSigner

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CLAIMS = AccessClaims(
    user_id="01936e7c-0000-7000-8000-000000000001",
    sid="01936e7c-0000-7000-8000-000000000002",
    appid="wx0000000000000001",
    token_id="01936e7c-0000-7000-8000-000000000003",
    issued_at=NOW,
    expires_at=NOW + timedelta(minutes=15),
)


class TokenSignerContract:
    """Subclass it with a `signer` fixture whose clock shows NOW and that has a current key."""

    @pytest.fixture
    async def signer(self) -> TokenSigner:
        """Answer the signer under test."""
        raise NotImplementedError

    async def test_says_again_what_was_signed(self, signer: TokenSigner):
        """A token verifies to the claims it was made of, each time it is shown."""
        token = await signer.sign(CLAIMS)

        for _ in range(3):
            assert await signer.verify(token, NOW) == CLAIMS

    async def test_cuts_times_to_whole_seconds(self, signer: TokenSigner):
        """Parts of a second do not go into the token."""
        half = timedelta(microseconds=500_000)
        token = await signer.sign(
            evolve(CLAIMS, issued_at=NOW + half, expires_at=CLAIMS.expires_at + half)
        )

        assert await signer.verify(token, NOW) == CLAIMS

    async def test_a_token_dies_at_its_second(self, signer: TokenSigner):
        """A token is good until just before its end, and expired from its end on."""
        token = await signer.sign(CLAIMS)

        assert await signer.verify(token, CLAIMS.expires_at - timedelta(microseconds=1)) == CLAIMS
        for late in (timedelta(), timedelta(days=365)):
            with pytest.raises(TokenExpired):
                await signer.verify(token, CLAIMS.expires_at + late)

    async def test_a_token_from_the_future_is_invalid(self, signer: TokenSigner):
        """A token made an hour from now is refused; one a few seconds ahead is clock skew."""
        for ahead, good in ((timedelta(seconds=5), True), (timedelta(hours=1), False)):
            claims = evolve(CLAIMS, issued_at=NOW + ahead, expires_at=CLAIMS.expires_at + ahead)
            token = await signer.sign(claims)
            if good:
                assert await signer.verify(token, NOW) == claims
            else:
                with pytest.raises(TokenInvalid):
                    await signer.verify(token, NOW)

    @pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "登录", "Bearer x", "x" * 100_000])
    async def test_noise_is_invalid(self, signer: TokenSigner, token: str):
        """What is no token at all is invalid."""
        with pytest.raises(TokenInvalid):
            await signer.verify(token, NOW)

    async def test_no_sign_of_a_token_can_be_changed(self, signer: TokenSigner):
        """Whichever sign of a good token is replaced, it is invalid, also after it was good."""
        token = await signer.sign(CLAIMS)
        await signer.verify(token, NOW)

        for at, sign in enumerate(token):
            bent = token[:at] + ("A" if sign != "A" else "B") + token[at + 1 :]
            with pytest.raises(TokenInvalid):
                await signer.verify(bent, NOW)

    async def test_publishes_keys_without_secrets(self, signer: TokenSigner):
        """Each published key names itself, its use and its algorithm, and nothing private."""
        keys = await signer.jwks()

        assert keys
        for key in keys:
            assert (
                {"kty", "kid", "alg", "use"}
                <= set(key)
                <= {
                    *("kty", "kid", "alg", "use"),
                    *("crv", "x", "y", "n", "e"),
                }
            )
            assert key["use"] == "sig"
