"""Recorded updates are the updates: all of it but the recording itself, which needs a graphics card (test_gpu.py)."""

import pytest
import torch
from torch import nn

from lrlab.engine import _replay as replay
from lrlab.engine import train_stack
from lrlab.errors import Unstackable
from support.tasks import blobs, line, pictures, trial


class Again:
    """Does the same again instead of recording it."""

    def __init__(self, device):
        self.device = device

    def aside(self, update):
        update()

    def record(self, update):
        return update


@pytest.fixture
def _recorders(monkeypatch):
    monkeypatch.setitem(replay.RECORDERS, "cpu", Again)


def same(recorded, plain):
    for one, other in zip(recorded, plain, strict=True):
        assert one.record.outcome == other.record.outcome
        assert one.record.epochs == other.record.epochs
        assert one.record.test == other.record.test
        for name, weight in one.weights.items():
            assert torch.equal(weight, other.weights[name]), name


@pytest.mark.usefixtures("_recorders")
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
@pytest.mark.parametrize("layout", ["grouped", "loop"])
def test_batches_draws_masks_and_rates_are_those_of_each_update(layout, optimizer):
    task = pictures()
    seeded = [("cosine", 1), ("warmup+constant", 1), ("plateau(patience=0, threshold=0.5)+constant", 2)]
    common = {"optimizer": optimizer, "budget": "17 updates", "peak": 0.01, "watch": "test"}
    trials = [trial(task, seed=seed, schedule=plan, **common) for plan, seed in seeded]
    same(train_stack(trials, task, layout, graph=True), train_stack(trials, task, layout))


@pytest.mark.usefixtures("_recorders")
def test_a_stack_that_loses_a_trial_is_recorded_anew():
    layers = lambda: nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.3), nn.Linear(8, 8), nn.Linear(8, 3))  # noqa: E731
    task = blobs().with_model(layers)
    trials = [trial(task, peak=peak, budget="4 epochs") for peak in (0.1, 1000.0, 0.03)]
    found = train_stack(trials, task, "grouped", graph=True)
    assert [one.record.outcome for one in found] == ["finished", "diverged", "finished"]
    same([found[0], found[2]], train_stack([trials[0], trials[2]], task, "grouped"))


@pytest.mark.usefixtures("_recorders")
def test_a_momentum_that_ends_is_recorded_anew():
    task = blobs()
    trials = [trial(task, schedule="one_cycle(momenta=[0.9, 0.0])"), trial(task, peak=0.03)]
    same(train_stack(trials, task, "grouped", graph=True), train_stack(trials, task, "grouped"))


def test_a_processor_records_nothing():
    task = blobs()
    with pytest.raises(Unstackable, match="only a graphics card replays recorded updates"):
        train_stack([trial(task)], task, "loop", graph=True)


@pytest.mark.usefixtures("_recorders")
def test_a_task_with_a_loss_of_its_own_is_not_recorded():
    task = line()
    with pytest.raises(Unstackable, match="own loss or score may read numbers back"):
        train_stack([trial(task)], task, "loop", graph=True)
