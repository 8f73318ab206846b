"""Loopback ports nobody listens on."""

import random
import socket

# Below the range from which the kernel gives ports to outgoing connections, so that
# no client of a parallel test takes the port between our look and the server's bind.
_LOWEST, _HIGHEST = 20_000, 32_000

_given: set[int] = set()


def free_port() -> int:
    """Answer a loopback TCP port that is free now and was not given out before."""
    for port in random.SystemRandom().sample(range(_LOWEST, _HIGHEST), 200):
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise RuntimeError(f"no free port between {_LOWEST} and {_HIGHEST}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # A connection of an earlier test in TIME_WAIT does not make the port unusable.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
