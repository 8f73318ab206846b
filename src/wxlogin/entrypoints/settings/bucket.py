"""Where avatars are kept when not in the data folder: an S3-compatible bucket."""

import re
from urllib.parse import parse_qsl, urlsplit

from attrs import frozen

from wxlogin.entrypoints.settings.problems import Wrong

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"([A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)?")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?")
_REGION = re.compile(r"[A-Za-z0-9-]{1,40}")
_STYLES = {"virtual": False, "path": True}


@frozen
class Bucket:
    """A bucket. No endpoint means AWS; `path_style` puts its name into the path, not the host."""

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str = "us-east-1"
    path_style: bool = False


def bucket(text: str) -> Bucket:
    """Reads s3://bucket/prefix?endpoint=…&region=…&style=virtual (or path)."""
    parts = urlsplit(text)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    said = dict(asked)
    prefix, endpoint = parts.path.strip("/"), said.pop("endpoint", None)
    region, style = said.pop("region", "us-east-1"), said.pop("style", "virtual")
    if (
        parts.scheme != "s3"
        or not _NAME.fullmatch(parts.netloc)
        or not _PREFIX.fullmatch(prefix)
        or (endpoint is not None and not _ENDPOINT.fullmatch(endpoint))
        or not _REGION.fullmatch(region)
        or style not in _STYLES
        or said
        or len({name for name, _ in asked}) < len(asked)
        or parts.fragment
    ):
        raise Wrong("bucket_shape")
    shown = None if endpoint is None else endpoint.rstrip("/")
    return Bucket(parts.netloc, prefix, shown, region, _STYLES[style])
