"""Every error lrlab raises on purpose, and the warning of what it got over; nothing else.

LabError
├── UnknownName (LookupError)     a schedule, task, study or field that does not exist; says what was perhaps meant
├── ScheduleError (ValueError)    a schedule, span or rate that cannot be used; says the smallest change that mends it
├── StatisticsError (ValueError)  numbers from which the asked answer cannot be drawn
├── StudyError (ValueError)       a study that contradicts itself; lists every mistake, with file:line where it has one
├── PluginError                   a module of the user's own schedules or rules that cannot be loaded; says its line
├── TaskError (ValueError)        data, model, loss or metric that do not fit together
├── RunsError (ValueError)        runs made elsewhere that cannot be read or judged as asked; says file:line
├── StoreError                    a store that cannot be opened, or does not hold what was asked
├── ClusterError                  a cluster that cannot be reached or used as asked; says what it lacks, and where
├── TimeUp                        a run whose time was up; what ended is stored, and the same command goes on
├── Unfinished                    failed trials alone were run again, as asked, and others of the study are missing
├── NativeMissing                 the compiled part was asked for and is not there; says why and the way out
└── RunError                      a run that started and could not finish; what was measured is stored
    └── Unstackable               a model that cannot be trained this way beside others; says the layer and the way out

LabWarning (UserWarning)          something that did not end the run, such as a full disk; says what it means for it
"""

import linecache
import os
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any

LONGEST_NAME = 100  # characters of a name that are looked at and shown
OWN_KINDS = "schedule", "rule", "schedule or average"  # of which a user has classes of their own
OWN_CLASS = "; one of your own is known once its module is named, with --plugin or load_plugins"
OWN_FILES = str(Path(__file__).parent) + os.sep
TRACEBACK = "LRLAB_TRACEBACK"  # the variable that asks for whole tracebacks
STANDARD_LIBRARY = sysconfig.get_path("stdlib") + os.sep
INSTALLED = {"site-packages", "dist-packages"}
MOST_STEPS, MOST_LINES = 5, 10  # of the user's own code that a notebook shows, and lines of each


class LabError(Exception):
    """Catch this to catch everything lrlab raises on purpose.

    A notebook shows your own lines and the message; with LRLAB_TRACEBACK=1 the whole traceback.
    """

    @property
    def _render_traceback_(self) -> Callable[[], list[str]]:
        """What IPython calls to show it, which shows the whole traceback of errors without it."""
        if whole_traceback():
            raise AttributeError("_render_traceback_")  # caught by `hasattr`
        return lambda: _shown_lines(self)


class ScheduleError(LabError, ValueError):
    """A schedule, span or rate that cannot be used. The message says the smallest change that mends it."""


class StatisticsError(LabError, ValueError):
    """Numbers from which the asked answer cannot be drawn."""


class StudyError(LabError, ValueError):
    """A study that contradicts itself. The message lists every mistake."""


class PluginError(LabError):
    """A module with schedules or rules of the user's own that cannot be loaded. The message says which line of it."""


class TaskError(LabError, ValueError):
    """Data, model, loss or metric that do not fit together."""


class RunsError(LabError, ValueError):
    """Runs made elsewhere that cannot be read or judged as asked. The message names file and line where it can."""


class StoreError(LabError):
    """A store that cannot be opened, or does not hold what was asked."""


class ClusterError(LabError):
    """A cluster that cannot be reached, or cannot run what is asked. Nothing was trained yet, or what was is stored."""


class TimeUp(LabError):
    """A run whose time was up. What ended is in the store, the rest in checkpoints; the same command goes on."""


class Unfinished(LabError):
    """Failed trials alone were run again, as asked, and ended; others of the study are missing, so it has no answer."""


class NativeMissing(LabError):
    """The compiled part was asked for and is not there. The message says why, and the way out."""


