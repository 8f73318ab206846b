"""What `pip install .` gives to somebody who has Python and nothing else."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from tests.servers.demo import demo, free_pair
from tests.servers.deployment import get

_ROOT = Path(__file__).parents[2]
_PREVIEW = "wxlogin/entrypoints/demo/static/preview"
_PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    ran = subprocess.run(
        command, cwd=_ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_an_installed_wheel_shows_the_mini_program_without_node(tmp_path: Path):
    """The wheel holds the built preview, and its demo serves it with no Node in reach."""
    built = {file.name: file.read_bytes() for file in (_ROOT / "src" / _PREVIEW).iterdir()}
    run(*_PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, ".")
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        assert {f"{_PREVIEW}/{name}" for name in built} <= set(archive.namelist())

    installed = tmp_path / "installed"
    run(*_PIP, "install", "--no-deps", "--no-index", "--target", installed, wheel)
    alone = {"PYTHONPATH": str(installed), "PATH": str(tmp_path / "nothing")}
    where = run(sys.executable, "-c", "import wxlogin; print(wxlogin.__file__)", env=alone)
    assert where.startswith(str(installed))

    port = free_pair()
    data = tmp_path / "data"
    data.mkdir()
    with demo(port, data, **alone):
        for name, content in built.items():
            shown = "" if name == "index.html" else name
            assert get(f"http://127.0.0.1:{port}/{shown}").content == content
