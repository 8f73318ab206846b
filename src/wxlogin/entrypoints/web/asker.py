"""Who asks, as far as the network tells: the client's address, and what it is counted under."""

from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from attrs import field, frozen

Network = IPv4Network | IPv6Network

CLIENT: ContextVar[str | None] = ContextVar("client", default=None)
"""The address the request now served comes from; None where nobody asks over the network."""


def _networks(texts: Iterable[str]) -> tuple[Network, ...]:
    return tuple(ip_network(text, strict=False) for text in texts)


@frozen
class TrustedProxies:
    """The proxies whose word about a client is believed."""

    networks: tuple[Network, ...] = field(default=(), converter=_networks)

    def client(self, peer: str, forwarded_for: Sequence[str]) -> str:
        """Answers the address a request comes from.

        That is the peer, unless it is a trusted proxy: then the right-most address in
        `X-Forwarded-For` that is not a trusted proxy itself. What stands further left was
        written by the client and proves nothing.
        """
        if not self.networks or not self._trusts(peer):
            return peer
        hops = [hop.strip() for line in forwarded_for for hop in line.split(",") if hop.strip()]
        client = peer
        for hop in reversed(hops):
            if _address(hop) is None:
                break
            client = hop
            if not self._trusts(hop):
                break
        return client

    def _trusts(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self.networks)


@lru_cache(maxsize=4096)
def counted_as(client: str) -> str:
    """Answers what a client's requests are counted under: its address, of IPv6 the /64.

    One household or server has a whole /64 to itself, so single IPv6 addresses limit nobody.
    """
    address = _address(client)
    if not isinstance(address, IPv6Address):
        return client
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, 64), strict=False))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
