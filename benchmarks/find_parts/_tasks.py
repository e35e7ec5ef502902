"""The built-in tasks: full grids, range tests and sweeps, trained as stacks on a part of the data."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch

from lrlab.engine import train_stack
from lrlab.lab import MeasuredRates, SweepSubject, lengths_of, sweep_rates, usual_rates
from lrlab.rules import parse
from lrlab.spec import Optimizer, RangeTest, Record, Trial
from lrlab.tasks import Task, get, resolve

from ._rivals import UPDATES
from ._rivals import sweep_rates as swept

BATCH, AT_ONCE = 32, 64
EVALUATED = 1000  # examples of validation and test


class TaskCase(NamedTuple):
    """A task under an optimizer. length: updates of a full training. examples: of the training data; 0: all."""

    task: str
    optimizer: str
    length: int
    examples: int

    @property
    def name(self) -> str:
        return f"{self.task}, {self.optimizer}"

    @property
    def plans(self) -> tuple[str, ...]:
        return ("constant", "cosine")

    def load(self) -> Task:
        task = get(resolve(self.task).where)
        return task.head(train=self.examples, validation=EVALUATED, test=EVALUATED) if self.examples else task

    def rates(self) -> tuple[float, ...]:
        return usual_rates(self.optimizer)

    def train(self, task: Task, rates: Sequence[float], seeds: Sequence[int], updates: int, plan: str) -> list[Record]:
        """Records, seed by seed and rate by rate."""
        trials = [
            Trial(
                task=self.task,
                data="benchmark",
                optimizer=Optimizer(name=self.optimizer),
                schedule=parse(plan),
                peak=rate,
                seed=seed,
                budget=f"{updates} updates",
                batch_size=BATCH,
                evaluate_every=10_000,
            )
            for seed in seeds
            for rate in rates
        ]
        parts = [trials[start : start + AT_ONCE] for start in range(0, len(trials), AT_ONCE)]
        return [trained.record for part in parts for trained in train_stack(part, task, "lanes")]

    def grid(self, plan: str) -> list[tuple[float, float, float]]:
        """(rate, mean validation score, mean validation loss) of full trainings over five seeds."""
        rates = self.rates()
        records = self.train(self.load(), rates, range(5), self.length, plan)
        rows = []
        for place, rate in enumerate(rates):
            group = [record.validation for record in records[place :: len(rates)]]
            loss = sum(part.loss if math.isfinite(part.loss) else 1e9 for part in group) / len(group)
            rows.append((rate, sum(part.score for part in group) / len(group), loss))
        return rows

    def range_test(self, repetition: int) -> RangeTest:
        """The range test as `lrlab find` makes it, on three seeds of its own."""
        task, (updates, _) = self.load(), lengths_of(None, self.length)
        seeds = tuple(range(1000 + 3 * repetition, 1003 + 3 * repetition))

        def measure(rates: Sequence[float]) -> MeasuredRates:
            records = self.train(task, rates, seeds, updates, "constant")
            losses = {
                rate: [None if one.diverged else one.validation.loss for one in records[place :: len(rates)]]
                for place, rate in enumerate(rates)
            }
            return MeasuredRates(losses, [one.chance.untrained.loss for one in records[:: len(rates)]])

        return sweep_rates(
            self.rates(),
            measure,
            SweepSubject(self.task, self.optimizer, "validation loss", updates, self.length, seeds),
        )

    def sweep(self, repetition: int) -> list[float]:
        """The losses of the sweep that other libraries make."""
        task = self.load()
        torch.manual_seed(repetition)
        model = task.model().train()
        make = {"sgd": lambda p: torch.optim.SGD(p, momentum=0.9), "adamw": torch.optim.AdamW}[self.optimizer]
        optimizer, order, losses = make(model.parameters()), torch.randperm(len(task.train.inputs)), []
        for number, rate in enumerate(swept()):
            batch = order[torch.arange(number * BATCH, (number + 1) * BATCH) % len(order)]
            inputs = task.prepare(task.train.inputs[batch], generator=torch.Generator().manual_seed(number))
            loss = torch.nn.functional.cross_entropy(model(inputs), task.train.labels[batch])
            optimizer.param_groups[0]["lr"] = rate
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert len(losses) == UPDATES
        return losses


TASKS = (
    TaskCase("digits/mlp", "sgd", 1000, 0),
    TaskCase("digits/convnet", "sgd", 1000, 0),
    TaskCase("digits/mlp", "adamw", 1000, 0),
    TaskCase("digits/convnet", "adamw", 1000, 0),
    TaskCase("mnist/convnet", "sgd", 400, 3200),
    TaskCase("cifar10/convnet", "sgd", 400, 3200),
    TaskCase("mnist/convnet", "adamw", 400, 3200),
    TaskCase("cifar10/convnet", "adamw", 400, 3200),
    TaskCase("mnist/mlp", "sgd", 400, 3200),
    TaskCase("mnist/lenet", "sgd", 400, 3200),
    TaskCase("cifar10/lenet", "sgd", 400, 3200),
    TaskCase("cifar10/mlp", "sgd", 400, 3200),
    TaskCase("mnist/cnn", "sgd", 400, 3200),
    TaskCase("cifar10/cnn", "sgd", 400, 3200),
)
