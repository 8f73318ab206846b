"""The master key that a deployment in development makes for itself and keeps."""

import os
from base64 import b64decode, b64encode
from pathlib import Path

from wxlogin.adapters.vault.master import KEY_BYTES

FILE_NAME = "master.key"


def load_or_make_master_key(folder: Path) -> bytes:
    """Answers the key kept in `folder`, making it (mode 0600) when there is none.

    Of parallel processes one makes it and all answer the same.

    Raises:
        ValueError: the file holds something else than one key.
        OSError: the folder cannot be read or written.
    """
    path = folder / FILE_NAME
    if not path.exists():
        _make(path)
    try:
        key = b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except ValueError:
        key = b""  # the cause is not kept: its text may quote the key
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} does not hold one master key")
    return key


def _make(path: Path) -> None:
    """Writes a fresh key aside and links it into place, so that nobody reads half a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{FILE_NAME}.{os.urandom(8).hex()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(b64encode(os.urandom(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            return  # another process was first, and its key is the one
        _sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return  # Windows opens no folders
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
