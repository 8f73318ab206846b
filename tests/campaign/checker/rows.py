"""What the database holds, as plain SQL tells it."""

from attrs import define, field


@define
class User:
    """A row of users."""

    id: str
    nickname: str
    banned: bool = False


@define
class Identity:
    """A row of identities."""

    appid: str
    openid: str
    unionid: str | None
    user_id: str


@define
class Session:
    """A row of sessions; it lives while there is no reason that it ended."""

    sid: str
    user_id: str
    counter: int
    end_reason: str | None = None


@define
class Conflict:
    """A row of unionid_conflicts."""

    unionid: str
    first_user_id: str
    second_user_id: str


@define
class Rows:
    """All of it."""

    users: list[User] = field(factory=list)
    identities: list[Identity] = field(factory=list)
    sessions: list[Session] = field(factory=list)
    conflicts: list[Conflict] = field(factory=list)
