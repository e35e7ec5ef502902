"""A resumed run that was built with other values: `on_change` decides, in whichever order what was saved is loaded."""

import copy

import pytest
import torch
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import CosineAnnealingLR, SequentialLR

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError

ORDERS = ("Sos", "Sso", "Ss", "oSs")  # S builds the scheduler, s loads it, o loads the optimizer


def optimizer_of(rates=(1.0, 0.5), kind=SGD, **options):
    groups = []
    for rate in rates:
        weight = torch.ones(1, requires_grad=True)
        weight.grad = torch.ones(1)
        groups.append({"params": [weight], "lr": rate})
    return kind(groups, lr=0.1, **options)


def scheduler_of(optimizer, schedule="linear", updates=10, **options):
    return Scheduler(optimizer, schedule, updates=updates, **options)


def values_of(optimizer):
    """What an update uses: rate, momentum, weight decay."""
    momentum = [group.get("momentum") or group["betas"][0] for group in optimizer.param_groups]
    return [
        (pytest.approx(group["lr"], rel=1e-12), pytest.approx(beta, rel=1e-12), group["weight_decay"])
        for group, beta in zip(optimizer.param_groups, momentum, strict=True)
    ]


def train(optimizer, scheduler, updates=3):
    used = []
    for _ in range(updates):
        used.append(values_of(optimizer))
        optimizer.step()
        scheduler.step()
    return used


# What differs: how the saved run was built, and how the one it is loaded into. "same": what differs has no effect.
DECAY = {"fields": {"weight_decay": "linear"}}
SGD_OPTIONS = {"momentum": 0.9, "weight_decay": 0.1}
CASES = {
    "all rates": (({}, {}), ({"rates": (0.1, 0.05)}, {}), "peak"),
    "one rate": (({}, {}), ({"rates": (1.0, 0.25)}, {}), "peak"),
    "the fastest": (({}, {}), ({"rates": (0.1, 0.5)}, {}), "peak"),
    "nothing": (({}, {}), ({}, {}), "same"),
    "all rates, but peak given": (({}, {"peak": 0.3}), ({"rates": (0.1, 0.05)}, {"peak": 0.3}), "same"),
    "the ratio, though peak given": (({}, {"peak": 0.3}), ({"rates": (0.1, 0.1)}, {"peak": 0.3}), "peak"),
    "a scheduled field": (({}, DECAY), ({"weight_decay": 0.5}, DECAY), "weight_decay"),
    "rate and field": (({}, DECAY), ({"rates": (0.1, 0.05), "weight_decay": 0.5}, DECAY), "peak"),
    "a scheduled momentum": (
        ({}, {"fields": {"momentum": "linear"}}),
        ({"momentum": 0.8}, {"fields": {"momentum": "linear"}}),
        "momentum",
    ),
}


def build(optimizer_options, scheduler_options, on_change="error", loaded=None):
    optimizer = optimizer_of(**SGD_OPTIONS | optimizer_options)
    if loaded is not None:
        optimizer.load_state_dict(loaded)
    return optimizer, scheduler_of(optimizer, **scheduler_options, on_change=on_change)


def resume(order, states, new, on_change):
    optimizer, scheduler = build(*new, on_change, states[0] if order[0] == "o" else None)
    for act in order.replace("oS", "S")[1:]:
        (optimizer if act == "o" else scheduler).load_state_dict(states["os".index(act)])
    return optimizer, scheduler


@pytest.mark.parametrize("factor", [1.0, 0.5])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("on_change", ["error", "keep", "rescale"])
@pytest.mark.parametrize("order", ORDERS)
def test_what_the_order_of_loading_does_not_change(on_change, order, case, factor):
    old, new, what = CASES[case]
    optimizer, scheduler = build(*old)
    optimizer.param_groups[0]["lr"] *= factor
    train(optimizer, scheduler, 4)
    states = copy.deepcopy([optimizer.state_dict(), scheduler.state_dict()])
    if on_change == "error" and what != "same" and order != "oSs":
        said = f'saved with {what} .* when the scheduler was built, .*on_change="keep".*on_change="rescale"'
        with pytest.raises(ScheduleError, match=said):
            resume(order, states, new, on_change)
        return
    again = resume(order, states, new, on_change)
    if on_change == "rescale" and order != "oSs":  # as a run that was built with the new values from the beginning
        optimizer, scheduler = build(*new)
        optimizer.param_groups[0]["lr"] *= factor
        train(optimizer, scheduler, 4)
    assert train(*again) == train(optimizer, scheduler)
    first = [group["initial_lr"] for group in optimizer.param_groups]
    for run in (again, (optimizer, scheduler)):
        run[0].add_param_group({"params": [torch.ones(1, requires_grad=True)], "lr": first[0]} | SGD_OPTIONS)
    assert train(*again) == train(optimizer, scheduler)
    if what != "same" or on_change != "error":
        assert [group["initial_lr"] for group in again[0].param_groups] == [*first, first[0]]


