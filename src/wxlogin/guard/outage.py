"""Outage: says in the log that wxlogin cannot be asked, without filling it."""

import logging

from attrs import define, field

_log = logging.getLogger("wxlogin.guard")


@define(eq=False)
class Outage:
    """Counts failures in a row; tells of the 1st, 2nd, 4th, 8th …, and of the end."""

    what: str
    failures: int = field(default=0, init=False)

    def goes_on(self, why: str) -> None:
        """Notes one more failure."""
        self.failures += 1
        if self.failures & (self.failures - 1) == 0:
            _log.warning(
                "wxlogin gave no %s (failure %d in a row): %s; going on with what is known",
                self.what,
                self.failures,
                why,
            )

    def ends(self) -> None:
        """Notes a success."""
        if self.failures:
            _log.warning("wxlogin gives %s again after %d failures", self.what, self.failures)
            self.failures = 0
