"""Profile edits, phones, bans, erasure, export, keys."""

import asyncio

import pytest
from attrs import evolve

from tests.world import APPID, World
from wxlogin.domain.errors import (
    ContentRejected,
    NotFound,
    PhoneCodeInvalid,
    PhoneTaken,
    PreconditionFailed,
    SessionEnded,
    WeChatUnavailable,
)
from wxlogin.domain.ports.wechat import Verdict
from wxlogin.domain.signing_key import Stage
from wxlogin.domain.use_cases.accounts import ShowUser
from wxlogin.domain.use_cases.content import ContentPolicy
from wxlogin.domain.user import ProfileChange


@pytest.fixture
async def world():
    return await World().prepared()


async def enter(world, person="alice"):
    code = world.wechat.new_code(APPID, person)
    return await world.wishes().login(appid=APPID, code=code)


async def test_an_edit_keeps_absent_fields(world):
    """Fields not named stay; the version grows."""
    token = (await enter(world)).access_token
    update = world.wishes().update_profile
    await update(token=token, change=ProfileChange(nickname="小明", gender=1))
    user = (await update(token=token, change=ProfileChange(gender=2))).user

    assert ("小明", 2, 3) == (user.profile.nickname, user.profile.gender, user.version)
    assert user == await world.wishes().read_profile(token=token)


async def test_an_edit_on_an_old_version_is_refused(world):
    """If-Match keeps a lost update from happening."""
    token = (await enter(world)).access_token
    update = world.wishes().update_profile
    await update(token=token, change=ProfileChange(gender=1), version=1)

    with pytest.raises(PreconditionFailed):
        await update(token=token, change=ProfileChange(gender=2), version=1)


async def test_parallel_edits_of_different_fields_all_count(world):
    """Without If-Match a lost race is decided again: no confirmed edit is lost."""
    token = (await enter(world)).access_token
    update = world.wishes().update_profile
    await asyncio.gather(
        update(token=token, change=ProfileChange(nickname="小明")),
        update(token=token, change=ProfileChange(gender=2)),
        update(token=token, change=ProfileChange(avatar_url="https://a.cn/b.png")),
    )
    profile = (await world.wishes().read_profile(token=token)).profile

    assert ("小明", 2, "https://a.cn/b.png") == (
        profile.nickname,
        profile.gender,
        profile.avatar_url,
    )


async def test_a_nickname_wechat_rejects_is_not_stored():
    """The check comes before the store."""
    world = await World(content_policy=ContentPolicy.FAIL_CLOSED).prepared()
    token = (await enter(world)).access_token
    world.wechat.judge("坏", Verdict.RISKY)
    with pytest.raises(ContentRejected):
        await world.wishes().update_profile(token=token, change=ProfileChange(nickname="坏人"))

    assert "" == (await world.wishes().read_profile(token=token)).profile.nickname


@pytest.mark.parametrize(
    ("policy", "stored"), [(ContentPolicy.FAIL_CLOSED, ""), (ContentPolicy.FAIL_OPEN, "小明")]
)
async def test_a_failing_check_follows_the_policy(policy, stored):
    """Closed refuses for now, open lets through and notes it."""
    world = await World(content_policy=policy).prepared()
    token = (await enter(world)).access_token
    world.wechat.refuse("check_nickname", WeChatUnavailable(3))
    update = world.wishes().update_profile(token=token, change=ProfileChange(nickname="小明"))
    if stored:
        await update
    else:
        with pytest.raises(WeChatUnavailable):
            await update

    assert stored == (await world.wishes().read_profile(token=token)).profile.nickname
    assert "content_check" in [fact.name for fact in world.journal.facts]


