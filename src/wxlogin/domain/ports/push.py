"""What WeChat pushes: reading it, and keeping it until it is worked off."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import field, frozen

from wxlogin.domain.push_event import PushEvent


@frozen
class Shown:
    """What a pushed request shows in its query to prove that it is WeChat's."""

    timestamp: str
    nonce: str
    signature: str = field(default="", repr=False)
    msg_signature: str = field(default="", repr=False)


@frozen
class Pushed:
    """A message that was read.

    `once` is set where the signature does not cover the content: what else was signed, which must
    then come with one event and no other.
    """

    event: PushEvent
    once: bytes | None = field(default=None, repr=False)


class PushRefused(Exception):
    """Not WeChat's, or not what it sent. `why` is for operators only: senders learn nothing."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class PushReader(Protocol):
    """消息推送: tells WeChat's messages from others', and reads them.

    Where an app has an AES key, only what is encrypted counts.
    """

    def check_address(self, appid: str, shown: Shown) -> None:
        """Returns when a request that checks our address is WeChat's.

        Raises:
            NotFound: no such app, or it has no push token.
            PushRefused: it is not.
        """

    def read(self, appid: str, shown: Shown, body: bytes) -> Pushed:
        """Answers what a message says, XML or JSON, plain or encrypted.

        Raises:
            NotFound: no such app, or it has no push token.
            PushRefused: forged, altered, for another app, plain where an AES key is set, or
                nothing that can be read.
        """


class PushState(StrEnum):
    """Where an event stands. The words are public: operators see them."""

    WAITING = "waiting"
    DONE = "done"
    KEPT = "kept"
    FAILED = "failed"


@frozen
class PushEntry:
    """An event in the inbox.

    `word` says what became of it, or what the last try met. `event` is None once it is done, and
    where the master key that sealed it is gone; `forgotten` where nothing of it is kept: done, or
    erased with the person it concerns.
    """

    key: str
    appid: str
    kind: str
    created_at: datetime
    received_at: datetime
    state: PushState = PushState.WAITING
    attempts: int = 0
    word: str = ""
    event: PushEvent | None = None
    forgotten: bool = False


class Inbox(Protocol):
    """Keeps pushed events: each once, until it is worked off, and a while longer."""

    async def add(
        self, keys: Sequence[str], event: PushEvent, now: datetime, once: str | None = None
    ) -> bool:
        """Keeps an event to be worked off, under the first key; what it says is sealed.

        Of any number of calls with a key, or what may come once, in common exactly one answers
        True; the others answer False and change nothing.
        """

    async def take(self, now: datetime, until: datetime) -> PushEntry | None:
        """Takes an event that is due, for one worker; nobody else gets it before `until`.

        Its `attempts` count this one. None when nothing is due.
        """

    async def settle(self, taken: PushEntry, state: PushState, word: str) -> bool:
        """Notes what became of an event; what it says is forgotten when it is done.

        False, changing nothing, when somebody took it again after `taken`.
        """

    async def put_off(self, taken: PushEntry, word: str, until: datetime) -> bool:
        """Gives an event back, to be taken again from `until` on; False as in `settle`."""

    async def newest(self, limit: int) -> Sequence[PushEntry]:
        """Answers what was received last, newest first."""

    async def sweep(self, done_before: datetime, kept_before: datetime, limit: int) -> int:
        """Deletes up to `limit` entries; answers how many.

        Those that are done and were received before one moment, kept and failed ones before the
        other. What waits stays.
        """