@pytest.mark.parametrize("order", ["Sos", "Sso", "Ss"])
@pytest.mark.parametrize("kind", [SGD, Adam])
def test_another_length_and_another_rate_are_rescaled_together(kind, order):
    optimizer = optimizer_of(kind=kind)
    scheduler = scheduler_of(optimizer)
    for _ in range(4):
        optimizer.step()
        scheduler.step()
    states = copy.deepcopy([optimizer.state_dict(), scheduler.state_dict()])
    other = optimizer_of((0.1, 0.05), kind)
    again = scheduler_of(other, updates=20, on_change="rescale")
    for act in order[1:]:
        (other if act == "o" else again).load_state_dict(states["os".index(act)])
    assert again.t == 8
    assert again.get_last_lr() == pytest.approx([0.06, 0.03])
    other.step()
    again.step()
    assert again.get_last_lr() == pytest.approx([0.055, 0.0275])


@pytest.mark.parametrize("order", ["Sos", "Sso", "Ss"])
def test_a_change_of_another_that_step_was_not_told_of_is_rescaled_too(order):
    optimizer = optimizer_of()
    scheduler = scheduler_of(optimizer)
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    for group in optimizer.param_groups:
        group["lr"] *= 0.5
    optimizer.step()
    states = copy.deepcopy([optimizer.state_dict(), scheduler.state_dict()])
    other = optimizer_of((0.1, 0.05))
    again = scheduler_of(other, on_change="rescale")
    for act in order[1:]:
        (other if act == "o" else again).load_state_dict(states["os".index(act)])
    again.step()
    assert again.t == 4
    assert again.get_last_lr() == pytest.approx([0.03, 0.015])


@pytest.mark.parametrize("order", ["os", "so"])
@pytest.mark.parametrize("made", [2, 6])
def test_in_a_sequence_whoever_is_in_charge(order, made):
    def both(rate, **options):
        optimizer = optimizer_of((rate, rate / 2))
        mine = scheduler_of(optimizer, "warmup(span=3 updates)+constant", updates=4, **options)
        return optimizer, mine, SequentialLR(optimizer, [mine, CosineAnnealingLR(optimizer, 6)], [4])

    optimizer, _, sequence = both(1.0)
    for _ in range(made):
        optimizer.step()
        sequence.step()
    states = copy.deepcopy([optimizer.state_dict(), sequence.state_dict()])
    other, mine, again = both(0.1, on_change="rescale")
    for act in order:
        (other if act == "o" else again).load_state_dict(states["os".index(act)])
    assert [group["initial_lr"] for group in other.param_groups] == [0.1, 0.05]
    assert mine.base_lrs == [0.1, 0.05]


def test_a_run_over_an_optimizer_that_was_loaded_alone_goes_back_to_its_own_state():
    pretrained = optimizer_of()
    scheduler_of(pretrained)
    optimizer = optimizer_of((0.1, 0.05))
    scheduler = scheduler_of(optimizer)
    optimizer.load_state_dict(pretrained.state_dict())
    states = []
    for _ in range(3):
        optimizer.step()
        scheduler.step()
        states.append(copy.deepcopy([optimizer.state_dict(), scheduler.state_dict()]))
    assert scheduler.get_last_lr() == pytest.approx([0.7, 0.35])
    optimizer.load_state_dict(states[0][0])
    scheduler.load_state_dict(states[0][1])
    assert scheduler.get_last_lr() == pytest.approx([0.9, 0.45])


def test_a_copy_keeps_first_values_of_its_own():
    optimizer = optimizer_of()
    scheduler = scheduler_of(optimizer)
    state = scheduler.state_dict()
    other = copy.copy(scheduler)
    del optimizer.param_groups[0]
    assert other.get_lr() == [0.5]
    optimizer.param_groups.insert(0, optimizer_of().param_groups[0])
    scheduler.load_state_dict(state)
    assert scheduler.get_last_lr() == [1.0, 0.5]


OTHER_VALUES = [
    [["weight_decay", 2, 0.1]],
    [["weight_decay", -1, 0.1]],
    [["weight_decay", 0, "x"]],
    [[1, 0, 0.1]],
    "x",
    3,
]


@pytest.mark.parametrize("values", OTHER_VALUES)
def test_a_state_with_other_values_is_refused(values):
    state = scheduler_of(optimizer_of(**SGD_OPTIONS), **DECAY).state_dict()
    with pytest.raises(ScheduleError, match=r"load the optimizer and write scheduler.step\(epoch=t\)"):
        scheduler_of(optimizer_of(**SGD_OPTIONS), **DECAY).load_state_dict(state | {"values": values})


@pytest.mark.parametrize("order", ["Sos", "Sso"])
def test_a_state_of_an_earlier_lrlab_goes_on_as_the_optimizer_says(order):
    optimizer, scheduler = build({}, DECAY)
    train(optimizer, scheduler, 4)
    states = copy.deepcopy([optimizer.state_dict(), scheduler.state_dict()])
    for key in ("initial", "fastest", "values"):
        del states[1][key]
    again = resume(order, states, ({"rates": (0.1, 0.05), "weight_decay": 0.5}, DECAY), "error")
    assert train(*again) == train(optimizer, scheduler)
