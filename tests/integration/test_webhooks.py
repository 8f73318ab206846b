"""Webhooks over real HTTP: a served process tells an application, whatever is killed between."""

import http.server
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from attrs import define, field

from tests.servers.deployment import Deployment, get, post, wait_until
from tests.servers.ports import free_port
from wxlogin.guard import Webhook, WebhookRejected, verify_webhook

SECRET = "whsec_" + b64encode(b"secret of the application under test").decode()


@define
class App:
    """An application that checks what it hears with the kit, and keeps it."""

    port: int = field(factory=free_port)
    status: int = 204
    heard: list[Webhook] = field(factory=list)
    refused: list[Exception] = field(factory=list)

    @property
    def env(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.port}/hooks/wxlogin/"
        return {"WXLOGIN_WEBHOOK_URL": url, "WXLOGIN_WEBHOOK_SECRET": SECRET}

    def types(self) -> list[str]:
        return [each.type for each in self.heard]

    @contextmanager
    def listening(self) -> Iterator[None]:
        app = self

        class Door(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                try:
                    webhook = verify_webhook(SECRET, dict(self.headers), body)
                except WebhookRejected as failure:
                    app.refused.append(failure)
                else:
                    if app.status == 204:
                        app.heard.append(webhook)
                self.send_response(app.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Door)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@pytest.fixture
def app() -> App:
    return App()


def test_a_life_is_told_and_what_was_given_up_is_sent_again(app: App, tmp_path):
    """Each event once, signed, in order; parked ones are listed, and heard after a retry."""
    served = Deployment(tmp_path, app.env)
    with served.simulator(), served.service(), app.listening():
        tokens = served.login("hooked")
        user = tokens["user"]["id"]
        assert 204 == post(f"{served.url}/v1/logout", {}, tokens["access_token"]).status_code
        assert served.command("users", "erase", user, "--yes").returncode == 0
        wait_until(lambda: "user.erased" in app.types(), "the erasure")

        assert [] == app.refused
        assert [
            ("user.created", None, None),
            ("session.ended", tokens["session_id"], "logged_out"),
            ("user.erased", None, None),
        ] == [(each.type, each.data.get("sid"), each.data.get("reason")) for each in app.heard]
        assert tokens["user"] == app.heard[0].data["user"]
        assert {"user": {"id": user}} == app.heard[-1].data
        assert 3 == len({each.id for each in app.heard})

        app.heard.clear()
        app.status = 410
        served.login("parked")
        parked = 'wxlogin_facts_total{name="webhook",outcome="parked"} 1'
        wait_until(lambda: parked in get(f"{served.url}/metrics").text, "the parking")
        app.status = 204
        assert served.told("webhooks", "test")["delivered"]
        (kept,) = served.told("webhooks", "list")["webhooks"]
        assert ("user.created", "410", 1, "parked") == (
            kept["type"], kept["met"], kept["attempts"], kept["state"],
        )  # fmt: skip
        assert {"retried": 1} == served.told("webhooks", "retry", kept["id"])
        wait_until(lambda: app.types() == ["webhook.test", "user.created"], "the second try")
        assert kept["id"] == app.heard[-1].id


def test_what_happened_is_told_by_the_next_process(app: App, tmp_path):
    """The application is away, the service is killed: whoever is started next tells it all."""
    deployment = Deployment(tmp_path, app.env)
    with deployment.simulator():
        with deployment.service() as service:
            people = [deployment.login(f"person {number}")["user"]["id"] for number in range(5)]
            post(f"{deployment.url}/v1/logout", {}, deployment.login("person 0")["access_token"])
            service.kill9()
        with app.listening(), deployment.service():
            wait_until(lambda: len({each.id for each in app.heard}) == 6, "everything", 60)

    assert set(people) == {each.data["user"]["id"] for each in app.heard}
    own = [each.type for each in app.heard if each.data["user"]["id"] == people[0]]
    assert ["user.created", "session.ended"] == list(dict.fromkeys(own))
    assert [] == app.refused
