"""Where the processes of a deployment share WeChat's access tokens."""

from datetime import datetime
from typing import Protocol

from attrs import field, frozen


@frozen
class AccessToken:
    """A token for WeChat's APIs and its end."""

    token: str = field(repr=False)
    until: datetime


@frozen
class Held:
    """What all processes know of an app's token: in its `turn`, whether one of them `asks`."""

    turn: int = 0
    asks: bool = False
    kept: AccessToken | None = None


class AccessTokenShelf(Protocol):
    """One token for each app. Every change makes it another turn; an app begins at turn 0."""

    async def look(self, appid: str) -> Held:
        """Answers how things stand."""

    async def take(self, appid: str, turn: int) -> bool:
        """Notes that the caller asks WeChat, if it still is that turn; the next is its own.

        Of any number of parallel calls exactly one is answered with True.
        """

    async def put(self, appid: str, turn: int, token: AccessToken | None) -> None:
        """Notes that nobody asks any more and keeps what came, if it still is that turn.

        None is nothing: what was kept stays.
        """
