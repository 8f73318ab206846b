"""BucketAvatars: pictures in an S3-compatible bucket, so that several machines share them."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from attrs import field, frozen

from wxlogin.adapters.avatars.drawing import Drawing
from wxlogin.adapters.avatars.names import Name, mark, meant
from wxlogin.domain.errors import StoreUnavailable
from wxlogin.domain.ports.ambient import Ids

T = TypeVar("T")
RETRY_AFTER = 2
_CONNECT, _ANSWER, _ALL = "3s", "8s", timedelta(seconds=10)
_WEBP = {"Content-Type": "image/webp"}
_log = structlog.get_logger("wxlogin.avatars")


def open_bucket(
    name: str,
    *,
    prefix: str,
    endpoint: str | None,
    region: str,
    path_style: bool,
    access_key: str,
    secret: str,
) -> Any:
    """Answers a bucket; nothing is asked yet. Without an endpoint it is one at AWS.

    Raises:
        ModuleNotFoundError: the library is not installed; says how to install it.
    """
    try:
        from obstore.store import S3Store  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            "WXLOGIN_AVATAR_STORE needs a library: pip install 'wxlogin[s3]'"
        ) from missing
    if endpoint is not None and not path_style:
        parts = urlsplit(endpoint)
        endpoint = parts._replace(netloc=f"{name}.{parts.netloc}").geturl()
    make: Any = S3Store  # where the extra is not installed its types are not known either
    return make(
        name,
        prefix=prefix or None,
        **({} if endpoint is None else {"endpoint": endpoint}),
        region=region,
        virtual_hosted_style_request=not path_style,
        access_key_id=access_key,
        secret_access_key=secret,
        client_options={
            "allow_http": (endpoint or "").startswith("http:"),
            "connect_timeout": _CONNECT,
            "timeout": _ANSWER,
        },
        retry_config={"max_retries": 2, "retry_timeout": _ALL},
    )


@frozen
class BucketAvatars:
    """Implements AvatarStore over what `open_bucket` answers.

    All of an owner lies below their mark, which is how they are found; held pictures lie apart. A
    picture is whole from the moment it can be found.
    """

    _bucket: Any = field(repr=False)
    _ids: Ids
    _drawing: Drawing = field(factory=Drawing, init=False, repr=False)

    async def keep(self, picture: bytes, *, owner: str, held: bool = False) -> str:
        """Redraws a picture, keeps it and answers its path; see AvatarStore for the refusals."""
        drawn = await self._drawing.redrawn(picture)
        name = Name.new(owner, self._ids, held=held)
        for small, content in ((True, drawn.small), (False, drawn.large)):
            key = _key(name, small=small)
            await _reached(self._bucket.put_async(key, content, attributes=_WEBP))
        return name.path

    async def read(self, path: str) -> bytes | None:
        """Answers a picture kept here, as WebP, or None."""
        found = meant(path)
        if found is None:
            return None
        name, small = found
        return await self._read(_key(name, small=small))

    async def release(self, path: str, *, owner: str) -> bool:
        """Moves a held picture to where everybody finds it."""
        name = _theirs(path, owner)
        if name is None or not name.held:
            return False
        await self._move(_key(name, small=True), _key(name.public, small=True))
        return await self._move(_key(name), _key(name.public))

    async def remove(self, path: str, *, owner: str) -> None:
        """Deletes a picture of this owner; anything else is left alone."""
        name = _theirs(path, owner)
        if name is None:
            return
        try:
            await self._delete([_key(name), _key(name, small=True)])
        except StoreUnavailable:
            return  # left to `remove_all`, as the port says

    async def remove_all(self, *, owner: str) -> None:
        """Deletes every picture of an owner."""
        for folder in ("held", "avatars"):
            listed = self._bucket.list(prefix=f"{folder}/{mark(owner)}")
            found = await _reached(listed.collect_async())
            await self._delete([each["path"] for each in found])

    async def _read(self, key: str) -> bytes | None:
        try:
            got = await _reached(self._bucket.get_async(key), may_miss=True)
            return bytes(await _reached(got.bytes_async()))
        except FileNotFoundError:
            return None

    async def _move(self, key: str, to: str) -> bool:
        """Moves what there is; tells whether it is there afterwards, moved now or before."""
        try:
            await _reached(self._bucket.rename_async(key, to), may_miss=True)
        except FileNotFoundError:
            return await self._read(to) is not None
        return True

    async def _delete(self, keys: list[str]) -> None:
        if keys:
            await _reached(self._bucket.delete_async(keys))


async def _reached(asked: Awaitable[T], *, may_miss: bool = False) -> T:
    """Answers what the bucket does. What is missing is a failure, for it may be the bucket."""
    try:
        return await asked
    except Exception as failure:
        if may_miss and isinstance(failure, FileNotFoundError):
            raise
        _log.warning("avatars_not_reached", kind=type(failure).__name__)
        raise StoreUnavailable(RETRY_AFTER) from failure


def _key(name: Name, *, small: bool = False) -> str:
    folder = "held" if name.held else "avatars"
    return f"{folder}/{name.mark}/{name.file(small=small)}"


def _theirs(path: str, owner: str) -> Name | None:
    found = meant(path)
    return found[0] if found is not None and found[0].of(owner) else None
