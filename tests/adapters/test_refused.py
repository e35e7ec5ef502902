"""What a scheduler cannot be built from is refused in words, with the way out."""

from dataclasses import dataclass

import pytest
import torch
from torch.optim import SGD, Adam, RMSprop

from lrlab.adapters import Scheduler, simulate
from lrlab.errors import ScheduleError
from lrlab.schedules import Schedule
from support.updates import train


def weights():
    weight = torch.ones(1, requires_grad=True)
    weight.grad = torch.ones(1)
    return [weight]


def optimizer_of(rate=1.0):
    return SGD(weights(), lr=rate)


class Wrapper:
    def __init__(self):
        self.base = optimizer_of()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: [optimizer_of(), optimizer_of()], r"got a list of 2; build one scheduler for each optimizer"),
        (lambda: {"a": optimizer_of()}, r"got a dict of 1; build one scheduler for each optimizer"),
        (Wrapper, r"got a Wrapper; give the optimizer inside it, its `base`"),
        (lambda: 3, r"got 3; write SGD\(parameters, lr=\)"),
    ],
)
def test_what_is_no_optimizer(given, said):
    with pytest.raises(ScheduleError, match=said):
        Scheduler(given(), "linear", updates=10)


@pytest.mark.parametrize(
    ("peak", "said"),
    [
        (torch.tensor(0.1), r"must be a plain number.*; write peak=0.1, or float"),
        ("0.1", r"must be a plain number, but got '0.1'"),
        ([0.1, 0.2], r"but got \[0.1, 0.2\]; for a peak of each group's own, give the groups their lr"),
    ],
)
def test_a_peak_that_is_no_plain_number(peak, said):
    with pytest.raises(ScheduleError, match=said):
        Scheduler(optimizer_of(), "linear", updates=10, peak=peak)


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (torch.tensor(1), r"whole numbers cannot hold.*write torch.tensor\(0.1\)"),
        (torch.tensor(0.1, requires_grad=True), r"is learned cannot be scheduled.*write lr.detach\(\)"),
    ],
)
def test_a_tensor_that_cannot_hold_the_rate(rate, said):
    optimizer = Adam(weights(), lr=0.1)
    optimizer.param_groups[0]["lr"] = rate
    with pytest.raises(ScheduleError, match=said):
        Scheduler(optimizer, "linear", updates=10)


@pytest.mark.parametrize(
    ("horizon", "said"),
    [
        (
            {"epochs": 3, "updates_per_epoch": 2.5},
            "`updates_per_epoch` must be at least 1, a whole number, but got 2.5",
        ),
        ({"epochs": 3, "updates_per_epoch": 0}, "`updates_per_epoch` must be at least 1, a whole number, but got 0"),
        (
            {"epochs": 3, "updates_per_epoch": "2"},
            "`updates_per_epoch` must be at least 1, a whole number, but got '2'",
        ),
        ({"epochs": 0, "updates_per_epoch": 2}, "`epochs` must be at least 1, a whole number, but got 0"),
        ({"epochs": -1, "updates_per_epoch": 2}, "`epochs` must be at least 1, a whole number, but got -1"),
    ],
)
def test_a_horizon_in_epochs_is_named_as_it_was_given(horizon, said):
    with pytest.raises(ScheduleError, match=rf"{said}; write updates=T"):
        Scheduler(optimizer_of(), "linear", **horizon)


@dataclass(frozen=True, kw_only=True)
class Nameless(Schedule):
    def shape(self, t, horizon):
        return 1 / (1 + t)


class Plain(Schedule):
    name = "plain"

    def __init__(self, by):
        object.__setattr__(self, "by", by)

    def shape(self, t, horizon):
        return self.by / (1 + t)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (Nameless, r'Nameless has no name; write @register\("nameless"\) above it, or name = "nameless" in it'),
        (lambda: Plain(1), r"Plain must be a frozen dataclass.*; write @dataclass\(frozen=True, kw_only=True\) above"),
    ],
)
def test_a_class_that_cannot_be_saved(schedule, said):
    with pytest.raises(ScheduleError, match=said):
        Scheduler(optimizer_of(), schedule(), updates=10)


def test_a_subclass_with_rates_of_its_own():
    class Mine(Scheduler):
        def get_lr(self):
            return [max(rate, 0.5) for rate in super().get_lr()]

    with pytest.raises(ScheduleError, match=r"get_lr of a subclass of Scheduler has no effect.*into the schedule"):
        Mine(optimizer_of(), "linear", updates=10)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"after": "repeat"}, "`after` was 'hold' and is 'repeat'"),
        ({"peak": 0.10000001}, "`peak` was 0.1 and is 0.10000001"),
    ],
)
def test_a_change_that_reads_alike_is_named(options, said):
    state = Scheduler(optimizer_of(), "linear", updates=10, peak=0.1).state_dict()
    with pytest.raises(ScheduleError, match=said) as refusal:
        Scheduler(optimizer_of(), "linear", **({"updates": 10, "peak": 0.1} | options)).load_state_dict(state)
    assert "its code is another" not in str(refusal.value)


