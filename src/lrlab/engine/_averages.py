"""Averages of weights on their way: of one trial the plain way, and of the trials of a stack at once.

In the weights' own precision, as `torch.optim.swa_utils.AveragedModel` keeps them. What is due follows from the update
index alone (`WeightAverage.mix`), so that a checkpoint holds the averaged weights and nothing else.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ..schedules import Horizon
from ..spec import Trial

Weights = dict[str, Tensor]
NOTHING = np.zeros(0)


class TrialAverage:
    """The average of one trial's weights, the plain way. held: the running average, or the latest checkpoints."""

    def __init__(self, trial: Trial, horizon: Horizon) -> None:
        self.most = 1 if trial.average is None else trial.average.checkpoints
        self.mix = NOTHING if trial.average is None else trial.average.mix(horizon)
        self.held: list[Weights] = []

    @torch.no_grad()
    def add(self, t: int, model: nn.Module) -> None:
        """Update t was done."""
        if not self.mix.size or self.mix[t] == 0:
            return
        weights = {name: weight.detach().clone() for name, weight in _trained(model).items()}
        if self.most > 1 or not self.held:
            self.held = [*self.held, weights][-self.most :]
        else:
            for name, mean in self.held[0].items():
                mean.lerp_(weights[name], float(self.mix[t]))

    def weights(self) -> Weights:
        """The averaged weights; none before it begins."""
        if not self.held:
            return {}
        return {name: torch.stack([weights[name] for weights in self.held]).mean(0) for name in self.held[0]}


def _trained(model: nn.Module) -> Weights:
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


class StackAverages:
    """The averages of the trials of a stack. rows: positions among the trials.

    means: of running averages, (A, *shape) by name, for the rows `running`. held: of an average of the latest
    checkpoints, by row, (n, *shape) by name. K trials, T updates.
    """

    def __init__(self, trials: Sequence[Trial], horizon: Horizon) -> None:
        averages = {row: trial.average for row, trial in enumerate(trials) if trial.average is not None}
        self.mix = {row: average.mix(horizon) for row, average in averages.items()}
        self.most = {row: average.checkpoints for row, average in averages.items()}
        self.running = [row for row, most in self.most.items() if most == 1]
        self.means: Weights = {}
        self.held: dict[int, Weights] = {row: {} for row, most in self.most.items() if most > 1}

    @property
    def copies(self) -> int:
        """The most copies of the weights that a trial holds: its average's, and one while that is evaluated."""
        return max(self.most.values()) + 1 if self.most else 0

    def is_due(self, t: int) -> bool:
        """Whether an average takes in the weights after update t."""
        return any(mix[t] != 0 for mix in self.mix.values())

    def is_evaluated(self, row: int, t: int) -> bool:
        """Whether a trial is evaluated under its average before update t."""
        return row in self.mix and bool(self.mix[row][:t].any())

    @torch.no_grad()
    def add(self, t: int, weights: Mapping[str, Tensor], columns: Mapping[int, int]) -> None:
        """Update t was done. weights: the trained ones after it, (K, *shape). columns: of each trial, of the K."""
        if any(self.mix[row][t] for row in self.running):
            self._add_running(t, weights, [columns[row] for row in self.running])
        for row in self.held:
            if self.mix[row][t] != 0:
                self._add_checkpoint(row, {name: weight[columns[row]] for name, weight in weights.items()})

    def _add_running(self, t: int, weights: Mapping[str, Tensor], columns: list[int]) -> None:
        mix_A = np.array([self.mix[row][t] for row in self.running])
        for name, weight in weights.items():
            own = weight if columns == list(range(len(weight))) else weight[columns]
            if name not in self.means:
                self.means[name] = own.clone()
            share = torch.as_tensor(mix_A, dtype=own.dtype, device=own.device).view(-1, *[1] * (own.ndim - 1))
            self.means[name].lerp_(own, share)

    def _add_checkpoint(self, row: int, weights: Weights) -> None:
        held, most = self.held[row], self.most[row]
        for name, weight in weights.items():
            before = held[name][-(most - 1) :] if name in held else weight[None][:0]
            held[name] = torch.cat([before, weight[None]])

    def evaluated(self, t: int, weights: Mapping[str, Tensor], shown: Sequence[int]) -> Weights:
        """The weights that are evaluated before update t, (K, *shape): averages, and the others' as they are.

        shown: the trial of each of the K.
        """
        evaluated = {name: weight.clone() for name, weight in weights.items()}
        for column, row in enumerate(shown):
            if self.is_evaluated(row, t):
                for name, own in self._average_of(row).items():
                    evaluated[name][column] = own
        return evaluated

    def _average_of(self, row: int) -> Weights:
        if row in self.held:
            return {name: checkpoints.mean(0) for name, checkpoints in self.held[row].items()}
        return {name: mean[self.running.index(row)] for name, mean in self.means.items()}

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all trials but these."""
        places = [place for place, row in enumerate(self.running) if row in rows]
        self.means = {name: mean[places] for name, mean in self.means.items()}
        self.running = [self.running[place] for place in places]
        self.held = {row: held for row, held in self.held.items() if row in rows}
        self.mix = {row: mix for row, mix in self.mix.items() if row in rows}

    def to_values(self, count: int) -> list[Weights]:
        """Of each of so many trials what it holds, (n, *shape) by name; nothing of others."""
        values: list[Weights] = [{} for _ in range(count)]
        for place, row in enumerate(self.running):
            values[row] = {name: mean[place][None].clone() for name, mean in self.means.items()}
        for row, held in self.held.items():
            values[row] = dict(held)
        return values

    def load(self, values: Sequence[Weights]) -> None:
        """Hold what `to_values` was given of."""
        names = values[self.running[0]] if self.running else {}
        self.means = {name: torch.cat([values[row][name] for row in self.running]) for name in names}
        self.held = {row: dict(values[row]) for row in self.held}
