"""What the commands say, in the language of the terminal: Chinese or English."""

from wxlogin.entrypoints.cli.texts.findings import FINDINGS
from wxlogin.entrypoints.cli.texts.helps import HELPS
from wxlogin.entrypoints.cli.texts.merging import MERGING
from wxlogin.entrypoints.cli.texts.messages import MESSAGES
from wxlogin.entrypoints.cli.texts.pushes import PUSHES
from wxlogin.entrypoints.cli.texts.reviews import REVIEWS
from wxlogin.entrypoints.cli.texts.trail import TRAIL
from wxlogin.entrypoints.cli.texts.webhooks import WEBHOOKS
from wxlogin.entrypoints.settings import Language, reader_language

TEXTS = {**HELPS, **MESSAGES, **FINDINGS, **TRAIL, **PUSHES, **WEBHOOKS, **MERGING, **REVIEWS}


def say(key: str, **values: object) -> str:
    """Answers a text in the reader's language, its gaps filled."""
    zh, en = TEXTS[key]
    return (zh if reader_language() is Language.ZH else en).format(**values)
