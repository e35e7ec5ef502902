"""What torch promises of an LRScheduler, and others rely on; and what a rate is when a scheduler is built over it."""

import warnings

import pytest
import torch
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import LambdaLR, StepLR

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from support.schedules import EXAMPLES, HORIZON
from support.updates import rates_of, train


def optimizer_of(*rates, **options):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": rate} for rate in rates or (1.0,)]
    return SGD(groups, lr=0.1, **options)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_get_lr_is_the_rate_of_last_epoch_whatever_the_groups_have(name):
    optimizer = optimizer_of(0.3)
    scheduler = Scheduler(optimizer, EXAMPLES[name], updates=HORIZON.updates, updates_per_epoch=5)
    before = rates_of(optimizer)
    bound = EXAMPLES[name].bind(peak=0.3, horizon=scheduler.horizon)
    for t in (3, 0, HORIZON.updates - 1, 7):
        scheduler.last_epoch = t
        assert scheduler.get_lr() == [float(bound(t))]
    assert rates_of(optimizer) == before


def test_get_lr_of_groups_of_tensors_and_of_groups_added_later():
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=torch.tensor(1.0, dtype=torch.float64))
    scheduler = Scheduler(optimizer, "linear", updates=4)
    optimizer.add_param_group({"params": [torch.zeros(1, requires_grad=True)], "lr": 0.5})
    scheduler.last_epoch += 1
    first, second = scheduler.get_lr()
    assert isinstance(first, torch.Tensor)
    assert (first.dtype, float(first), second) == (torch.float64, 0.75, 0.375)


def test_whoever_sets_last_epoch_counts_the_updates():
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "linear", updates=10)
    for t in range(1, 4):
        scheduler.last_epoch += 1
        optimizer.step()
        assert (scheduler.t, scheduler.state_dict()["t"]) == (t, t)


def test_the_last_rates_and_the_base_rates_are_there():
    optimizer = optimizer_of(1.0, 0.5)
    scheduler = Scheduler(optimizer, "linear", updates=4)
    train(optimizer, scheduler, 1)
    assert scheduler._last_lr == scheduler.get_last_lr() == [0.75, 0.375]
    assert scheduler.base_lrs == [1.0, 0.5]
    assert scheduler._step_count == 1


@pytest.mark.parametrize(("last_epoch", "rate"), [(-1, 1.0), (0, 0.75), (2, 0.25)])
def test_last_epoch_is_the_number_of_the_last_update(last_epoch, rate):
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "linear", updates=4, last_epoch=last_epoch)
    assert (scheduler.t, rates_of(optimizer)) == (last_epoch + 1, [rate])


@pytest.mark.parametrize("last_epoch", [-2, 1.0, True, None])
def test_a_last_epoch_that_is_none_is_refused(last_epoch):
    with pytest.raises(
        ScheduleError, match=r"or -1 for none, but got .*; leave it out, and load the scheduler's state"
    ):
        Scheduler(optimizer_of(), "linear", updates=4, last_epoch=last_epoch)


def test_a_last_epoch_that_counts_something_else_is_refused():
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "linear", updates=40)
    train(optimizer, scheduler, 12)
    with pytest.raises(ScheduleError, match=r"got 2, and 12 updates were made so far; write last_epoch=11 .*skorch"):
        Scheduler(optimizer, "linear", updates=40, last_epoch=2)
    assert Scheduler(optimizer, "linear", updates=40, last_epoch=11).t == 12


@pytest.mark.parametrize("metric", [0.5, torch.tensor(0.5), 7, "0.5", True])
def test_a_metric_given_to_step_is_told_where_it_belongs(metric):
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "plateau(patience=0)+constant", epochs=5, updates_per_epoch=2)
    optimizer.step()
    with pytest.raises(ScheduleError, match=r"takes no metric, but got .*; report it by step_metric.*step\(epoch=t\)"):
        scheduler.step(metric)
    assert scheduler.t == 0
    scheduler.step(epoch=3)
    assert scheduler.t == 3


# Rates as they stand when a scheduler is built.


@pytest.mark.parametrize("rate", [0.0, torch.tensor(0.0)])
def test_a_peak_beside_a_rate_of_0_is_every_groups(rate):
    optimizer = SGD([{"params": [torch.zeros(1, requires_grad=True)]} for _ in range(2)], lr=rate)
    scheduler = Scheduler(optimizer, "linear", updates=4, peak=0.5)
    assert [float(value) for value in scheduler.get_last_lr()] == scheduler.base_lrs == [0.5, 0.5]
    optimizer.add_param_group({"params": [torch.zeros(1, requires_grad=True)], "lr": 0.0})
    train(optimizer, scheduler, 2)
    assert rates_of(optimizer) == [0.25] * 3
    state = scheduler.state_dict(), optimizer.state_dict()
    other = SGD([{"params": [torch.zeros(1, requires_grad=True)]} for _ in range(3)], lr=0.0)
    other.load_state_dict(state[1])
    again = Scheduler(other, "linear", updates=4, peak=0.5)
    again.load_state_dict(state[0])
    assert rates_of(other) == [0.25] * 3


