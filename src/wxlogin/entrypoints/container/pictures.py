"""Where avatars are kept: a folder of the service's own, or a bucket."""

from wxlogin.adapters.avatars import FolderAvatars
from wxlogin.domain.ports.ambient import Ids
from wxlogin.domain.ports.avatars import AvatarStore
from wxlogin.entrypoints.settings import Settings


def avatars_of(settings: Settings, ids: Ids) -> AvatarStore:
    """Answers the store of avatars that was set."""
    where = settings.avatar_store
    if where is None:
        return FolderAvatars(settings.avatars_dir, ids)
    from wxlogin.adapters.avatars.bucket import (  # noqa: PLC0415 - few have one
        BucketAvatars,
        open_bucket,
    )

    return BucketAvatars(
        open_bucket(
            where.name,
            prefix=where.prefix,
            endpoint=where.endpoint,
            region=where.region,
            path_style=where.path_style,
            access_key=settings.s3_access_key or "",
            secret=settings.s3_secret or "",
        ),
        ids,
    )
