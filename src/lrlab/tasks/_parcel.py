"""A task in files that other processes read: its arrays in one, all else in another, pickled."""

import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch

from ._base import Task
from ._pickling import dump_by_value
from ._sent import read_sent, sent_folder, write_sent
from ._split import Split
from ._trees import leaves_of, rebuild

ARRAYS = ".arrays"  # how the name of the file beside that of the task ends


def write_parcel(task: Task, away: bool = False) -> Path:
    """Write a task; its arrays only where no task before it had the same. The files go when this process ends.

    away: for other machines, which have none of the user's modules. Raises OSError, and whatever pickling raises.
    """
    splits = {key: value for key, value in vars(task).items() if isinstance(value, Split)}
    others = {key: value for key, value in sorted(vars(task).items()) if key not in splits}
    folder = sent_folder()
    if not (folder / task.arrays).exists():
        with (folder / "arrays").open("wb") as file:
            for tensor in (tensor for split in splits.values() for tensor in _tensors_of(split)):
                np.save(file, tensor.cpu().numpy(), allow_pickle=False)
        (folder / "arrays").replace(folder / task.arrays)
    file = write_sent((type(task), others, _forms_of(splits)), partial(dump_by_value, away=away))
    _put_beside(folder / task.arrays, file.with_name(f"{file.name}{ARRAYS}"))
    return file


def read_parcel(file: Path) -> Task:
    """The task that `write_parcel` wrote into that file. Raises OSError, and whatever making it again raises."""
    kind, others, forms = read_sent(file)
    with file.with_name(f"{file.name}{ARRAYS}").open("rb") as opened:
        splits = {key: _read_split(opened, form) for key, form in forms.items()}
    task = kind.__new__(kind)
    task.__dict__.update(others | splits)
    return task


def _tensors_of(split: Split) -> list[torch.Tensor]:
    return [*leaves_of(split.inputs), split.labels]


def _forms_of(splits: dict[str, Split]) -> dict[str, Any]:
    """Of each split the form of its inputs, with numbers in the place of tensors."""
    return {key: rebuild(split.inputs, range(len(leaves_of(split.inputs)))) for key, split in splits.items()}


def _read_split(file: BinaryIO, form: Any) -> Split:
    inputs = rebuild(form, [_read_tensor(file) for _ in leaves_of(form)])
    return Split(inputs, _read_tensor(file))


def _read_tensor(file: BinaryIO) -> torch.Tensor:
    return torch.from_numpy(np.load(file, allow_pickle=False))


def _put_beside(arrays: Path, place: Path) -> None:
    """Have the arrays under this name too, at no cost where the system links files."""
    if place.exists():
        return
    try:
        os.link(arrays, place)
    except OSError:
        shutil.copyfile(arrays, place)
