"""Numbers about what goes on, in Prometheus' text form."""

from wxlogin.adapters.metrics.prometheus import CountedJournal, Metrics

__all__ = ["CountedJournal", "Metrics"]
