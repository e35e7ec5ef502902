"""A function of the user's as lrlab keeps and sends it: its program's fingerprint, and its way to other processes.

Loads torch where a fingerprint is made, not where a function is fetched.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import TaskError
from ._in_file import source_of
from ._sent import read_sent, write_sent
from ._user import guarded

WAYS_OUT = "put it into a module and name that (file.py:{name}), or give workers=0, which trains in this process"


def program_in_file(where: str, module: ModuleType, function: Callable[..., Any]) -> dict[str, str]:
    """A hash of what runs of the function's file and of each of the user's files that it imports, by their names.

    where: the place it was imported from. module: what `import_object` gave for it. Comments, spaces and docstrings
    do not count, nor does where files lie.
    """
    from ._program import file_parts, reached

    file = vars(module).get("__file__")
    return file_parts(where, source_of(Path(file)) if file else "", sorted({*reached([function])}))


def program_by_value(function: Callable[..., Any]) -> dict[str, str]:
    """A hash of each function, class and file that a function made in a script or a notebook leads to, by name.

    What they name outside themselves counts by its value. Raises TaskError where a file was changed since its import.
    """
    from ._definitions import definitions_of
    from ._program import reached, value_parts

    definitions = definitions_of([function])
    places = sorted({*definitions.places, *reached([function])})
    return value_parts(definitions.texts, places, definitions.imported)


def fingerprint_of(program: Mapping[str, str]) -> str:
    """One fingerprint of all parts of a program."""
    text = "\n".join(f"{part} {digest}" for part, digest in sorted(program.items()))
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:16]


def send_by_value(value: Any, name: str, away: bool = False) -> Path:
    """Write a value into a file, which other processes load it from and which goes when this process ends.

    name: what errors call it. away: for other machines, which have none of the user's modules. Raises
    TaskError where it cannot be pickled or written.
    """
    from ._pickling import dump_by_value, unpicklable

    try:
        return write_sent(value, partial(dump_by_value, away=away))
    except Exception as error:
        reason = unpicklable(value) or f"{type(error).__name__}: {error}"
        raise TaskError(f"{name} cannot be sent to workers: {reason}; {WAYS_OUT.format(name=name)}") from error


def load_by_value(file: Path, name: str) -> Any:
    """The value that `send_by_value` wrote. Raises TaskError where it is gone, or cannot be made of it."""
    try:
        with guarded(f"reading {name} from the program that made it"):
            return read_sent(file)
    except TaskError as error:
        gone = "" if file.is_file() else f"; {file} is no longer there: the program that made it must run"
        raise TaskError(f"{error}{gone}; {WAYS_OUT.format(name=name)}") from error
