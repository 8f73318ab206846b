"""A guarded service as a real process, beside a deployment of wxlogin."""

import sys
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
from attrs import field, frozen

from tests.servers.deployment import Deployment, get, kept_bytecode
from tests.servers.http import ServedProcess, serve_process
from tests.servers.ports import free_port

ROOT = Path(__file__).parents[2]
SERVICE_TOKEN = "service-token-of-the-guarded-service"


@frozen
class GuardedService:
    """Answers `/who` behind the guard, and at `/age` how old its knowledge is."""

    deployment: Deployment
    poll_seconds: float
    port: int = field(factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def running(self) -> AbstractContextManager[ServedProcess]:
        """Run it while the block runs; its guard has asked nothing yet."""
        factory = "tests.integration.guarded_app:build"
        args = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(self.port)]
        env = {
            **kept_bytecode(),
            "GUARDED_ISSUER": self.deployment.url,
            "GUARDED_SERVICE_TOKEN": SERVICE_TOKEN,
            "GUARDED_POLL_SECONDS": str(self.poll_seconds),
            "NO_PROXY": "127.0.0.1",
        }
        return serve_process(args, env, ROOT, f"{self.url}/age")

    def who(self, token: str) -> httpx.Response:
        """Show a token."""
        return get(f"{self.url}/who", token)

    def said(self, token: str) -> tuple[int, str]:
        """Answer the status, and the user or the reason of the refusal."""
        answer = self.who(token)
        told = answer.json()
        return answer.status_code, str(told.get("sub") or told.get("reason") or told["code"])

    def feed_age(self) -> float:
        """Answer how many seconds ago the feed was read."""
        return float(get(f"{self.url}/age").json()["feed_age"])
