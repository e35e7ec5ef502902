"""What lrlab itself keeps of a trial under way, beside the folder that it hands the loop for its checkpoints."""

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ._reports import Report

NOTES = "run.jsonl"  # its name; a line for each report, so that a kill takes nothing that was reported
LOST = "run.lost"  # their name while some could not be written
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


class Notebook:
    """The notes of a trial that is under way here, in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._waiting = folder, list[Note]()

    def add(self, note: Note) -> None:
        """Write what is new of a trial. Raises OSError; what was not written goes with the next note."""
        self._waiting.append(note)
        lost = (self._folder / LOST).exists()
        try:
            _append_lines(self._folder / (LOST if lost else NOTES), self._waiting)
        except OSError:
            if not lost:  # a full disk renames
                with suppress(OSError):
                    (self._folder / NOTES).touch()
                    (self._folder / NOTES).rename(self._folder / LOST)
            raise
        self._waiting.clear()
        if lost:
            (self._folder / LOST).rename(self._folder / NOTES)


def _append_lines(file: Path, notes: Sequence[Note]) -> None:
    """Write notes to the end of a file. A new line before them keeps them apart from half of one."""
    rest = b"\n" + b"".join(json.dumps(note).encode() + b"\n" for note in notes)
    with file.open("ab", buffering=0) as opened:
        while rest:  # a disk that is nearly full takes a part
            rest = rest[opened.write(rest) :]


def load(folder: Path) -> list[Note]:
    """What a notebook wrote, in order; nothing where the loop left no checkpoint to go on from, or notes are missing.

    Then what there is is removed, for the trial begins anew.
    """
    if (folder / LOST).exists():
        remove(folder)
        return []
    notes = _read_notes(folder)
    if notes and not _has_files(own_folder(folder)):
        (folder / NOTES).unlink(missing_ok=True)
        return []
    return notes


def _read_notes(folder: Path) -> list[Note]:
    try:
        lines = (folder / NOTES).read_bytes().splitlines()
    except OSError:
        return []
    return [note for note in map(_read_note, lines) if note is not None]


def _read_note(line: bytes) -> Note | None:
    """A note; None of half a line, where a kill or a full disk cut it off: what it told is told again after it."""
    try:
        row, zero, used, start, rates, seconds, share = json.loads(line)
        return Note(row and Report(*row), zero, used, start, list(map(float, rates)), seconds, share)
    except (ValueError, TypeError):
        return None


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
