"""dependency-injector, imported without the frameworks it would wire itself into.

It imports FastAPI wherever that is installed, which takes longer than all else at the start of a
command; we hand parts over ourselves and wire nothing.
"""

import sys

_UNUSED = "fastapi"

if _UNUSED not in sys.modules:
    sys.modules[_UNUSED] = None  # type: ignore[assignment]  # so importlib spells "not there"
    try:
        import dependency_injector.wiring  # noqa: F401 - to have been imported
    finally:
        del sys.modules[_UNUSED]
