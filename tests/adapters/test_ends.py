"""What lies beyond a run's last update: no run of T updates makes it, so nothing there may end one or change a rate."""

import copy
import math
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch.optim import SGD

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from lrlab.schedules import Horizon, Schedule
from support.updates import train


def optimizer_of(*rates, **options):
    groups = []
    for rate in rates or (1.0,):
        weight = torch.ones(1, requires_grad=True)
        weight.grad = torch.ones(1)
        groups.append({"params": [weight], "lr": rate})
    return SGD(groups, lr=0.1, **options)


# A function or a shape of the user's own. Each falls from 1, has a rate for updates 0 .. T-1, and none to use at T.


@dataclass(frozen=True, kw_only=True)
class Line(Schedule):
    name = "line_to_0"

    def shape(self, t, horizon):
        return 1 - t / (horizon.updates - 1)


@dataclass(frozen=True, kw_only=True)
class Root(Schedule):
    name = "root_to_0"

    def shape(self, t, horizon):
        return (1 - t / (horizon.updates - 1)) ** 0.5


@dataclass(frozen=True, kw_only=True)
class Reciprocal(Schedule):
    name = "reciprocal"

    def shape(self, t, horizon):
        return 1 / (horizon.updates - t)


def guarded(t, updates):
    assert t < updates
    return 0.5


FUNCTIONS = {
    "a line": lambda t, updates: 1 - t / (updates - 1),
    "a line that is below 0 at the end": lambda t, updates: 1 - (t + 0.5) / updates,
    "a power, complex beyond": lambda t, updates: (1 - t / (updates - 1)) ** 0.9,
    "a root": lambda t, updates: math.sqrt(1 - t / (updates - 1)),
    "a quotient": lambda t, updates: 1 / (updates - t),
    "an assertion": guarded,
    "a table": lambda t, updates: np.linspace(1, 0.1, updates)[t],
}
BEYOND = {"a quotient": 1.0, "an assertion": 0.5, "a table": 0.1}  # the last value stays; the others are 0
SHAPES = {"a line": Line(), "a root": Root(), "a quotient": Reciprocal()}


@pytest.mark.parametrize("updates", [20, 1024, 1025, 2100])
@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_may_end_at_the_last_update(kind, updates):
    optimizer = optimizer_of(weight_decay=0.1)
    scheduler = Scheduler(optimizer, SHAPES[kind], updates=updates, fields={"weight_decay": SHAPES[kind]})
    assert train(optimizer, scheduler, updates) == [FUNCTIONS[kind](t, updates) for t in range(updates)]
    assert scheduler.get_last_lr() == [BEYOND.get(kind, 0.0)]
    assert optimizer.param_groups[0]["weight_decay"] == 0.1 * BEYOND.get(kind, 0.0)


@pytest.mark.parametrize("after", ["hold", "error", "repeat"])
@pytest.mark.parametrize("bounded", [True, False])
@pytest.mark.parametrize("kind", FUNCTIONS)
def test_a_function_may_end_at_the_last_update(kind, bounded, after):
    def share(t):
        return FUNCTIONS[kind](t, 20)

    optimizer = optimizer_of()
    options = {"updates": 20, "after": after} if bounded else {}
    scheduler = Scheduler(optimizer, share, **options)
    assert train(optimizer, scheduler, 20) == [share(t) for t in range(20)]
    begins_again = bounded and after == "repeat"
    assert scheduler.get_last_lr() == pytest.approx([share(0) if begins_again else BEYOND.get(kind, 0.0)])
    again = Scheduler(optimizer_of(), share, **options)
    again.load_state_dict(scheduler.state_dict())
    assert again.get_last_lr() == scheduler.get_last_lr()


@pytest.mark.filterwarnings("ignore:update .* was made beyond the horizon:UserWarning")
@pytest.mark.parametrize("kind", FUNCTIONS)
def test_updates_beyond_the_horizon_have_the_last_value_and_never_one_below_0(kind):
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, lambda t: FUNCTIONS[kind](t, 20), updates=20)
    assert train(optimizer, scheduler, 24)[20:] == [pytest.approx(BEYOND.get(kind, 0.0))] * 4


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_without_a_horizon_an_update_that_has_no_rate_is_refused_once_it_is_made(kind):
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, lambda t: FUNCTIONS[kind](t, 20))
    train(optimizer, scheduler, 20)
    for _ in range(2):
        optimizer.step()
        with pytest.raises((ScheduleError, ArithmeticError, ValueError, AssertionError, IndexError)):
            scheduler.step()
        assert scheduler.t == 20
    scheduler.step(epoch=3)
    assert scheduler.get_last_lr() == [FUNCTIONS[kind](3, 20)]


@dataclass(frozen=True, kw_only=True)
class Early(Schedule):
    """Another shape over a run that is one update shorter."""

    name = "early"
    other: Schedule

    def shape(self, t, horizon):
        with np.errstate(all="ignore"):
            return self.other.shape(t, Horizon(updates=horizon.updates - 1, updates_per_epoch=1))


