"""The kit with which other services check our tokens. It imports nothing of ours.

    guard = Guard(issuer="https://login.example.com", service_token="…")
    claims = guard.check(token)          # or: await guard.acheck(token)

Doors for frameworks stand in `starlette`, `fastapi`, `django` and `drf`; each imports its own
framework, and nothing else here does.
"""

from wxlogin.guard.claims import Claims, KeysUnavailable, Rejected
from wxlogin.guard.guard import Guard
from wxlogin.guard.webhooks import Webhook, WebhookRejected, verify_webhook

__all__ = [
    "Claims",
    "Guard",
    "KeysUnavailable",
    "Rejected",
    "Webhook",
    "WebhookRejected",
    "verify_webhook",
]
