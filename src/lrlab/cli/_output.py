"""What is printed: within the terminal's width, in letters it has."""

import codecs
import json
import re
import shutil
import sys
import warnings
from collections.abc import Mapping
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from ..errors import LabWarning, visible

if TYPE_CHECKING:
    from ..report import AnswerPart, Faults

# Where the output knows only ASCII.
PLAIN = {"\N{MINUS SIGN}": "-", "\N{HORIZONTAL ELLIPSIS}": "...", "≥": ">=", "·": "-"}
DRAWN = "▁█├─┤○●−≥"
# rich breaks at a no-break space too; a letter that no text has stands in for it while lines are broken.
PER_CENT, JOINT = re.compile(r"(?<=\d) (?=%)"), "\ue000"


def columns() -> int | None:
    """The width in characters that a table must fit; None where the output is no terminal and COLUMNS is not set."""
    return shutil.get_terminal_size((0, 0)).columns or None


def draws_unicode() -> bool:
    """Whether the output has the signs that shapes, intervals and lines are drawn with."""
    try:
        DRAWN.encode(sys.stdout.encoding or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print plain data as JSON, in ASCII: an output that lacks a letter would lose it. Paths and dates become text."""
    print(json.dumps(value, indent=indent, default=str))


def say(text: str, *, style: str = "", whole: bool = False, accents: Mapping[str, str] | None = None) -> None:
    """Print a text as it is. On a terminal its lines are broken between words, unless `whole`.

    accents: styles of lines that end with a word, by that word, which only a terminal with colours shows.
    """
    width = columns()
    console = Console(highlight=False, markup=False, emoji=False, width=width or 80)  # of 0 columns it shows nothing
    clean = Text("\n".join(map(visible, text.split("\n"))), style=style)
    for word, look in (accents or {}).items():
        clean.highlight_regex(rf"(?m)^.*  {re.escape(word)}(?=  |$).*$", look)
    if not whole and console.is_terminal and width:
        clean = break_lines(clean, console, width)
    console.print(clean, soft_wrap=True)


def break_lines(text: Text, console: Console, width: int) -> Text:
    """The text with lines of at most so many characters, broken between words, but not between a number and its %."""
    text.plain = PER_CENT.sub(JOINT, text.plain)
    lines = text.wrap(console, width)
    for line in lines:
        line.rstrip()
        line.plain = line.plain.replace(JOINT, " ")
    return Text("\n").join(lines)


def say_part(part: "AnswerPart", faults: "Faults") -> None:
    """Print a part of an answer, if it has something to say; what goes wrong in it is noted."""
    with faults.apart(part.name):
        if text := part.text():
            say(text, style=part.style, whole=part.unbroken, accents=part.accents)


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
