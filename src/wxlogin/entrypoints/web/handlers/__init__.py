"""Handlers: read the call, ask a wish, write the answer."""
