"""What validation data give without learning, for tasks of every kind."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss

from lrlab.engine import train, train_stack
from lrlab.engine._chance import chance_of
from lrlab.spec import Metric
from lrlab.tasks import Task
from support.tasks import blobs, line, trial


def made(labels, outputs=1, inputs=None, **others):
    labels = np.asarray(labels)
    inputs = np.random.default_rng(0).normal(size=(len(labels), 2)) if inputs is None else inputs
    part = inputs, labels
    return Task(model=lambda: nn.Linear(2, outputs), train=part, validation=part, test=part, **others)


def mean_square(outputs, labels):
    return ((outputs - labels) ** 2).mean()


def test_of_classes_the_largest_wins():
    found = chance_of(made([0] * 7 + [1] * 2 + [2], outputs=4), 1, "float32")
    share = np.array([0.7, 0.2, 0.1])
    assert found.constant.score == pytest.approx(0.7)
    assert found.constant.loss == pytest.approx(-(share * np.log(share)).sum(), rel=1e-5)
    assert found.examples == 10


@pytest.mark.parametrize(
    ("loss", "labels", "expected"),
    [
        (mean_square, np.arange(5.0), 2.0),
        (l1_loss, np.array([0.0, 0.0, 0.0, 0.0, 10.0]), 2.0),  # the median, not the mean
        (binary_cross_entropy_with_logits, np.array([1.0, 0.0, 0.0, 0.0, 0.0]), 0.5004),  # the logit of the mean
    ],
)
def test_of_numbers_the_best_constant_of_the_usual_losses(loss, labels, expected):
    found = chance_of(made(labels[:, None], loss=loss), 1, "float64")
    assert found.constant.loss == pytest.approx(expected, abs=1e-4)
    assert found.constant.score == found.constant.loss  # without a metric the loss is it


def test_the_untrained_level_is_that_of_a_diverged_trial():
    task = line()
    gone = train(trial(task, peak=1000.0, budget="20 epochs"), task).record
    assert gone.diverged
    assert gone.chance.untrained.loss == pytest.approx(gone.validation.loss)
    assert gone.chance.untrained.score == pytest.approx(gone.validation.score)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_stack_says_what_the_plain_loop_says(precision):
    task = blobs()
    trials = [trial(task, seed=seed, peak=peak, precision=precision) for seed in (1, 2) for peak in (0.1, 0.0001)]
    stacked = [one.record for one in train_stack(trials, task, "grouped")]
    plain = [train(one, task).record for one in trials]
    assert [one.chance for one in stacked] == [one.chance for one in plain]
    assert plain[0].chance == plain[1].chance
    assert plain[0].chance.untrained != plain[2].chance.untrained
    assert [one.learned for one in stacked] == [True, False] * 2
    assert {one.way for one in stacked} == {"", "higher"}


def test_without_validation_data_there_is_none():
    task = blobs()
    blind = Task(model=task.model, train=tuple(task.train), validation=None, test=tuple(task.test))
    assert chance_of(blind, 1, "float32") is None


@pytest.mark.parametrize(
    ("labels", "inputs"), [(np.full((9, 1), 2.0), None), (np.arange(9.0)[:, None], np.ones((9, 2)))]
)
def test_where_a_constant_is_all_there_is_to_learn_it_is_no_chance(labels, inputs):
    found = chance_of(made(labels, inputs=inputs, loss=mean_square), 1, "float32")
    assert found.constant.loss is None
    assert found.untrained.loss is not None


def failing(outputs, labels):
    raise ValueError("undefined")


@pytest.mark.parametrize("score", [failing, lambda outputs, labels: float("nan")])
def test_a_metric_that_fails_on_untrained_weights_costs_nothing(score):
    task = made(np.arange(9.0)[:, None], loss=mean_square, metric=Metric(name="m"), score=score)
    found = chance_of(task, 1, "float32")
    assert found.constant.score is None
    assert found.untrained.score is None
    assert found.constant.loss is not None


def test_it_draws_no_random_numbers():
    task = made(
        np.arange(9.0)[:, None], loss=mean_square, metric=Metric(name="m"), score=lambda *_: torch.rand(1).item()
    )
    state = torch.random.get_rng_state()
    chance_of(task, 1, "float32")
    assert torch.equal(torch.random.get_rng_state(), state)
