"""Answers that several handlers give."""

from collections.abc import Mapping

from wxlogin.domain.user import User
from wxlogin.entrypoints.web.answers import UserJson
from wxlogin.entrypoints.web.call import Answer
from wxlogin.entrypoints.web.wire import encode
from wxlogin.entrypoints.web.wishes import Wishes

NOTHING = Answer(204)


def json(result: object, headers: Mapping[str, str] | None = None) -> Answer:
    """Answers a result as JSON."""
    return Answer(200, encode(result), headers=headers or {})


def person(user: User, wishes: Wishes) -> Answer:
    """Answers a user, with their version as ETag."""
    return json(UserJson.of(user, wishes.policy.issuer), {"etag": etag(user)})


def etag(user: User) -> str:
    """Answers the tag of a user's present version; one URL shows many users, so the id is in it."""
    return f'"{user.id}.{user.version}"'


def names_tag(header: str, tag: str) -> bool:
    """Tells whether an If-Match or If-None-Match header names a tag.

    A proxy that compresses turns our strong tag into a weak one; both count as the same.
    """
    listed = (each.strip().removeprefix("W/") for each in header.split(","))
    return header.strip() == "*" or tag in listed
