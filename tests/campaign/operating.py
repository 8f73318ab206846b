"""The operator's hands: the same parts as behind `wxlogin users ban`, in this process."""

from collections.abc import Mapping

from attrs import field, frozen

from wxlogin.domain.errors import NotFound
from wxlogin.entrypoints.container import Container, close
from wxlogin.entrypoints.settings import load_settings


@frozen
class StoreOperator:
    """Acts on the deployment's database, as the commands do."""

    container: Container = field(repr=False)

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "StoreOperator":
        return cls(Container(settings=load_settings(environ).settings))

    async def ban(self, user_id: str) -> bool:
        """Bans a user."""
        return await _found(self.container.ban_user()(user_id=user_id))

    async def unban(self, user_id: str) -> bool:
        """Lifts a ban."""
        return await _found(self.container.unban_user()(user_id=user_id))

    async def revoke(self, sid: str) -> bool:
        """Ends a session."""
        return await _found(self.container.revoke_session()(sid=sid))

    async def close(self) -> None:
        """Lets go of connections."""
        await close(self.container)


async def _found(act) -> bool:
    try:
        await act
    except NotFound:
        return False
    return True
