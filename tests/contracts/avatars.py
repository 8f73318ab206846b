"""What every AvatarStore must do."""

from io import BytesIO

import pytest
from PIL import Image

from wxlogin.domain.ports.avatars import AvatarStore
from wxlogin.domain.user import released

ALICE, BOB = "01a20d2c-b85a-7786-9337-1fe27a9a2a38", "01a20d2c-b85a-7786-9337-1fe27a9a2a39"


def picture(colour: str = "red", size: tuple[int, int] = (64, 64), form: str = "PNG") -> bytes:
    """Answer a picture of one colour."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, form)
    return out.getvalue()


def small(path: str) -> str:
    """Answer the path of the small one, as the documentation has it."""
    return path.removesuffix(".webp") + ".132.webp"


class AvatarsContract:
    """Subclass it with an `avatars` fixture."""

    @pytest.fixture
    def avatars(self) -> AvatarStore:
        """Answer the store under test."""
        raise NotImplementedError

    async def test_keeps_a_picture_under_its_own_address(self, avatars: AvatarStore):
        """The path is below /avatars/, names a WebP, and reads back."""
        path = await avatars.keep(picture(), owner=ALICE)

        assert path.startswith("/avatars/")
        assert path.endswith(".webp")
        assert await avatars.read(path)

    async def test_no_two_pictures_share_a_path(self, avatars: AvatarStore):
        """The same picture kept twice has two paths, each long enough not to be guessed."""
        paths = {await avatars.keep(picture(), owner=ALICE) for _ in range(3)}

        assert len(paths) == 3
        assert all(len(path) >= len("/avatars/") + 43 for path in paths)

    async def test_removes_what_it_kept(self, avatars: AvatarStore):
        """A removed picture is gone, another stays, and removing again says nothing."""
        gone, stays = [
            await avatars.keep(picture(colour), owner=ALICE) for colour in ("red", "blue")
        ]

        for _ in range(2):
            await avatars.remove(gone, owner=ALICE)

        assert await avatars.read(gone) is None
        assert await avatars.read(stays)

    async def test_removes_only_the_owners(self, avatars: AvatarStore):
        """Another person can name a picture and still not delete it."""
        hers = await avatars.keep(picture(), owner=ALICE)

        await avatars.remove(hers, owner=BOB)
        await avatars.remove(hers, owner="")

        assert await avatars.read(hers)

    async def test_removes_all_of_an_owner_and_nobody_elses(self, avatars: AvatarStore):
        """However many somebody has, all go in one act; who has none has nothing to fear."""
        hers = [await avatars.keep(picture(), owner=ALICE) for _ in range(3)]
        his = await avatars.keep(picture(), owner=BOB)

        for owner in ("", "*", "../..", ALICE[:-1], ALICE):
            assert all([await avatars.read(path) for path in hers])
            await avatars.remove_all(owner=owner)

        assert [None, None, None] == [await avatars.read(path) for path in hers]
        assert await avatars.read(his)
        await avatars.remove_all(owner=ALICE)

    async def test_a_held_picture_is_found_under_its_own_path_alone(self, avatars: AvatarStore):
        """Released it is found where its path says, and no longer where it was."""
        held = await avatars.keep(picture(), owner=ALICE, held=True)
        public = released(held)

        assert held.startswith("/avatars/held/")
        assert public != held
        content = await avatars.read(held)
        assert content
        assert await avatars.read(public) is None
        for _ in range(2):
            assert await avatars.release(held, owner=ALICE)
            assert content == await avatars.read(public)
            assert await avatars.read(held) is None

    @pytest.mark.parametrize("held", [False, True])
    async def test_every_picture_has_a_small_one(self, avatars: AvatarStore, *, held: bool):
        """Beside it, under its own name, wherever the picture goes, and it goes with it."""
        path = await avatars.keep(picture(size=(900, 900)), owner=ALICE, held=held)
        if held:
            assert await avatars.read(small(path))
            assert await avatars.read(small(released(path))) is None
            assert await avatars.release(path, owner=ALICE)
            assert await avatars.read(small(path)) is None
            path = released(path)

        assert await avatars.read(small(path))
        await avatars.remove(path, owner=BOB)
        assert await avatars.read(small(path))
        await avatars.remove(path, owner=ALICE)
        assert await avatars.read(path) is None
        assert await avatars.read(small(path)) is None

    async def test_only_a_held_picture_of_the_owner_is_released(self, avatars: AvatarStore):
        """Others' stay held, and what is not held, or is gone, cannot be released."""
        held = await avatars.keep(picture(), owner=ALICE, held=True)
        open_already = await avatars.keep(picture(), owner=ALICE)

        assert not await avatars.release(held, owner=BOB)
        assert not await avatars.release(open_already, owner=ALICE)
        assert await avatars.read(held)
        await avatars.remove(held, owner=BOB)
        assert await avatars.read(held)
        await avatars.remove(held, owner=ALICE)
        assert await avatars.read(held) is None
        for path in (held, "", "/avatars/held/", "/avatars/held/../x.webp", open_already + "x"):
            assert not await avatars.release(path, owner=ALICE)

    async def test_held_pictures_go_with_their_owner(self, avatars: AvatarStore):
        """As all others do."""
        held = await avatars.keep(picture(), owner=ALICE, held=True)
        his = await avatars.keep(picture(), owner=BOB, held=True)

        await avatars.remove_all(owner=ALICE)

        assert await avatars.read(held) is None
        assert not await avatars.release(held, owner=ALICE)
        assert await avatars.release(his, owner=BOB)

    async def test_a_path_does_not_tell_whose_it_is(self, avatars: AvatarStore):
        """A user's id cannot be read off the address of their picture."""
        path = await avatars.keep(picture(), owner=ALICE)

        assert ALICE not in path
        assert ALICE.replace("-", "") not in path

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "/",
            "/avatars/",
            "/avatars/none.webp",
            "/avatars/held/none.webp",
            "/avatars/held/../../secret.webp",
            "none.webp",
            "/avatars/../secret.webp",
            "/avatars/..%2fsecret.webp",
            "/avatars//etc/passwd",
            "/avatars/a\0.webp",
            "/avatars/a.webp\n",
            "/avatars/" + "a" * 300 + ".webp",
            "https://example.com/avatars/a.webp",
            "/avatars/登录.webp",
        ],
    )
    async def test_leaves_all_other_paths_alone(self, avatars: AvatarStore, path: str):
        """Any text may be asked for and removed: it is not there, and nothing happens."""
        kept = await avatars.keep(picture(), owner=ALICE)

        assert await avatars.read(path) is None
        await avatars.remove(path, owner=ALICE)
        assert await avatars.read(kept)
