"""A run saved by torch.distributed.checkpoint, which reads only the keys that a new run's state has."""

import copy

import pytest
import torch
import torch.distributed.checkpoint as checkpoint
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    LinearLR,
    SequentialLR,
    StepLR,
)

from lrlab.adapters import Scheduler
from support.updates import train

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.distributed:UserWarning")


def warm(optimizer):
    return Scheduler(optimizer, "warmup(span=3 updates)+constant", updates=4)


RUNS = {
    "ours alone": lambda o: Scheduler(o, "linear", updates=9),
    "ours, torch's": lambda o: SequentialLR(o, [warm(o), CosineAnnealingLR(o, 6)], [4]),
    "torch's, ours": lambda o: SequentialLR(
        o, [LinearLR(o, 0.25, total_iters=4), Scheduler(o, "linear", updates=6)], [4]
    ),
    "ours beside steps": lambda o: ChainedScheduler([Scheduler(o, "linear", updates=10), StepLR(o, 2, 0.5)]),
}
RATES = {
    "ours alone": [(9 - t) / 9 for t in range(9)],
    "ours, torch's": [0.25, 0.5, 0.75, 1.0, 1.0, 0.9330127, 0.75, 0.5, 0.25],
    "torch's, ours": [0.25, 0.4375, 0.625, 0.8125, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6],
    "ours beside steps": [(1 - t / 10) * 0.5 ** (t // 2) for t in range(9)],
}


def build(run):
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    return optimizer, run(optimizer)


def through_a_checkpoint(folder, saved, fresh):
    """What is left of a state where only the keys of another are read."""
    checkpoint.save({"scheduler": copy.deepcopy(saved)}, checkpoint_id=folder)
    read = {"scheduler": fresh}
    checkpoint.load(read, checkpoint_id=folder)
    return read["scheduler"]


@pytest.mark.parametrize("at", [0, 2, 4, 6])
@pytest.mark.parametrize("name", RUNS)
def test_a_run_goes_on(name, at, tmp_path):
    optimizer, scheduler = build(RUNS[name])
    train(optimizer, scheduler, at)
    other, again = build(RUNS[name])
    again.load_state_dict(through_a_checkpoint(tmp_path, scheduler.state_dict(), again.state_dict()))
    other.load_state_dict(optimizer.state_dict())
    assert train(other, again, 9 - at) == pytest.approx(RATES[name][at:])


def test_a_state_has_the_same_keys_at_every_update():
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = Scheduler(optimizer, "plateau(patience=0)+constant", epochs=4, updates_per_epoch=2)
    keys = set(scheduler.state_dict())
    beside = ConstantLR(optimizer, 0.5, total_iters=3)
    for epoch in range(4):
        train(optimizer, ChainedScheduler([scheduler, beside]), 2)
        assert set(scheduler.state_dict()) == keys
        assert len(scheduler.state_dict()["factors"]) == len(scheduler.state_dict()["rates"]) == 1
        optimizer.step()
        scheduler.step_metric(float(epoch))
        assert set(scheduler.state_dict()) == keys


def test_a_state_without_the_keys_that_apply_to_nothing_is_read():
    optimizer, saved = build(RUNS["ours alone"])
    train(optimizer, saved, 4)
    state = {key: value for key, value in saved.state_dict().items() if key in ("t", "plan", "groups")}
    _, scheduler = build(RUNS["ours alone"])
    scheduler.load_state_dict(state)
    assert (scheduler.t, scheduler.get_last_lr()) == (4, saved.get_last_lr())
