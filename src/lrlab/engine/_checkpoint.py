"""A stack on disk: written whole or not at all, read as plain tensors and values.

Batches, augmentation and masks depend on (seed, update) alone, and a rule's state on the losses it was told, so neither
is saved: they are made again, the same to the bit.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import RunError
from ..spec import Epoch
from ._stack import Member, Stack

FORMAT = 3
SHARE = ".share"  # of the file beside a checkpoint that says how much of the stack is done: read while the stack runs


def save(stack: Stack, path: Path) -> None:
    """Write the stack. Raises RunError where the disk does not take it; what stood there before then still stands."""
    tensors, held = stack.backend.tensors(), stack.backend.state()
    trained = {name for slot in held.values() for name in slot}
    state = {
        "format": FORMAT,
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
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        path.with_suffix(SHARE).write_text(f"{stack.t / stack.horizon.updates:.4f}", encoding="ascii")
    except (OSError, RuntimeError) as error:  # torch turns some errors of the disk into its own
        beside.unlink(missing_ok=True)
        raise RunError(f"cannot write the checkpoint {path}: {error}; free some space and run again") from error


def restore(stack: Stack, path: Path) -> bool:
    """Put a fresh stack where the checkpoint stands. False, and nothing changed, where there is none that fits."""
    try:
        state = torch.load(path, map_location=stack.device, weights_only=True)
    except FileNotFoundError:
        return False
    except Exception as error:  # a damaged file raises all kinds of errors, with long advice
        raise RunError(
            f"cannot read the checkpoint {path} ({type(error).__name__}: it is damaged, or no checkpoint); "
            f"remove it, and its trials start again"
        ) from error
    fits = [trial.key for trial in stack.trials], stack.backend.name, FORMAT
    if (state["trials"], state["layout"], state["format"]) != fits:
        return False
    stack.members = [_member(values) for values in state["members"]]
    _replay(stack, state["epoch"])
    if state["rows"] != stack.rows:
        stack.keep(state["rows"])
    stack.t, stack.epoch = state["t"], state["epoch"]
    stack.losses, stack.scores = state["losses"], state["scores"]
    if stack.tally is not None:
        stack.tally.counts_K3C = state["counts"]
    stack.backend.load(state["parameters"] | state["buffers"], state["optimizer"], state["t"])
    torch.set_rng_state(state["generator"].cpu())
    return True


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
