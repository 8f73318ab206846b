"""Who there is: mini-programs, persons, and the ids under which one sees the other."""

import hashlib
from base64 import urlsafe_b64encode

from attrs import define, evolve, field, frozen

SIMULATED_OPENID_PREFIX = "oSIM_"
"""Begins every openid of the simulator, so that production can refuse such an identity."""

SIMULATED_UNIONID_PREFIX = "oSIMU"
"""Begins every unionid of the simulator."""

_ID_LENGTH = 28


@frozen
class App:
    """One mini-program; `open_account` is the Open Platform account it is bound to, if any.

    What begins with `push_` is what its console's message push page is filled in with.
    """

    appid: str
    secret: str = field(repr=False)
    open_account: str | None = None
    push_url: str = ""
    push_token: str = field(default="", repr=False)
    push_aes_key: str | None = field(default=None, repr=False)


@frozen
class Person:
    """One WeChat user; `user` is the name a test or a person at the page gave them."""

    user: str
    nickname: str
    phone: str = field(repr=False)
    blocked: bool = False


def openid_of(appid: str, user: str) -> str:
    """Answer the openid of `user` in `appid`: the same in every run, 28 characters."""
    return _derived(SIMULATED_OPENID_PREFIX, f"openid/{appid}/{user}")


def unionid_of(open_account: str, user: str) -> str:
    """Answer the unionid of `user` under an Open Platform account: the same in every run."""
    return _derived(SIMULATED_UNIONID_PREFIX, f"unionid/{open_account}/{user}")


def _derived(prefix: str, what: str) -> str:
    digest = urlsafe_b64encode(hashlib.sha256(what.encode()).digest()).decode()
    return (prefix + digest)[:_ID_LENGTH]


@define
class People:
    """The registry of mini-programs and persons.

    With `any_app` an appid never seen before is taken in with the first secret it comes with.
    """

    any_app: bool
    apps: dict[str, App] = field(factory=dict)
    persons: dict[str, Person] = field(factory=dict)
    _phones: set[str] = field(factory=set, repr=False)
    _known: dict[str, tuple[str, str]] = field(factory=dict, repr=False)

    def app(self, appid: str, secret: str | None = None) -> App | None:
        """Answer the mini-program `appid`, or None where there is none such."""
        found = self.apps.get(appid)
        if self.any_app and (found is None or (secret and not found.secret)):
            found = self.apps[appid] = evolve(found or App(appid, ""), secret=secret or "")
        return found

    def bind(self, app: App, open_account: str | None) -> None:
        """Bind a mini-program to an Open Platform account, or to none."""
        self.apps[app.appid] = evolve(app, open_account=open_account)

    def person(self, user: str) -> Person:
        """Answer the person `user`, who comes to be when named for the first time."""
        return self.persons.get(user) or self.put(user)

    def put(
        self,
        user: str,
        *,
        nickname: str | None = None,
        phone: str | None = None,
        blocked: bool | None = None,
    ) -> Person:
        """Create or change a person; what is None stays, or is made up for a new one."""
        old = self.persons.get(user)
        if old is None:
            old = Person(user, user, phone or self._spare_phone(user))
        new = evolve(
            old,
            nickname=old.nickname if nickname is None else nickname,
            phone=old.phone if phone is None else phone,
            blocked=old.blocked if blocked is None else blocked,
        )
        self._phones.add(new.phone)
        self.persons[user] = new
        return new

    def seen(self, appid: str, user: str) -> str:
        """Answer the openid of `user` in `appid` and remember whose it is."""
        openid = openid_of(appid, user)
        self._known[openid] = (appid, user)
        return openid

    def whose(self, openid: str) -> tuple[str, str] | None:
        """Answer (appid, user) of an openid seen since the start, or None."""
        return self._known.get(openid)

    @staticmethod
    def simulated(openid: str) -> bool:
        """Tell whether an openid is one of a simulator, of this run or another."""
        return len(openid) == _ID_LENGTH and openid.startswith(SIMULATED_OPENID_PREFIX)

    def _spare_phone(self, user: str) -> str:
        # Numbers that begin with 120 belong to nobody: WeChat's own test accounts have them.
        number = int.from_bytes(hashlib.sha256(user.encode()).digest()[:8])
        while (phone := f"120{number % 100_000_000:08d}") in self._phones:
            number += 1
        return phone
