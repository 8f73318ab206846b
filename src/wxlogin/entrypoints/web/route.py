"""Route: one line of the table that every door serves and the documentation describes."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto

from attrs import frozen

from wxlogin.domain.ports.limits import Rule
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.language import Both
from wxlogin.entrypoints.web.limits import OTHERS
from wxlogin.entrypoints.web.wishes import Wishes

Handler = Callable[[Call, Wishes], Awaitable[Answer]]


class Takes(Enum):
    """What kind of body a route reads; of all others the body is left unread."""

    NOTHING = auto()
    JSON = auto()
    JSON_OR_NOTHING = auto()
    JSON_OR_FORM = auto()
    UPLOAD = auto()
    MESSAGE = auto()  # XML or JSON, whatever type the sender says it is


class Asks(Enum):
    """What a caller must show."""

    NOTHING = auto()
    ACCESS_TOKEN = auto()
    ACCESS_OR_REFRESH_TOKEN = auto()
    SERVICE_TOKEN = auto()


@frozen
class Parameter:
    """A header or query parameter a route understands; `shape` is a pattern its whole must fit."""

    place: str
    name: str
    says: Both
    shape: str | None = None


@frozen(eq=False)
class Route:
    """A method on a path, who handles it, and everything the documentation says about it.

    `wants` and `gives` are wire schemas; `errors` are codes besides those that `takes`, `asks` and
    `rule` bring with them; `example` and `shows` are an example of each schema.
    """

    method: str
    path: str
    handler: Handler
    does: Both
    rule: Rule | None = OTHERS
    takes: Takes = Takes.NOTHING
    asks: Asks = Asks.NOTHING
    wants: type | None = None
    gives: type | None = None
    status: int = 200
    media_type: str = "application/json"
    errors: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = ()
    example: object = None
    shows: object = None
