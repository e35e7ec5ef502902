"""A stack on disk: written whole or not at all, read as plain tensors and values.

Batches, augmentation and masks depend on (seed, update) alone, and a rule's state on the losses it was told, so neither
is saved: they are made again, the same to the bit.
"""

import hashlib
import os
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np
import torch

from ..errors import RunError
from ..spec import Epoch
from ._stack import Member, Stack

HEAD = b"lrlab checkpoint 3\n"  # before the digest; another form has another number
DIGEST = 64  # hexadecimal digits of SHA-256
ZIP = b"PK"  # how checkpoints began that had no digest
SHARE = ".share"  # of the file beside a checkpoint that says how much of the stack is done: read while the stack runs


def save(stack: Stack, path: Path) -> None:
    """Write the stack. Raises RunError where the disk does not take it; what stood there before then still stands."""
    tensors, held = stack.backend.tensors(), stack.backend.state()
    trained = {name for slot in held.values() for name in slot}
    state = {
        "trials": [trial.key for trial in stack.trials],
        "layout": stack.backend.name,
        "t": stack.t,
        "epoch": stack.epoch,
        "rows": stack.rows,
        "parameters": {name: tensor for name, tensor in tensors.items() if name in trained},
        "buffers": {name: tensor for name, tensor in tensors.items() if name not in trained},
        "optimizer": held,
        "losses": stack.losses,
        "scores": stack.scores,
        "counts": None if stack.tally is None else stack.tally.counts_K3C,
        "generator": torch.get_rng_state(),
        "members": [_values(member) for member in stack.members],
    }
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            write_state(state, file)
        beside.replace(path)
    except BaseException as error:  # Ctrl-C too leaves no half of a file
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if not isinstance(error, OSError | RuntimeError):  # torch turns some errors of the disk into its own
            raise
        cause = error if isinstance(error, OSError) else error.__context__
        why = cause.strerror if isinstance(cause, OSError) else str(error).splitlines()[0]
        raise RunError(f"cannot write checkpoints to {path.parent}: {why}") from error
    with suppress(OSError):  # it is only shown
        path.with_suffix(SHARE).write_text(f"{stack.share:.9f}", encoding="ascii")


def restore(stack: Stack, path: Path) -> bool:
    """Put a fresh stack where the checkpoint stands. False, and nothing changed, where there is none of this stack.

    Raises RunError, and nothing is changed, where it is damaged or cannot be read.
    """
    try:
        with path.open("rb") as file:
            state = read_state(file, stack.device)
        if state is None or (state["trials"], state["layout"]) != (
            [trial.key for trial in stack.trials],
            stack.backend.name,
        ):
            return False
        _check(stack, state)
        members = [_member(values) for values in state["members"]]
    except (FileNotFoundError, NotADirectoryError):
        return False
    except MemoryError:
        raise
    except Exception as error:  # what can be wrong with a file raises all kinds of errors, with long advice
        why = str(error) if isinstance(error, OSError | ValueError) else type(error).__name__
        raise RunError(f"the checkpoint {path} cannot be used ({why.splitlines()[0]})") from error
    stack.members = members
    _replay(stack, state["epoch"])
    if state["rows"] != stack.rows:
        stack.keep(state["rows"])
    stack.t, stack.epoch = state["t"], state["epoch"]
    stack.losses, stack.scores = state["losses"], state["scores"]
    if stack.tally is not None:
        stack.tally.counts_K3C = state["counts"]
    if stack.rows:
        stack.backend.load(state["parameters"] | state["buffers"], state["optimizer"], state["t"])
    torch.set_rng_state(state["generator"].cpu())
    return True


def write_state(state: dict[str, Any], file: BinaryIO) -> None:
    """Write a state after its digest, and have it on the disk."""
    file.write(HEAD + bytes(DIGEST))
    hashed = _Hashed(file)
    torch.save(state, cast(IO[bytes], hashed))
    file.seek(len(HEAD))
    file.write(hashed.sha256.hexdigest().encode("ascii"))
    file.flush()
    os.fsync(file.fileno())


