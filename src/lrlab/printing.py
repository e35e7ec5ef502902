"""Where the user's code prints: to standard error, for answers stand alone on standard output."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache

OUTPUT, ERRORS = 1, 2  # file descriptors


class _Held:
    """blocks: how many are open, in all threads. stream, output: of the program itself; -1: not known."""

    lock = threading.Lock()
    blocks = 0
    stream = sys.stdout
    output = -1


@contextlib.contextmanager
def printed_aside() -> Iterator[None]:
    """Within the block whatever is printed goes to standard error, by compiled code and by new processes too."""
    with _Held.lock:
        _Held.blocks += 1
        if _Held.blocks == 1:
            _Held.stream, _Held.output = sys.stdout, _turn_aside()
            sys.stdout = sys.stderr
    try:
        yield
    finally:
        with _Held.lock:
            _Held.blocks -= 1
            if _Held.blocks == 0:
                _turn_back(_Held.output)
                sys.stdout = _Held.stream


def _turn_aside() -> int:
    """Send the file descriptor of standard output to standard error; what it was, or -1 where one of them is closed."""
    _flush_streams()
    with contextlib.suppress(OSError):
        kept = os.dup(OUTPUT)
        try:
            os.dup2(ERRORS, OUTPUT)
        except OSError:
            os.close(kept)
        else:
            return kept
    return -1


def _turn_back(kept: int) -> None:
    if kept >= 0:
        _flush_streams()
        os.dup2(kept, OUTPUT)
        os.close(kept)


def _flush_streams() -> None:
    """Write what still waits in this process: each line goes where it was printed to."""
    for stream in (sys.stdout, sys.__stdout__):
        with contextlib.suppress(Exception):  # none, closed, or a pipe that nobody reads
            stream.flush()  # pyright: ignore[reportOptionalMemberAccess]
    _find_flush()()


@cache
def _find_flush() -> Callable[[], object]:
    """What writes the lines that wait in the C library's standard output; nothing where it is not found."""
    import ctypes  # takes longer than all else here

    name = "__stdoutp" if sys.platform == "darwin" else "stdout"
    try:
        library = ctypes.CDLL(None)
        stream = ctypes.c_void_p.in_dll(library, name)
        return lambda: library.fflush(stream)
    except (OSError, TypeError, ValueError, AttributeError):
        return lambda: None
