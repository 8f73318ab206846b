"""What every Vault must do."""

import pytest

from wxlogin.domain.ports.vault import Vault


class VaultContract:
    """Subclass it with a `vault` fixture."""

    @pytest.fixture
    def vault(self) -> Vault:
        """Answer the vault under test."""
        raise NotImplementedError

    def test_opens_what_it_sealed(self, vault: Vault):
        """For the same purpose and row, what was sealed comes back."""
        for plain in (b"", b"156", "登录".encode(), bytes(range(256)) * 40):
            sealed = vault.seal(plain, purpose="phone", row="u1")

            assert plain == vault.open(sealed, purpose="phone", row="u1")

    def test_sealing_hides_the_plain_bytes(self, vault: Vault):
        """The plain bytes are not to be found in the sealed ones."""
        assert b"15612345678" not in vault.seal(b"15612345678", purpose="phone", row="u1")

    def test_seals_the_same_differently_each_time(self, vault: Vault):
        """Two rows with the same phone cannot be told to be the same."""
        sealed = {vault.seal(b"156", purpose="phone", row="u1") for _ in range(50)}

        assert len(sealed) == 50

    @pytest.mark.parametrize(
        ("purpose", "row"), [("session_key", "u1"), ("phone", "u2"), ("phoneu", "1"), ("", "u1")]
    )
    def test_is_bound_to_purpose_and_row(self, vault: Vault, purpose: str, row: str):
        """A sealed value moved to another row or column does not open."""
        sealed = vault.seal(b"156", purpose="phone", row="u1")

        with pytest.raises(ValueError, match="sealed"):
            vault.open(sealed, purpose=purpose, row=row)

    def test_a_flipped_bit_is_noticed_wherever_it_is(self, vault: Vault):
        """No single byte of a sealed value can be changed."""
        sealed = vault.seal(b"156", purpose="phone", row="u1")

        for at in range(len(sealed)):
            bent = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
            with pytest.raises(ValueError, match="sealed"):
                vault.open(bent, purpose="phone", row="u1")

    def test_a_shortened_value_is_noticed(self, vault: Vault):
        """No part of a sealed value opens."""
        sealed = vault.seal(b"156", purpose="phone", row="u1")

        for end in range(len(sealed)):
            with pytest.raises(ValueError, match="sealed"):
                vault.open(sealed[:end], purpose="phone", row="u1")

    def test_an_index_finds_the_same_again(self, vault: Vault):
        """The same bytes have the same index, hex, and it is the first of `indexes`."""
        index = vault.index(b"156", purpose="phone")

        assert index == vault.index(b"156", purpose="phone")
        assert index == vault.indexes(b"156", purpose="phone")[0]
        assert bytes.fromhex(index)

    def test_an_index_tells_values_and_purposes_apart(self, vault: Vault):
        """Other bytes, or the same for another purpose, have another index."""
        index = vault.index(b"156", purpose="phone")

        assert index != vault.index(b"157", purpose="phone")
        assert index != vault.index(b"156", purpose="ticket")

    def test_mac_keys_have_a_newest_among_them(self, vault: Vault):
        """The newest refresh token key is one of the keys, under a 4-byte id, 32 bytes long."""
        keys = vault.mac_keys()

        assert len(keys.keys[keys.newest]) == 32
        assert {4} == {len(key_id) for key_id in keys.keys}
