"""Pushed messages over real HTTP: the simulator sends, processes take in, work off and show."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.servers.demo import demo, free_pair
from tests.servers.deployment import APPID, Deployment, get, post, wait_until

TOKEN, AES_KEY = "push-token-of-the-test", "a1B2c3D4" * 5 + "xyz"


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Deployment]:
    """Two worker processes over one database, and a simulator that knows where they listen."""
    env = {"WXLOGIN_PUSH_TOKEN": TOKEN, "WXLOGIN_PUSH_AES_KEY": AES_KEY, "WXLOGIN_WORKERS": "2"}
    deployment = Deployment(tmp_path_factory.mktemp("push"), env)
    with deployment.simulator(), deployment.service():
        deployment.code()  # the simulator takes the app in
        settings = {"appid": APPID, "token": TOKEN, "aes_key": AES_KEY,
                    "url": f"{deployment.url}/wechat/push/{APPID}"}  # fmt: skip
        assert 200 == post(f"{deployment.simulator_url}/_sim/push-settings", settings).status_code
        yield deployment


def push(at: Deployment, event: str, user: str = "ming", **more: Any) -> dict[str, Any]:
    body = {"appid": APPID, "event": event, "user": user, **more}
    answer = post(f"{at.simulator_url}/_sim/push", body)
    assert 200 == answer.status_code, answer.text
    told: dict[str, Any] = answer.json()
    return told


def listed(at: Deployment) -> list[dict[str, Any]]:
    return list(at.told("push", "list")["events"])


def test_the_address_is_checked(served: Deployment):
    """As WeChat's console does when it is saved."""
    answer = post(f"{served.simulator_url}/_sim/push-check", {"appid": APPID})

    assert answer.json()["ok"], answer.text


def test_a_cancelled_account_is_gone_a_moment_later(served: Deployment):
    """Answered at once, worked off by the service itself, in force on every process."""
    tokens = served.login("leaving")

    for form in ("xml", "json"):
        assert push(served, "user_authorization_cancellation", "leaving", format=form)["ok"]

    wait_until(lambda: 401 == served.me(tokens["access_token"]).status_code, "the erasure", 60)
    problem = served.me(tokens["access_token"]).json()
    assert ("session_ended", "erased") == (problem["code"], problem["reason"])
    assert served.login("leaving")["is_new_user"]


def test_many_deliveries_at_once_have_one_effect(served: Deployment):
    """Twenty of one event over two processes: each answered well, one entry, done by one try."""
    with ThreadPoolExecutor(10) as pool:
        sent = list(
            pool.map(lambda _: push(served, "user_info_modified", "many", age=5), range(20))
        )

    assert all(each["ok"] for each in sent)
    moments = {each["message"]["CreateTime"] for each in sent}
    wait_until(lambda: _done(served, "user_info_modified") >= len(moments), "the effect", 60)
    entries = [each for each in listed(served) if each["event"] == "user_info_modified"]
    assert len(moments) == len(entries)
    assert {1} == {each["attempts"] for each in entries}


def _done(at: Deployment, event: str) -> int:
    return sum(each["event"] == event and each["state"] == "done" for each in listed(at))


def test_an_operator_sees_what_was_kept(served: Deployment):
    """In a table and as JSON, with all it says; what is done says nothing any more."""
    assert push(served, "something_new", fields={"hint": "look at me"})["ok"]
    assert push(served, "wxa_punish_event")["ok"]

    def kept() -> dict[str, dict[str, Any]]:
        return {each["event"]: each for each in listed(served) if each["state"] == "kept"}

    wait_until(lambda: {"something_new", "wxa_punish_event"} <= kept().keys(), "both kept", 60)
    new = kept()["something_new"]
    assert ("unknown", "look at me") == (new["outcome"], new["content"]["hint"])
    table = served.command("push", "list", "--limit", "2").stdout
    assert "something_new" in table
    assert 3 == len(table.splitlines())
    assert "look at me" not in table


def test_what_is_refused_is_counted_and_changes_nothing(served: Deployment):
    """A forged message and a plain one: no entry, one problem, a number to alert on."""
    before = len(listed(served))
    forged = push(served, "user_authorization_cancellation", forged=True)
    plain = push(served, "user_authorization_cancellation", mode="plain")

    assert [400] * 3 == [each["status"] for each in forged["answers"]]
    problems = [json.loads(each["answers"][0]["body"]) for each in (forged, plain)]
    assert ["invalid_request"] * 2 == [each["code"] for each in problems]
    assert before == len(listed(served))
    metrics = get(f"{served.url}/metrics").text
    assert 'wxlogin_facts_total{name="push_refused",outcome="signature"}' in metrics
    assert 'wxlogin_facts_total{name="push_refused",outcome="plain"}' in metrics


def test_what_was_answered_survives_a_killed_process(tmp_path):
    """Killed with the answer on its way, ten events open: the next process does what is left."""
    deployment = Deployment(tmp_path, {"WXLOGIN_PUSH_TOKEN": TOKEN})
    people = [f"person {number}" for number in range(10)]
    with deployment.simulator():
        with deployment.service() as service:
            for person in people:
                deployment.login(person)
            url = f"{deployment.url}/wechat/push/{APPID}"
            settings = {"appid": APPID, "token": TOKEN, "url": url}
            post(f"{deployment.simulator_url}/_sim/push-settings", settings)
            with ThreadPoolExecutor(10) as pool:
                cancel = "user_authorization_cancellation"
                sent = list(pool.map(lambda person: push(deployment, cancel, person), people))
            service.kill9()
        assert all(each["ok"] for each in sent)
        # One may have been in the hands of the killed process: that one waits for its minute.
        with deployment.service():
            done = "user_authorization_cancellation"
            wait_until(lambda: _done(deployment, done) == len(people), "all done", 120)
            assert all(deployment.login(person)["is_new_user"] for person in people)


def test_the_demo_takes_in_what_its_simulator_pushes(tmp_path):
    """Without any setting: a person at the simulator's page can try it at once."""
    port = free_pair()
    with demo(port, tmp_path):
        body = {"appid": "wxdec0de0000000001", "event": "debug_demo", "user": "xiaoming"}
        answer = post(f"http://127.0.0.1:{port + 1}/_sim/push", body)

    assert answer.json()["ok"], answer.text
