"""Rules told wrongly, and horizons given in epochs: each said once."""

import warnings

import numpy as np
import pytest
import torch
from torch.optim import SGD

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError

RULE = "plateau(patience=0)+constant"


def build(schedule, *rates, **options):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": rate} for rate in rates or (1.0,)]
    return Scheduler(SGD(groups), schedule, **options)


def train(scheduler, epochs, length, report=None, each_batch=False):
    """What is said over so many epochs. report: what step_metric is told at each epoch's end."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for epoch in range(epochs):
            for _ in range(length):
                scheduler.optimizer.step()
                scheduler.step()
                if each_batch:
                    scheduler.step_metric(1.0)
            if report is not None:
                report(scheduler, epoch)
    return [str(one.message) for one in said]


# Rules.


def test_reports_after_every_batch_are_remarked():
    (said,) = train(build(RULE, epochs=5, updates_per_epoch=100), 5, 100, each_batch=True)
    assert "step_metric was called 3 times within 1 epochs of 100 updates" in said
    assert "once after each epoch, not after each batch" in said


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_report_after_every_epoch_is_left_in_peace(goes_on):
    scheduler = build(RULE, epochs=30, updates_per_epoch=3)
    report = lambda scheduler, epoch: scheduler.step_metric(1.0 + epoch)  # noqa: E731
    assert train(scheduler, 15, 3, report) == []
    if goes_on:
        state = scheduler.state_dict()
        scheduler = build(RULE, epochs=15, updates_per_epoch=6, on_change="rescale")
        scheduler.load_state_dict(state)
        assert train(scheduler, 7, 6, report) == []
    else:
        assert train(scheduler, 15, 3, report) == []


@pytest.mark.parametrize(("told", "at"), [(lambda epoch: epoch < 0, 10), (lambda epoch: epoch == 0, 13)])
def test_a_rule_that_is_told_nothing_but_none_is_remarked(told, at):
    report = lambda scheduler, epoch: scheduler.step_metric(1.0 if told(epoch) else None)  # noqa: E731
    (said,) = train(build(RULE, epochs=40, updates_per_epoch=5), 40, 5, report)
    assert f"up to update {at * 5}," in said
    assert "over the last 10 epochs, no metric was reported" in said


@pytest.mark.parametrize("every", [2, 5, 8])
def test_a_metric_measured_every_few_epochs_is_left_in_peace(every):
    report = lambda scheduler, epoch: scheduler.step_metric(1.0 if epoch % every == every - 1 else None)  # noqa: E731
    assert train(build(RULE, epochs=40, updates_per_epoch=5), 40, 5, report) == []


@pytest.mark.parametrize("metric", ["0.5", b"1", torch.tensor([1.0, 2.0])])
def test_what_is_no_one_number_is_refused(metric):
    scheduler = build(RULE, epochs=5, updates_per_epoch=2)
    train(scheduler, 1, 2)
    with pytest.raises(ScheduleError, match=r"one number must be given, .*; write step_metric\(losses.mean\(\)\)"):
        scheduler.step_metric(metric)


@pytest.mark.parametrize("metric", [1, np.float32(1), torch.tensor([1.0]), torch.tensor(1.0, requires_grad=True)])
def test_one_number_of_any_kind_is_taken(metric):
    scheduler = build(RULE, epochs=5, updates_per_epoch=2)
    assert train(scheduler, 2, 2, lambda scheduler, _epoch: scheduler.step_metric(metric)) == []
    assert scheduler.get_last_lr() == [0.1]


# A horizon in epochs.


def train_by_epochs(scheduler, epochs, length):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(epochs):
            for _ in range(length):
                scheduler.optimizer.step()
            scheduler.step()
    return [str(one.message) for one in said]


@pytest.mark.parametrize("schedule", ["linear", "cosine(floor=0.1)", "step(every=3 updates)", "wsd(floor=0.1)"])
@pytest.mark.parametrize("length", [10, 20])
def test_one_call_of_step_that_covers_the_run_is_remarked(schedule, length):
    (said,) = train_by_epochs(build(schedule, updates=10), 10, length)
    assert f"one call of step() covered {length} updates, of 10 in all" in said
    assert "`updates` counts optimizer steps, not epochs" in said


def test_once_an_epoch_with_the_number_of_updates_is_left_in_peace():
    assert train_by_epochs(build("cosine(floor=0.1)", updates=200), 10, 20) == []
    assert train_by_epochs(build("cosine(floor=0.1)", updates=1), 3, 1) == []
    assert train_by_epochs(build("cosine(floor=0.1)", updates=10, after="repeat"), 3, 20) == []


def test_one_group_at_rate_0_beyond_the_horizon_is_remarked():
    scheduler = build("linear", 1.0, 0.1, updates=5, fields={"lr": {1: "constant"}})
    (said,) = train(scheduler, 9, 1)
    assert "beyond the horizon of 5 updates, at a rate of 0" in said


def test_a_group_that_is_frozen_is_left_in_peace():
    assert train(build("linear(floor=0.1)", 1.0, 0.0, updates=5), 9, 1) == []
