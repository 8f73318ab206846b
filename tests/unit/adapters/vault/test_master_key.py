"""Master keys from the data folder."""

import stat
import subprocess
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from wxlogin.adapters.vault import master_key
from wxlogin.adapters.vault.master_key import load_or_make_master_key


def test_makes_a_key_once_and_keeps_it(tmp_path: Path):
    """The first start makes a key, for its owner only, and later ones find it."""
    folder = tmp_path / "data"
    made = load_or_make_master_key(folder)

    assert made == load_or_make_master_key(folder)
    assert stat.S_IMODE((folder / "master.key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["master.key"]
    assert made == b64decode((folder / "master.key").read_text())
    assert 32 == len(made)


def test_parallel_first_starts_agree(tmp_path: Path):
    """Of processes that start at once in an empty folder, all use the same key."""
    program = (
        "import sys, pathlib; from wxlogin.adapters.vault.master_key import *\n"
        "sys.stdin.readline()\n"
        "print(load_or_make_master_key(pathlib.Path(sys.argv[1])).hex())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(5)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = {process.communicate()[0] for process in started}

    assert len(told) == 1
    assert told == {load_or_make_master_key(tmp_path).hex() + "\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_a_key_made_meanwhile_by_another_process_stays(tmp_path: Path):
    """Whoever finds a key where it was about to put its own leaves it."""
    made = load_or_make_master_key(tmp_path)

    master_key._make(tmp_path / "master.key")

    assert made == load_or_make_master_key(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


@pytest.mark.parametrize(
    "content",
    ["", "half a ke", "密钥", b64encode(bytes(31)).decode(), b64encode(bytes(33)).decode()],
)
def test_a_broken_key_file_is_never_overwritten(tmp_path: Path, content: str):
    """A file that holds no key stops the start, for what it sealed would be lost."""
    (tmp_path / "master.key").write_text(content, encoding="utf-8")

    with pytest.raises(ValueError, match=r"master\.key does not hold one master key"):
        load_or_make_master_key(tmp_path)

    assert content == (tmp_path / "master.key").read_text(encoding="utf-8")


def test_an_error_never_shows_the_key(tmp_path: Path):
    """What is wrong with the file is told without quoting it, in causes too."""
    text = b64encode(bytes(range(224, 256))).decode() + "!"
    (tmp_path / "master.key").write_text(text)

    with pytest.raises(ValueError, match="one master key") as caught:
        load_or_make_master_key(tmp_path)

    assert text[:8] not in str(caught.value)
    assert caught.value.__context__ is None
