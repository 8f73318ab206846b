"""`wxlogin demo`: one command, a page, a login, and nothing left behind."""

import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.servers.demo import demo, free_pair
from tests.servers.deployment import WXLOGIN, get, post


@pytest.fixture
def port() -> int:
    return free_pair()


def login(port: int, user: str = "xiaoming") -> dict:
    code = post(
        f"http://127.0.0.1:{port + 1}/_sim/codes", {"appid": "wxdec0de0000000001", "user": user}
    ).json()["code"]
    answer = post(f"http://127.0.0.1:{port}/v1/login", {"code": code})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_demo_shows_a_page_logs_in_and_leaves_nothing(port: int, tmp_path: Path):
    """The built preview, documentation, simulator and login work; Ctrl-C leaves no data."""
    url = f"http://127.0.0.1:{port}"
    with demo(port, tmp_path) as served:
        page = get(f"{url}/")
        assert page.headers["content-type"].startswith("text/html")
        for part in ("preview.js", "preview-config.js", "phone.css", "desk.css"):
            assert f'"{part}"' in page.text
            assert get(f"{url}/{part}").status_code == 200
        assert get(f"{url}/NOTICES.txt").status_code == 200
        assert "unsafe" not in page.headers["content-security-policy"]
        assert get(f"{url}/docs").status_code == 200
        assert get(f"http://127.0.0.1:{port + 1}/_sim/").status_code == 200
        me = get(f"{url}/v1/me", login(port)["access_token"])
        assert me.status_code == 200
        assert url in served.stdout()

        assert served.stop(signal.SIGINT) == 0
        assert "Traceback" not in served.log()

    assert list(tmp_path.iterdir()) == []


def test_data_is_kept_in_a_folder_of_choice(port: int, tmp_path: Path):
    """With --data-dir the same person is the same user after kill -9 and another start."""
    with demo(port, tmp_path, "--data-dir", "kept") as served:
        first = login(port)
        served.kill9()

    with demo(port, tmp_path, "--data-dir", "kept"):
        second = login(port)

    assert (first["is_new_user"], second["is_new_user"]) == (True, False)
    assert first["user"]["id"] == second["user"]["id"]


def test_a_taken_port_is_said_clearly(port: int, tmp_path: Path):
    """When the simulator's port is taken the demo says which, and how to move."""
    with socket.create_server(("127.0.0.1", port + 1)):
        ran = subprocess.run(
            [*WXLOGIN, "demo", "--port", str(port)],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip

    assert ran.returncode == 1
    assert str(port + 1) in ran.stderr
    assert "--port" in ran.stderr
    assert "Traceback" not in ran.stderr
