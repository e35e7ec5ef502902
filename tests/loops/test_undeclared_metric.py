"""Loops that declare no metric: what a trial that has not finished is said to be judged by, and at what cost."""

import math
import re

import pytest

from lrlab.spec import Ended, Failed


def diverging(**beside):
    def train(run):
        for t in range(run.updates):
            run.rate(t)
        run.report(validation_loss=math.nan, **beside)
        run.finish(test_loss=1.0)

    return train


@pytest.mark.parametrize(
    ("beside", "name", "score"),
    [
        ({}, "loss", None),
        ({"lr": 0.5}, "loss", None),
        ({"validation_quality": 0.5}, "loss", None),
        ({"accuracy": 0.5}, "accuracy", 0.5),
        ({"error": 0.5}, "error", 0.5),
        ({"accuracy": 0.5, "f1": 0.25}, "loss", None),
        ({"accuracy": 0.5, "lr": 0.25}, "loss", None),
    ],
)
def test_a_trial_that_diverges_ends_as_diverged_whatever_it_reports_beside_the_loss(perform, beside, name, score):
    *_, end = perform(diverging(**beside), validated=True)
    assert isinstance(end, Ended), end.message
    record = end.trained[0].record
    assert (record.outcome, record.metric.name) == ("diverged", name)
    assert record.metric.higher_is_better == (name == "accuracy")
    assert [epoch.validation_score for epoch in record.epochs] == [score]


def test_what_is_reported_beside_the_loss_ends_no_trial_unless_it_is_a_metric(perform):
    def train(run):
        run.report(validation_loss=1.0, gradient_norm=math.inf)
        run.finish(test_loss=1.0)

    *_, end = perform(train)
    assert end.trained[0].record.outcome == "finished"
    *_, end = perform(
        lambda run: (run.report(validation_loss=1.0, accuracy=math.nan), run.finish(test_loss=1.0)), folder="b"
    )
    assert end.trained[0].record.outcome == "diverged"


@pytest.mark.parametrize("name", ["step", "global_step", "iteration"])
def test_a_count_of_the_training_is_no_value(perform, name):
    words = rf"run.report was given {name}=4, which counts the training and is no measure of the model; write update="
    *_, end = perform(lambda run: run.report(validation_loss=1.0, **{name: 4}))
    assert isinstance(end, Failed)
    assert re.search(words, end.message), end.message
    *_, end = perform(lambda run: run.finish(test_loss=1.0, **{name: 4}), folder="b")
    assert end.trained[0].record.metric.name == "loss"


def stand_at_rung(perform, **values):
    """The end of a trial without a declared metric that comes to its rung with these values."""

    def train(run):
        (run.folder / "kept").touch()
        run.report(epoch=1, **values)
        assert run.should_stop

    return perform(train, updates_per_epoch=2, rung="25%")[-1]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"validation_loss": 1.0}, "loss"),
        ({"validation_loss": 1.0, "lr": 0.5}, "loss"),
        ({"validation_loss": 1.0, "accuracy": 0.5}, "accuracy"),
        ({"validation_loss": 1.0, "accuracy": 0.5, "f1": 0.5}, "loss"),
        ({"error": 0.5}, "error"),
    ],
)
def test_at_a_rung_it_stands_by_what_it_reports(perform, values, name):
    standing = stand_at_rung(perform, **values).standings[0]
    assert standing.metric.name == name
    assert standing.epochs[0].validation_score is not None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"error": 0.5, "mae": 0.5},
            'reports validation_error, validation_mae, which does not say .*metric="error".* report validation_error',
        ),
        ({"quality": 0.5}, 'reports validation_quality, .*@lrlab.trial.metric="quality"'),
        ({"train_loss": 0.5}, "reports nothing of validation data, .* report validation_loss, or leave out halving"),
    ],
)
def test_at_a_rung_reports_that_do_not_say_what_decides_are_refused(perform, values, words):
    end = stand_at_rung(perform, **values)
    assert isinstance(end, Failed)
    assert re.search(words, end.message), end.message
