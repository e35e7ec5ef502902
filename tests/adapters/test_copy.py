"""A copy that shares the optimizer leaves its rates to the original."""

import copy
import gc

import pytest
import torch
from torch.optim import SGD

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError

TEXTS = ["linear", "one_cycle(momenta=[0.95, 0.85])", "plateau(patience=0, factor=0.5)+constant"]


def build(text):
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    return optimizer, Scheduler(optimizer, text, updates=3000, updates_per_epoch=300)


def train(optimizer, scheduler, updates, metric=1.0):
    used = []
    for _ in range(updates):
        used.append([optimizer.param_groups[0][field] for field in ("lr", "momentum")])
        optimizer.step()
        scheduler.step()
        if scheduler.t % 300 == 0 and "plateau" in str(scheduler.schedule):
            scheduler.step_metric(metric)
    return used


@pytest.mark.parametrize("text", TEXTS)
def test_the_original_goes_on_as_if_there_were_no_copy(text):
    optimizer, scheduler = build(text)
    used = train(optimizer, scheduler, 700)
    twin = copy.copy(scheduler)
    assert (twin.t, twin.get_last_lr()) == (700, scheduler.get_last_lr())
    twin.get_lr()
    used += train(optimizer, scheduler, 1500)
    assert used == train(*build(text), 2200)
    assert twin.t == 700
    twin.get_lr()
    assert train(optimizer, scheduler, 1) == train(*build(text), 2201)[-1:]


def test_a_copy_that_is_stepped_beside_the_original_says_so():
    optimizer, scheduler = build("linear")
    twin = copy.copy(scheduler)
    optimizer.step()
    with pytest.raises(ScheduleError, match=r"two schedulers of lrlab drive one optimizer.*; build one"):
        twin.step()
    scheduler.step()
    assert scheduler.t == 1


@pytest.mark.parametrize("text", TEXTS)
def test_a_copy_goes_on_when_the_original_is_gone(text):
    optimizer, scheduler = build(text)
    used = train(optimizer, scheduler, 700)
    twin = copy.copy(scheduler)
    del scheduler
    gc.collect()
    used += train(optimizer, twin, 1500)
    assert used == train(*build(text), 2200)
    assert twin.state_dict()["t"] == 2200


def test_a_copy_of_one_that_waits_waits_too():
    optimizer, scheduler = build("linear")
    later = Scheduler(optimizer, "cosine", updates=10)
    twin = copy.copy(scheduler)
    optimizer.step()
    later.step()
    assert optimizer.param_groups[0]["lr"] == later.get_last_lr()[0] == pytest.approx(0.9755, abs=1e-4)
    with pytest.raises(ScheduleError, match="build one"):
        twin.step()
