"""t counts the updates the optimizer really made: not batches, not calls, not what a gradient scaler skipped."""

import pytest
import torch
from torch.optim import LBFGS, SGD, Optimizer

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError


def build(**options):
    weight = torch.ones(1, requires_grad=True)
    optimizer = SGD([weight], lr=1.0, **options)
    return weight, optimizer, Scheduler(optimizer, "linear", updates=10)


# A fused optimizer is called even when its update is skipped; the plain one is not.
@pytest.mark.parametrize("fused", [False, True])
def test_updates_skipped_by_a_gradient_scaler_do_not_count(fused):
    weight, optimizer, scheduler = build(fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    overflows = [True, True, False, False, True, False]
    seen, moved = [], []
    for overflow in overflows:
        before = weight.item()
        optimizer.zero_grad()
        scaler.scale((weight * (float("inf") if overflow else 0.1)).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
        seen.append(scheduler.t)
        moved.append(weight.item() != before)
    assert moved == [not overflow for overflow in overflows]
    assert seen == [0, 0, 1, 2, 2, 3]
    assert scheduler.get_last_lr() == [pytest.approx(0.7)]


@pytest.mark.parametrize("called", ["after every batch", "after every update"])
def test_accumulated_gradients_are_one_update(called):
    weight, optimizer, scheduler = build()
    used = []
    for batch in range(12):
        (weight * 0.1).sum().backward()
        if (batch + 1) % 4 == 0:
            used.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            optimizer.zero_grad()
            if called == "after every update":
                scheduler.step()
        if called == "after every batch":
            scheduler.step()
    assert used == [1, 0.9, 0.8]


def test_several_calls_for_one_update_count_once():
    _, optimizer, scheduler = build()
    for _ in range(3):
        optimizer.step()
        for _ in range(4):
            scheduler.step()
    assert scheduler.t == 3


def test_the_call_may_stand_before_the_optimizers():
    _, optimizer, scheduler = build()
    used = []
    for _ in range(3):
        scheduler.step()
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
    assert used == [1, 0.9, 0.8]


def test_one_call_an_epoch_catches_up():
    _, optimizer, scheduler = build()
    for _ in range(4):
        optimizer.step()
    scheduler.step()
    assert (scheduler.t, scheduler.get_last_lr()) == (4, [0.6])


def test_two_schedulers_count_for_themselves():
    _, optimizer, scheduler = build(momentum=0.5)
    other = Scheduler(SGD([torch.ones(1, requires_grad=True)], lr=1.0), "linear", updates=10)
    optimizer.step()
    scheduler.step()
    other.step()
    assert (scheduler.t, other.t) == (1, 0)


def test_one_step_with_a_closure_is_one_update():
    weight = torch.ones(1, requires_grad=True)
    optimizer = LBFGS([weight], lr=0.1, max_iter=5)
    scheduler = Scheduler(optimizer, "linear", updates=10)

    def closure():
        optimizer.zero_grad()
        loss = (weight**2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    scheduler.step()
    assert scheduler.t == 1


def test_updates_that_cannot_be_seen_are_told():
    _, _, scheduler = build()
    scheduler.step(updates=3)
    assert scheduler.t == 3
    scheduler.step(updates=0)
    assert scheduler.t == 3


def test_updates_that_are_told_do_not_count_twice():
    _, optimizer, scheduler = build()
    for _ in range(3):
        optimizer.step()
        scheduler.step(updates=1)
        scheduler.step()
    assert scheduler.t == 3


def test_calls_that_change_nothing_a_thousand_times_over_are_remarked_once():
    _, optimizer, scheduler = build()
    for _ in range(999):
        scheduler.step()
    with pytest.warns(UserWarning, match=r"1000 times in a row .* write step\(updates=1\)"):
        scheduler.step()
    for _ in range(2000):
        scheduler.step()
    optimizer.step()
    scheduler.step()
    assert scheduler.t == 1


class Wrapper(Optimizer):
    """What libraries put around an optimizer: one by class, without the parts of its own."""

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.param_groups = optimizer.param_groups if optimizer else [{"params": [], "lr": 1.0}]

    def step(self, closure=None):
        self.optimizer.step()


def test_a_wrapped_optimizer_is_seen_through():
    _, optimizer, _ = build()
    wrapper = Wrapper(Wrapper(optimizer))
    scheduler = Scheduler(wrapper, "linear", updates=10)
    wrapper.step()
    scheduler.step()
    assert (scheduler.t, optimizer.param_groups[0]["lr"]) == (1, 0.9)


def test_an_optimizer_that_cannot_be_watched_is_refused():
    with pytest.raises(ScheduleError, match="Wrapper has none; give the scheduler the torch optimizer itself"):
        Scheduler(Wrapper(None), "linear", updates=10)
