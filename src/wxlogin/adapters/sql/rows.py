"""Rows ⇄ entities, both ways, and what text can be in a row at all."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve
from sqlalchemy import Column

from wxlogin.adapters.sql.tables import sessions, signing_keys, users
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.session import Device, EndReason, Session
from wxlogin.domain.signing_key import SigningKey, Stage
from wxlogin.domain.user import Gender, Phone, Profile, User

Values = Sequence[Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_PHONE, SESSION_KEY = "phone", "session_key"

USER: tuple[Column[Any], ...] = (
    users.c.id,
    users.c.created_at,
    users.c.updated_at,
    users.c.version,
    users.c.nickname,
    users.c.avatar_url,
    users.c.gender,
    users.c.phone_sealed,
    users.c.banned_at,
    users.c.erased_at,
    users.c.leaves_at,
    users.c.consent_version,
)
"""What `user_from` reads, in its order."""

_NOT_READ = {"sweep_at", "session_key_sealed"}
SESSION: tuple[Column[Any], ...] = tuple(c for c in sessions.c if c.name not in _NOT_READ)
"""What `session_from` reads, in its order."""

SIGNING_KEY: tuple[Column[Any], ...] = tuple(signing_keys.c)
"""What `signing_key_from` reads, in its order."""


def micros(moment: datetime) -> int:
    """Answers a moment as whole microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // MICROSECOND


def moment(micros: int) -> datetime:
    """Answers the moment of a row, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def is_id(text: str) -> bool:
    """Tells whether text could be an id or hash of ours; what could not be is simply unknown."""
    return text.isascii() and text.isprintable()


def is_text(text: str) -> bool:
    """Tells whether every database can hold the text: no NUL, no half of a surrogate pair."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def user_from(row: Values, vault: Vault) -> User:
    """Answers the user of the columns `USER`."""
    (
        user_id,
        created,
        updated,
        version,
        nickname,
        avatar,
        gender,
        sealed,
        banned,
        erased,
        leaves,
        consent,
    ) = row
    return User(
        id=user_id,
        created_at=moment(created),
        updated_at=moment(updated),
        profile=Profile(nickname, avatar, Gender(gender)),
        phone=None if sealed is None else _opened(sealed, user_id, vault),
        version=version,
        banned=banned is not None,
        erased=erased is not None,
        leaves_at=None if leaves is None else moment(leaves),
        consent=consent,
    )


def in_utc(user: User) -> User:
    """Answers the user as it comes back from a row."""
    return evolve(
        user,
        created_at=user.created_at.astimezone(UTC),
        updated_at=user.updated_at.astimezone(UTC),
    )


def row_from_user(user: User, vault: Vault) -> dict[str, Any]:
    """Answers what a user tells about themselves as columns of `users`; ban and erasure are not."""
    phone = user.phone
    return {
        "id": user.id,
        "created_at": micros(user.created_at),
        "updated_at": micros(user.updated_at),
        "version": user.version,
        "nickname": user.profile.nickname,
        "avatar_url": user.profile.avatar_url,
        "gender": int(user.profile.gender),
        "phone_sealed": None if phone is None else _sealed(phone, user.id, vault),
        "phone_index": None
        if phone is None
        else vault.index(phone.number.encode(), purpose=_PHONE),
    }


def phone_indexes(user: User, vault: Vault) -> tuple[str, ...]:
    """Answers under what this user's number may be kept, the newest master key first."""
    if user.phone is None:
        return ()
    return vault.indexes(user.phone.number.encode(), purpose=_PHONE)


def older_phone_indexes(user: User, vault: Vault) -> tuple[str, ...]:
    """Answers where rows of an older master key would keep this user's number."""
    return phone_indexes(user, vault)[1:]


def session_from(row: Values) -> Session:
    """Answers the session of the columns `SESSION`."""
    (
        sid,
        user_id,
        appid,
        created,
        used,
        expires,
        counter,
        name,
        platform,
        model,
        ended,
        reason,
    ) = row
    return Session(
        sid=sid,
        user_id=user_id,
        appid=appid,
        created_at=moment(created),
        last_used_at=moment(used),
        expires_at=moment(expires),
        counter=counter,
        device=Device(name, platform, model),
        ended_at=None if ended is None else moment(ended),
        end_reason=None if reason is None else EndReason(reason),
    )


def row_from_session(session: Session, vault: Vault) -> dict[str, Any]:
    """Answers a session as columns of `sessions`, but for its user."""
    return {
        "sid": session.sid,
        "appid": session.appid,
        "created_at": micros(session.created_at),
        "last_used_at": micros(session.last_used_at),
        "expires_at": micros(session.expires_at),
        "counter": session.counter,
        "device_name": session.device.name,
        "device_platform": session.device.platform,
        "device_model": session.device.model,
        "ended_at": None if session.ended_at is None else micros(session.ended_at),
        "end_reason": None if session.end_reason is None else str(session.end_reason),
        "sweep_at": micros(session.expires_at),
        "session_key_sealed": None
        if session.session_key is None
        else vault.seal(session.session_key.encode(), purpose=SESSION_KEY, row=session.sid),
    }


def signing_key_from(row: Values) -> SigningKey:
    """Answers the key of the columns `SIGNING_KEY`."""
    kid, alg, stage, public_jwk, sealed, created, staged = row
    return SigningKey(
        kid=kid,
        alg=alg,
        stage=Stage(stage),
        public_jwk=public_jwk,
        sealed=bytes(sealed),
        created_at=moment(created),
        staged_at=moment(staged),
    )


def row_from_signing_key(key: SigningKey) -> dict[str, Any]:
    """Answers a key as columns of `signing_keys`."""
    return {
        "kid": key.kid,
        "alg": key.alg,
        "stage": str(key.stage),
        "public_jwk": key.public_jwk,
        "sealed": key.sealed,
        "created_at": micros(key.created_at),
        "staged_at": micros(key.staged_at),
    }


def _sealed(phone: Phone, user_id: str, vault: Vault) -> bytes:
    plain = f"{phone.country_code}:{phone.number}".encode()
    return vault.seal(plain, purpose=_PHONE, row=user_id)


def _opened(sealed: bytes, user_id: str, vault: Vault) -> Phone:
    plain = vault.open(bytes(sealed), purpose=_PHONE, row=user_id).decode()
    country_code, _, number = plain.partition(":")
    return Phone(number=number, country_code=country_code)
