"""Losses and metrics that are no numbers, or too large to compare: on a batch, in an epoch, at the end, in float64."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.engine import LAYOUTS, train, train_stack
from lrlab.errors import TaskError
from lrlab.spec import Metric, Record
from lrlab.tasks import Task
from support.tasks import line, trial

ENGINES = ["reference", *LAYOUTS]
BATCH, SPLIT = 12, 12  # examples: 36 train in 3 batches


def trained(engine, task, **changes):
    asked = trial(task, **{"batch_size": BATCH, "peak": 0.01} | changes)
    made = train(asked, task) if engine == "reference" else train_stack([asked], task, engine)[0]
    assert Record.from_json(made.record.to_json()) == made.record
    return made.record


def scored(score):
    base = line()
    parts = {name: getattr(base, name) for name in ("train", "validation", "test")}
    return Task(model=base.model, **parts, loss=base.loss, metric=Metric(name="own"), score=score)


class Sometimes:
    """A metric that does something else at one of its calls."""

    def __init__(self, at, other):
        self.at, self.other, self.calls = at, other, 0

    def __call__(self, outputs, labels):
        self.calls += 1
        return self.other() if self.calls == self.at else float(len(outputs))


def fails():
    raise ValueError("only one class")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "other", [lambda: math.nan, lambda: math.inf, lambda: 1e200, lambda: torch.tensor(math.nan), fails]
)
def test_a_metric_that_fails_on_a_batch_is_unmeasured_in_that_epoch(engine, other):
    record = trained(engine, scored(Sometimes(2, other)))
    assert record.outcome == "finished"
    assert [epoch.train_score for epoch in record.epochs] == [None, 12, 12]
    assert all(epoch.train_loss is not None for epoch in record.epochs)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_metric_that_is_no_number_in_an_epoch_is_unmeasured_there(engine):
    record = trained(engine, scored(Sometimes(4, lambda: math.nan)))  # after three batches: validation data
    assert record.outcome == "finished"
    assert [epoch.validation_score for epoch in record.epochs] == [None, 12, 12]
    assert all(epoch.validation_loss is not None for epoch in record.epochs)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_metric_that_is_no_number_at_the_end_has_learned_nothing(engine):
    record = trained(engine, scored(Sometimes(13, lambda: math.nan)))  # after three epochs of four calls
    assert (record.outcome, record.diverged_at) == ("diverged", record.updates)
    assert record.test.score == record.validation.score == 12
    with pytest.raises(
        TaskError, match=r"no number, or is too large to compare, on untrained weights.*return a finite"
    ):
        trained(engine, scored(lambda outputs, labels: math.nan))


def growing():
    """A model whose squared error grows by a factor of thousands at each update, in float64 for dozens of updates."""

    def model():
        layer = nn.Linear(1, 1, bias=False)
        nn.init.zeros_(layer.weight)
        return layer

    part = np.ones((BATCH * 3, 1), dtype=np.float32), np.full((BATCH * 3, 1), 2.0, dtype=np.float32)
    return Task(model=model, train=part, validation=part, test=part, loss=nn.functional.mse_loss)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("updates", [60, 80, 100, 120, 200])
def test_a_loss_too_large_to_compare_is_a_divergence_in_float64_too(engine, updates):
    own = {"optimizer": {"name": "sgd", "momentum": 0.0}, "schedule": "constant", "precision": "float64"}
    record = trained(engine, growing(), budget=f"{updates} updates", peak=20.0, **own)
    assert record.outcome == "diverged"
    assert 40 < record.diverged_at < 60  # the loss grows 1,521 times at each update: 1e150 after 47
    assert record.test.loss == record.validation.loss == 4.0
    assert all(epoch.train_loss is None or epoch.train_loss < 1e150 for epoch in record.epochs)
