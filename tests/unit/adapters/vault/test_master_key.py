"""Master keys from a setting and from the data folder."""

import stat
import subprocess
import sys
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path

import pytest

from wxlogin.adapters.vault import master_key
from wxlogin.adapters.vault.master_key import load_or_make_master_key, read_master_keys

ONE, TWO = bytes(range(224, 256)), bytes(range(32))


def test_reads_several_newest_first():
    """Keys are read in the order written, with blanks and line ends around them."""
    text = f" {b64encode(ONE).decode()} ,\n{b64encode(TWO).decode()}\n"

    assert read_master_keys(text) == (ONE, TWO)


def test_reads_url_safe_base64_too():
    """The other base64 alphabet names the same key."""
    assert b64encode(ONE) != urlsafe_b64encode(ONE)
    assert read_master_keys(urlsafe_b64encode(ONE).decode()) == (ONE,)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "key 1 is empty"),
        (b64encode(ONE).decode() + ",", "key 2 is empty"),
        ("not base64!", "key 1 is not base64"),
        ("密钥", "key 1 is not base64"),
        (b64encode(ONE).decode()[:-1], "key 1 is not base64"),
        (b64encode(ONE[:31]).decode(), "key 1 has 31 bytes, not 32"),
        (b64encode(ONE).decode() + "," + b64encode(b"x" * 32).decode(), "key 2 is not random"),
    ],
)
def test_a_wrong_key_is_named_and_the_remedy_too(text: str, why: str):
    """The message names the setting, which key, what is wrong and how to make one."""
    with pytest.raises(ValueError, match=why) as caught:
        read_master_keys(text)

    assert "WXLOGIN_MASTER_KEY" in str(caught.value)
    assert "openssl rand -base64 32" in str(caught.value)


def test_an_error_never_shows_the_key():
    """What is wrong with a key is told without quoting it, in causes too."""
    text = b64encode(ONE).decode() + "!"

    with pytest.raises(ValueError, match="base64") as caught:
        read_master_keys(text)

    assert text[:8] not in str(caught.value)
    assert None is caught.value.__cause__


def test_one_key_twice_is_refused():
    """A rotation to the same key is a mistake worth telling."""
    one = b64encode(ONE).decode()

    with pytest.raises(ValueError, match="twice"):
        read_master_keys(f"{one},{one}")


def test_makes_a_key_once_and_keeps_it(tmp_path: Path):
    """The first start makes a key, for its owner only, and later ones find it."""
    folder = tmp_path / "data"
    made = load_or_make_master_key(folder)

    assert made == load_or_make_master_key(folder)
    assert stat.S_IMODE((folder / "master.key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["master.key"]
    assert (made,) == read_master_keys((folder / "master.key").read_text())


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


@pytest.mark.parametrize("content", ["", "half a ke", "密钥"])
def test_a_broken_key_file_is_never_overwritten(tmp_path: Path, content: str):
    """A file that holds no key stops the start, for what it sealed would be lost."""
    (tmp_path / "master.key").write_text(content, encoding="utf-8")

    with pytest.raises(ValueError, match=r"master\.key does not hold one master key"):
        load_or_make_master_key(tmp_path)

    assert content == (tmp_path / "master.key").read_text(encoding="utf-8")
