"""Phone: behaves as the mini-program's library does, written from its documentation.

What was refused for a moment comes again, after Retry-After where that was said; a login keeps its
code and Idempotency-Key for as long as its answer may be kept; a session that ended quietly is
followed by a login, any other end waits for the person.
"""

import asyncio
from time import monotonic

import msgspec
from attrs import define, field

from tests.campaign.history import Act
from tests.campaign.town import APPIDS, Answered, Town
from tests.campaign.wechat import openid, unionid

TRIES = 3
PATIENCE = 8.0
CODE_LIFE = 50.0
LONGEST_COOLDOWN = 60.0
MERGES = 3
_QUIET = frozenset({"superseded", "expired"})
_WECHAT = frozenset({"wechat_unavailable", "wechat_rate_limited"})
_UNAUTHORIZED, _LOST_UPDATE, _TOO_MANY = 401, 412, 429


class Failed(Exception):
    """A wish that did not come true; `answer` is the last that was heard."""

    def __init__(self, answer: Answered) -> None:
        super().__init__(answer.status, answer.told.code)
        self.answer = answer


@define(eq=False)
class Person:
    """Somebody with phones. `joined`: WeChat knows their unionid; `late`: and tells it late."""

    name: str
    joined: bool = False
    late: bool = False
    address: str = "10.0.0.1"

    def code(self, app: int, number: int, seen: int) -> str:
        """Answers a code for an app, as wx.login gives it; a late unionid comes with the third."""
        told = self.joined and not (self.late and seen < 3)
        return f"{self.name}_{app}_{number}_{'u' if told else 'n'}"


