"""Trials that share a training: equal to those trained one by one, whatever their averages."""

import pytest

from lrlab.engine import train_once, train_stack
from lrlab.errors import RunError
from support.tasks import blobs, pictures, trial

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
