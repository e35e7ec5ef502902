"""Rules in the reference loop: rates one epoch ahead, kept as they were used."""

import math

import numpy as np
import pytest

from lrlab.engine import train
from lrlab.engine._values import TrialValues
from lrlab.rules import parse, simulate
from lrlab.schedules import Horizon
from support.tasks import blobs, trial

TEXTS = [
    "by_epoch+seq1",
    "by_cutoff(cutoff=0.5)+step(gamma=0.5, every=1 epochs)",
    "by_oscillation+seq3",
    "plateau(patience=0, threshold=0.5)+constant",
    "plateau(patience=0, threshold=0.9)+warmup(span=6 updates)+linear",
    "by_cutoff(cutoff=0.5)+warmup(span=1 epochs)+seq1",
]


def ran(text, **changes):
    task = blobs()
    return train(trial(task, schedule=text, **{"budget": "8 epochs"} | changes), task), task


@pytest.mark.parametrize("text", TEXTS)
def test_the_rates_kept_are_the_rules_on_the_losses_measured(text):
    trained, task = ran(text)
    made, losses = trained.record.trial, [epoch.validation_loss for epoch in trained.record.epochs]
    horizon = made.horizon(len(task.train.inputs))
    expected = simulate(parse(text), losses, peak=made.peak, horizon=horizon)
    np.testing.assert_array_equal(trained.arrays["rates"], expected)
    alone = made.schedule.then.bind(peak=made.peak, horizon=horizon).all()
    assert (trained.arrays["rates"] != alone).any() or text == "by_epoch+seq1"


def test_a_cut_is_seen_in_the_record_and_used_by_the_training():
    """All epochs before the cut train as a constant rate does, and none after it."""
    cut, task = ran("plateau(patience=0, threshold=0.5)+constant")
    constant = train(trial(task, schedule="constant", budget="8 epochs"), task)
    rates = cut.arrays["rates"].reshape(8, 4)
    first = int(np.argmax(rates[:, 0] < 0.1))
    assert first >= 2  # the first loss is the best so far, so the third epoch is the first that can be cut
    assert (rates[:first] == 0.1).all()
    assert rates[first, 0] == pytest.approx(0.01)
    for epoch in range(8):
        same = cut.record.epochs[epoch] == constant.record.epochs[epoch]
        assert same == (epoch < first)


def test_the_same_trial_twice_is_the_same_to_the_bit():
    (first, _), (second, _) = (ran(TEXTS[4]) for _ in range(2))
    ignored = {"train_seconds": 0.0, "evaluate_seconds": 0.0}
    assert first.record.model_copy(update=ignored) == second.record.model_copy(update=ignored)
    for name, array in first.arrays.items():
        np.testing.assert_array_equal(array, second.arrays[name])


@pytest.mark.parametrize("schedule", ["constant", "linear", "warmup(span=6 updates)+step(gamma=0.5, every=1 epochs)"])
def test_a_rule_that_never_acts_leaves_the_schedules_record(schedule):
    ruled, task = ran(f"plateau(patience=100)+{schedule}")
    alone = train(trial(task, schedule=schedule, budget="8 epochs"), task)
    assert ruled.record.epochs == alone.record.epochs
    for name, array in alone.arrays.items():
        np.testing.assert_array_equal(array, ruled.arrays[name])


def test_a_rule_that_watches_nothing_needs_no_validation():
    trained, _ = ran("by_epoch+seq1", evaluate_every=3)
    assert [epoch.validation_loss is None for epoch in trained.record.epochs].count(True) == 5
    np.testing.assert_array_equal(trained.arrays["rates"][::4], 0.1 * (1 / np.array([1, 1, 2, 3, 4, 5, 6, 7])))


def test_the_last_epoch_may_be_shorter():
    trained, _ = ran("by_epoch+seq1", budget="10 updates")
    np.testing.assert_array_equal(trained.arrays["rates"], [0.1] * 8 + [0.05] * 2)


def test_a_trial_that_diverges_keeps_finite_rates():
    task = blobs()
    wild = {"peak": 1000.0, "optimizer": {"momentum": 0.99}, "budget": "200 epochs"}
    record, arrays, _ = train(trial(task, schedule="plateau(patience=50)+constant", **wild), task)
    assert record.outcome == "diverged"
    assert np.isfinite(arrays["rates"]).all()
    assert len(arrays["rates"]) == record.updates
    assert math.isfinite(record.test.loss)


def test_the_table_ahead_is_what_comes_if_nothing_more_is_seen():
    task = blobs()
    made = trial(task, schedule="plateau(patience=0)+linear", peak=1.0)
    horizon = Horizon(updates=8, updates_per_epoch=2)
    values = TrialValues(made, horizon)
    line = 1 - np.arange(8) / 8
    np.testing.assert_allclose(values.rates, line)
    values.tell(0, 1.0)
    np.testing.assert_allclose(values.rates, line)
    values.tell(1, 1.0)
    np.testing.assert_allclose(values.rates, line * ([1] * 4 + [0.1] * 4))
    values.tell(2, None)
    np.testing.assert_allclose(values.rates, line * ([1] * 4 + [0.1] * 4))
    assert values.of(4) == (pytest.approx(0.05), 0.9, 0.0)


def test_a_momentum_that_moves_goes_with_the_rate():
    task = blobs()
    schedule = "one_cycle(rise=2 updates, momenta=[0.95, 0.85])"
    horizon = Horizon(updates=8, updates_per_epoch=2)
    ruled = TrialValues(trial(task, schedule=f"plateau(patience=0)+{schedule}"), horizon)
    alone = TrialValues(trial(task, schedule=schedule), horizon)
    for epoch in range(3):
        ruled.tell(epoch, 1.0)
    np.testing.assert_array_equal(ruled.table[1], alone.table[1])
    assert (ruled.table[0, 4:] < alone.table[0, 4:]).all()
    part = TrialValues(trial(task, schedule=f"by_epoch+sequence(of=[{schedule}, constant], at=[50%])"), horizon)
    for epoch in range(3):
        part.tell(epoch, None)
    assert (part.table[1, 4:] == 0.9).all()  # the optimizer's own, where the schedule leaves it alone