def test_a_rate_of_0_without_a_peak_is_refused_with_the_way_out():
    with pytest.raises(ScheduleError, match=r"rate is 0 in every group, .*give the optimizer its peak, or write peak="):
        Scheduler(optimizer_of(0.0, 0.0), "linear", updates=4)


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize("made", [1, 5, 10])
def test_a_rate_set_by_hand_after_lrlabs_own_is_where_the_next_begins(made, gone):
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "linear", updates=20)
    train(optimizer, scheduler, made)
    if gone:
        del scheduler
    optimizer.param_groups[0]["lr"] = 0.2
    scheduler = Scheduler(optimizer, "linear", updates=4)
    assert (rates_of(optimizer), optimizer.param_groups[0]["initial_lr"]) == ([0.2], 0.2)
    train(optimizer, scheduler, 2)
    assert rates_of(optimizer) == [0.1]


def test_a_rate_lrlab_left_is_not_taken_for_one_set_by_hand():
    optimizer = optimizer_of()
    train(optimizer, Scheduler(optimizer, "linear", updates=20), 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Scheduler(optimizer, "linear", updates=4).get_last_lr() == [1.0]


def test_a_rate_set_by_hand_after_loading_is_told():
    saved = optimizer_of()
    train(saved, Scheduler(saved, "linear", updates=20), 5)
    optimizer = optimizer_of()
    optimizer.load_state_dict(saved.state_dict())
    optimizer.param_groups[0]["lr"] = 0.3
    scheduler = Scheduler(optimizer, "linear", updates=4)
    optimizer.step()
    with pytest.warns(UserWarning, match="rate was 0.3 .*`initial_lr` = 1, .* write peak=0.3, or .* peak=1") as said:
        scheduler.step()
    assert len(said) == 1
    train(optimizer, scheduler, 1)
    assert rates_of(optimizer) == [0.5]


def test_a_rate_set_by_hand_under_a_fresh_scheduler_of_torchs_is_used():
    optimizer = optimizer_of()
    StepLR(optimizer, 10)
    optimizer.param_groups[0]["lr"] = 0.5
    scheduler = Scheduler(optimizer, "linear", updates=4)
    train(optimizer, scheduler, 2)
    assert rates_of(optimizer) == [0.25]


def test_a_used_scheduler_of_torchs_leaves_its_initial_rate_and_that_is_told():
    optimizer = optimizer_of()
    train(optimizer, LambdaLR(optimizer, lambda t: 0.5**t), 3)
    scheduler = Scheduler(optimizer, "linear", updates=4)
    with pytest.warns(UserWarning, match="write peak=0.125"):
        assert scheduler.get_last_lr() == [1.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Scheduler(optimizer, "linear", updates=4, peak=0.125).get_last_lr() == [0.125]


# Numbers of updates as libraries give them.


@pytest.mark.parametrize("given", [-1, 0, 12.5, float("inf"), float("nan"), "100", True])
def test_a_number_of_updates_that_is_none_is_refused_with_the_formula(given):
    with pytest.raises(ScheduleError, match=r"math.ceil\(len\(loader\) / accumulated_batches\) \* epochs.*max_steps"):
        Scheduler(optimizer_of(), "linear", updates=given)


@pytest.mark.parametrize("wrap", [lambda step: lambda closure=None: step(closure), lambda step: torch.no_grad()(step)])
def test_a_step_that_is_a_plain_function_is_taken(wrap):
    optimizer = AdamW([torch.zeros(1, requires_grad=True)], lr=0.1)
    optimizer.step = wrap(optimizer.step)
    scheduler = Scheduler(optimizer, "linear", updates=4)
    train(optimizer, scheduler, 2)
    assert scheduler.t == 2


@pytest.mark.parametrize("rate", [1.0, 0.3])
def test_a_rate_that_is_made_a_tensor_in_a_run_stays_one(rate):
    optimizer = optimizer_of(rate)
    scheduler = Scheduler(optimizer, "constant", updates=4)
    train(optimizer, scheduler, 1)
    optimizer.param_groups[0]["lr"] = tensor = torch.tensor(rate)
    train(optimizer, scheduler, 2)
    assert optimizer.param_groups[0]["lr"] is tensor
    assert rates_of(optimizer) == [pytest.approx(rate)]
