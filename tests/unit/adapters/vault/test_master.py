"""The vault over master keys: rotation, silence about keys, and the contract."""

import hmac
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.vault import VaultContract
from wxlogin.adapters.vault.master import MasterVault
from wxlogin.domain.ports.vault import Vault

OLD, NEW = bytes(range(32)), bytes(range(100, 132))


class TestMasterVault(VaultContract):
    @pytest.fixture
    def vault(self) -> Vault:
        """Answer a vault with one key."""
        return MasterVault((NEW,))


class TestMasterVaultInRotation(VaultContract):
    @pytest.fixture
    def vault(self) -> Vault:
        """Answer a vault with a new key and an old one."""
        return MasterVault((NEW, OLD))


def test_the_old_key_opens_and_the_new_one_seals():
    """In a rotation old values stay readable, and new ones need the new key only."""
    before, during, after = MasterVault((OLD,)), MasterVault((NEW, OLD)), MasterVault((NEW,))
    old = before.seal(b"x", purpose="p", row="r")
    new = during.seal(b"x", purpose="p", row="r")

    assert during.open(old, purpose="p", row="r") == b"x"
    assert after.open(new, purpose="p", row="r") == b"x"
    with pytest.raises(ValueError, match="no longer known"):
        after.open(old, purpose="p", row="r")


def test_indexes_cover_the_rotation():
    """A value stored under the old key is among the indexes asked for during a rotation."""
    before, during = MasterVault((OLD,)), MasterVault((NEW, OLD))

    assert during.indexes(b"156", purpose="phone") == (
        MasterVault((NEW,)).index(b"156", purpose="phone"),
        before.index(b"156", purpose="phone"),
    )


def test_refresh_tokens_of_the_old_key_are_read_during_a_rotation():
    """The MAC key of each master key keeps its id and value when another comes before it."""
    before, during = MasterVault((OLD,)).mac_keys(), MasterVault((NEW, OLD)).mac_keys()

    assert before.keys[before.newest] == during.keys[before.newest]
    assert before.newest != during.newest


def test_keys_are_shown_nowhere():
    """Neither repr nor an error tells a master key or one derived from it."""
    vault = MasterVault((NEW, OLD))
    vault.seal(b"x", purpose="p", row="r")
    shown = repr(vault) + repr(vault.mac_keys())

    for key in (NEW, OLD, *vault.mac_keys().keys.values()):
        assert repr(key)[2:-1] not in shown
        assert key.hex() not in shown


def test_a_key_is_never_used_for_two_things():
    """The key id, the refresh token key and the index are not the bare HMAC of the master key."""
    vault = MasterVault((NEW,))
    macs = vault.mac_keys()

    assert macs.newest != hmac.digest(NEW, b"", "sha256")[:4]
    assert macs.keys[macs.newest] != NEW
    assert vault.index(b"x", purpose="p") != hmac.digest(NEW, b"x", "sha256").hex()
    assert vault.index(b"x", purpose="p") != (
        hmac.digest(macs.keys[macs.newest], b"x", "sha256").hex()
    )


@pytest.mark.parametrize(
    ("keys", "why"), [((), "at least one"), ((b"short",), "32 bytes"), ((NEW, NEW), "the same")]
)
def test_unfit_master_keys_are_refused(keys: tuple[bytes, ...], why: str):
    """No key, a short key and a key named twice are refused at once."""
    with pytest.raises(ValueError, match=why):
        MasterVault(keys)


@given(st.binary(max_size=200))
def test_noise_does_not_open(noise: bytes):
    """Whatever bytes come from the store, opening them answers ValueError and nothing else."""
    with pytest.raises(ValueError, match="sealed"):
        MasterVault((NEW, OLD)).open(noise, purpose="p", row="r")


@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=20))
def test_any_bytes_for_any_purpose_and_row(plain: bytes, purpose: str, row: str):
    """Sealing and opening work for all bytes and all names."""
    vault = MasterVault((NEW,))

    assert plain == vault.open(
        vault.seal(plain, purpose=purpose, row=row), purpose=purpose, row=row
    )


def test_another_process_opens_what_this_one_sealed():
    """Derived keys depend on nothing but the master key."""
    sealed = MasterVault((NEW,)).seal(b"over there", purpose="p", row="r")
    program = (
        "from wxlogin.adapters.vault.master import MasterVault\n"
        f"print(MasterVault(({NEW!r},)).open({sealed!r}, purpose='p', row='r'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "b'over there'\n"


def test_the_format_stays():
    """A value sealed by version 0.1 opens for ever."""
    sealed = bytes.fromhex(
        "01067e0da573ebda5ce3df1ef8251ed9d215cb89d781941d65280e54d8373ae1"
        "b57169a50b13d7db8ff09a689f6568"
    )

    assert MasterVault((NEW,)).open(sealed, purpose="phone", row="u1") == b"kept since 0.1"
