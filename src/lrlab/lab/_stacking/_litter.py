"""Checkpoints beside a store, and what interrupted runs leave there."""

import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from ...spec import StackPlan, Trial
from ...store import Store

NAME = re.compile(r"([0-9a-f]{16})\.(pt|share|pt\.\d+\.part)")  # of the files there: all others are left alone

FOLDER = re.compile(r"[0-9a-f]{16}\.run")  # of a trial of a user's own loop


def checkpoint(store: Store, stack: StackPlan | str) -> Path:
    """Where a stack under way, itself or by its key, keeps its checkpoint."""
    return _checkpoint_folder(store) / f"{stack if isinstance(stack, str) else stack.key}.pt"


def loop_folder(store: Store, trial: Trial) -> Path:
    """Where a trial of a user's own loop keeps its checkpoints, while it is under way."""
    return _checkpoint_folder(store) / f"{trial.key}.run"


def folders_of_loops(store: Store) -> dict[str, Path]:
    """The folders of trials of the user's own loops that lie beside a store, by the trial's key."""
    try:
        return {file.stem: file for file in sorted(_checkpoint_folder(store).iterdir()) if FOLDER.fullmatch(file.name)}
    except OSError:  # there is no folder of checkpoints
        return {}


def clear_stopped(store: Store, trials: Mapping[str, Trial]) -> None:
    """Remove the checkpoints of trials, by key, that halving has stopped: nobody goes on with them.

    Nothing is removed, here and by the other functions, while the disk refuses what the store holds: a run that loses
    it begins from these checkpoints.
    """
    if store.behind:
        return
    stopped = trials.keys() - store.ended(trials)
    with suppress(OSError):
        for key in stopped:
            shutil.rmtree(loop_folder(store, trials[key]), ignore_errors=True)
        for stack in store.stacks(stopped):
            if stack.rung:
                remove_checkpoint_of(store, stack.key)


def remove_checkpoint_of(store: Store, stack: str) -> None:
    """Remove the checkpoint of a stack (its key), if there is one."""
    from ...engine import remove_checkpoint

    if not store.behind:
        remove_checkpoint(checkpoint(store, stack))


def tidy(store: Store, ended: bool = False) -> None:
    """Remove halves of checkpoints, and those of stacks whose trials are all stored or belong to other stacks by now.

    Only while no stack is under way. ended: a run is over, so that a stack this store does not know, as one of a store
    that was removed, has nobody left who goes on with it.
    """
    if store.behind:
        return
    with suppress(OSError):  # what cannot be removed is no fault of the run
        remove_files(leftovers(store, ended))
        _checkpoint_folder(store).rmdir()


def remove_files(files: Iterable[Path]) -> None:
    """Remove files and folders with all that is in them. Raises OSError where a file stays."""
    for file in files:
        if file.is_dir():
            shutil.rmtree(file, ignore_errors=True)
        else:
            file.unlink()


def leftovers(store: Store, ended: bool = False) -> tuple[Path, ...]:
    """The files and folders that `tidy` removes. Raises OSError."""
    folder = _checkpoint_folder(store)
    ended = ended and not _shares_folder(store)
    return tuple(file for file in sorted(folder.iterdir()) if _is_left_over(file, store, ended))


def _is_left_over(file: Path, store: Store, ended: bool) -> bool:
    if FOLDER.fullmatch(file.name):
        return bool(store.ended([file.stem]))
    match = NAME.fullmatch(file.name)
    if match is None:
        return False
    wanted = store.wanted(match[1])
    return match[2].endswith("part") or wanted is False or (wanted is None and ended)


def _checkpoint_folder(store: Store) -> Path:
    """From the root on, as whoever trains may change the folder of its process."""
    return store.path.with_name(f"{store.path.stem}-checkpoints").absolute()


def _shares_folder(store: Store) -> bool:
    """Whether another store may keep its checkpoints in the same folder: records.db and records.sqlite do."""
    own = store.path.name
    return any(not path.name.startswith(own) for path in store.path.parent.glob(f"{store.path.stem}.*"))
