"""What is printed: within the terminal's width, in letters it has, one part's fault beside the others."""

import codecs
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

from rich.console import Console

from ..errors import LabError, LabWarning, RunError, visible

PLAIN = {"\N{MINUS SIGN}": "-", "\N{HORIZONTAL ELLIPSIS}": "..."}  # where the output knows only ASCII


class Faults:
    """What went wrong while results were shown, each part by itself."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @contextmanager
    def apart(self, part: str) -> Iterator[None]:
        """Whatever the block raises is noted, and costs nothing outside of it."""
        try:
            yield
        except Exception as error:  # of any kind: what was measured must be shown as far as it can be
            reason = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
            self.said.append(f"{part} failed: {' '.join(reason.split())}")

    def end(self) -> None:
        """Raise RunError with all that was noted, in one line."""
        if self.said:
            raise RunError(
                f"{'; '.join(self.said)}. Everything else was shown, and what was measured is stored: `lrlab report` "
                f"shows it again"
            )


def columns() -> int | None:
    """The width in characters that a table must fit; None where the output is no terminal and COLUMNS is not set."""
    return shutil.get_terminal_size((0, 0)).columns or None


def say(text: str, *, style: str = "", whole: bool = False) -> None:
    """Print a text as it is. On a terminal its lines are broken between words, unless `whole`."""
    console = Console(highlight=False, markup=False, emoji=False)
    clean = "\n".join(map(visible, text.split("\n")))
    unbroken = whole or not console.is_terminal
    console.print(clean, style=style or None, soft_wrap=unbroken, width=None if unbroken else columns())


def warn_in_words() -> None:
    """Let lrlab's own warnings be lines for people; others are shown as before."""
    before = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, LabWarning):
            print(f"lrlab: {visible(str(message))}", file=sys.stderr, flush=True)
        else:
            before(message, category, *where, **more)

    warnings.showwarning = show


def spell_plainly() -> None:
    """Let an output that lacks a letter show another: a sign that cannot be written must not cost the answer."""
    codecs.register_error("lrlab", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="lrlab")


def _spelled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign, "?") for sign in missing), error.end
