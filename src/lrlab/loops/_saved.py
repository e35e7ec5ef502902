"""What lrlab itself keeps of a trial under way, beside the folder that it hands the loop for its checkpoints."""

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._reports import Report

NOTES, RATES = "run.json", "rates.npy"  # their names
OWN = "checkpoints"  # the folder of the loop itself, beside these


class Saved(NamedTuple):
    """Reports and rates of the attempts before, and the seconds they took. zero: as in `Reports`."""

    rows: list[Report]
    zero: bool | None
    rates: NDArray[np.float64]
    made: int
    seconds: float
    share: float


def own_folder(folder: Path) -> Path:
    """The loop's own folder within that of a trial."""
    return folder / OWN


def save(folder: Path, saved: Saved) -> None:
    """Write what is known of a trial. Raises OSError."""
    rows = [[row.number, row.update, row.values] for row in saved.rows]
    notes = {"rows": rows, "zero": saved.zero, "made": saved.made, "seconds": saved.seconds, "share": saved.share}
    _write_whole(folder / RATES, lambda file: np.save(file, saved.rates))
    _write_whole(folder / NOTES, lambda file: file.write(json.dumps(notes).encode()))


def load(folder: Path) -> Saved | None:
    """What `save` wrote; None where there is nothing, or where the loop left no checkpoint to go on from."""
    try:
        notes = json.loads((folder / NOTES).read_bytes())
        rates = np.load(folder / RATES, allow_pickle=False)
        if not any(own_folder(folder).iterdir()):
            return None
        rows = [Report(number, update, values) for number, update, values in notes["rows"]]
        return Saved(rows, notes["zero"], rates, notes["made"], notes["seconds"], notes["share"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def share_saved(folder: Path) -> float:
    """How much of a trial is done, 0 to 1, as its notes say; 0 where there are none."""
    saved = load(folder)
    return 0.0 if saved is None else saved.share


def remove(folder: Path) -> None:
    """Remove the folder of a trial that has ended, if there is one."""
    shutil.rmtree(folder, ignore_errors=True)


def _write_whole(path: Path, write: Any) -> None:
    """Write a file whole, or leave what stood there."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            write(file)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