@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_that_ends_before_the_last_update_is_refused(kind):
    optimizer = optimizer_of()
    with pytest.raises(ScheduleError, match=r"must be a finite number|at update 19, below 0.* max\(0, ...\)"):
        train(optimizer, Scheduler(optimizer, Early(other=SHAPES[kind]), updates=20), 20)


# A rate that is set after the schedule ended at 0.


def said_of(act):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        act()
    return [str(one.message) for one in said]


ENDS_AT_0 = ["linear", "cosine", "warmup(span=2 updates)+linear", "linear(end=closed)", lambda t: 1 - t / 9]
HOW = {
    "step()": lambda optimizer, scheduler: (optimizer.step(), scheduler.step()),
    "step(updates=1)": lambda optimizer, scheduler: scheduler.step(updates=1),
    "step(epoch=t)": lambda optimizer, scheduler: scheduler.step(epoch=scheduler.t + 1),
}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("tensor", [False, True])
@pytest.mark.parametrize("schedule", ENDS_AT_0)
def test_a_rate_set_after_the_end_stays(schedule, tensor, how):
    optimizer = optimizer_of(torch.tensor(1.0) if tensor else 1.0)
    scheduler = Scheduler(optimizer, schedule, updates=10)

    def run():
        train(optimizer, scheduler, 10)
        assert optimizer.param_groups[0]["lr"] == 0
        for rate in (0.25, 0.125):
            if tensor:
                optimizer.param_groups[0]["lr"].fill_(rate)
            else:
                optimizer.param_groups[0]["lr"] = rate
            for _ in range(3):
                HOW[how](optimizer, scheduler)
                assert optimizer.param_groups[0]["lr"] == rate
        optimizer.param_groups[0]["lr"] = 0.0
        HOW[how](optimizer, scheduler)
        assert optimizer.param_groups[0]["lr"] == 0

    assert said_of(run) == []
    assert scheduler.t == 17
    scheduler.step(epoch=4)
    assert scheduler.get_last_lr() == [Scheduler(optimizer_of(), schedule, updates=10, last_epoch=3).get_last_lr()[0]]


def test_the_other_groups_keep_theirs():
    optimizer = optimizer_of(1.0, 0.5)
    scheduler = Scheduler(optimizer, "linear", updates=10, fields={"lr": {1: "constant"}})
    train(optimizer, scheduler, 10)
    optimizer.param_groups[0]["lr"] = 0.25
    assert train(optimizer, scheduler, 2) == [0.25, 0.25]
    assert scheduler.get_last_lr() == [0.25, 0.5]
    optimizer.param_groups[1]["lr"] *= 0.5
    assert train(optimizer, scheduler, 2) == [0.25, 0.25]
    assert scheduler.get_last_lr() == [0.25, 0.25]


@pytest.mark.parametrize("stepped", [0, 1, 2])
@pytest.mark.parametrize("pending", [0, 1])
@pytest.mark.parametrize("order", ["os", "so", "s"])
def test_a_rate_set_after_the_end_is_saved(order, pending, stepped):
    optimizer = optimizer_of(1.0, 0.5)
    scheduler = Scheduler(optimizer, "linear", updates=10, fields={"lr": {1: "constant"}})
    train(optimizer, scheduler, 10)
    optimizer.param_groups[0]["lr"] = 0.25
    train(optimizer, scheduler, stepped)
    for _ in range(pending):
        optimizer.step()
    states = copy.deepcopy([optimizer.state_dict(), scheduler.state_dict()])
    other = optimizer_of(1.0, 0.5)
    again = Scheduler(other, "linear", updates=10, fields={"lr": {1: "constant"}})

    def run():
        for act in order:
            (other if act == "o" else again).load_state_dict(states["os".index(act)])
        assert again.get_last_lr() == [0.25, 0.5]
        again.step()
        assert train(other, again, 2) == [0.25, 0.25]

    assert said_of(run) == []
    assert (again.t, again.get_last_lr()) == (12 + pending + stepped, [0.25, 0.5])


def test_a_rate_set_before_the_end_is_no_factor_of_0_and_one_left_at_0_is_said():
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "linear(end=closed)", updates=10)
    train(optimizer, scheduler, 9)
    optimizer.param_groups[0]["lr"] = 0.25  # the last update is still to come
    (said,) = said_of(lambda: train(optimizer, scheduler, 1))
    assert "begin above 0 (a warm-up does, unless first=0) and stay above it (floor=0.01)" in said
    assert scheduler.get_last_lr() == [0.0]
    (said,) = said_of(lambda: train(optimizer, scheduler, 3))
    assert "at a rate of 0" in said


def test_a_schedule_that_begins_again_has_not_ended():
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "linear(end=closed)", updates=4, after="repeat")
    train(optimizer, scheduler, 7)
    optimizer.param_groups[0]["lr"] = 0.25
    with pytest.warns(UserWarning, match="changed the rate where the schedule's is 0"):
        assert train(optimizer, scheduler, 2) == [0.25, 1.0]
