"""Rate limits: counted in the process, or over all processes in Redis."""

from wxlogin.adapters.limits.counted import CountedLimits, open_limits

__all__ = ["CountedLimits", "open_limits"]
