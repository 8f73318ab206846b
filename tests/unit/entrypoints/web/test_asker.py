"""Who asks: addresses behind proxies, and what they are counted under."""

import pytest

from wxlogin.entrypoints.web.asker import TrustedProxies, counted_as


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_household_counts_as_one(address: str, counted: str):
    """IPv6 is counted by its /64, IPv4 by its address however it is written."""
    assert counted == counted_as(address)


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (["203.0.113.9, junk"], "10.0.0.1"),
        (["junk, 203.0.113.9"], "203.0.113.9"),
        (["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        (["2001:db8::5"], "2001:db8::5"),
        ([" , "], "10.0.0.1"),
    ],
)
def test_only_addresses_are_believed(forwarded: list[str], client: str):
    """A proxy's word is followed leftwards until it is no address or no proxy of ours."""
    assert client == TrustedProxies(["10.0.0.0/8"]).client("10.0.0.1", forwarded)


def test_nobody_is_trusted_unasked():
    """Without trusted proxies the header says nothing."""
    assert "10.0.0.1" == TrustedProxies().client("10.0.0.1", ["203.0.113.9"])
