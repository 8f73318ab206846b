"""Signing keys and master key rotated while people log in, refresh and are checked by a guard."""

import asyncio
from base64 import b64encode, urlsafe_b64decode
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
from attrs import define, field

from tests.forge import read_segment
from tests.servers.deployment import Deployment
from tests.servers.guarded import SERVICE_TOKEN, GuardedService
from tests.servers.http import ServedProcess

OLD, NEW = (b64encode(bytes(range(n, n + 32))).decode() for n in (50, 100))
PEOPLE = 4
BOTH = {"kid": 2, "mac": 2}
"""Of each kind of key, tokens of the old one and of the new one."""


class RefusedError(Exception):
    """What was good was refused; the text says what and how."""


@define
class Town:
    """Two instances of one deployment on one database, and a guarded service beside them."""

    folder: Path
    database: str
    stack: ExitStack
    instances: list[Deployment] = field(init=False)
    processes: list[ServedProcess] = field(factory=list)
    guarded: GuardedService = field(init=False)

    def __attrs_post_init__(self) -> None:
        first = Deployment(self.folder)
        wishes = {
            "WXLOGIN_DATABASE_URL": self.database,
            "WXLOGIN_ISSUER": first.url,
            "WXLOGIN_RATE_LIMIT": "off",
            "WXLOGIN_SERVICE_TOKEN": SERVICE_TOKEN,
        }
        ports = (first.port, Deployment(self.folder).port)
        self.instances = [
            Deployment(self.folder, wishes, port, first.simulator_port) for port in ports
        ]
        self.guarded = GuardedService(self.instances[0], poll_seconds=0.5)

    def open(self) -> None:
        self.stack.enter_context(self.instances[0].simulator())
        assert self.instances[0].command("migrate", WXLOGIN_MASTER_KEY=OLD).returncode == 0
        for instance in self.instances:
            self.processes.append(self._started(instance, OLD))
        self.stack.enter_context(self.guarded.running())

    def rolling(self, master_key: str) -> None:
        """Restart one instance after the other with another setting, as operators do."""
        for at, instance in enumerate(self.instances):
            assert self.processes[at].stop() == 0
            self.processes[at] = self._started(instance, master_key)

    def rotate_signing_keys(self) -> None:
        rotated = self.instances[0].command("keys", "rotate", WXLOGIN_MASTER_KEY=f"{OLD},{NEW}")
        assert rotated.returncode == 0, rotated.stderr

    def _started(self, instance: Deployment, master_key: str) -> ServedProcess:
        return self.stack.enter_context(instance.service(WXLOGIN_MASTER_KEY=master_key))


@define
class Person:
    """Logs in once, then refreshes and is looked at again and again."""

    town: Town
    name: str
    http: httpx.AsyncClient
    seen: Counter[Any]
    refused: list[str]
    tokens: dict[str, Any] = field(factory=dict)
    turns: int = 0
    _doors: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._doors = cycle(self.town.instances)

    async def live(self, stop: asyncio.Event) -> None:
        """Go on until told to stop, or until something good was refused."""
        while not (stop.is_set() or self.refused):
            try:
                await self.take_a_turn()
            except RefusedError as refusal:
                self.refused.append(str(refusal))
            await asyncio.sleep(0.05)  # leaves the machine to those it asks

    async def take_a_turn(self) -> None:
        if self.turns % 10 == 0:
            await self.log_in()
        else:
            refresh = {"refresh_token": self.tokens["refresh_token"]}
            self.tokens = await self.asked("POST", "/v1/token/refresh", json=refresh)
        await self.is_known()
        self.turns += 1

    async def log_in(self) -> None:
        url = f"{self.town.instances[0].simulator_url}/_sim/codes"
        wish = {"appid": "wx0123456789abcdef", "user": self.name}
        code = (await self.http.post(url, json=wish)).json()["code"]
        self.tokens = await self.asked("POST", "/v1/login", json={"code": code})

    async def is_known(self) -> None:
        """The service, whichever instance, and the guarded service know whose the token is."""
        headers = {"authorization": f"Bearer {self.tokens['access_token']}"}
        me = await self.asked("GET", "/v1/me", headers=headers)
        who = await self.http.get(f"{self.town.guarded.url}/who", headers=headers)
        self.count("guard", who)
        if {me["id"]} != {self.tokens["user"]["id"], who.json()["sub"]}:
            raise RefusedError("taken for somebody else")
        self.seen["kid", read_segment(self.tokens["access_token"].partition(".")[0])["kid"]] += 1
        self.seen["mac", urlsafe_b64decode(self.tokens["refresh_token"][5:] + "=")[:4]] += 1

    async def asked(self, method: str, path: str, **what: Any) -> dict[str, Any]:
        """Ask whichever instance answers; one that is being restarted refuses connections."""
        for instance in self._doors:
            try:
                answer = await self.http.request(method, f"{instance.url}{path}", **what)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            self.count(path, answer)
            told: dict[str, Any] = answer.json()
            return told
        raise AssertionError("cycles do not end")

    def count(self, what: str, answer: httpx.Response) -> None:
        self.seen[what] += 1
        if answer.status_code != 200:
            raise RefusedError(f"{what}: {answer.status_code} {answer.text}")


async def test_no_good_token_is_refused_while_keys_rotate(tmp_path: Path, fresh_postgres: str):
    """The next signing key takes over and the master key is changed by rolling restarts.

    A new master key is first made known everywhere, behind the old one, and put first after that:
    an instance that does not know it yet could not read what another one wrote.
    """
    seen: Counter[Any] = Counter()
    refused: list[str] = []
    stop = asyncio.Event()
    with ExitStack() as stack:
        town = Town(tmp_path, fresh_postgres, stack)
        await asyncio.to_thread(town.open)
        async with (
            httpx.AsyncClient(trust_env=False, timeout=30) as http,
            asyncio.TaskGroup() as tasks,
        ):
            people = [Person(town, f"person-{n}", http, seen, refused) for n in range(PEOPLE)]
            for person in people:
                tasks.create_task(person.live(stop))
            await took_turns(people, 2)
            await asyncio.gather(
                asyncio.to_thread(town.rotate_signing_keys),
                asyncio.to_thread(roll, town),
            )
            await until(lambda: kinds(seen) == BOTH or bool(refused))
            await took_turns(people, 3)
            stop.set()

    assert [] == refused
    assert kinds(seen) == BOTH
    assert min(seen["guard"], seen["/v1/me"], seen["/v1/token/refresh"]) > 10 * PEOPLE
    assert seen["/v1/login"] >= PEOPLE


def roll(town: Town) -> None:
    town.rolling(f"{OLD},{NEW}")
    town.rolling(f"{NEW},{OLD}")


def kinds(seen: Counter[Any]) -> Counter[str]:
    """Answer how many different keys tokens were made with; a rotation is known within seconds."""
    return Counter(key[0] for key in seen if isinstance(key, tuple))


async def took_turns(people: list[Person], turns: int) -> None:
    """Return when each took so many more turns, or one was refused."""
    goals = [person.turns + turns for person in people]
    await until(
        lambda: (
            bool(people[0].refused)
            or all(person.turns >= goal for person, goal in zip(people, goals, strict=True))
        )
    )


async def until(holds: Callable[[], bool]) -> None:
    """Return when something holds; fail when it does not within a minute."""
    async with asyncio.timeout(60):
        while True:
            if holds():
                return
            await asyncio.sleep(0.05)
