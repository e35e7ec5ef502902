"""Weights that had no part in a trial's loss: torch's optimizers leave those as they are, momentum and decay too."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from ..errors import Unstackable
from ..spec import Optimizer

Tensors: TypeAlias = Mapping[str, Tensor]
Idle: TypeAlias = Mapping[
    str, Sequence[int]
]  # by the name of a parameter, the trials, as positions, without a gradient

UNUSED = "unused"  # the slot that says, of parameters that were idle, in which trials (K,) they always were
COUNTLESS = ("sgd", "rmsprop", "lion", "signum")  # optimizers to which it is all one how many updates came before


class Untouched:
    """The rows of an update that are to stay as they are: taken before it, put back after it.

    state: what the optimizer keeps, to which a slot is added. steps: how many updates there were. idle: as in
    `Layout.idle`. Raises Unstackable, and changes nothing, where a parameter is trained in some updates alone and the
    optimizer counts them.
    """

    def __init__(
        self, settings: Optimizer, state: dict[str, dict[str, Tensor]], steps: int, parameters: Tensors, idle: Idle
    ) -> None:
        _note_unused(settings, state, steps, parameters, idle)
        self._kept: list[tuple[Tensor, Tensor]] = []
        for name, rows in idle.items():
            held = [slots[name] for slot, slots in state.items() if slot not in (UNUSED, "trial") and name in slots]
            for tensor in (parameters[name], *held):
                parts = [tensor] if len(rows) == len(tensor) else [tensor[row] for row in rows]
                self._kept += [(part.detach(), part.detach().clone()) for part in parts]

    def put_back(self) -> None:
        """Let them stand where they stood."""
        for part, value in self._kept:
            part.copy_(value)


def _note_unused(
    settings: Optimizer, state: dict[str, dict[str, Tensor]], steps: int, parameters: Tensors, idle: Idle
) -> None:
    before, after, begun = state.get(UNUSED, {}), dict[str, Tensor](), steps > 0
    for name in {**before, **idle}:
        now = torch.zeros(len(parameters[name]), dtype=torch.bool)
        now[list(idle.get(name, ()))] = True
        so_far = before.get(name, torch.zeros_like(now)).cpu() if begun else torch.ones_like(now)
        if begun and not now.equal(so_far) and settings.name not in COUNTLESS:
            raise Unstackable(
                f"parameter {name} is trained in some updates and not in others, and {settings.name} counts the "
                "updates of each; use layout 'reference' (--engine reference)",
                name.rpartition(".")[0],
            )
        if (now & so_far).any():
            after[name] = now & so_far
    state.pop(UNUSED, None)
    if after:
        state[UNUSED] = after
