"""What is printed: within the terminal's width, in letters it has."""

import codecs
import shutil
import sys
import warnings
from io import TextIOWrapper
from typing import Any

from rich.console import Console

from ..errors import LabWarning, visible

PLAIN = {"\N{MINUS SIGN}": "-", "\N{HORIZONTAL ELLIPSIS}": "..."}  # where the output knows only ASCII


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
    """Let an output that lacks a letter show another: a sign that cannot be written must not cost the answer.

    Nor may code of a task's that closes it.
    """
    codecs.register_error("lrlab", _spell_letters)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="lrlab")
            stream.close = stream.flush


def _spell_letters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign, "?") for sign in missing), error.end
