"""What lrlab itself keeps of a trial under way, beside the folder that it hands the loop for its checkpoints."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

from ._reports import Report

NOTES = "run.jsonl"  # its name; a line for each report, so that a kill takes nothing that was reported
OWN = "checkpoints"  # the folder of the loop itself, beside it


class Note(NamedTuple):
    """How far a trial is. row: what was reported, None: nothing new. zero: as in `Reports`.

    start, rates: the rates of the updates from that one on; used: by the optimizer, not only handed out. seconds: of
    all attempts together. share: of the trial.
    """

    row: Report | None
    zero: bool | None
    used: bool
    start: int
    rates: list[float]
    seconds: float
    share: float


def own_folder(folder: Path) -> Path:
    """The loop's own folder within that of a trial."""
    return folder / OWN


def append(folder: Path, note: Note) -> None:
    """Write what is new of a trial. Raises OSError."""
    line = json.dumps(note).encode() + b"\n"
    with (folder / NOTES).open("ab", buffering=0) as file:
        file.write(line)


def load(folder: Path) -> list[Note]:
    """What `append` wrote, in order; nothing where the loop left no checkpoint to go on from.

    Then the notes are removed, for the trial begins anew. A line that a kill cut off ends them.
    """
    notes = _read_notes(folder)
    if notes and not _has_files(own_folder(folder)):
        (folder / NOTES).unlink(missing_ok=True)
        return []
    return notes


def _read_notes(folder: Path) -> list[Note]:
    notes: list[Note] = []
    try:
        for line in (folder / NOTES).read_bytes().splitlines():
            row, zero, used, start, rates, seconds, share = json.loads(line)
            notes.append(Note(row and Report(*row), zero, used, start, list(map(float, rates)), seconds, share))
    except (OSError, ValueError, TypeError):
        pass
    return notes


def is_resumable(folder: Path) -> bool:
    """Whether the loop left anything in its own folder to go on from."""
    return _has_files(own_folder(folder))


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def share_saved(folder: Path) -> float:
    """How much of a trial is done, 0 to 1, as its notes say; 0 where there are none."""
    notes = _read_notes(folder) if _has_files(own_folder(folder)) else []
    return notes[-1].share if notes else 0.0


def remove(folder: Path) -> None:
    """Remove the folder of a trial that has ended, if there is one."""
    shutil.rmtree(folder, ignore_errors=True)
