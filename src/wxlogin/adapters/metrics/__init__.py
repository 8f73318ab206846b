"""Numbers about what goes on, in Prometheus' text form."""

from wxlogin.adapters.metrics.prometheus import Metrics

__all__ = ["Metrics"]
