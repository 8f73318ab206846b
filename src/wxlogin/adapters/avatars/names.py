"""What pictures are called.

A name begins with a mark of its owner, so that all of theirs are found. The rest is a secret of
the Ids port: nobody lists or guesses. The small one of a picture is called as the large one, with
`.132` before the end.
"""

import re
from hashlib import sha256

from attrs import frozen

from wxlogin.domain.ports.ambient import Ids
from wxlogin.domain.user import HELD_AVATARS, OWN_AVATARS, released

_NAME = re.compile(r"([0-9a-f]{32})-([A-Za-z0-9_-]{1,64})(\.132)?\.webp", re.ASCII)


@frozen
class Name:
    """One picture: its owner's mark, its secret, and whether it waits for a verdict."""

    mark: str
    secret: str
    held: bool

    @classmethod
    def new(cls, owner: str, ids: Ids, *, held: bool) -> "Name":
        """Answers a name nobody has."""
        return cls(mark(owner), ids.new_secret(), held)

    @property
    def path(self) -> str:
        """Where everybody finds the large one."""
        return f"{HELD_AVATARS if self.held else OWN_AVATARS}{self.file()}"

    @property
    def public(self) -> "Name":
        """The name once it is released."""
        return Name(self.mark, self.secret, held=False)

    def file(self, *, small: bool = False) -> str:
        """Answers the last part of a path."""
        return f"{self.mark}-{self.secret}{'.132' if small else ''}.webp"

    def of(self, owner: str) -> bool:
        """Tells whose it is."""
        return self.mark == mark(owner)


def mark(owner: str) -> str:
    """Answers what stands for an owner in names that everybody sees; it does not tell the id."""
    return sha256(owner.encode()).hexdigest()[:32]


def meant(path: str) -> tuple[Name, bool] | None:
    """Answers the picture of a path, and whether the small one; None: no path of ours."""
    last = released(path).removeprefix(OWN_AVATARS)
    found = None if last == path else _NAME.fullmatch(last)
    if found is None:
        return None
    return Name(found[1], found[2], path.startswith(HELD_AVATARS)), found[3] is not None
