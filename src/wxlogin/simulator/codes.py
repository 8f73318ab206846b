"""Codes and session keys: minted for a person at a phone, spent once by a server.

Every method runs without awaiting, so each is one atomic act under an event loop.
"""

from base64 import b64encode

from attrs import define, evolve, field, frozen

from wxlogin.simulator.ambient import ALNUM, HEX, Draws
from wxlogin.simulator.clock import WorldClock
from wxlogin.simulator.refusals import Refusal

_KEPT = 200_000


@define
class Code:
    """One code as WeChat remembers it; `phone` is set for the phone button's codes only."""

    appid: str
    user: str
    minted_at: float
    phone: str | None = field(default=None, repr=False)
    used: bool = False


@define
class Codes:
    """The codes of one kind: a wx.login code and a phone code are not interchangeable."""

    clock: WorldClock
    _codes: dict[str, Code] = field(factory=dict, init=False, repr=False)

    def add(self, code: str, record: Code) -> None:
        """Remember a fresh code; the oldest is forgotten once there are very many."""
        self._codes[code] = record
        if len(self._codes) > _KEPT:
            del self._codes[next(iter(self._codes))]

    def find(self, code: str, *, life: int) -> Code:
        """Answer what a code stands for without spending it.

        Raises Refusal 40029 for one unknown or older than `life` seconds, 40163 for one spent.
        """
        found = self._codes.get(code)
        if found is None:
            raise Refusal(40029)
        if found.used:
            raise Refusal(40163)
        if self.clock.now() - found.minted_at >= life:
            raise Refusal(40029)
        return found


def login_code(draws: Draws) -> str:
    """Draw a wx.login code: 32 letters and digits, a digit first."""
    return "0" + draws.text(ALNUM, 31)


def phone_code(draws: Draws) -> str:
    """Draw a phone button's code: 64 lower-case hex digits, so that a mix-up shows."""
    return draws.text(HEX, 64)


@frozen
class SessionKey:
    """The one living session_key of a person in a mini-program."""

    text: str = field(repr=False)
    made_at: float
    expires_at: float


@define
class SessionKeys:
    """The living session keys, one for each (appid, user)."""

    clock: WorldClock
    draws: Draws
    _keys: dict[tuple[str, str], SessionKey] = field(factory=dict, init=False, repr=False)

    def at_login(self, appid: str, user: str, *, rotation: int, idle: int) -> SessionKey:
        """Answer the key in force after a wx.login: a new one unless the last is quite new.

        Activity extends the life of a key that stays. Source: "开放数据校验与解密".
        """
        now = self.clock.now()
        key = self._keys.get((appid, user))
        if key is None or key.expires_at <= now or now - key.made_at >= rotation:
            key = SessionKey(self._draw(), now, now)
        key = evolve(key, expires_at=now + idle)
        self._keys[appid, user] = key
        return key

    def living(self, appid: str, user: str) -> SessionKey | None:
        """Answer the key in force, or None where it expired or never was."""
        key = self._keys.get((appid, user))
        return key if key and key.expires_at > self.clock.now() else None

    def reset(self, appid: str, user: str) -> SessionKey | None:
        """Replace the living key; the new one inherits the old one's expiry ("重置登录态")."""
        key = self.living(appid, user)
        if key is None:
            return None
        key = SessionKey(self._draw(), self.clock.now(), key.expires_at)
        self._keys[appid, user] = key
        return key

    def _draw(self) -> str:
        return b64encode(self.draws.octets(16)).decode()