class RunError(LabError):
    """A run that started and could not finish. What was measured before is in the store.

    failures: what failed and why, a line each; none where nothing failed by itself.
    """

    def __init__(self, message: str, failures: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.failures = tuple(failures)


class Unstackable(RunError):
    """A model of which several cannot run as one this way. The message names the layer and the way that works.

    layer: the name of the layer it speaks of, as the model has it; "" where it speaks of none.
    """

    def __init__(self, message: str, layer: str = "") -> None:
        self.layer = layer
        super().__init__(message)


class LabWarning(UserWarning):
    """Something that did not end the run. The message says what happened, and what it means for the run."""


def warn_caller(text: str) -> None:
    """Give a LabWarning that is located where code outside of lrlab called it."""
    frame, level = sys._getframe(1), 2  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OWN_FILES):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, LabWarning, stacklevel=level)


class UnknownName(LabError, LookupError):
    """A name that is not known. Says which known name was perhaps meant.

    kind: of what it should be the name. known: those there are, in order.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        way = did_you_mean(name, self.known)
        own = OWN_CLASS if kind in OWN_KINDS and not way.endswith("?") else ""
        super().__init__(f"unknown {kind} {shortened(name, LONGEST_NAME)!r}; {way}{own}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.kind, self.name, self.known), vars(self)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The way out of a misspelling: the closest known name, or all of them.

    >>> did_you_mean("cosin", ["constant", "cosine"])
    'did you mean cosine?'
    >>> did_you_mean("zebra", ["constant", "cosine"])
    'known: constant, cosine'
    """
    names = list(known)
    plain = {known.lower().replace("-", "_"): known for known in names}
    wanted = name[:LONGEST_NAME].lower().replace("-", "_")
    close = [plain[found] for found in get_close_matches(wanted, plain, n=2, cutoff=0.6)]
    known_ones = f"known: {', '.join(names) or 'none; leave it out'}"
    return f"did you mean {' or '.join(close)}?" if close else shortened(known_ones, 1000)


def visible(text: str) -> str:
    r"""The text with escapes for what has no shape: control characters, marks of direction, half characters.

    >>> visible("red\x1b[31m")
    'red\\x1b[31m'
    """
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def escape_halves(text: str) -> str:
    r"""The text with its half characters escaped, as names of files in another encoding have them: no text takes these.

    >>> escape_halves("d\udce9p")
    'd\\udce9p'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def shortened(text: str, most: int) -> str:
    """The text in about so many characters at most: beginning and end, which has the way out, and dots between.

    >>> shortened("0123456789", 6)
    '0123 ... 89'
    """
    return text if len(text) <= most else f"{text[: most * 2 // 3]} ... {text[-(most // 3) :]}"


def whole_traceback() -> bool:
    """Whether the user asks for whole tracebacks."""
    return os.environ.get(TRACEBACK) == "1"


def _shown_lines(error: BaseException) -> list[str]:
    """The user's own lines that led to an error, and its message."""
    steps = [step for step in traceback.extract_tb(error.__traceback__) if _is_users(step.filename)]
    lines = [line for step in steps[-MOST_STEPS:] for line in (*_lines_of(step), "")]
    message = [f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())]
    return [*lines, *(visible(line) for text in message for line in str(text).split("\n"))]


def _is_users(file: str) -> bool:
    """Whether code is the user's: no library's, and not what Python is made of."""
    library = file.startswith((OWN_FILES, STANDARD_LIBRARY, "<frozen ")) or INSTALLED.intersection(Path(file).parts)
    return not library


def _lines_of(step: traceback.FrameSummary) -> list[str]:
    """Where a step of the user's code stands, and its lines."""
    first = step.lineno or 0
    numbers = range(first, min(step.end_lineno or first, first + MOST_LINES - 1) + 1)
    shown = [(number, linecache.getline(step.filename, number).rstrip()) for number in numbers]
    head = f"{_place_of(step.filename)}, line {first}"
    return [head, *(f"{'---->' if number == first else '     '} {number} {line}" for number, line in shown if line)]


def _place_of(file: str) -> str:
    """A file, or the cell of a notebook, which only IPython knows by its number."""
    with suppress(Exception):  # of another IPython
        label, name = sys.modules["IPython"].get_ipython().compile.format_code_name(file)
        return f"{label} {name}"
    return f"File {file}"
