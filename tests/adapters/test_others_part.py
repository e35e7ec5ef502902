"""What others made of the rates is kept, whatever happens to the groups, the optimizer and the scheduler meanwhile."""

import copy
import pickle

import pytest
import torch
from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict, set_optimizer_state_dict
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    LinearLR,
    ReduceLROnPlateau,
    SequentialLR,
)

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from support.updates import rates_of, train_groups


def weights():
    weight = torch.ones(1, requires_grad=True)
    weight.grad = torch.ones(1)
    return [weight]


def add_group(optimizer, rate=1.0):
    optimizer.add_param_group({"params": weights(), "lr": rate})


# How another comes to have a part in the rate, and what then happens to the groups.


def by_plateau(optimizer):
    plateau = ReduceLROnPlateau(optimizer, patience=0, factor=0.1)
    plateau.step(1.0)
    plateau.step(2.0)


def by_hand(optimizer):
    optimizer.param_groups[0]["lr"] *= 0.1


EVENTS = {
    "a group": lambda o, _s: add_group(o),
    "a group, looked at": lambda o, s: (add_group(o), s.get_last_lr()),
    "a group, looked at by get_lr": lambda o, s: (add_group(o), s.get_lr()),
    "a group and an update": lambda o, s: (add_group(o), o.step(), s.step()),
    "the optimizer reloaded": lambda o, _s: o.load_state_dict(o.state_dict()),
    "the optimizer reloaded from a copy": lambda o, _s: o.load_state_dict(copy.deepcopy(o.state_dict())),
    "the optimizer reloaded twice": lambda o, _s: [o.load_state_dict(o.state_dict()) for _ in range(2)],
    "the optimizer reloaded from a file": lambda o, _s: o.load_state_dict(pickle.loads(pickle.dumps(o.state_dict()))),
}


@pytest.mark.parametrize("made", [0, 1])
@pytest.mark.parametrize("other", [by_plateau, by_hand])
@pytest.mark.parametrize("event", EVENTS)
def test_anothers_part_is_kept_through(event, other, made):
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "constant", updates=10)
    train_groups(optimizer, scheduler)
    other(optimizer)
    for _ in range(made):  # not yet taken into account
        optimizer.step()
    EVENTS[event](optimizer, scheduler)
    train_groups(optimizer, scheduler)
    expected = [1.0] * len(optimizer.param_groups)
    expected[0] = 0.1
    assert rates_of(optimizer) == pytest.approx(expected)


@pytest.mark.parametrize("other", [by_plateau, by_hand])
def test_anothers_part_is_kept_by_torchs_checkpoint_helper(other):
    model = torch.nn.Linear(2, 1)
    optimizer = SGD(model.parameters(), lr=1.0, momentum=0.9)
    scheduler = Scheduler(optimizer, "constant", updates=10)
    train_groups(optimizer, scheduler)
    other(optimizer)
    set_optimizer_state_dict(model, optimizer, get_optimizer_state_dict(model, optimizer))
    train_groups(optimizer, scheduler)
    assert (scheduler.t, rates_of(optimizer)) == (2, [pytest.approx(0.1)])


def test_a_wrapper_with_more_groups_leaves_the_rates():
    class Outer(torch.optim.Optimizer):
        def __init__(self, inner):
            super().__init__([{"params": group["params"]} for group in inner.param_groups], {"lr": 0.0})
            self.param_groups.append({"params": [], "lr": 0.0})
            self.inner = inner

        def step(self, closure=None):
            self.inner.step()

    inner = SGD(weights(), lr=1.0)
    scheduler = Scheduler(inner, "linear", updates=10)
    outer = Outer(inner)
    for _ in range(3):
        kept = inner.param_groups[0]["lr"]
        inner.param_groups[0]["lr"] = kept / 2
        before = rates_of(inner)
        outer.step()
        assert rates_of(inner) == before
        inner.param_groups[0]["lr"] = kept
        scheduler.step()
    assert (scheduler.t, rates_of(inner)) == (3, [pytest.approx(0.7)])


# Which of the schedulers of a sequence is in charge does not depend on the values they wrote.
HANDED = {
    "at the same rate": ("warmup(span=3 updates)+linear", 4, lambda o: CosineAnnealingLR(o, 6)),
    "at the start": ("linear", 1, lambda o: CosineAnnealingLR(o, 6)),
    "to restarts": ("linear", 3, lambda o: CosineAnnealingWarmRestarts(o, 2)),
    "to a constant that ends": ("constant", 2, lambda o: ConstantLR(o, 0.5, 3)),
    "to the same constant": ("constant", 2, lambda o: ConstantLR(o, 1.0, 3)),
    "to a rising line": ("linear", 2, lambda o: LinearLR(o, 0.5, total_iters=3)),
}


