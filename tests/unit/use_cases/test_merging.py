"""Merging as a wish: what is told of it, and which pictures go when."""

import pytest

from tests.world import APPID, SECOND_APPID, World
from wxlogin.domain.errors import SessionEnded
from wxlogin.domain.merge import RESTORABLE_FOR, Merge, MergeRefusal
from wxlogin.domain.use_cases.merging import ForgetMerges
from wxlogin.domain.user import ProfileChange


@pytest.fixture
async def world():
    return await World().prepared()


async def enter(world, appid=APPID, person="alice"):
    return await world.wishes().login(appid=appid, code=world.wechat.new_code(appid, person))


async def merged(world):
    kept, gone = await enter(world), await enter(world, SECOND_APPID)
    path = await world.avatars.keep(b"picture", owner=gone.user.id)
    change = ProfileChange(nickname="离开", avatar_url=path)
    await world.wishes().update_profile(token=gone.access_token, change=change)
    done = await world.merge(kept_id=kept.user.id, gone_id=gone.user.id)
    assert isinstance(done, Merge)
    return kept, gone, done, path


async def test_both_are_told_of_a_merge_and_of_its_end(world):
    """Two facts each time, the one who stays first; a refusal is none."""
    kept, gone, done, _ = await merged(world)
    await world.unmerge(merge_id=done.id)
    assert MergeRefusal.UNDONE is await world.unmerge(merge_id=done.id)
    assert MergeRefusal.UNKNOWN is await world.merge(kept_id=kept.user.id, gone_id="nobody")

    facts = [f for f in world.journal.facts if f.name in {"merge", "unmerge"}]
    pair = [("kept", kept.user.id), ("gone", gone.user.id)]
    assert pair * 2 == [(fact.outcome, fact.user_id) for fact in facts]
    assert ["merge"] * 2 + ["unmerge"] * 2 == [fact.name for fact in facts]


async def test_a_picture_of_who_went_comes_back_with_them(world):
    """It stays where it is while the merge can be undone."""
    kept, gone, done, path = await merged(world)
    with pytest.raises(SessionEnded, match="superseded"):
        await world.wishes().read_profile(token=gone.access_token)
    assert "" == (await world.users.get(kept.user.id)).profile.avatar_url

    await world.unmerge(merge_id=done.id)

    assert path == (await world.users.get(gone.user.id)).profile.avatar_url
    assert await world.avatars.read(path) is not None


async def test_after_the_time_picture_and_memory_go(world):
    """Not a moment earlier; then nothing brings the other one back."""
    *_, done, path = await merged(world)
    forget = ForgetMerges(world.merges, world.avatars, world.clock)
    world.clock.advance(RESTORABLE_FOR)

    assert 0 == await forget()
    assert await world.avatars.read(path) is not None
    world.advance(microseconds=1)
    assert (1, 0) == (await forget(), await forget())

    assert await world.avatars.read(path) is None
    assert MergeRefusal.TOO_LATE is await world.unmerge(merge_id=done.id)


async def test_an_erasure_takes_the_pictures_of_all_along(world):
    """Of who became part of the erased one, too."""
    kept, _, done, path = await merged(world)

    await world.erase(user_id=kept.user.id)

    assert await world.avatars.read(path) is None
    assert MergeRefusal.TOO_LATE is await world.unmerge(merge_id=done.id)
