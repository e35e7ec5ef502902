"""The optimizers of `spec.OPTIMIZERS` over K trials at once: every tensor (K, ...), every rate its own trial's.

The arithmetic is that of the plain loop's optimizers, term for term, with a column of values where they have one
number. Nothing is summed over the trials, so one that leaves the finite numbers changes no other.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..spec import OPTIMIZERS, Optimizer
from ._idle import UNUSED, Idle, Untouched
from ._parameter_groups import ParameterGroup
from ._stack_numbers import (
    FieldValues,
    Steps,
    UpdateNumbers,
    adafactor_numbers,
    adam_numbers,
    lamb_numbers,
    momentum_numbers,
    nadam_numbers,
    prodigy_numbers,
    radam_numbers,
    schedule_free_numbers,
    sign_numbers,
)
from ._stack_updates import Multiplier as Multiplier
from ._stack_updates import Multipliers as Multipliers
from ._stack_updates import (
    State,
    Tensors,
    Update,
    begin_nadam,
    begin_prodigy,
    begin_schedule_free,
    norms,
    start_adafactor,
    start_nadam,
    start_prodigy,
    start_schedule_free,
    start_zeros,
    update_adafactor,
    update_adam,
    update_adamw,
    update_lamb,
    update_lion,
    update_muon,
    update_nadamw,
    update_prodigy,
    update_radamw,
    update_rmsprop,
    update_schedule_free,
    update_sgd,
    update_signum,
)

TINY = 1e-6  # what torch's clipping adds to the norm


class Arithmetic(NamedTuple):
    """An optimizer's update: what it multiplies by (see `StackOptimizer.numbers`), and the update itself.

    start: its slots before the first update, of parameters (K, ...). begin: done before the groups of an update, with
    all parameters and gradients and the numbers of the first group.
    """

    numbers: Callable[[Optimizer, FieldValues, Steps], UpdateNumbers]
    update: Callable[[Update], None]
    start: Callable[[Sequence[str], Tensors], State] = start_zeros
    begin: Callable[[Update], None] | None = None


ARITHMETIC = {
    "sgd": Arithmetic(momentum_numbers, update_sgd),
    "rmsprop": Arithmetic(momentum_numbers, update_rmsprop),
    "adam": Arithmetic(adam_numbers, update_adam),
    "adamw": Arithmetic(adam_numbers, update_adamw),
    "nadamw": Arithmetic(nadam_numbers, update_nadamw, start_nadam, begin_nadam),
    "radamw": Arithmetic(radam_numbers, update_radamw),
    "lamb": Arithmetic(lamb_numbers, update_lamb),
    "adafactor": Arithmetic(adafactor_numbers, update_adafactor, start_adafactor),
    "lion": Arithmetic(sign_numbers, update_lion),
    "signum": Arithmetic(sign_numbers, update_signum),
    "muon": Arithmetic(adam_numbers, update_muon),
    "schedule_free_sgd": Arithmetic(
        schedule_free_numbers,
        update_schedule_free,
        start_schedule_free,
        begin_schedule_free,
    ),
    "schedule_free_adamw": Arithmetic(
        schedule_free_numbers,
        update_schedule_free,
        start_schedule_free,
        begin_schedule_free,
    ),
    "prodigy": Arithmetic(prodigy_numbers, update_prodigy, start_prodigy, begin_prodigy),
}


class StackOptimizer:
    """The optimizer of a stack. state[slot][parameter] is (K, ...); state["trial"] has numbers of each trial, (K,).

    settings: those all trials share; momentum and weight decay come with each step. groups: those of
    `parameter_groups`; one of all parameters unless given.
    """

    def __init__(
        self, settings: Optimizer, parameters: Mapping[str, Tensor], groups: Sequence[ParameterGroup] | None = None
    ) -> None:
        self.settings, self.steps = settings, 0
        self.groups = list(groups or [ParameterGroup(tuple(parameters), settings.name)])
        weights = {name: tensor.detach() for name, tensor in parameters.items()}
        self.state: State = ARITHMETIC[settings.name].start(OPTIMIZERS[settings.name].slots, weights)

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all trials but these."""
        chosen = list(rows)
        self.state = {
            slot: {name: tensor[chosen] for name, tensor in tensors.items()} for slot, tensors in self.state.items()
        }

    def numbers(self, values_F: NDArray[np.float64], steps: int | NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
        """What an update multiplies by, from values (F, ...) with fields as in `schedules.FIELDS`; each of shape (...).

        steps: the number of the update, counted from 1 (Adam corrects its means by it). Where there are several groups,
        the names of each begin with its place, as "1.down".
        """
        named: UpdateNumbers = {}
        rate, momentum, decay = values_F
        for place, group in enumerate(self.groups):
            values = np.stack([rate * group.rate, momentum, decay * group.decay])
            own = ARITHMETIC[group.optimizer].numbers(self.settings, values, steps)
            named |= {f"{self._prefix(place)}{name}": number for name, number in own.items()}
        return named

    def multipliers(self, values_FK: NDArray[np.float64], like: Tensor) -> Multipliers:
        """The numbers of the next update, where `like` lies and as precise."""
        named = self.numbers(values_FK, self.steps + 1).items()
        return {
            name: Multiplier(_to_tensor(number_K, like), bool(number_K.any()), bool(number_K.all()))
            for name, number_K in named
        }

    @torch.no_grad()
    def step(self, parameters: Tensors, gradients: Tensors, multipliers: Multipliers, idle: Idle | None = None) -> None:
        """One update with these multipliers. Parameters change in place; idle ones do not (`Layout.idle`).

        Raises Unstackable, and nothing is changed, as `Untouched` does.
        """
        if idle or UNUSED in self.state:
            untouched = Untouched(self.settings, self.state, self.steps, parameters, idle or {})
            self._step_all(parameters, gradients, multipliers)
            untouched.put_back()
        else:
            self._step_all(parameters, gradients, multipliers)

    def _step_all(self, parameters: Tensors, gradients: Tensors, multipliers: Multipliers) -> None:
        self.steps += 1
        if self.settings.clip is not None:
            gradients = _clip_gradients(gradients, self.settings.clip)
        begin = ARITHMETIC[self.settings.name].begin
        if begin is not None:
            begin(Update(self.settings, self.state, parameters, gradients, self._numbers_of(0, multipliers)))
        for place, group in enumerate(self.groups):
            weights = {name: parameters[name] for name in group.names}
            own = self._numbers_of(place, multipliers)
            ARITHMETIC[group.optimizer].update(Update(self.settings, self.state, weights, gradients, own))

    def evaluation_weights(self) -> Tensors:
        """The weights (K, ...) that evaluation uses, where they are others than those trained. Its own memory."""
        slot = OPTIMIZERS[self.settings.name].evaluates
        return self.state[slot] if slot else {}

    def _prefix(self, place: int) -> str:
        return f"{place}." if len(self.groups) > 1 else ""

    def _numbers_of(self, place: int, multipliers: Multipliers) -> Multipliers:
        prefix = self._prefix(place)
        return {name.removeprefix(prefix): number for name, number in multipliers.items() if name.startswith(prefix)}


def _to_tensor(number_K: NDArray[np.float64], like: Tensor) -> Tensor:
    return torch.tensor(number_K, dtype=like.dtype, device=like.device)


def _clip_gradients(gradients: Tensors, limit: float) -> Tensors:
    """The gradients, those of each trial scaled down to a whole norm of at most the limit."""
    norms_PK = torch.stack([norms(gradient) for gradient in gradients.values()])
    share_K = (limit / (norms_PK.norm(dim=0) + TINY)).clamp(max=1.0)
    return {name: gradient * share_K.view(-1, *(1,) * (gradient.ndim - 1)) for name, gradient in gradients.items()}
