"""A task in files that other processes of this machine read: its arrays in one, all else in another, pickled."""

import atexit
import hashlib
import io
import os
import pickle
import shutil
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import torch

from ._base import Task
from ._pickling import dump_by_value
from ._split import Split


def write_parcel(task: Task) -> Path:
    """Write a task; its arrays only where no task before it had the same. The files go when this process ends.

    Raises OSError, and whatever pickling raises.
    """
    splits = {key: value for key, value in vars(task).items() if isinstance(value, Split)}
    others = {key: value for key, value in sorted(vars(task).items()) if key not in splits}
    content = io.BytesIO()
    pickle.dump([str(Path(folder).resolve()) for folder in sys.path], content)  # first: what follows imports from there
    dump_by_value((type(task), others, task.arrays), content)
    arrays = {key: [tensor.cpu().numpy() for tensor in split] for key, split in splits.items()}
    folder = _parcel_folder()
    if not (folder / task.arrays).exists():
        with (folder / "arrays").open("wb") as file:
            pickle.dump(arrays, file, protocol=5)
        (folder / "arrays").replace(folder / task.arrays)
    parcel = folder / hashlib.sha256(content.getbuffer()).hexdigest()[:32]
    parcel.write_bytes(content.getbuffer())
    return parcel


def read_parcel(file: Path) -> Task:
    """The task that `write_parcel` wrote into that file. Raises OSError, and whatever making it anew raises."""
    with file.open("rb") as opened:
        folders = pickle.load(opened)
        sys.path += [folder for folder in folders if folder not in sys.path]
        kind, others, name = pickle.load(opened)
    with (file.parent / name).open("rb") as opened:
        arrays = pickle.load(opened)
    task = kind.__new__(kind)
    splits = {key: Split(*(torch.from_numpy(array) for array in pair)) for key, pair in arrays.items()}
    task.__dict__.update(others | splits)
    return task


@lru_cache(maxsize=1)
def _parcel_folder() -> Path:
    """The folder of this process for what it sends, removed at its end."""
    folder, owner = Path(tempfile.mkdtemp(prefix="lrlab-tasks-")), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # not at the end of a process that was forked from it
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder
