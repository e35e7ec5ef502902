"""What a run asks of a built-in task before it trains, as it was when the task was last made on this machine.

A study whose trials are all stored asks no more of its task, and to make one loads torch, which takes longer than the
answer. What is remembered stands for the very same program: lrlab's own files, Python and the packages that a task is
made of. A task of the user's own, of a data folder or of a file is made each time.
"""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..errors import LabError
from ..spec import Noun
from ._base import Task
from ._built_in import parse
from ._cache import cache_folder

FOLDER = "tasks"
MADE_OF = ("numpy", "scikit-learn", "torch")
OUTSIDE = ("data", "file")  # options that name what lies elsewhere, which may change


class TaskFacts(Noun):
    """Of a task: its fingerprint, training examples, whether it has validation data, its notes."""

    fingerprint: str
    examples: int
    validated: bool
    notes: tuple[str, ...]


def remembered_facts(where: str) -> TaskFacts | None:
    """What is remembered of the task at this place; None where nothing is, or another program made it."""
    try:
        place = _place_of(where)
        return None if place is None else TaskFacts.from_json(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, LabError):
        return None


def remember_facts(where: str, task: Task) -> None:
    """Remember a task that was made. A folder that takes no files is no harm: the task is made again, then."""
    with suppress(OSError, LabError):
        place = _place_of(where)
        if place is None:
            return
        notes = tuple(task.notes)
        facts = TaskFacts(
            fingerprint=task.fingerprint, examples=task.examples, validated=task.validation is not None, notes=notes
        )
        if remembered_facts(where) == facts:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = place.with_name(f"{place.name}.{os.getpid()}")
        try:
            aside.write_text(facts.to_json(), encoding="utf-8")
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)


def _place_of(where: str) -> Path | None:
    """The file of a built-in task's facts; None of a task that is not all in lrlab and its packages."""
    wanted = parse(where)
    if wanted is None or any(wanted.values.get(name) for name in OUTSIDE):
        return None
    program = [where, sys.version, platform.node(), platform.machine(), *map(_version_of, MADE_OF)]
    digest = hashlib.sha256(json.dumps([program, sorted(_own_files())]).encode())
    return cache_folder() / FOLDER / f"{digest.hexdigest()[:32]}.json"


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _own_files() -> Iterator[tuple[str, int, int]]:
    """Lrlab's own files: path, length and time of the last change of each."""
    waiting = [str(Path(__file__).parents[1])]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.name.endswith(".py"):
                    status = entry.stat()
                    yield entry.path, status.st_size, status.st_mtime_ns