@define(eq=False)
class Phone:
    """One phone of a person, with one of the mini-programs on it."""

    name: str
    person: Person
    app: int
    town: Town
    sid: str = ""
    user_id: str = ""
    access: str = ""
    refresh: str = ""
    etag: str | None = None
    ended: str = ""
    cool_until: float = 0.0
    _refusals: int = 0
    _seen: int = 0
    _ticket: tuple[str, str, float] | None = field(default=None, init=False)

    # wishes

    async def log_in(self) -> None:
        """Shows codes until one is taken; raises Failed and then keeps quiet for a while."""
        another = False
        busy = 0
        while True:
            if self._ticket is None or monotonic() - self._ticket[2] > CODE_LIFE:
                number = next(self.town.codes)
                code = self.person.code(self.app, number, self._seen)
                self._ticket = (code, f"key-{number}", monotonic())
                self._seen += 1
            try:
                self._adopt(await self._show(*self._ticket[:2]))
            except Failed as failure:
                if failure.answer.status == 0:
                    raise  # the code is kept: its answer may still be there
                self._ticket = None
                code, wait = failure.answer.told.code, failure.answer.wait or 1
                if code in _WECHAT and busy < TRIES - 1 and wait <= PATIENCE:
                    busy += 1
                    await asyncio.sleep(wait)
                    continue
                if code in {"code_invalid", "code_used"} and not another:
                    another = True
                    continue
                self._cool(failure.answer)
                raise
            self._ticket, self._refusals = None, 0
            return

    async def renew(self) -> None:
        """Trades the refresh token; an end is taken as it is meant."""
        if not self.access:
            await self.log_in()
            return
        act = self._act("refresh", token=self.refresh)
        raw = self._raw("POST", "/v1/token/refresh", {"refresh_token": self.refresh})
        try:
            self._adopt(await self._send(act, raw))
        except Failed as failure:
            if failure.answer.status != _UNAUTHORIZED:
                raise
            await self._over(failure)

    async def look(self) -> Answered:
        """Reads the profile."""
        answer = await self._signed("me", "GET", "/v1/me")
        self.etag = answer.etag
        return answer

    async def change(self, nickname: str) -> None:
        """Changes the nickname, never over what was changed meanwhile."""
        for merge in range(1, MERGES + 1):
            if self.etag is None:
                await self.look()
            try:
                answer = await self._signed(
                    "update", "PUT", "/v1/me", {"nickname": nickname}, value=nickname
                )
            except Failed as failure:
                self.etag = None
                if failure.answer.status != _LOST_UPDATE:
                    raise
                if (await self.look()).told.nickname == nickname:
                    return
                if merge == MERGES:
                    raise
            else:
                self.etag = answer.etag
                return

    async def log_out(self, scope: str) -> None:
        """Logs out; `this` holds on the phone whatever the service says."""
        try:
            await self._signed("logout", "POST", "/v1/logout", {"scope": scope}, scope=scope)
        except Failed:
            if scope != "this":
                raise
        if scope != "others" and not self.ended:
            self._end("logged_out")

    async def kick(self, other: "Phone") -> None:
        """Ends the session of another phone of the person's; gone already is as good."""
        path = f"/v1/me/sessions/{other.sid}"
        try:
            await self._signed("kick", "DELETE", path, target=other.sid)
        except Failed as failure:
            if failure.answer.status != 404:
                raise

    def forget(self) -> None:
        """Loses what was kept: storage was cleared, or the mini-program removed."""
        self.sid = self.access = self.refresh = ""
        self.etag, self._ticket = None, None

    # how

    async def _show(self, code: str, key: str) -> Answered:
        told = {"appid": APPIDS[self.app], "code": code, "device": {"platform": "ios"}}
        act = self._act("login", login_code=code)
        act.sid = ""
        act.openid, act.appid = openid(self.person.name, str(self.app)), APPIDS[self.app]
        act.unionid = unionid(self.person.name) if code.endswith("u") else ""
        return await self._send(
            act, self._raw("POST", "/v1/login", told, f"Idempotency-Key: {key}")
        )

    async def _signed(
        self, kind: str, method: str, path: str, body: object = None, **told: str
    ) -> Answered:
        """Sends with the access token, and once more after a refusal of it."""
        for again in (False, True):
            if not self.access:
                await self.log_in()
            used = self.access
            more = [f"Authorization: Bearer {used}"]
            if method == "PUT":
                more.append(f"If-Match: {self.etag or '*'}")
            act = self._act(kind, **told)
            try:
                return await self._send(act, self._raw(method, path, body, *more))
            except Failed as failure:
                if failure.answer.status != _UNAUTHORIZED:
                    raise
                if failure.answer.told.code == "session_ended":
                    await self._over(failure, login=not again)
                elif not again:
                    await self.renew()
                if again:
                    raise
        raise AssertionError

    async def _send(self, act: Act, raw: bytes) -> Answered:
        for failed in range(1, TRIES + 1):
            answer = await self.town.ask(act, raw)
            if answer.good:
                return answer
            wait: float = 2**failed * (0.2 + self.town.chance.random() / 10)
            if answer.status:
                passing = answer.status == _TOO_MANY or 501 < answer.status < 505
                if answer.told.code in _WECHAT or not passing:
                    raise Failed(answer)
                wait = wait if answer.wait is None else answer.wait
            if failed == TRIES or wait > PATIENCE:
                raise Failed(answer)
            await asyncio.sleep(wait)
        raise AssertionError

    async def _over(self, failure: Failed, *, login: bool = True) -> None:
        told = failure.answer.told
        if told.code == "session_ended" and told.reason not in _QUIET:
            self._end(told.reason)
            raise failure
        self.forget()
        if login:
            await self.log_in()

    def _end(self, reason: str) -> None:
        self.forget()
        self.ended = reason

    def _adopt(self, answer: Answered) -> None:
        told = answer.told
        self.access, self.refresh, self.sid = told.access_token, told.refresh_token, told.session_id
        self.user_id, self.ended = told.user.id, ""

    def _cool(self, answer: Answered) -> None:
        wait = answer.wait or 2.0 * 2**self._refusals
        self._refusals += 1
        self.cool_until = monotonic() + min(wait, LONGEST_COOLDOWN)
        if answer.told.code == "user_banned":
            self._end("banned")

    def _act(self, kind: str, **told) -> Act:
        return Act(
            kind, self.person.name, self.name, 0.0, user_id=self.user_id, sid=self.sid, **told
        )

    def _raw(self, method: str, path: str, body: object = None, *headers: str) -> bytes:
        payload = b"" if body is None else msgspec.json.encode(body)
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: x",
            f"Content-Length: {len(payload)}",
            f"X-Forwarded-For: {self.person.address}",
            *headers,
        ]
        if payload:
            lines.append("Content-Type: application/json")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload
