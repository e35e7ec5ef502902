"""A stack's snapshot: whether a stack can be in such a state, and the same state of other columns."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from ..schedules import Horizon
from ._backend import Backend
from ._idle import UNUSED
from ._member import Member

State = dict[str, Any]


def take_columns(state: State, columns: Sequence[int]) -> State:
    """The state with these columns of its tensors (K, ...), which may occur several times."""
    picked = list(columns)

    def take(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: tensor[picked] for name, tensor in tensors.items()}

    return state | {
        "parameters": take(state["parameters"]),
        "buffers": take(state["buffers"]),
        "optimizer": {slot: take(held) for slot, held in state["optimizer"].items()},
        "losses": [loss_K[picked] for loss_K in state["losses"]],
        "scores": [score_K[picked] for score_K in state["scores"]],
        "counts": None if state["counts"] is None else state["counts"][picked],
    }


def check_state(state: State, trials: int, horizon: Horizon, backend: Backend) -> None:
    """Raise ValueError, or what its values raise, where a state is none that a stack of so many trials can be in."""
    t, epoch, rows = state["t"], state["epoch"], state["rows"]
    updates, length = horizon.updates, horizon.updates_per_epoch
    if not 0 <= t <= updates or epoch != (t // length if t < updates else -(-t // length)):
        raise ValueError(f"update {t} of epoch {epoch} is none of {updates} updates, {length} an epoch")
    if rows != sorted(set(rows) & set(range(trials))) or len(state["members"]) != trials:
        raise ValueError(f"trials {rows} are none of a stack of {trials}")
    if rows:
        _check_shapes(backend, state, len(rows), max(t - epoch * length, 0))
    for values in state["members"]:
        Member.of_values(values)


def _check_shapes(backend: Backend, state: State, count: int, begun: int) -> None:
    """Raise ValueError where tensors are not those of so many trials, so many updates into an epoch."""
    tensors = state["parameters"] | state["buffers"]
    right = {name: (count, *tensor.shape[1:]) for name, tensor in backend.tensors().items()}
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if shapes != right or _slot_shapes(state["optimizer"], 0) != _slot_shapes(backend.state(), count):
        raise ValueError("its tensors have other names or shapes than the stack's")
    if [tuple(values_K.shape) for values_K in state["losses"] + state["scores"]] != 2 * begun * [(count,)]:
        raise ValueError(f"losses are not those of {begun} updates")


def _slot_shapes(slots: dict[str, dict[str, Tensor]], count: int) -> dict[tuple[str, str], tuple[int, ...]]:
    """The shape of all that an optimizer keeps; of so many trials, or of those it has where that is 0."""
    return {
        (slot, name): (count or len(tensor), *tensor.shape[1:])
        for slot, held in slots.items()
        if slot != UNUSED
        for name, tensor in held.items()
    }
