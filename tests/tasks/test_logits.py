"""What decides where a loss of the user's own takes whole numbers: accuracy of logits, a class each, or the loss."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.tasks import Task
from lrlab.tasks._fit import check_own

INPUTS, LABELS = np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) % 3


def task(model, **others):
    return Task.from_arrays(**{"model": model, "inputs": INPUTS, "labels": LABELS} | others)


def binary_loss(outputs, labels):
    return nn.functional.binary_cross_entropy_with_logits(outputs.reshape(labels.shape), labels.float())


BINARY = {"labels": np.arange(40) % 2, "loss": binary_loss}
ONE_NUMBER = nn.Sequential(nn.Linear(4, 1), nn.Flatten(0))


@pytest.mark.parametrize(
    ("make", "fields", "metric"),
    [
        (lambda: nn.Linear(4, 1), BINARY, "loss"),
        (lambda: copy.deepcopy(ONE_NUMBER), BINARY, "loss"),
        (lambda: copy.deepcopy(ONE_NUMBER), {"labels": np.arange(40) + 100, "loss": binary_loss}, "loss"),
        (lambda: nn.Linear(4, 3), {"loss": nn.functional.cross_entropy}, "accuracy"),
        (lambda: nn.Linear(4, 5), {"loss": nn.functional.cross_entropy}, "accuracy"),
        (lambda: nn.Linear(4, 3), {}, "accuracy"),
    ],
)
def test_accuracy_is_the_metric_only_where_outputs_have_a_logit_a_class(make, fields, metric):
    opened = task(make, **fields)
    check_own(opened, "t")
    assert [each.name for each in opened.objective.metrics] == [metric]
    outputs, labels = torch.tensor([[9.0], [-9.0], [9.0]]), torch.tensor([1, 0, 1])
    if metric == "loss":
        assert opened.objective.score(outputs, labels, 0.25) == 0.25
        assert opened.notes == ()


def test_what_decides_follows_the_model_and_is_part_of_the_fingerprint():
    wide = task(lambda: nn.Linear(4, 2), labels=np.arange(40) % 2, loss=lambda o, y: o.mean() ** 2)
    assert wide.objective.metrics[0].name == "accuracy"
    narrow = wide.with_model(lambda: nn.Linear(4, 1))
    assert narrow.objective.metrics[0].name == "loss"
    assert narrow.fingerprint != wide.fingerprint
    assert narrow.with_model(lambda: nn.Linear(4, 2)).fingerprint == wide.fingerprint
