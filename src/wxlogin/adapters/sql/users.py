"""`UserRepository` in SQL."""

from collections.abc import Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from attrs import field, frozen
from sqlalchemy import (
    Connection,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from wxlogin.adapters.sql import phones, rows, unionids
from wxlogin.adapters.sql.at_once import users as at_once
from wxlogin.adapters.sql.database import Database
from wxlogin.adapters.sql.faults import Raced
from wxlogin.adapters.sql.gathering import Gathering
from wxlogin.adapters.sql.making_room import CROWD, make_room, others
from wxlogin.adapters.sql.tables import identities, sessions, unionid_conflicts, users
from wxlogin.domain.errors import AlreadyThere, PhoneTaken
from wxlogin.domain.ports.users import PhoneMoved, UnionidConflict
from wxlogin.domain.ports.vault import Vault
from wxlogin.domain.session import Session
from wxlogin.domain.user import Identity, User

_Asked = Mapping[str, Any]
_THIS_IDENTITY = (
    identities.c.appid == bindparam("p_appid"),
    identities.c.openid == bindparam("p_openid"),
)
_FIND = (
    select(*rows.USER, identities.c.unionid)
    .join_from(identities, users)
    .where(*_THIS_IDENTITY, users.c.erased_at.is_(None))
)
_GET = select(*rows.USER).where(users.c.id == bindparam("p_user"), users.c.erased_at.is_(None))
_GET_LOCKED = _GET.with_for_update()
# Not the identity too: an erasure locks the user first and then deletes identities.
_FIND_LOCKED = _FIND.add_columns(CROWD).with_for_update(of=users)
_IDENTITIES = (
    select(identities.c.appid, identities.c.openid, identities.c.unionid)
    .where(identities.c.user_id == bindparam("p_user"))
    .order_by(identities.c.created_at, identities.c.appid, identities.c.openid)
)
_FILL_IN = (
    update(identities)
    .where(*_THIS_IDENTITY, identities.c.unionid.is_(None))
    .values(unionid=bindparam("p_unionid"))
)
_SAVED = (
    "updated_at",
    "version",
    "nickname",
    "avatar_url",
    "gender",
    "phone_sealed",
    "phone_index",
)
_SAVE = (
    update(users)
    .where(
        users.c.id == bindparam("p_id"),
        users.c.version == bindparam("p_version") - 1,
        users.c.erased_at.is_(None),
    )
    .values({name: bindparam(f"p_{name}") for name in _SAVED})
)
_CONFLICTS = select(unionid_conflicts).order_by(
    unionid_conflicts.c.found_at, unionid_conflicts.c.unionid, unionid_conflicts.c.second_user_id
)


@frozen
class SqlUsers:
    """Users with their identities."""

    db: Database
    vault: Vault
    _entering: Gathering[_Asked, Sequence[Any] | None] = field(init=False, repr=False)
    _coming: Gathering[_Asked, bool] = field(init=False, repr=False)
    _saving: Gathering[_Asked, bool] = field(init=False, repr=False)

    @_entering.default
    def _signing_in(self) -> Gathering[_Asked, Sequence[Any] | None]:
        return Gathering(lambda asked: self.db.one(lambda c: at_once.sign_in(c, asked)))

    @_coming.default
    def _registering(self) -> Gathering[_Asked, bool]:
        return Gathering(
            lambda asked: self.db.one(lambda c: at_once.register(c, asked)),
            apart=itemgetter("in_appid", "openid"),
        )

    @_saving.default
    def _writing(self) -> Gathering[_Asked, bool]:
        return Gathering(
            lambda asked: self.db.one(lambda c: at_once.save(c, asked)), apart=itemgetter("id")
        )

    async def sign_in(
        self, identity: Identity, session: Session, keep: int | None = None
    ) -> User | None:
        """Opens a session for the user of an identity."""
        if not can_be(identity):
            return None
        if self.db.dialect == "postgresql":
            asked = rows.row_from_session(session, self.vault) | _asked(identity)
            asked["others"] = others(keep)
            row = await self._entering.ask(asked)
            if row is None:
                return None
            if identity.unionid is None or row[-1] is not None:
                return rows.user_from(row[:-1], self.vault)
        return await self.db.together(lambda c: self._sign_in(c, identity, session, keep))

    async def register(
        self, user: User, identity: Identity, session: Session, keep: int | None = None
    ) -> User:
        """Adds a user with an identity and a session, or joins the holder of the unionid."""
        if self._alone(identity, user):
            told = rows.row_from_user(user, self.vault).items()
            asked = rows.row_from_session(session, self.vault) | _asked(identity)
            if not await self._coming.ask(asked | {f"user_{name}": value for name, value in told}):
                raise AlreadyThere
            return rows.in_utc(user)
        return await self.db.together(lambda c: self._register(c, user, identity, session, keep))

    async def find(self, identity: Identity) -> User | None:
        """Answers the user of an identity."""
        if not can_be(identity):
            return None
        row = await self.db.read(lambda c: c.execute(_FIND, _named(identity)).first())
        return None if row is None else rows.user_from(row[:-1], self.vault)

    async def get(self, user_id: str) -> User | None:
        """Answers a user by id; erased ones are not found."""
        if not rows.is_id(user_id):
            return None
        row = await self.db.read(lambda c: c.execute(_GET, {"p_user": user_id}).first())
        return None if row is None else rows.user_from(row, self.vault)

    async def identities(self, user_id: str) -> Sequence[Identity]:
        """Answers all identities of a user, oldest first."""
        if not rows.is_id(user_id):
            return []
        found = await self.db.read(lambda c: c.execute(_IDENTITIES, {"p_user": user_id}).all())
        return [Identity(*row) for row in found]

    async def save(self, user: User) -> bool:
        """Writes profile, phone and times if the stored version is the one before."""
        older = rows.older_phone_indexes(user, self.vault)
        row = rows.row_from_user(user, self.vault)
        if self.db.dialect == "postgresql" and not older:
            return await self._saving.ask(row)
        act = partial(self._save, user=user, row=row, older=older)
        return await (self.db.together(act) if older else self.db.one(act))

    def write(self, connection: Connection, user: User) -> bool:
        """Writes as `save` does, as a part of another store's act."""
        older = rows.older_phone_indexes(user, self.vault)
        return self._save(
            connection, user=user, row=rows.row_from_user(user, self.vault), older=older
        )

    async def save_taking_phone(self, user: User) -> PhoneMoved | None:
        """Writes as `save` does and takes the phone from whoever else has it."""
        indexes = rows.phone_indexes(user, self.vault)
        row = rows.row_from_user(user, self.vault)
        act = partial(self._save_taking_phone, user=user, row=row, indexes=indexes)
        return await self.db.together(act)

    async def conflicts(self) -> Sequence[UnionidConflict]:
        """Answers the recorded unionid conflicts, oldest first."""
        found = await self.db.read(lambda c: c.execute(_CONFLICTS).all())
        return [
            UnionidConflict(r.unionid, r.first_user_id, r.second_user_id, rows.moment(r.found_at))
            for r in found
        ]

    def _alone(self, identity: Identity, user: User) -> bool:
        """Tells whether one statement registers them: nobody to join, no phone to ask about."""
        return self.db.dialect == "postgresql" and identity.unionid is None and user.phone is None

    def _sign_in(
        self, connection: Connection, identity: Identity, session: Session, keep: int | None
    ) -> User | None:
        values = rows.row_from_session(session, self.vault)
        now = values["created_at"]
        row = connection.execute(_FIND_LOCKED, _named(identity) | {"p_now": now}).first()
        if row is None:
            return None
        *known, unionid, crowd = row
        user = rows.user_from(known, self.vault)
        if identity.unionid is not None and unionid is None:
            connection.execute(_FILL_IN, _named(identity))
            unionids.note(connection, identity.unionid, user.id, now)
        if not user.banned:
            if crowd > others(keep):
                self._make_room(connection, user.id, now, keep)
            connection.execute(insert(sessions), {**values, "user_id": user.id})
        return user

    def _register(
        self,
        connection: Connection,
        user: User,
        identity: Identity,
        session: Session,
        keep: int | None,
    ) -> User:
        if connection.execute(_KNOWN, _named(identity)).first() is not None:
            raise AlreadyThere
        owner = user
        held_by, parted = self._to_join(connection, identity)
        if held_by is not None:
            owner = held_by
        else:
            self._refuse_taken_phone(connection, user, rows.older_phone_indexes(user, self.vault))
            connection.execute(insert(users), rows.row_from_user(user, self.vault))
            if identity.unionid is not None and not parted:
                unionids.take(connection, identity.unionid, user.id)
            elif identity.unionid is not None:
                at = rows.micros(session.created_at)
                unionids.note(connection, identity.unionid, user.id, at)
        values = rows.row_from_session(session, self.vault)
        connection.execute(
            insert(identities),
            {
                "appid": identity.appid,
                "openid": identity.openid,
                "unionid": identity.unionid,
                "user_id": owner.id,
                "created_at": values["created_at"],
            },
        )
        if not owner.banned:
            if held_by is not None:
                self._make_room(connection, owner.id, values["created_at"], keep)
            connection.execute(insert(sessions), {**values, "user_id": owner.id})
        return owner if held_by is not None else rows.in_utc(user)

    def _save(
        self, connection: Connection, *, user: User, row: _Asked, older: Sequence[str]
    ) -> bool:
        values = {f"p_{name}": row[name] for name in ("id", *_SAVED)}
        saved = connection.execute(_SAVE, values).rowcount == 1
        if saved:  # a stale save is only stale; a refusal takes the save back
            self._refuse_taken_phone(connection, user, older)
        return saved

    def _save_taking_phone(
        self, connection: Connection, *, user: User, row: _Asked, indexes: Sequence[str]
    ) -> PhoneMoved | None:
        current, former = phones.freed(
            connection, indexes, user.id, user.version - 1, row["updated_at"]
        )
        if not current:
            return None
        try:
            connection.execute(_SAVE, {f"p_{name}": row[name] for name in ("id", *_SAVED)})
        except IntegrityError as taken:
            raise Raced from taken  # somebody was quicker: take it from them
        return PhoneMoved(former)

    def _make_room(self, connection: Connection, user_id: str, now: int, keep: int | None) -> None:
        make_room(connection, user_id, now, keep)

    def _to_join(self, connection: Connection, identity: Identity) -> tuple[User | None, bool]:
        """Answers whom a new identity joins, and whether it does not because it parted once."""
        if identity.unionid is None:
            return None, False
        held_by, parted = unionids.to_join(connection, identity)
        if held_by is None or parted:
            return None, parted
        row = connection.execute(_GET_LOCKED, {"p_user": held_by}).first()
        if row is None:
            raise Raced  # erased between the two looks
        return rows.user_from(row, self.vault), False

    def _refuse_taken_phone(
        self, connection: Connection, user: User, indexes: Sequence[str]
    ) -> None:
        if phones.holder(connection, indexes, user.id) is not None:
            raise PhoneTaken


_KNOWN = select(identities.c.user_id).where(*_THIS_IDENTITY)


def _named(identity: Identity) -> dict[str, Any]:
    return {
        "p_appid": identity.appid,
        "p_openid": identity.openid,
        "p_unionid": identity.unionid,
    }


def _asked(identity: Identity) -> dict[str, Any]:
    return {"in_appid": identity.appid, "openid": identity.openid, "unionid": identity.unionid}


def can_be(identity: Identity) -> bool:
    """Tells whether an identity could be in a row."""
    return rows.is_text(identity.appid) and rows.is_text(identity.openid)
