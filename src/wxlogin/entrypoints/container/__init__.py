"""The parts list: which part is built of which, and how the whole comes to life and ends.

The only room that knows adapters. Doors and commands get use cases from here, and no use case
knows that it exists.
"""

from wxlogin.entrypoints.container import injector as _injector  # before what uses it
from wxlogin.entrypoints.container.life import (
    CannotStart,
    check,
    close,
    lifespan,
    migrate,
    prepare,
)
from wxlogin.entrypoints.container.parts import Container

__all__ = ["CannotStart", "Container", "check", "close", "lifespan", "migrate", "prepare"]

del _injector
