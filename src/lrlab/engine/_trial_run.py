"""A trial of the plain loop on its way: its parts, and how they go into a checkpoint and come out of it."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..spec import PLAIN_LOOP, Epoch, Trial
from ..tasks import Split, Task, call_model
from ._averages import TrialAverage
from ._evaluation_weights import EvaluationWeights
from ._measure import Stopwatch
from ._noise import Noise, key_dropout
from ._norms import estimate_norms, statistics_updates
from ._optimizer import evaluation_weights, make_optimizer
from ._parts import parts_of_update
from ._precision import dtype_of, rounding
from ._randomness import epoch_batches, generator, initial_model, stream
from ._steps import draw_apart, generator_values, set_generators
from ._values import TrialValues


class TrialRun:
    """The parts that the loop moves forward. It runs where the task's tensors are."""

    def __init__(self, trial: Trial, task: Task) -> None:
        self.trial, self.task = trial, task.of_seed(trial.seed)
        self.device, self.dtype = task.device, dtype_of(trial.precision)
        self.horizon = trial.horizon(task.examples)
        self.values = TrialValues(trial, self.horizon)
        self.noise = Noise([trial.seed])  # dropout's masks
        model = key_dropout(initial_model(task.model, trial.seed), self.noise)
        self.model = model.to(self.device, self.dtype).train()
        self.optimizer = make_optimizer(self.model, trial.optimizer)
        self.average = TrialAverage(trial, self.horizon)
        self.t = 0  # the next update
        self.epochs: list[Epoch] = []
        self.diverged = False
        self.training, self.evaluating = Stopwatch(), Stopwatch()
        self.snapshots: dict[str, np.ndarray] = {}

    @property
    def finished(self) -> bool:
        """Whether no update is left to it."""
        return self.diverged or self.t >= self.horizon.updates

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        return 1.0 if self.diverged else self.t / self.horizon.updates

    def evaluation_tensors(self) -> dict[str, Tensor]:
        """Weights and buffers that evaluation has in the place of the training ones; none where they are the same."""
        own = evaluation_weights(self.optimizer, self.model) or self.average.weights()
        return own | self._statistics_under(own) if own else {}

    def _statistics_under(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """The buffers under these weights, batch norm's statistics estimated again; the model is left as it was."""
        trained = {name: tensor.clone() for name, tensor in self.tensors().items()}
        generators = generator_values(self.device)
        self.put(weights)
        with self.noise.aside():
            estimate_norms(self.model, self._statistics_passes())
        held = dict(self.model.named_buffers())
        buffers = {name: buffer.clone() for name, buffer in held.items() if buffer.is_floating_point()}  # no counts
        self.put(trained)
        set_generators(generators, self.device)
        return buffers

    def at_evaluation(self) -> EvaluationWeights:
        """For a block in which the model is looked at; see `EvaluationWeights`."""
        return EvaluationWeights(self, self.evaluation_tensors)

    def tensors(self) -> dict[str, Tensor]:
        """See `Holder.tensors`. The memory is the model's own."""
        named = dict(self.model.named_parameters()) | dict(self.model.named_buffers())
        return {name: tensor.detach() for name, tensor in named.items()}

    def put(self, tensors: dict[str, Tensor]) -> None:
        """See `Holder.put`."""
        parameters = dict(self.model.named_parameters())
        for name, tensor in tensors.items():
            if name in parameters:
                parameters[name].detach().copy_(tensor)
            else:
                _set_buffer(self.model, name, tensor)

    def snapshot(self) -> dict[str, Any]:
        """All that is not made again from the trial, at an epoch's end: what `restore` takes."""
        return {
            "trials": [self.trial.key],
            "layout": PLAIN_LOOP,
            "t": self.t,
            "epochs": [epoch.to_dict() for epoch in self.epochs],
            "diverged": self.diverged,
            "parameters": dict(self.model.named_parameters()),
            "buffers": dict(self.model.named_buffers()),
            "optimizer": self.optimizer.state_dict(),
            "seconds": [self.training.seconds, self.evaluating.seconds],
            "snapshots": {name: torch.from_numpy(array) for name, array in self.snapshots.items()},
            "generators": generator_values(self.device),
            **({"average": self.average.held} if self.average.held else {}),
        }

    def can_restore(self, state: dict[str, Any]) -> bool:
        """Whether a snapshot is of this trial. Raises ValueError where it is, but the trial can be in no such state."""
        if (state["trials"], state["layout"]) != ([self.trial.key], PLAIN_LOOP):
            return False
        t, epochs, length = state["t"], len(state["epochs"]), self.horizon.updates_per_epoch
        if t != min(epochs * length, self.horizon.updates) and not state["diverged"]:
            raise ValueError(f"update {t} is not the end of epoch {epochs} of {length} updates")
        own = {name: tensor.shape for name, tensor in self.model.named_parameters()}
        if {name: tensor.shape for name, tensor in state["parameters"].items()} != own:
            raise ValueError("its tensors have other names or shapes than the model's")
        return True

    @torch.no_grad()
    def restore(self, state: dict[str, Any]) -> None:
        """Put a fresh run where a snapshot was taken that it can restore."""
        for name, parameter in self.model.named_parameters():
            parameter.copy_(state["parameters"][name])
        for name, tensor in state["buffers"].items():
            _set_buffer(self.model, name, tensor)
        self.optimizer.load_state_dict(state["optimizer"])
        self.t, self.diverged = state["t"], state["diverged"]
        self.epochs = [Epoch.model_validate(epoch) for epoch in state["epochs"]]
        for number, epoch in enumerate(self.epochs):  # a rule is told once more what it was told
            if epoch.train_loss is not None:
                self.values.tell(number, epoch.validation_loss)
        self.training.seconds, self.evaluating.seconds = state["seconds"]
        self.snapshots = {name: tensor.cpu().numpy() for name, tensor in state["snapshots"].items()}
        self.average.held = state.get("average", [])
        set_generators(state["generators"], self.device)

    def _statistics_passes(self) -> Iterator[Callable[[], object]]:
        """A pass over the batch of each update t < 0 that statistics are estimated on, in training mode."""
        updates = statistics_updates(self.horizon)
        with closing(self._batches_before()) as batches:
            for t, batch in zip(updates, batches, strict=False):  # an epoch may have more
                yield partial(self._pass_over, t, batch)

    def _batches_before(self) -> Generator[Split, None, None]:
        """The batches of the epoch before the first."""
        seed, size, task = self.trial.seed, self.trial.update_size, self.task
        if "train" in task.streams:
            loaded = (batch for batch in task.batches("train", size) if len(batch.labels) == size)
            yield from draw_apart(loaded, stream(seed, "order", -1), self.device)
            return
        for examples in epoch_batches(task.examples, size, seed, -1):
            yield task.train.take(examples.to(self.device))

    def _pass_over(self, t: int, batch: Split) -> None:
        trial, draws = self.trial, generator(self.device, self.trial.seed, "augment", t)
        inputs = self.task.prepare(batch.inputs, generator=draws, dtype=self.dtype)
        for part in parts_of_update(inputs, batch.labels, trial.optimizer.accumulate):
            self.noise.t = t * trial.optimizer.accumulate + part.number
            with rounding(trial.precision, self.device):
                call_model(self.model, part.inputs)


def _set_buffer(model: nn.Module, name: str, value: Tensor) -> None:
    """Give a buffer its value, in place where the shape allows: another may be the same tensor."""
    path, _, leaf = name.rpartition(".")
    module = model.get_submodule(path)
    old = module._buffers.get(leaf)
    if old is not None and old.shape == value.shape:
        old.copy_(value)
    else:  # it changes its shape as the model runs, or is made then
        module._buffers[leaf] = value
