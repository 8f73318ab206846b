"""PublishedKeys: when to ask the issuer for its keys, and what to make of the answer."""

import math

from attrs import define, field

from wxlogin.guard.claims import KeysUnavailable
from wxlogin.guard.outage import Outage
from wxlogin.guard.public_keys import KeySet
from wxlogin.guard.wire import Answer, Ask

PATH = "/.well-known/jwks.json"


@define(eq=False)
class PublishedKeys:
    """The issuer's keys as last seen. All times in seconds.

    They are asked for again when older than `max_age`, and at once when a token names a key that
    is not there, though at most every `pause`: whoever makes up key ids costs the issuer nothing.
    While the issuer cannot be asked the keys last seen stay in use, for ever unless `max_stale`
    says how far beyond `max_age`.
    """

    max_age: float = 300.0
    pause: float = 3.0
    retry: float = 10.0
    max_stale: float = math.inf
    keys: KeySet | None = field(default=None, init=False)
    _etag: str | None = field(default=None, init=False)
    _seen_at: float = field(default=-math.inf, init=False)
    _asked_at: float = field(default=-math.inf, init=False)
    _outage: Outage = field(factory=lambda: Outage("keys"), init=False)

    def stale(self, now: float) -> bool:
        """Tells whether a look is due because of age (or because the clock went back)."""
        if self._seen_at <= now < self._seen_at + self.max_age:
            return False
        return not self._asked_within(self.retry if self.keys else self._first_pause, now)

    def lacking(self, kid: str, now: float) -> bool:
        """Tells whether a look is due because a key is not there."""
        if self.has(kid):
            return False
        return not self._asked_within(self.pause if self.keys else self._first_pause, now)

    def has(self, kid: str) -> bool:
        """Tells whether a key of this name was seen."""
        return self.keys is not None and kid in self.keys.by_kid

    def usable(self, now: float) -> KeySet | None:
        """Answers the keys; None: never seen, or longer ago than both limits allow."""
        return self.keys if now < self._seen_at + self.max_age + self.max_stale else None

    def at_hand(self, kid: str, now: float) -> KeySet:
        """Answers the keys among which the one of this name is to be found, if there is one.

        Raises:
            KeysUnavailable: they were never seen, or longer ago than `max_age` and `max_stale`
                allow; or this one is not among them, and the last look failed: it may be new.
        """
        keys = self.usable(now)
        if keys is None or (kid not in keys.by_kid and self._outage.failures):
            raise KeysUnavailable
        return keys

    def ask(self) -> Ask:
        """Answers the question to put to the issuer."""
        # Whatever caches stand on the way: a key not seen before must not wait for them.
        headers = {"cache-control": "no-cache"}
        if self.keys is not None and self._etag:
            headers["if-none-match"] = self._etag
        return Ask(PATH, headers=headers)

    def took(self, answer: Answer, now: float) -> None:
        """Takes the issuer's answer to a question put at `now`."""
        self._asked_at = now
        match answer:
            case Answer(status=200):
                try:
                    fresh = KeySet.of(answer.body)
                except ValueError as unfit:
                    self._outage.goes_on(f"no key set: {unfit}")
                    return
                # The same object while the keys are the same: what was verified stays so.
                if fresh != self.keys:
                    self.keys = fresh
                self._etag = answer.etag
            case Answer(status=304) if self.keys is not None:
                pass
            case _:
                self._outage.goes_on(answer.error or f"status {answer.status}")
                return
        self._seen_at = now
        self._outage.ends()

    @property
    def _first_pause(self) -> float:
        return min(self.pause, 1.0)

    def _asked_within(self, seconds: float, now: float) -> bool:
        return self._asked_at <= now < self._asked_at + seconds
