"""The command line: one thin file per verb. Nothing here loads torch before a verb needs it.

Importing this room loads next to nothing, so that `main` answers Ctrl-C from the first moment on.
"""

import gc
from typing import TYPE_CHECKING, Any

from ._stop import guarded

if TYPE_CHECKING:
    from ._app import app as app

__all__ = ["app", "main"]

COLLECT_AFTER = 50_000  # new values; at 700, as Python has it, reading 20,000 records takes twice as long


def main() -> None:
    """The entry point."""
    guarded(_run_app)


def _run_app() -> None:
    gc.set_threshold(COLLECT_AFTER)
    from ._app import app

    app()


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ._app import app

    return app