@pytest.mark.parametrize(
    ("policy", "checks"), [(ContentPolicy.FAIL_CLOSED, 2), (ContentPolicy.OFF, 0)]
)
async def test_wechat_is_asked_once_about_a_new_nickname_and_not_about_an_old_one(policy, checks):
    """Neither an edit of something else nor a login with the same name costs a check."""
    world = await World(content_policy=policy).prepared()
    login, update = world.wishes().login, world.wishes().update_profile
    names = ["小明", "小明", "小红"]
    for name in names:
        tokens = await login(
            appid=APPID,
            code=world.wechat.new_code(APPID, "alice"),
            profile=ProfileChange(nickname=name),
        )
        await update(token=tokens.access_token, change=ProfileChange(nickname=name, gender=1))
        await update(token=tokens.access_token, change=ProfileChange(gender=2))

    assert "小红" == (await world.wishes().read_profile(token=tokens.access_token)).profile.nickname
    await update(token=tokens.access_token, change=ProfileChange(nickname=""))
    assert [("check_nickname", APPID)] * checks == [
        asked for asked in world.wechat.asked if asked[0] == "check_nickname"
    ]


async def test_a_phone_is_bound_and_unbound(world):
    """The number is shown masked and gone after unbinding."""
    token = (await enter(world)).access_token
    code = world.wechat.new_phone_code(APPID, "alice", "15612345677")
    user = await world.wishes().bind_phone(token=token, phone_code=code)

    assert user.phone is not None
    assert "156******77" == user.phone.masked
    assert None is (await world.wishes().unbind_phone(token=token)).phone


async def test_binding_and_unbinding_what_is_so_already_changes_nothing(world):
    """The same number again, and no number again, are answered and write nothing."""
    token = (await enter(world)).access_token
    bind, unbind = world.wishes().bind_phone, world.wishes().unbind_phone
    codes = [world.wechat.new_phone_code(APPID, "alice", "15612345677") for _ in range(2)]

    bound = [await bind(token=token, phone_code=code) for code in codes]
    unbound = [await unbind(token=token) for _ in range(2)]

    assert [2, 2, 3, 3] == [user.version for user in (*bound, *unbound)]


async def test_somebody_elses_phone_code_binds_nothing(world):
    """The openid goes along, so a swapped code is refused."""
    token = (await enter(world)).access_token
    code = world.wechat.new_phone_code(APPID, "bob", "15612345677")

    with pytest.raises(PhoneCodeInvalid):
        await world.wishes().bind_phone(token=token, phone_code=code)


async def test_a_phone_belongs_to_one_user(world):
    """The second is refused until the first lets go."""
    alice, bob = await enter(world), await enter(world, "bob")
    bind = world.wishes().bind_phone
    number = "15612345677"
    await bind(
        token=alice.access_token, phone_code=world.wechat.new_phone_code(APPID, "alice", number)
    )
    with pytest.raises(PhoneTaken):
        await bind(
            token=bob.access_token, phone_code=world.wechat.new_phone_code(APPID, "bob", number)
        )
    await world.wishes().unbind_phone(token=alice.access_token)

    user = await bind(
        token=bob.access_token, phone_code=world.wechat.new_phone_code(APPID, "bob", number)
    )
    assert user.phone is not None


async def test_erasure_ends_sessions_and_frees_identity_phone_and_picture(world):
    """The person can start anew as somebody else; the old tokens say erased."""
    wishes = world.wishes()
    tokens = await enter(world)
    path = await world.avatars.keep(b"picture", owner=tokens.user.id)
    await wishes.update_profile(token=tokens.access_token, change=ProfileChange(avatar_url=path))
    code = world.wechat.new_phone_code(APPID, "alice", "15612345677")
    await wishes.bind_phone(token=tokens.access_token, phone_code=code)
    await world.erase(user_id=tokens.user.id)

    with pytest.raises(SessionEnded, match="erased"):
        await wishes.read_profile(token=tokens.access_token)
    again = await enter(world)
    assert again.is_new_user
    assert tokens.user.id != again.user.id
    code = world.wechat.new_phone_code(APPID, "alice", "15612345677")
    assert (await wishes.bind_phone(token=again.access_token, phone_code=code)).phone
    assert not world.avatars.pictures


