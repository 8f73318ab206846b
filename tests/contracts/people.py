"""People, sessions and moments for the contract suites."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from wxlogin.domain.session import Device, Session
from wxlogin.domain.user import Identity, User

NOW = datetime(2026, 11, 24, 9, 0, 0, 123457, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
APP, OTHER_APP, THIRD_APP = "wx0000000000000001", "wx0000000000000002", "wx0000000000000003"


def a_user(**fields: Any) -> User:
    """Answer a fresh user."""
    return User(**{"id": str(uuid4()), "created_at": NOW, "updated_at": NOW} | fields)


def an_identity(openid: str | None = None, **fields: Any) -> Identity:
    """Answer an identity nobody has yet."""
    return Identity(**{"appid": APP, "openid": openid or f"o{uuid4().hex}"} | fields)


def a_session(**fields: Any) -> Session:
    """Answer a fresh session, good for thirty days."""
    usual = {
        "sid": str(uuid4()),
        "user_id": "",
        "appid": APP,
        "created_at": NOW,
        "last_used_at": NOW,
        "expires_at": NOW + timedelta(days=30),
        "device": Device(name="小明的手机", platform="ios", model="iPhone 15"),
    }
    return Session(**usual | fields)
