"""The vault: what is sensitive at rest, under keys derived from one master key."""

from wxlogin.adapters.vault.master import MasterVault
from wxlogin.adapters.vault.master_key import load_or_make_master_key

__all__ = ["MasterVault", "load_or_make_master_key"]
