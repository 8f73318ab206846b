"""What a person does with their own account."""

import re

from attrs import evolve

from wxlogin.domain.errors import (
    FieldProblem,
    InvalidRequest,
    PreconditionFailed,
    StoreUnavailable,
)
from wxlogin.domain.use_cases.profile import Changed
from wxlogin.domain.use_cases.sessions import Scope
from wxlogin.domain.user import ProfileChange, User, released
from wxlogin.entrypoints.web import schemas
from wxlogin.entrypoints.web.answers import ExportJson, SessionsJson
from wxlogin.entrypoints.web.call import Answer, Call
from wxlogin.entrypoints.web.changed import ChangedUserJson
from wxlogin.entrypoints.web.handlers.upload import uploaded
from wxlogin.entrypoints.web.handlers.writing import NOTHING, etag, json, names_tag, person
from wxlogin.entrypoints.web.wire import decode
from wxlogin.entrypoints.web.wishes import Wishes

_RACES = 5
_SID_SHAPE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOBODYS_SID = "00000000-0000-0000-0000-000000000000"
"""Stands for what cannot be a session id, so that no store has to make sense of it."""


async def read_me(call: Call, wishes: Wishes) -> Answer:
    """Shows the caller, or says that nothing changed."""
    user = await wishes.read_profile(token=call.token)
    known = call.headers.get("if-none-match")
    if known is not None and names_tag(known, etag(user)):
        return Answer(304, headers={"etag": etag(user)})
    return person(user, wishes)


async def update_me(call: Call, wishes: Wishes) -> Answer:
    """Changes the caller's profile."""
    change = decode(schemas.PROFILE, call.body).change(wishes.policy.issuer)
    changed = await _change(wishes, call.token, change, call.headers.get("if-match"))
    if not changed.warnings:
        return person(changed.user, wishes)
    shown = ChangedUserJson.of(changed.user, wishes.policy.issuer)
    return json(evolve(shown, warnings=changed.warnings), {"etag": etag(changed.user)})


async def upload_avatar(call: Call, wishes: Wishes) -> Answer:
    """Keeps a picture and makes it the caller's avatar."""
    caller = await wishes.authenticate(call.token)
    picture = uploaded(call, "avatar", wishes.policy.avatar_max)
    check, owner = wishes.check_avatar, caller.user.id
    if check is not None and not check.holds(caller.session.appid):
        check = None
    path = await wishes.avatars.keep(picture, owner=owner, held=check is not None)
    try:
        if check is not None:
            path = await check(caller, path)
        change = ProfileChange(avatar_url=path)
        changed = await wishes.update_profile(token=call.token, change=change)
    except BaseException:
        await wishes.avatars.remove(path, owner=owner)
        raise
    return person(changed.user, wishes)


async def bind_phone(call: Call, wishes: Wishes) -> Answer:
    """Binds the phone behind a phone button's code."""
    body = decode(schemas.PHONE, call.body)
    return person(await wishes.bind_phone(token=call.token, phone_code=body.code), wishes)


async def unbind_phone(call: Call, wishes: Wishes) -> Answer:
    """Forgets the caller's phone."""
    return person(await wishes.unbind_phone(token=call.token), wishes)


async def list_sessions(call: Call, wishes: Wishes) -> Answer:
    """Shows where the caller is logged in."""
    return json(SessionsJson.of(await wishes.list_sessions(token=call.token)))


async def end_session(call: Call, wishes: Wishes) -> Answer:
    """Ends one of the caller's sessions."""
    sid = call.path_params["sid"]
    known_shape = _SID_SHAPE.fullmatch(sid) is not None
    await wishes.end_session(token=call.token, sid=sid if known_shape else _NOBODYS_SID)
    return NOTHING


async def logout(call: Call, wishes: Wishes) -> Answer:
    """Ends this session, the others, or all."""
    body = decode(schemas.LOGOUT, call.body) if call.body else schemas.LogoutBody()
    scope = body.scope or Scope.THIS
    await wishes.logout(token=call.token, refresh=body.refresh_token, scope=scope)
    return NOTHING


async def export_me(call: Call, wishes: Wishes) -> Answer:
    """Hands the caller everything held about them."""
    caller = await wishes.authenticate(call.token)
    held = await wishes.export_user(user_id=caller.user.id)
    return json(ExportJson.of(held, wishes.policy.issuer, caller.session.sid))


async def erase_me(call: Call, wishes: Wishes) -> Answer:
    """Erases the caller, or lets them think it over for a while if they do not want it at once."""
    caller = await wishes.authenticate(call.token)
    at_once = call.query.get("at_once", "false")
    if at_once not in {"true", "false"}:
        raise InvalidRequest(FieldProblem("at_once", "not_one_of"))
    await wishes.leave(user_id=caller.user.id, at_once=at_once == "true")
    return NOTHING


async def _change(
    wishes: Wishes, token: str | None, change: ProfileChange, if_match: str | None
) -> Changed:
    """Answers the changed user.

    An avatar kept here may be named only by whom shows it already: another's would vanish with
    its owner's change of mind.
    """
    if if_match is None and not schemas.is_own(change):
        return await wishes.update_profile(token=token, change=change)
    for _ in range(_RACES):
        before = await wishes.read_profile(token=token)
        if if_match is not None and not names_tag(if_match, etag(before)):
            raise PreconditionFailed
        change = _as_shown(change, before)
        if schemas.is_own(change) and change.avatar_url != before.profile.avatar_url:
            raise InvalidRequest(FieldProblem("avatar_url", "avatar_not_yours"))
        try:
            return await wishes.update_profile(token=token, change=change, version=before.version)
        except PreconditionFailed:
            continue
    raise StoreUnavailable(1)


def _as_shown(change: ProfileChange, user: User) -> ProfileChange:
    """Answers the change, an address told while the picture was held become the one it has now."""
    shown, named = user.profile.avatar_url, change.avatar_url
    return evolve(change, avatar_url=shown) if named and released(named) == shown else change
