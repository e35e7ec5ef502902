"""What lrlab itself keeps of a trial under way, beside the folder that it hands the loop for its checkpoints."""

import errno
import hashlib
import json
import os
import shutil
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import LabWarning
from ._reports import Report

NOTES = (
    "run.jsonl"  # its name; a line for each report, after its digest, so that a kill takes nothing that was reported
)
SIZE = "run.size"  # of the file beside it that says, after a digest, how many bytes of notes there are at least
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


def append(folder: Path, note: Note) -> None:
    """Write what is new of a trial. Raises OSError."""
    line = _signed(json.dumps(note).encode())
    with (folder / NOTES).open("ab", buffering=0) as file:
        size = file.tell() + len(line)
        if file.write(line) < len(line):
            file.truncate(size - len(line))  # half a line would spoil the next one
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    beside = folder / f"{SIZE}.part"
    beside.write_bytes(_signed(str(size).encode()))
    beside.replace(folder / SIZE)


def load(folder: Path) -> list[Note]:
    """What `append` wrote, in order; nothing where the loop left no checkpoint to go on from.

    Then the notes are removed, for the trial begins anew. So it does, without the loop's checkpoints, and with a
    LabWarning, where the notes are not what was written. A line that a kill cut off is none.
    """
    notes = _read_notes(folder)
    if notes is None:
        warnings.warn(
            f"what was noted in {folder} of a trial under way is damaged: it is not what was written; the trial begins "
            f"anew",
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
        if len(content) < least:
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