def test_metrics_for_a_rule_are_simulated_elsewhere():
    def build(optimizer):
        return Scheduler(optimizer, "plateau(patience=0)+constant", epochs=4, updates_per_epoch=2)

    with pytest.raises(ScheduleError, match=r"write lrlab.rules.simulate\(rule, metrics, peak=..., horizon=...\)"):
        simulate(build, 6, metrics=[1, 2, 3, 4, 5, 6])
    assert simulate(build, 3).tolist() == [1, 1, 1]


# Steps that change nothing, or are taken back; rates set when the schedule is over.


@pytest.mark.parametrize("bare", [1, 3])
@pytest.mark.parametrize("at", [0, 2])
def test_a_step_without_a_gradient_before_one_that_has_one_is_none(bare, at):
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "linear", updates=10)
    train(optimizer, scheduler, at)
    kept = optimizer.param_groups[0]["params"][0].grad
    optimizer.zero_grad()
    for _ in range(bare):
        optimizer.step()
    optimizer.param_groups[0]["params"][0].grad = kept
    assert train(optimizer, scheduler, 3) == pytest.approx([1 - t / 10 for t in range(at, at + 3)])


def test_where_no_step_has_a_gradient_each_counts():
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    for _ in range(3):
        optimizer.step()
    scheduler.step()
    assert scheduler.t == 3


@pytest.mark.parametrize("at", [0, 3])
def test_a_range_test_that_is_taken_back_does_not_count(at):
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "linear", updates=100)
    train(optimizer, scheduler, at)
    state = optimizer.state_dict()
    state = {"state": dict(state["state"]), "param_groups": [dict(group) for group in state["param_groups"]]}
    for step in range(20):
        optimizer.param_groups[0]["lr"] = 1e-4 * 1.5**step
        optimizer.step()
    optimizer.load_state_dict(state)
    assert train(optimizer, scheduler, 3) == pytest.approx([1 - t / 100 for t in range(at, at + 3)])


@pytest.mark.parametrize("event", ["a group", "the optimizer reloaded"])
def test_a_rate_set_after_the_end_is_left(event):
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "linear", updates=5)
    train(optimizer, scheduler, 5)
    optimizer.param_groups[0]["lr"] = 0.01
    for _ in range(2):
        if event == "a group":
            optimizer.add_param_group({"params": weights(), "lr": 0.01})
        else:
            optimizer.load_state_dict(optimizer.state_dict())
        optimizer.step()
    assert [group["lr"] for group in optimizer.param_groups] == [0.01] * len(optimizer.param_groups)


# Fields out of bounds, and a buffer that comes too late.


@pytest.mark.parametrize(
    ("kind", "options", "fields", "said"),
    [
        (SGD, {"momentum": 0.9}, {"momentum": "scale(of=constant, by=2)"}, r"0 <= momentum < 1.* 1.8 at update 0"),
        (Adam, {}, {"momentum": "scale(of=constant, by=1.2)"}, r"`betas`: `0 <= momentum < 1` .* 1.08 at update 0"),
        (SGD, {"momentum": 0.9}, {"momentum": lambda t: 1 - t}, r"momentum < 1` .* -0.9 at update 2: .*stay between"),
        (SGD, {"weight_decay": 0.1}, {"weight_decay": lambda t: -1.0}, r"0 <= weight_decay.* -0.1 at update 0"),
        (SGD, {"weight_decay": 0.1}, {"weight_decay": "plateau+linear"}, r'plateau is a rule.*write "linear" here'),
    ],
)
def test_a_field_out_of_bounds(kind, options, fields, said):
    optimizer = kind(weights(), lr=0.1, **options)

    def train():
        scheduler = Scheduler(optimizer, "constant", updates=5, fields=fields)
        for _ in range(3):
            optimizer.step()
            scheduler.step()

    with pytest.raises(ScheduleError, match=said):
        train()


LATE = "sequence(of=[constant, one_cycle(rise=3 updates, momenta=[0.95, 0.85])], at=[50%])"


@pytest.mark.parametrize(
    ("schedule", "options"),
    [
        (LATE, {}),
        ("one_cycle(rise=3 updates, momenta=[0, 0.85])", {}),
        ("linear", {"fields": {"momentum": "warmup(span=3 updates, first=0)+constant"}}),
    ],
)
def test_a_momentum_that_torchs_rmsprop_has_no_buffer_for(schedule, options):
    optimizer = RMSprop(weights(), lr=0.01, momentum=0.9 if options else 0)
    with pytest.raises(ScheduleError, match=r"cannot begin at momentum 0 .* RMSprop\(..., momentum=1e-12\)"):
        Scheduler(optimizer, schedule, updates=12, **options)


@pytest.mark.parametrize(
    ("schedule", "momentum"), [(LATE, 1e-12), ("one_cycle(momenta=[0.95, 0.85])", 0), ("linear", 0)]
)
def test_a_momentum_that_torchs_rmsprop_can_follow(schedule, momentum):
    optimizer = RMSprop(weights(), lr=0.01, momentum=momentum)
    scheduler = Scheduler(optimizer, schedule, updates=12)
    for _ in range(12):
        optimizer.step()
        scheduler.step()
    assert scheduler.t == 12
