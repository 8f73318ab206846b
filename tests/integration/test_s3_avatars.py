"""Avatars in a bucket: the contract over a server that speaks S3, and what a lost one means."""

from collections.abc import Iterator
from itertools import count

import httpx
import pytest

from tests.contracts.avatars import ALICE, BOB, AvatarsContract, picture, small
from tests.servers.deployment import Deployment, get
from tests.servers.ports import free_port
from tests.servers.s3 import s3_server
from wxlogin.adapters.avatars.bucket import BucketAvatars, open_bucket
from wxlogin.adapters.avatars.names import Name
from wxlogin.adapters.system import RandomIds
from wxlogin.domain.errors import StoreUnavailable
from wxlogin.domain.ports.avatars import AvatarStore
from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.container import Container, examination
from wxlogin.entrypoints.settings import Settings
from wxlogin.entrypoints.settings.bucket import Bucket

BUCKET, SECRET = "avatars-of-the-tests", "secret-of-the-bucket"
_folders = count()


@pytest.fixture(scope="module")
def s3(tmp_path_factory) -> Iterator[str]:
    with s3_server(tmp_path_factory.mktemp("s3"), BUCKET) as url:
        yield url


def opened(endpoint: str, prefix: str = "", bucket: str = BUCKET) -> BucketAvatars:
    made = open_bucket(
        bucket,
        prefix=prefix,
        endpoint=endpoint,
        region="us-east-1",
        path_style=True,
        access_key="key",
        secret=SECRET,
    )
    return BucketAvatars(made, RandomIds())


def keys(s3: str, prefix: str) -> list[str]:
    """Answer all that is in the bucket below a prefix, asked without our library."""
    listed = httpx.get(f"{s3}/{BUCKET}", params={"prefix": prefix}, trust_env=False).text
    return [each.split("</Key>")[0] for each in listed.split("<Key>")[1:]]


class TestBucketAvatars(AvatarsContract):
    @pytest.fixture
    def avatars(self, s3: str) -> AvatarStore:
        """Answer a store in a folder of the bucket that nobody used."""
        return opened(s3, f"test-{next(_folders)}")


async def test_erased_pictures_are_gone_from_the_bucket(s3: str):
    """Of an owner nothing is left, large, small or held; of another everything is."""
    avatars = opened(s3, "erased")
    for held in (False, True):
        await avatars.keep(picture(), owner=ALICE, held=held)
        await avatars.keep(picture(), owner=BOB, held=held)
    assert 8 == len(keys(s3, "erased/"))

    await avatars.remove_all(owner=ALICE)

    assert 4 == len(keys(s3, "erased/"))


async def test_a_picture_is_a_webp_for_whoever_else_serves_the_bucket(s3: str):
    """Its type is kept with it."""
    avatars = opened(s3, "typed")
    path = await avatars.keep(picture(), owner=ALICE)
    found = [key.removeprefix("typed/") for key in keys(s3, "typed/")]

    assert 2 == len(found)
    assert any(key.endswith(path.removeprefix("/avatars/")) for key in found)
    for key in found:
        got = await avatars._bucket.get_async(key)
        assert "image/webp" == got.attributes["Content-Type"]


async def test_a_bucket_out_of_reach_says_so():
    """Keeping, reading and erasing ask to try later; nobody waits for a replaced picture."""
    avatars = opened(f"http://127.0.0.1:{free_port()}")
    path = f"/avatars/{'a' * 32}-x.webp"

    for asked in (
        avatars.keep(picture(), owner=ALICE),
        avatars.read(path),
        avatars.remove_all(owner=ALICE),
    ):
        with pytest.raises(StoreUnavailable) as refused:
            await asked
        assert SECRET not in str(refused.value.__cause__)
    await avatars.remove(Name.new(ALICE, avatars._ids, held=False).path, owner=ALICE)


async def test_a_bucket_that_is_not_there_is_no_missing_picture(s3: str):
    """Keeping and erasing say that the store fails, not that there is nothing."""
    avatars = opened(s3, bucket="nobody-made-this-one")

    for asked in (avatars.keep(picture(), owner=ALICE), avatars.remove_all(owner=ALICE)):
        with pytest.raises(StoreUnavailable):
            await asked


@pytest.mark.parametrize(("bucket", "word"), [(BUCKET, "bucket ok"), ("not-there", "no bucket")])
async def test_the_doctor_looks_at_the_bucket(s3: str, tmp_path, bucket: str, word: str):
    """It can be reached and listed, or the finding says what was met."""
    where = Bucket(bucket, "", s3, path_style=True)
    settings = Settings(
        data_dir=tmp_path, avatar_store=where, s3_access_key="key", s3_secret=SECRET
    )

    found = await examination._bucket(Container(settings=settings), bucket)

    assert (word, word == "bucket ok") == (found.word, found.well)
    assert bucket in say(found.word, **found.values)


def test_a_bucket_takes_its_place_in_the_host_or_in_the_path():
    """COS and OSS want it in the host, MinIO in the path."""
    asked = {"prefix": "", "region": "r", "access_key": "k", "secret": SECRET}
    for path_style, shown in (
        (False, "https://b.s3.example.com"),
        (True, "https://s3.example.com"),
    ):
        bucket = open_bucket("b", endpoint="https://s3.example.com", path_style=path_style, **asked)
        assert shown == bucket.config["endpoint"]
        assert SECRET not in repr(bucket)


def test_the_service_keeps_avatars_in_a_bucket(s3: str, tmp_path):
    """Uploaded, shown in both sizes, and replaced; no file is written, no secret is logged."""
    env = {
        "WXLOGIN_AVATAR_STORE": f"s3://{BUCKET}/served?endpoint={s3}&style=path",
        "WXLOGIN_S3_ACCESS_KEY": "key",
        "WXLOGIN_S3_SECRET": SECRET,
    }
    deployment = Deployment(tmp_path, env)
    with deployment.simulator(), deployment.service() as service:
        tokens = deployment.login()
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        shown = []
        for colour in ("red", "blue"):
            answer = httpx.post(
                f"{deployment.url}/v1/me/avatar",
                files={"avatar": ("a.png", picture(colour, (700, 700)), "image/png")},
                headers=bearer,
                trust_env=False,
                timeout=30,
            )
            assert answer.status_code == 200, answer.text
            shown.append(answer.json()["avatar_url"])
        assert [404, 200, 200] == [
            get(url).status_code for url in (shown[0], shown[1], small(shown[1]))
        ]
        assert 2 == len(keys(s3, "served/"))
        assert SECRET not in service.log()
    assert not (tmp_path / "avatars").exists()
