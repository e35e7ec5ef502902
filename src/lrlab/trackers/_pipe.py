"""A pipe, such as the shell makes of `<(command)`, read to its end."""

import os
import time
from pathlib import Path

from ..errors import RunsError

PATIENCE = 10.0  # seconds in which somebody must open the other end
LOOK = 0.05  # seconds between two looks whether somebody has


def read_pipe(path: Path) -> bytes:
    """All that is written into a pipe. Raises OSError; RunsError where nobody opens its other end."""
    end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # any other way waits for a writer, for ever
    try:
        first = _first_bytes(end, path)
        os.set_blocking(end, True)
        with os.fdopen(os.dup(end), "rb") as rest:
            return first + rest.read()
    finally:
        os.close(end)


def _first_bytes(end: int, path: Path) -> bytes:
    """What is there once somebody writes; none where the writer has yet to."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            found = os.read(end, 1 << 16)
        except BlockingIOError:  # a writer is there
            return b""
        if found:
            return found
        if time.monotonic() > until:
            raise RunsError(f"{path} is a pipe into which nobody writes; write the path of a file, or give it a writer")
        time.sleep(LOOK)
