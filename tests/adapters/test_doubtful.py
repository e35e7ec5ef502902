"""Steps at a rate of 0 that is not the scheduler's: an update where the rate stays, none where it is taken back."""

import copy
import pickle

import pytest
import torch
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import ChainedScheduler, LinearLR, ReduceLROnPlateau

from lrlab.adapters import Scheduler


def weights():
    weight = torch.ones(1, requires_grad=True)
    weight.grad = torch.ones(1)
    return [weight]


def helper(optimizer):
    """As torch.distributed.checkpoint creates an optimizer's state."""
    kept = [group["lr"] for group in optimizer.param_groups]
    for group, rate in zip(optimizer.param_groups, kept, strict=True):
        group["lr"] = torch.tensor(0.0) if isinstance(rate, torch.Tensor) else 0.0
    optimizer.step()
    for group, rate in zip(optimizer.param_groups, kept, strict=True):
        group["lr"] = rate


def by_hand(optimizer, _scheduler):
    optimizer.param_groups[0]["lr"] = 0.4


def equal(optimizer, _scheduler):
    optimizer.param_groups[0]["lr"] = float(repr(optimizer.param_groups[0]["lr"]))


def by_plateau(optimizer, _scheduler):
    plateau = ReduceLROnPlateau(optimizer, patience=0, factor=0.1)
    plateau.step(1.0)
    plateau.step(2.0)


def chained(optimizer, scheduler):
    ChainedScheduler([LinearLR(optimizer, 0.5), scheduler])


def none(_optimizer, _scheduler):
    pass


FOREIGN = {"hand": by_hand, "equal": equal, "plateau": by_plateau, "chain": chained, "nobody": none}
CLONES = {
    "itself": lambda both: both,
    "a copy": copy.deepcopy,
    "a pickled copy": lambda both: pickle.loads(pickle.dumps(both)),
}


@pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")
@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("clone", CLONES)
@pytest.mark.parametrize("pending", [0, 1, 2])
@pytest.mark.parametrize("again", [1, 2])
def test_a_helpers_step_is_none_whoever_wrote_the_rate(foreign, clone, pending, again):
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    FOREIGN[foreign](optimizer, scheduler)
    optimizer, scheduler = CLONES[clone]((optimizer, scheduler))
    for _ in range(pending):
        optimizer.step()
    for _ in range(again):
        helper(optimizer)
    scheduler.step()
    assert scheduler.t == pending
    helper(optimizer)
    optimizer.step()
    scheduler.step()
    assert scheduler.t == pending + 1


@pytest.mark.parametrize("kind", [SGD, Adam])
@pytest.mark.parametrize("late", [1.0, 0.0])
def test_a_helpers_step_with_a_late_group_keeps_the_rates(kind, late):
    optimizer = kind(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    optimizer.add_param_group({"params": weights(), "lr": late})
    helper(optimizer)
    optimizer.step()
    scheduler.step()
    assert (scheduler.t, scheduler.get_last_lr()) == (1, pytest.approx([0.9, 0.9 * late]))


@pytest.mark.parametrize("frozen", [1, 2, 3])
@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("looks", [0, 1, 2])
@pytest.mark.parametrize("each", [False, True])
def test_updates_at_a_rate_of_0_count_whatever_is_looked_at(frozen, before, looks, each):
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    for _ in range(before):
        optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.0
    for _ in range(frozen):
        optimizer.step()
        for _ in range(looks):
            scheduler.state_dict()
            scheduler.get_last_lr()
        if each:
            scheduler.step()
    scheduler.step()
    assert scheduler.t == before + frozen


@pytest.mark.parametrize("frozen", [1, 3])
@pytest.mark.parametrize("order", ["os", "so", "s"])
def test_updates_at_a_rate_of_0_are_saved(frozen, order):
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    optimizer.param_groups[0]["lr"] = 0.0
    for _ in range(frozen):
        optimizer.step()
    states = copy.deepcopy([optimizer.state_dict(), scheduler.state_dict()])
    other = SGD(weights(), lr=1.0)
    again = Scheduler(other, "linear", updates=10)
    for act in order:
        (other if act == "o" else again).load_state_dict(states["os".index(act)])
    again.step()
    scheduler.step()
    assert again.t == scheduler.t == frozen
    assert again.get_last_lr() == scheduler.get_last_lr() == [0.0]


class Outer(torch.optim.Optimizer):
    """Steps the optimizer it holds; its own groups have a rate that nobody uses."""

    def __init__(self, inner, rate):
        super().__init__([{"params": group["params"]} for group in inner.param_groups], {"lr": rate})
        self.inner = inner

    def step(self, closure=None):
        self.inner.step()


@pytest.mark.parametrize("rate", [0.0, 1.0])
@pytest.mark.parametrize("batches", [1, 3])
@pytest.mark.parametrize("late", [False, True])
def test_the_rate_of_a_wrapper_does_not_matter(rate, batches, late):
    inner = SGD(weights(), lr=1.0)
    scheduler = Scheduler(inner, "linear", updates=10)
    outer = Outer(inner, rate)
    for t in range(3):
        if late and t == 1:
            inner.add_param_group({"params": weights(), "lr": 0.5})
        for _ in range(batches):
            outer.step()
        scheduler.step()
    assert scheduler.t == 3 * batches