def read_state(file: BufferedReader, device: torch.device | str = "cpu") -> dict[str, Any] | None:
    """What `write_state` wrote; None for the form of an earlier version. Raises ValueError where a bit is another."""
    head = file.read(len(HEAD))
    if head.startswith(ZIP):
        return None
    noted = file.read(DIGEST)
    start = file.tell()
    if head != HEAD or hashlib.file_digest(file, "sha256").hexdigest().encode("ascii") != noted:
        raise ValueError("damaged: it is not what was written")
    file.seek(start)
    return torch.load(file, map_location=device, weights_only=True)


def share_done(path: Path) -> float:
    """How much of a stack is done, 0 to 1, as its checkpoint says; 0 where there is none."""
    try:
        return float(path.with_suffix(SHARE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0.0


def remove(path: Path) -> None:
    """Remove a checkpoint, if there is one."""
    path.unlink(missing_ok=True)
    path.with_suffix(SHARE).unlink(missing_ok=True)


class _Hashed:
    """A file that is written once from its place on, with the digest of what is written."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.sha256 = file, hashlib.sha256()

    def write(self, part: bytes) -> int:
        """Write a part."""
        self.sha256.update(part)
        return self.file.write(part)

    def flush(self) -> None:
        """Hand on what is buffered."""
        self.file.flush()


def _check(stack: Stack, state: dict[str, Any]) -> None:
    """Raise ValueError where a state is none that this stack can be in."""
    t, epoch, rows = state["t"], state["epoch"], state["rows"]
    updates, length = stack.horizon.updates, stack.horizon.updates_per_epoch
    if not 0 <= t <= updates or epoch != (t // length if t < updates else -(-t // length)):
        raise ValueError(f"update {t} of epoch {epoch} is none of {updates} updates, {length} an epoch")
    if rows != sorted(set(rows) & set(range(len(stack.trials)))) or len(state["members"]) != len(stack.trials):
        raise ValueError(f"trials {rows} are none of a stack of {len(stack.trials)}")
    if rows:
        _check_shapes(stack, state)


def _check_shapes(stack: Stack, state: dict[str, Any]) -> None:
    count, begun = len(state["rows"]), state["t"] - state["epoch"] * stack.horizon.updates_per_epoch
    tensors = state["parameters"] | state["buffers"]
    right = {name: (count, *tensor.shape[1:]) for name, tensor in stack.backend.tensors().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    held = {name: tuple(tensor.shape) for slot in state["optimizer"].values() for name, tensor in slot.items()}
    if found != right or held != {name: right[name] for name in held}:
        raise ValueError("its tensors have other names or shapes than the stack's")
    if [tuple(one.shape) for one in state["losses"] + state["scores"]] != 2 * max(begun, 0) * [(count,)]:
        raise ValueError(f"losses are not those of {max(begun, 0)} updates")


def _values(member: Member) -> dict[str, Any]:
    snapshots = {name: torch.from_numpy(array) for name, array in member.snapshots.items()}
    return vars(member) | {"epochs": [epoch.to_dict() for epoch in member.epochs], "snapshots": snapshots}


def _member(values: dict[str, Any]) -> Member:
    epochs = [Epoch.model_validate(epoch) for epoch in values["epochs"]]
    snapshots = {name: tensor.cpu().numpy() for name, tensor in values["snapshots"].items()}
    return Member(**values | {"epochs": epochs, "snapshots": snapshots})


def _replay(stack: Stack, epochs: int) -> None:
    """Tell the rules once more what they were told."""
    for epoch in range(epochs):
        noted = [member.epochs[epoch] if epoch < len(member.epochs) else Epoch.unmeasured() for member in stack.members]
        losses = [np.nan if one.validation_loss is None else one.validation_loss for one in noted]
        stack.values.tell(epoch, np.array(losses), np.array([one.train_loss is not None for one in noted]))
