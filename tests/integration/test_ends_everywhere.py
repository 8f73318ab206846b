"""Every way a session ends: in force with the next request on every process, reason and all."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from attrs import frozen

from tests.servers.deployment import Deployment, get, post
from tests.servers.mariadb import fresh_mariadb_database
from tests.servers.postgres import fresh_postgres_database

Tokens = dict


@frozen
class Pair:
    """Two processes over one database: acts go to `here`, phones then ask `there`."""

    here: Deployment
    there: Deployment

    @property
    def both(self) -> tuple[Deployment, Deployment]:
        return self.there, self.here


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def pair(request, tmp_path_factory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    match request.param:
        case "sqlite":
            yield from _pair(folder, f"sqlite:///{folder / 'shared.db'}")
        case "postgresql":
            with fresh_postgres_database(request.getfixturevalue("postgres_url")) as url:
                yield from _pair(folder, url)
        case _:
            with fresh_mariadb_database(request.getfixturevalue("mariadb_url")) as url:
                yield from _pair(folder, url)


def _pair(folder, url: str) -> Iterator[Pair]:
    env = {
        "WXLOGIN_DATABASE_URL": url,
        "WXLOGIN_ISSUER": "https://login.example.com",
        "WXLOGIN_RATE_LIMIT": "off",
    }
    here = Deployment(folder, env)
    there = Deployment(folder, env, simulator_port=here.simulator_port)
    migrated = here.command("migrate")
    assert 0 == migrated.returncode, migrated.stderr
    with here.simulator(), here.service(), there.service():
        yield Pair(here, there)


def _logout(scope: str) -> Callable[[Deployment, Tokens, Tokens], None]:
    """Logs out in this scope; `others` and `all` are said on the other device."""

    def act(at: Deployment, phone: Tokens, tablet: Tokens) -> None:
        speaker = phone if scope == "this" else tablet
        answer = post(f"{at.url}/v1/logout", {"scope": scope}, speaker["access_token"])
        assert 204 == answer.status_code, answer.text

    return act


def _deleted(path: str) -> Callable[[Deployment, Tokens, Tokens], None]:
    """Sends DELETE with the tablet's token; `{sid}` is the phone's session."""

    def act(at: Deployment, phone: Tokens, tablet: Tokens) -> None:
        address = at.url + path.format(sid=phone["session_id"])
        bearer = {"authorization": f"Bearer {tablet['access_token']}"}
        with httpx.Client(trust_env=False) as client:
            answer = client.delete(address, headers=bearer)
        assert 204 == answer.status_code, answer.text

    return act


def _operator(*words: str) -> Callable[[Deployment, Tokens, Tokens], None]:
    """Runs an operator's command; `{sid}` and `{user}` are the phone's."""

    def act(at: Deployment, phone: Tokens, tablet: Tokens) -> None:
        names = {"sid": phone["session_id"], "user": phone["user"]["id"]}
        at.told(*(word.format(**names) for word in words))

    return act


def _stolen(at: Deployment, phone: Tokens, tablet: Tokens) -> None:
    """Somebody uses a copy of the phone's token twice; then the phone comes."""
    copy = phone["refresh_token"]
    for _ in range(2):
        copy = _refresh(at, copy).json()["refresh_token"]
    assert "reuse_detected" == _refresh(at, phone["refresh_token"]).json()["reason"]


ENDS = {
    "logout this": (_logout("this"), "logged_out", None),
    "logout others": (_logout("others"), "kicked", None),
    "logout all": (_logout("all"), "logged_out", "logged_out"),
    "a session deleted": (_deleted("/v1/me/sessions/{sid}"), "kicked", None),
    "revoked": (_operator("sessions", "revoke", "{sid}"), "kicked", None),
    "banned": (_operator("users", "ban", "{user}"), "banned", "banned"),
    "erased by oneself": (_deleted("/v1/me"), "erased", "erased"),
    "erased": (_operator("users", "erase", "{user}", "--yes"), "erased", "erased"),
    "stolen": (_stolen, "reuse_detected", None),
}
"""What is done, and what phone and tablet are told after it; None: it lives on."""


@pytest.mark.parametrize("end", ENDS)
def test_an_end_is_told_at_the_next_request_everywhere(pair: Pair, end: str):
    """Both processes, which knew the session a moment ago, refuse both its tokens with reason."""
    act, *reasons = ENDS[end]
    person = f"person {end}"
    devices = [pair.here.login(person), pair.here.login(person)]
    for device in devices:
        assert [200, 200] == [at.me(device["access_token"]).status_code for at in pair.both]

    act(pair.here, *devices)

    for device, reason in zip(devices, reasons, strict=True):
        asked = [at.me(device["access_token"]) for at in pair.both]
        shown = [_refresh(at, device["refresh_token"]) for at in pair.both]
        if reason is None:
            assert [200] * 4 == [answer.status_code for answer in (*asked, *shown)]
            continue
        told = [_told(answer) for answer in (*asked, *shown)]
        assert [(401, "session_ended", reason)] * 4 == told


def test_a_banned_person_logs_in_nowhere(pair: Pair):
    """A ban closes the login of the other process too, and lifting it opens both."""
    user_id = pair.here.login("villain")["user"]["id"]
    pair.here.told("users", "ban", user_id)

    refused = post(f"{pair.there.url}/v1/login", {"code": pair.there.code("villain")})
    pair.here.told("users", "unban", user_id)

    assert (403, "user_banned") == (refused.status_code, refused.json()["code"])
    assert user_id == pair.there.login("villain")["user"]["id"]


def test_a_deleted_session_is_gone_from_the_list_everywhere(pair: Pair):
    """The list of devices names it no longer, on either process."""
    phone, tablet = pair.here.login("lister"), pair.there.login("lister")
    _deleted("/v1/me/sessions/{sid}")(pair.here, phone, tablet)

    for at in pair.both:
        listed = get(f"{at.url}/v1/me/sessions", tablet["access_token"]).json()["sessions"]
        assert [tablet["session_id"]] == [each["sid"] for each in listed]


def _refresh(at: Deployment, token: str) -> httpx.Response:
    return post(f"{at.url}/v1/token/refresh", {"refresh_token": token})


def _told(answer: httpx.Response) -> tuple[int, str | None, str | None]:
    body = answer.json()
    return answer.status_code, body.get("code"), body.get("reason")
