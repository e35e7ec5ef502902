"""What lrlab itself keeps of a trial under way, beside the folder that it hands the loop for its checkpoints."""

import hashlib
import json
import shutil
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import LabWarning
from ._reports import Report

# Of the notes: a line for each report, after its digest, so that a kill takes nothing that was reported.
NOTES = "run.jsonl"
LOST = "run.lost"  # their name while some could not be written
SIZE = "run.size"  # of the file beside them that says, after a digest, how many bytes of notes there are at least
DIGEST = 16  # hexadecimal digits of SHA-256
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
            size = _append_lines(self._folder / (LOST if lost else NOTES), self._waiting)
        except OSError:
            if not lost:  # a full disk renames
                with suppress(OSError):
                    (self._folder / NOTES).touch()
                    (self._folder / NOTES).rename(self._folder / LOST)
            raise
        self._waiting.clear()
        _write_size(self._folder, size)
        if lost:
            (self._folder / LOST).rename(self._folder / NOTES)


def _append_lines(file: Path, notes: Sequence[Note]) -> int:
    """Write notes to the end of a file; how long it is then. Raises OSError, with nothing written."""
    rest = lines = b"".join(_signed(json.dumps(note).encode()) for note in notes)
    with file.open("ab", buffering=0) as opened:
        before = opened.tell()
        try:
            while rest:  # a disk that is nearly full takes a part
                rest = rest[opened.write(rest) :]
        except OSError:
            with suppress(OSError):
                opened.truncate(before)  # half a line would spoil the next one
            raise
        return before + len(lines)


def _write_size(folder: Path, size: int) -> None:
    """Note how long the notes are; where the disk refuses, the file says less, and less is looked at."""
    beside = folder / f"{SIZE}.part"
    with suppress(OSError):
        beside.write_bytes(_signed(str(size).encode()))
        beside.replace(folder / SIZE)


def load(folder: Path) -> list[Note]:
    """What a notebook wrote, in order; nothing where the loop left no checkpoint to go on from, or notes are missing.

    Then the notes are removed, for the trial starts over. So it does, without the loop's checkpoints, and with a
    LabWarning, where the notes are not what was written; and where some could not be written. A line that a kill cut
    off is none.
    """
    if (folder / LOST).exists():
        remove(folder)
        return []
    notes = _read_notes(folder)
    if notes is None:
        warnings.warn(
            f"what was noted in {folder} of a trial under way is damaged: it is not what was written; the trial "
            f"starts over",
            LabWarning,
            stacklevel=2,
        )
        remove(own_folder(folder))
        own_folder(folder).mkdir()
    if not notes or not _has_files(own_folder(folder)):
        for name in (NOTES, SIZE):
            (folder / name).unlink(missing_ok=True)
        return []
    _cut_half_line(folder / NOTES)
    return notes


def _signed(line: bytes) -> bytes:
    """A line after its digest."""
    return _digest(line) + b" " + line + b"\n"


def _digest(line: bytes) -> bytes:
    return hashlib.sha256(line).hexdigest()[:DIGEST].encode()


def _read_signed(line: bytes) -> bytes:
    """A line without its digest. Raises ValueError where a bit is another."""
    if _digest(line[DIGEST + 1 :]) != line[:DIGEST] or line[DIGEST : DIGEST + 1] != b" ":
        raise ValueError("damaged")
    return line[DIGEST + 1 :]


def _read_notes(folder: Path) -> list[Note] | None:
    """The notes; none where there is no file, None where it is damaged."""
    content, size = _content_of(folder / NOTES), _content_of(folder / SIZE)
    *lines, _ = content.split(b"\n")  # after the last end of a line stands what a kill cut off
    try:
        least = int(_read_signed(size.removesuffix(b"\n"))) if size or len(lines) > 1 else 0
        if len(content) < least or (least and content[least - 1] != ord("\n")):
            return None
        return [_note_of(json.loads(_read_signed(line))) for line in lines]
    except (ValueError, TypeError):
        return None


def _content_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _note_of(values: list[Any]) -> Note:
    row, zero, used, start, rates, seconds, share = values
    return Note(row and Report(*row), zero, used, start, list(map(float, rates)), seconds, share)


def _cut_half_line(file: Path) -> None:
    """Let the next note begin a line of its own."""
    content = file.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with suppress(OSError), file.open("r+b") as opened:
            opened.truncate(whole)


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
