"""What the parts of an operation cost, each timed by itself in this one process.

The store's acts are timed twice: one after another, and 32 at a time as under load.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from itertools import count

from attrs import evolve, field, frozen

from wxlogin.domain import refresh_token
from wxlogin.domain.ports.ledger import Claim
from wxlogin.domain.session import Session
from wxlogin.domain.user import Identity, User
from wxlogin.entrypoints.cli.logs import configure_logs
from wxlogin.entrypoints.container import Container
from wxlogin.entrypoints.settings import load_settings
from wxlogin.entrypoints.web import schemas
from wxlogin.entrypoints.web.answers import TokenSetJson
from wxlogin.entrypoints.web.wire import decode, encode

AT_A_TIME = 32
_LIFE = timedelta(days=30)
_BODY = b'{"code":"0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P","device":{"platform":"ios"}}'
Act = Callable[[int], Awaitable[object]]


@frozen
class Parts:
    """The parts of one deployment, on its database and its stand-in for WeChat."""

    container: Container
    appid: str
    times: int
    people: list[tuple[User, Identity, Session]] = field(factory=list, init=False)
    numbers: Iterator[int] = field(factory=count, init=False)

    def someone(self) -> tuple[User, Identity, Session]:
        """Answers a person nobody knows yet."""
        ids, now = self.container.ids(), self.container.clock().now()
        user = User(id=ids.new_id(), created_at=now, updated_at=now)
        session = Session(
            sid=ids.new_id(),
            user_id=user.id,
            appid=self.appid,
            created_at=now,
            last_used_at=now,
            expires_at=now + _LIFE,
        )
        return user, Identity(self.appid, f"parts-{session.sid}"), session

    async def ready(self) -> None:
        """Adds those whom the acts are about."""
        for _ in range(AT_A_TIME):
            person = self.someone()
            await self.container.users().register(*person)
            self.people.append(person)

    async def computing(self) -> dict[str, Callable[[], object]]:
        """Answers what only computes."""
        container, (user, _, session) = self.container, self.people[0]
        vault, issuer = container.vault(), container.settings().issuer
        keys = vault.mac_keys()
        shown = refresh_token.write(session, keys)
        tokens = await container.issue()(session=session, user=user, now=container.clock().now())
        return {
            "read a login's JSON": lambda: decode(schemas.LOGIN, _BODY),
            "write a token set's JSON": lambda: encode(TokenSetJson.of(tokens, issuer)),
            "write a refresh token": lambda: refresh_token.write(session, keys),
            "read a refresh token": lambda: refresh_token.read(shown, keys),
            "keyed hash": lambda: vault.index(_BODY, purpose="code"),
            "seal 700 bytes": lambda: vault.seal(_BODY * 10, purpose="answer", row="row"),
            "count in the metrics": lambda: container.metrics().request("/", "GET", 200, 0.001),
        }

    async def tokens(self) -> dict[str, Act]:
        """Answers signing and verifying."""
        signer, issue = self.container.signer(), self.container.issue()
        _, _, session = self.people[0]
        now = self.container.clock().now()
        claims = issue.claims(session, now, now + timedelta(minutes=15))
        known = await signer.sign(claims)
        fresh = [
            await signer.sign(evolve(claims, token_id=str(number)))
            for number in range(2 * self.times + AT_A_TIME + 1)
        ]
        return {
            "sign an access token": lambda _: signer.sign(claims),
            "verify a new access token": lambda _: signer.verify(fresh.pop(), now),
            "verify one seen before": lambda _: signer.verify(known, now),
        }

    def asking(self) -> dict[str, Act]:
        """Answers what asks WeChat's stand-in or the database."""
        container, now = self.container, self.container.clock().now()
        users, sessions = container.users(), container.sessions()
        counters = dict.fromkeys(range(AT_A_TIME), 0)
        versions = dict.fromkeys(range(AT_A_TIME), 1)

        def person(number: int) -> tuple[User, Identity, Session]:
            return self.people[number % AT_A_TIME]

        async def advance(number: int) -> object:
            place = number % AT_A_TIME
            counters[place] += 1
            return await sessions.advance(
                person(number)[2].sid, counters[place] - 1, now, now + _LIFE
            )

        async def save(number: int) -> object:
            place = number % AT_A_TIME
            versions[place] += 1
            return await users.save(evolve(person(number)[0], version=versions[place]))

        async def claim(_: int) -> object:
            spent = f"spent-{next(self.numbers)}"
            return not await container.ledger().claim(Claim(spent, None, "body"), now, now + _LIFE)

        async def sign_in(number: int) -> object:
            return await users.sign_in(person(number)[1], self.someone()[2])

        return {
            "ask WeChat": lambda number: container.wechat().exchange(self.appid, f"p{number}_x"),
            "claim a code": claim,
            "sign in": sign_in,
            "register": lambda _: users.register(*self.someone()),
            "load session and user": lambda number: sessions.load(person(number)[2].sid),
            "advance a session": advance,
            "save a profile": save,
        }


def measure(environment: Mapping[str, str], appid: str, times: int) -> dict[str, list[float]]:
    """Prints and answers the parts: µs alone, and where they differ, µs at 32 at a time."""
    found: dict[str, list[float]] = {}
    configure_logs(level="warning", json=True)
    container = Container(settings=load_settings(environ=environment).settings)
    parts = Parts(container, appid, times)
    with asyncio.Runner() as runner:
        runner.run(parts.ready())
        print(f"\nParts, µs of CPU, one after another · {AT_A_TIME} at a time\n")
        for name, compute in runner.run(parts.computing()).items():
            found[name] = [round(_computed(compute, times), 1)]
            print(f"  {name:<26} {found[name][0]:6.1f}", flush=True)
        acts = {**runner.run(parts.tokens()), **parts.asking()}
        for name, act in acts.items():
            alone = runner.run(_timed(act, times, 1))
            together = runner.run(_timed(act, times, AT_A_TIME))
            found[name] = [round(alone, 1), round(together, 1)]
            print(f"  {name:<26} {alone:6.1f} · {together:6.1f}", flush=True)
        runner.run(container.database().close())
        runner.run(container.wechat().close())
    return found


def _computed(compute: Callable[[], object], times: int) -> float:
    started = time.process_time()
    for _ in range(times):
        compute()
    return (time.process_time() - started) / times * 1e6


async def _timed(act: Act, times: int, at_a_time: int) -> float:
    for number in range(at_a_time):
        await act(number)
    started = time.process_time()
    for first in range(0, times, at_a_time):
        if at_a_time == 1:
            answered = [await act(first)]
        else:
            answered = await asyncio.gather(*(act(first + n) for n in range(at_a_time)))
        if not all(answered):
            raise SystemExit("an act did not succeed")
    return (time.process_time() - started) / times * 1e6
