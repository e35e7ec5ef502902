"""Trials that share a training: equal to those trained one by one, whatever their averages."""

import numpy as np
import pytest
import torch

from lrlab.engine import train, train_once, train_stack
from lrlab.errors import RunError
from lrlab.schedules import Horizon, parse
from lrlab.tasks import Task
from support.tasks import amounts, blobs, pictures, pixels, tokens, trial

AVERAGES = (
    None,
    "ema(decay=0.7)",
    "merged(of=wsd(cooldown=50%))",
    "merged(of=wsd(cooldown=50%), end=50%)",
    "lawa(last=2)",
)


def trials_of(task, **fields):
    made = {"budget": "4 epochs", "schedule": "constant", "evaluate_every": 4} | fields
    return [trial(task, average=average, seed=seed, **made) for average in AVERAGES for seed in (1, 2)]


@pytest.mark.parametrize("layout", ["loop", "grouped"])
@pytest.mark.parametrize("make", [lambda: blobs(dropout=0.3), pictures])
def test_what_comes_out_is_that_of_each_trial_alone(layout, make):
    task = make()
    trials = trials_of(task, precision="float64")
    for own, other in zip(train_once(trials, task, layout), train_stack(trials, task, layout), strict=True):
        assert own.record.trial == other.record.trial
        assert own.record.test.loss == pytest.approx(other.record.test.loss, rel=1e-9)
        assert own.record.epochs[-1].validation_loss == pytest.approx(other.record.epochs[-1].validation_loss, rel=1e-9)
        assert own.record.epochs[0].train_loss == pytest.approx(other.record.epochs[0].train_loss, rel=1e-9)


def test_a_training_that_diverges_takes_all_of_its_averages_with_it():
    task = blobs()
    wild = [each.model_copy(update={"peak": 1e3}) for each in trials_of(task)[:4:2]]
    ended = train_once([*wild, *trials_of(task)], task, "loop")
    assert [one.record.trial.peak for one in ended[:2]] == [1e3, 1e3]
    assert ended[2].record.outcome == "finished"
    assert ended[0].record.outcome == ended[1].record.outcome


def test_trials_with_more_to_measure_than_their_end_are_refused():
    task = blobs()
    with pytest.raises(RunError, match="give evaluate_every=4"):
        train_once(trials_of(task, evaluate_every=1), task, "loop")
    with pytest.raises(RunError, match="neither watch: test nor snapshots"):
        train_once(trials_of(task, watch="test"), task, "loop")


@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "lion", "muon"])
@pytest.mark.parametrize("make", [amounts, tokens, pixels, pictures])
def test_a_merged_model_is_the_sum_over_all_weights_of_the_run(make, optimizer):
    """The slow twin keeps every weight: a plain run for each length. Then w_0 + sum of r_t (w_(t+1) - w_t)."""
    task, updates, curve = make(), 7, "wsd(cooldown=5 updates, curve=1-sqrt)"
    fields = {"schedule": "constant", "peak": 0.01, "precision": "float64", "optimizer": optimizer}
    asked = trial(task, budget=f"{updates} updates", average=f"merged(of={curve})", evaluate_every=99, **fields)
    ended = train_once([asked], task, "loop")[0].weights
    course = [train(trial(task, budget=f"{n} updates", **fields), task).weights for n in range(1, updates + 1)]
    rates = np.append(parse(curve).bind(peak=1.0, horizon=Horizon(updates=updates, updates_per_epoch=7)).all(), 0.0)
    shares = -np.diff(rates)
    assert shares.sum() == pytest.approx(1.0)
    names = {name for name, _ in task.model().named_parameters()}
    for name in names - ({"0.bias"} if make is pictures else set()):  # before batch norm: its gradient is rounding
        summed = sum(share * weights[name] for share, weights in zip(shares.tolist(), course, strict=True))
        torch.testing.assert_close(ended[name], summed, rtol=1e-9, atol=1e-12)


def test_a_task_of_several_inputs_has_the_length_of_its_examples():
    task = several_inputs()
    ended, alone = (run(trials_of(task), task, "loop") for run in (train_once, train_stack))
    for own, other in zip(ended, alone, strict=True):
        assert own.record.test.loss == pytest.approx(other.record.test.loss, rel=1e-5)


def several_inputs():
    """Two arrays by name, of which the model takes the sum."""

    class Sum(torch.nn.Linear):
        def forward(self, one, other):
            return super().forward(one + other)

    draws = np.random.default_rng(0)
    inputs = {name: draws.normal(size=(60, 4)) for name in ("one", "other")}
    return Task.from_arrays(model=lambda: Sum(4, 3), inputs=inputs, labels=np.arange(60) % 3)
