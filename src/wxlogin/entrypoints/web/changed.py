"""ChangedUserJson: a user after a change, and what of it waits."""

from typing import Annotated

from attrs import frozen
from msgspec import UNSET, UnsetType

from wxlogin.entrypoints.web.answers import UserJson
from wxlogin.entrypoints.web.wire import told


@frozen
class ChangedUserJson(UserJson):
    """A user after their change."""

    warnings: (
        Annotated[
            tuple[str, ...],
            told(
                "`content_in_review`: a person looks at the new nickname first, the old one stays.",
                "content_in_review：新昵称需人工审核，通过之前仍为原昵称。",
            ),
        ]
        | UnsetType
    ) = UNSET
