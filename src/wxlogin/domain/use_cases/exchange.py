"""ExchangeCode: a login code becomes a proof that only we can read."""

import re

from attrs import field, frozen

from wxlogin.domain.app import Apps
from wxlogin.domain.errors import CodeInvalid, FieldProblem, InvalidRequest, RateLimited
from wxlogin.domain.ports.ambient import Clock, Ids
from wxlogin.domain.ports.limits import RateLimiter, Rule
from wxlogin.domain.ports.tickets import TicketRepository
from wxlogin.domain.ports.users import UserRepository
from wxlogin.domain.ports.wechat import SessionApi, WeChatSession
from wxlogin.domain.ticket import PREFIX, TICKET_LIFE, LoginTicket, digest
from wxlogin.domain.user import Identity

LOGINS_OF_A_PERSON = Rule("person", 240, 60)
"""Four a second, as often as WeChat lets one person call wx.login ("接口调用频率规范")."""

_CODE_SHAPE = re.compile(r"[0-9A-Za-z_-]{1,128}")


@frozen
class Exchanged:
    """A login ticket, whose it is, how many seconds it lives, and whether a user is known yet."""

    login_ticket: str = field(repr=False)
    openid: str
    expires_in: int
    registered: bool


@frozen
class AskWeChat:
    """Spends a login code for the identity behind it."""

    apps: Apps
    wechat: SessionApi
    limiter: RateLimiter | None = None

    async def __call__(self, *, appid: str | None, code: str) -> Identity:
        """Answers whose code it is; raises as `session`."""
        return (await self.session(appid=appid, code=code)).identity

    async def session(self, *, appid: str | None, code: str) -> WeChatSession:
        """Answers whose code it is, and the key for their open data.

        What cannot be a code is refused without asking WeChat: a developer tool's "the code is a
        mock one", a phone-side object turned to text.

        Raises:
            RateLimited: this person logs in too often; the code is spent.
            LoginError: as `SessionApi.exchange`.
        """
        app = self.apps.choose(appid)
        if not code:
            raise InvalidRequest(FieldProblem("code", "required"))
        if not _CODE_SHAPE.fullmatch(code):
            raise CodeInvalid
        found = await self.wechat.exchange(app, code)
        if self.limiter is not None:
            wait = await self.limiter.hit(LOGINS_OF_A_PERSON, f"{app} {found.identity.openid}")
            if wait is not None:
                raise RateLimited(wait, LOGINS_OF_A_PERSON.name)
        return found


@frozen
class ExchangeCode:
    """Trades a wx.login code for a login ticket."""

    ask: AskWeChat
    users: UserRepository
    tickets: TicketRepository
    clock: Clock
    ids: Ids

    async def __call__(self, *, appid: str | None, code: str) -> Exchanged:
        """Answers a single-use ticket for the person behind the code."""
        identity = await self.ask(appid=appid, code=code)
        user = await self.users.find(identity)
        ticket = PREFIX + self.ids.new_secret()
        expires_at = self.clock.now() + TICKET_LIFE
        await self.tickets.add(LoginTicket(digest(ticket), identity, expires_at))
        return Exchanged(
            login_ticket=ticket,
            openid=identity.openid,
            expires_in=int(TICKET_LIFE.total_seconds()),
            registered=user is not None,
        )