@pytest.mark.parametrize("name", HANDED)
@pytest.mark.parametrize("order", ["os", "so"])
@pytest.mark.parametrize("tensor", [False, True])
def test_a_sequence_saved_where_the_rates_agree_resumes(name, order, tensor):
    text, milestone, other = HANDED[name]

    def build():
        optimizer = Adam(weights(), lr=torch.tensor(1.0) if tensor else 1.0)
        parts = [Scheduler(optimizer, text, updates=10), other(optimizer)]
        return optimizer, SequentialLR(optimizer, parts, [milestone])

    whole, states = build(), []
    used = []
    for _ in range(9):
        states.append(copy.deepcopy([one.state_dict() for one in whole]))
        used += train_groups(*whole)
    for t, state in enumerate(states):
        again = build()
        for act in order:
            at = "os".index(act)
            again[at].load_state_dict(copy.deepcopy(state[at]))
        assert train_groups(*again, 9 - t) == used[t:], f"from update {t}"


@pytest.mark.parametrize("order", ["os", "so", "s"])
@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("schedule", ["linear", "constant", "cosine(floor=0.1)"])
def test_a_plateau_stepped_before_the_scheduler_resumes_between(order, length, schedule):
    def build():
        optimizer = SGD(weights(), lr=1.0)
        scheduler = Scheduler(optimizer, schedule, updates=40)
        return optimizer, scheduler, ReduceLROnPlateau(optimizer, patience=0, factor=0.1)

    def epoch(optimizer, plateau, loss):
        for _ in range(length):
            optimizer.step()
        plateau.step(loss)

    optimizer, scheduler, plateau = build()
    states, seen = [], []
    for loss in (1.0, 2.0, 0.5, 2.0):
        epoch(optimizer, plateau, loss)
        states.append(copy.deepcopy([one.state_dict() for one in (optimizer, scheduler)]))
        scheduler.step()
        seen.append((scheduler.t, rates_of(optimizer)))
    for state, expected in zip(states, seen, strict=True):
        again = build()
        for act in order:
            at = "os".index(act)
            again[at].load_state_dict(state[at])
        again[1].step()
        assert (again[1].t, rates_of(again[0])) == expected


def test_a_state_between_is_rescaled_with_its_updates():
    optimizer = SGD(weights(), lr=1.0)
    saved = Scheduler(optimizer, "constant", updates=10)
    for _ in range(4):
        optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.1
    other = SGD(weights(), lr=1.0)
    scheduler = Scheduler(other, "constant", updates=20, on_change="rescale")
    scheduler.load_state_dict(saved.state_dict())
    scheduler.step()
    assert (scheduler.t, rates_of(other)) == (8, [pytest.approx(0.1)])


@pytest.mark.parametrize("made", [-1, 1.5, "2", None])
def test_a_state_with_no_number_of_updates_is_refused(made):
    scheduler = Scheduler(SGD(weights(), lr=1.0), "linear", updates=10)
    with pytest.raises(ScheduleError, match=r"load the optimizer and write scheduler.step\(epoch=t\)"):
        scheduler.load_state_dict(scheduler.state_dict() | {"made": made})


# A group that was added just before something else.


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda both: pickle.loads(pickle.dumps(both))])
@pytest.mark.parametrize("made", [0, 1, 3])
@pytest.mark.parametrize("rate", [1.0, 0.5])
def test_a_group_added_before_a_copy_is_scheduled(clone, made, rate):
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    train_groups(optimizer, scheduler, made)
    add_group(optimizer, rate)
    optimizer, scheduler = clone((optimizer, scheduler))
    train_groups(optimizer, scheduler)
    left = 1 - (made + 1) / 10
    assert scheduler.get_lr() == scheduler.get_last_lr() == pytest.approx([left, rate * left])


@pytest.mark.parametrize("rate", [1.0, 0.5])
@pytest.mark.parametrize("taken", [0.05, 0.3])
def test_get_lr_tells_of_a_late_group_while_another_is_in_charge(rate, taken):
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    train_groups(optimizer, scheduler, 2)
    optimizer.step()
    optimizer.param_groups[0]["lr"] = taken
    add_group(optimizer, rate)
    assert scheduler.get_lr() == pytest.approx([0.8, rate * 0.8])
    assert rates_of(optimizer) == [taken, rate]
    assert scheduler.get_lr() == pytest.approx([0.8, rate * 0.8])


# Rates in one tensor.


@pytest.mark.parametrize("added", [1, 2, 3])
@pytest.mark.parametrize("t", [0, 2, 5])
def test_a_late_group_has_the_rate_the_optimizer_was_built_with(added, t):
    optimizer = Adam(weights(), lr=torch.tensor(1.0))
    scheduler = Scheduler(optimizer, "linear", updates=10)
    scheduler.step(updates=t)
    for _ in range(added):
        optimizer.add_param_group({"params": weights()})
    scheduler.get_last_lr()
    assert rates_of(optimizer) == pytest.approx([1 - t / 10] * (added + 1))


@pytest.mark.parametrize("groups", [2, 3])
def test_groups_that_share_a_tensor_have_rates_of_their_own(groups):
    optimizer = Adam([{"params": weights()} for _ in range(groups)], lr=torch.tensor(1.0))
    first = optimizer.param_groups[0]["lr"]
    scheduler = Scheduler(optimizer, "linear", updates=10, fields={"lr": {1: "constant"}})
    train_groups(optimizer, scheduler, 4)
    expected = [0.6] * groups
    expected[1] = 1.0
    assert rates_of(optimizer) == pytest.approx(expected)
    assert optimizer.param_groups[0]["lr"] is first
