"""When a scheduler's turn begins, and what counts before it."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    SequentialLR,
    StepLR,
)

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from lrlab.schedules import Schedule
from support.updates import train

LATE = "ignore:another drove the rate over:UserWarning"
EARLY = "ignore:Detected call of:UserWarning"


def optimizer_of(rate=1.0):
    weight = torch.ones(1, requires_grad=True)
    weight.grad = torch.ones(1)
    return SGD([weight], lr=rate)


def ours(optimizer):
    return Scheduler(optimizer, "warmup(span=3 updates)+constant", updates=9)


def theirs(optimizer):
    return LinearLR(optimizer, 0.25, total_iters=3)


# A sequence or a chain inside a sequence: torch begins the first part by its step().
INSIDE = {
    "a sequence": lambda o, first: SequentialLR(o, [first(o), CosineAnnealingLR(o, 6)], [3]),
    "a chain": lambda o, first: ChainedScheduler([first(o), ConstantLR(o, 0.5, 20)]),
    "a sequence of a chain": lambda o, first: SequentialLR(
        o, [ChainedScheduler([first(o), ConstantLR(o, 0.5, 20)]), StepLR(o, 2)], [3]
    ),
}


@pytest.mark.filterwarnings(EARLY)
@pytest.mark.parametrize("name", INSIDE)
def test_the_first_part_of_what_is_inside_a_sequence_begins_as_torchs(name):
    used = []
    for first in (ours, theirs):
        optimizer = optimizer_of()
        used.append(
            train(optimizer, SequentialLR(optimizer, [INSIDE[name](optimizer, first), StepLR(optimizer, 2)], [6]), 8)
        )
    assert used[0] == pytest.approx(used[1])
    assert used[0][0] < 0.3


# A scheduler whose first step() comes after another's warm-up.


class Gradual(LRScheduler):
    """As the package pytorch-gradual-warmup-lr: a warm-up over four updates, then another scheduler."""

    def __init__(self, optimizer, after):
        self.after = after
        super().__init__(optimizer)

    def get_lr(self):
        if self.last_epoch > 4:
            return self.after.get_last_lr()
        return [rate * self.last_epoch / 4 for rate in self.base_lrs]

    def step(self, epoch=None):
        if self.last_epoch > 4:
            self.after.step(None)
        else:
            super().step(epoch)


def gradual(optimizer, after):
    scheduler = after(optimizer)
    return Gradual(optimizer, scheduler)


class ByHand:
    """Steps a warm-up for three updates, then the other."""

    def __init__(self, first, then):
        self.calls, self.parts = 0, (first, then)

    def step(self):
        self.calls += 1
        self.parts[self.calls > 3].step()


def linear_by_torch(optimizer):
    return LambdaLR(optimizer, lambda t: 1 - t / 7)


def linear(optimizer):
    return Scheduler(optimizer, "linear", updates=7)


@pytest.mark.filterwarnings(LATE)
@pytest.mark.filterwarnings(EARLY)
@pytest.mark.parametrize("resumed", [False, True])
def test_a_scheduler_inside_a_gradual_warm_up_begins_after_it(resumed):
    optimizer, other = optimizer_of(0.1), optimizer_of(0.1)
    mine, same = gradual(optimizer, linear), gradual(other, linear_by_torch)
    used = train(optimizer, mine, 7)
    if resumed:
        states = optimizer.state_dict(), mine.after.state_dict(), mine.last_epoch
        optimizer = optimizer_of(0.1)
        mine = gradual(optimizer, linear)
        optimizer.load_state_dict(states[0])
        mine.after.load_state_dict(states[1])
        mine.last_epoch = states[2]
    assert used + train(optimizer, mine, 4) == pytest.approx(train(other, same, 11))


@pytest.mark.parametrize("built_first", [False, True])
def test_a_scheduler_stepped_after_anothers_turn_begins_there_and_says_so(built_first):
    optimizer = optimizer_of()
    if built_first:
        then = linear(optimizer)
        first = theirs(optimizer)
    else:
        first = theirs(optimizer)
        then = linear(optimizer)
    with pytest.warns(UserWarning, match=r"over the 4 updates .* at update 1 of 7; .* scheduler.step\(epoch=4\)"):
        used = train(optimizer, ByHand(first, then), 8)
    assert used == pytest.approx([0.25, 0.5, 0.75, 1, 6 / 7, 5 / 7, 4 / 7, 3 / 7])


def test_a_first_epoch_that_another_warms_up_counts_where_step_is_called_once_an_epoch():
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "linear", updates=5 * 4)
    for update in range(5):
        optimizer.param_groups[0]["lr"] = (update + 1) / 5
        optimizer.step()
    with pytest.warns(UserWarning, match=r"may be an epoch of the run.* scheduler.step\(epoch=1\) .*step\(epoch=5\)"):
        scheduler.step()
    assert (scheduler.t, scheduler.get_last_lr()) == (5, [0.75])


@pytest.mark.parametrize(
    ("horizon", "made", "t"),
    [
        ({"updates": 24}, 6, 6),
        ({"updates": 24}, 7, 1),
        ({"epochs": 8, "updates_per_epoch": 3}, 6, 1),
        ({"epochs": 4, "updates_per_epoch": 6}, 6, 6),
        ({"epochs": 4, "updates_per_epoch": 6}, 3, 1),
        ({"epochs": 1, "updates_per_epoch": 24}, 6, 6),
        ({}, 6, 6),
    ],
)
def test_a_warm_up_before_the_first_step_is_never_passed_over_in_silence(horizon, made, t):
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, lambda update: 1 - update / 24, **horizon)
    for update in range(made):
        optimizer.param_groups[0]["lr"] = (update + 1) / made
        optimizer.step()
    with pytest.warns(UserWarning, match=f"another drove the rate over the {made} updates .* at update {t}") as said:
        scheduler.step()
    assert len(said) == 1
    assert (scheduler.t, scheduler.get_last_lr()) == (t, [1 - t / 24])


def test_who_says_where_the_schedule_goes_on_after_a_warm_up_is_left_in_peace():
    for t in (1, 6):
        optimizer = optimizer_of()
        scheduler = Scheduler(optimizer, "linear", updates=24)
        for update in range(6):
            optimizer.param_groups[0]["lr"] = (update + 1) / 6
            optimizer.step()
        optimizer.param_groups[0]["lr"] = 1.0
        scheduler.step(epoch=t)
        assert train(optimizer, scheduler, 2) == pytest.approx([1 - t / 24, 1 - (t + 1) / 24])


# A rule is told at every epoch's end, also before its turn.


def test_a_rule_passes_over_the_epochs_of_anothers_turn():
    optimizer = optimizer_of()
    rule = Scheduler(optimizer, "plateau(patience=0)+constant", epochs=4, updates_per_epoch=2)
    both = SequentialLR(optimizer, [LinearLR(optimizer, 0.25, total_iters=4), rule], [4])
    used = []
    for epoch in range(6):
        used += train(optimizer, both, 2)
        rule.step_metric(float(epoch))
    assert used == pytest.approx([0.25, 0.4375, 0.625, 0.8125, 1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])


# Functions and shapes of one's own.


@dataclass(frozen=True, kw_only=True)
class Table(Schedule):
    name = "table_of_updates"

    def shape(self, t, horizon):
        return np.linspace(1, 0.1, horizon.updates)[t.astype(int)]


@dataclass(frozen=True, kw_only=True)
class Falling(Schedule):
    name = "falling"

    def shape(self, t, horizon):
        return 1 - t / 4


VALUES = [1.0, 0.5, 0.2]


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [(Table(), [1.0, 0.55, 0.1]), (lambda t: VALUES[t], VALUES), (lambda t: dict(enumerate(VALUES))[t], VALUES)],
)
def test_a_table_has_one_value_for_each_update_and_the_last_one_stays(schedule, rates):
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, schedule, updates=3)
    assert train(optimizer, scheduler, 5) == pytest.approx([*rates, rates[-1], rates[-1]])


def test_a_table_that_is_too_short_fails_where_it_ends():
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, lambda t: VALUES[t], updates=5)
    with pytest.raises(IndexError):
        train(optimizer, scheduler, 3)


@pytest.mark.parametrize("schedule", [lambda t: 1 - t / 4, Falling()])
def test_a_rate_below_0_is_refused(schedule):
    optimizer = optimizer_of()
    with pytest.raises(ScheduleError, match=r"gives -0.25 of the peak at update 5, below 0.* max\(0, ...\)"):
        train(optimizer, Scheduler(optimizer, schedule, updates=7), 7)


def test_a_function_that_fails_once_loses_no_update():
    optimizer, failed = optimizer_of(), []

    def share(t):
        if t == 3 and not failed:
            failed.append(t)
            raise OSError("file busy")
        return 1 - t / 10

    scheduler = Scheduler(optimizer, share, updates=10)
    train(optimizer, scheduler, 2)
    optimizer.step()
    with pytest.raises(OSError, match="file busy"):
        scheduler.step()
    train(optimizer, scheduler, 2)
    assert (scheduler.t, scheduler.get_last_lr()) == (5, [0.5])