async def test_erasure_deletes_pictures_no_profile_shows(world):
    """Whatever became of the profile, every picture of the person goes, and nobody else's."""
    tokens, other = await enter(world), await enter(world, "bob")
    for owner in (tokens.user.id, tokens.user.id, other.user.id):
        await world.avatars.keep(b"picture of " + owner.encode(), owner=owner)

    await world.erase(user_id=tokens.user.id)

    assert [b"picture of " + other.user.id.encode()] == list(world.avatars.pictures.values())


async def test_an_erasure_whose_pictures_cannot_go_may_be_asked_for_again(world):
    """While files cannot be deleted the account stays, so that the next try still finds it."""
    tokens = await enter(world)
    erase = world.erase

    class ReadOnly:
        async def remove_all(self, *, owner):
            raise PermissionError(owner)

    with pytest.raises(PermissionError):
        await evolve(erase, avatars=ReadOnly())(user_id=tokens.user.id)

    assert await world.wishes().read_profile(token=tokens.access_token)
    await erase(user_id=tokens.user.id)


async def test_of_two_erasures_at_once_one_is_told_that_there_is_nobody(world):
    """The second finds the account gone and notes nothing."""
    user_id = (await enter(world)).user.id
    erase = world.erase

    class ErasedMeanwhile:
        async def remove_all(self, *, owner):
            await world.accounts.erase(owner, world.clock.now())

    with pytest.raises(NotFound):
        await evolve(erase, avatars=ErasedMeanwhile())(user_id=user_id)

    assert "erase" not in [fact.name for fact in world.journal.facts]


async def test_a_picture_uploaded_during_the_erasure_goes_too(world):
    """An upload that comes between deleting the pictures and ending the account leaves nothing."""
    tokens = await enter(world)
    erase = world.erase

    class UploadBetween:
        async def erase(self, user_id, now):
            await world.avatars.keep(b"late", owner=user_id)
            return await world.accounts.erase(user_id, now)

    await evolve(erase, accounts=UploadBetween())(user_id=tokens.user.id)

    assert not world.avatars.pictures


async def test_nobody_unknown_is_shown_banned_erased_or_exported(world):
    """Operators are told when an id is nobody's, and see the user when it is somebody's."""
    wishes, show = world.wishes(), ShowUser(world.users)
    for act in (show, world.ban, world.unban, world.erase, wishes.export_user):
        with pytest.raises(NotFound):
            await act(user_id="nobody")

    user = (await enter(world)).user
    assert user == await show(user_id=user.id)


async def test_an_export_holds_everything(world):
    """User, identities and living sessions."""
    tokens = await enter(world)
    held = await world.wishes().export_user(user_id=tokens.user.id)

    assert tokens.user == held.user
    assert [world.wechat.identity(APPID, "alice")] == list(held.identities)
    assert [tokens.session_id] == [session.sid for session in held.sessions]


async def test_rotated_keys_refuse_no_good_token(world):
    """Tokens of the old key stay good; the new key was published before it signed."""
    before = await enter(world)
    published = [jwk["kid"] for jwk in await world.signer.jwks()]
    ring = await world.rotate_keys(alg="ES256")
    world.advance(seconds=4)
    after = await enter(world)

    assert ring.current is not None
    assert ring.current.kid in published
    assert "ES256" == ring.at(Stage.NEXT)[0].alg
    for tokens in (before, after):
        assert await world.wishes().read_profile(token=tokens.access_token)


async def test_keys_are_dropped_when_their_last_token_is_dead(world):
    """The ring does not grow with rotations."""
    for _ in range(4):
        await world.rotate_keys(alg="EdDSA")
        world.advance(days=1, minutes=5)

    assert 3 == len(world.room.keys)
