"""Webhooks, signed as standardwebhooks.com has it."""

from wxlogin.adapters.webhooks.receiver import LANES, WebhookReceiver

__all__ = ["LANES", "WebhookReceiver"]
