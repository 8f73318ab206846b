"""Where master keys come from: a setting, or in development a file in the data folder."""

import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from pathlib import Path

from wxlogin.adapters.vault.master import KEY_BYTES

FILE_NAME = "master.key"
_HOW = "make one with: openssl rand -base64 32"
# 32 random bytes hold about 30 different ones; fewer than 16 do not happen by chance.
_FEWEST_DIFFERENT = 16


def read_master_keys(text: str) -> tuple[bytes, ...]:
    """Reads comma-separated base64, 32 bytes each, newest first.

    Raises:
        ValueError: says which of them is wrong and how to make a right one, and never shows it.
    """
    keys = tuple(_read_one(part.strip(), at) for at, part in enumerate(text.split(","), start=1))
    if len(set(keys)) < len(keys):
        raise ValueError("WXLOGIN_MASTER_KEY names one key twice")
    return keys


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
        (key,) = read_master_keys(path.read_text(encoding="ascii"))
    except ValueError as wrong:
        raise ValueError(f"{path} does not hold one master key") from wrong
    return key


def _read_one(part: str, at: int) -> bytes:
    which = f"WXLOGIN_MASTER_KEY, key {at}"
    if not part:
        raise ValueError(f"{which} is empty; {_HOW}")
    try:
        key = b64decode(
            part.encode(), altchars=b"-_" if {"-", "_"} & set(part) else None, validate=True
        )
    except (NotBase64, UnicodeEncodeError):
        # Without the cause: its text may quote the key.
        raise ValueError(f"{which} is not base64; {_HOW}") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"{which} has {len(key)} bytes, not {KEY_BYTES}; {_HOW}")
    if len(set(key)) < _FEWEST_DIFFERENT:
        raise ValueError(f"{which} is not random; {_HOW}")
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
