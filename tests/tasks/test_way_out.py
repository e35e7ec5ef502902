"""A loss or metric that fails says in which form it would take the labels or the outputs."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as losses

from lrlab.errors import TaskError
from lrlab.spec import Metric
from lrlab.tasks import Task
from lrlab.tasks._fit import check_fit
from lrlab.tasks._way_out import way_out

COUNT = 60
X, Y = np.random.default_rng(0).normal(size=(COUNT, 7, 4)), np.arange(COUNT) % 3
HOT = np.eye(3)[Y]
PLACES = np.random.default_rng(1).integers(0, 3, (COUNT, 7))
CE, BCE = nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss()


def opened(outputs, labels, loss, inputs=X[:, 0], **others):
    made = Task.from_arrays(model=lambda: nn.Linear(4, outputs), inputs=inputs, labels=labels, loss=loss, **others)
    check_fit(made, "mine")


@pytest.mark.parametrize(
    ("outputs", "labels", "loss", "way"),
    [
        (3, Y[:, None], CE, r"labels\[:, 0\]"),
        (3, Y.astype(float), CE, r"labels.astype\(int\)"),
        (3, Y.astype(float)[:, None], CE, r"labels.astype\(int\)\[:, 0\]"),
        (3, HOT.astype(int), CE, r"labels.astype\('float32'\)"),
        (3, HOT.astype(bool), CE, r"labels.astype\('float32'\)"),
        (4, HOT, CE, r"labels.argmax\(1\)"),
        (3, Y.astype(float), losses.nll_loss, r"labels.astype\(int\)"),
        (3, HOT.astype(int), losses.nll_loss, r"labels.argmax\(1\)"),
        (1, Y > 0, BCE, r"labels.astype\('float32'\)\[:, None\]"),
        (1, (Y > 0)[:, None], BCE, r"labels.astype\('float32'\)"),
        (1, (Y > 0).astype(int)[:, None], BCE, r"labels.astype\('float32'\)"),
        (1, (Y > 0).astype(float), BCE, r"labels\[:, None\]"),
        (3, HOT.astype(int), BCE, r"labels.astype\('float32'\)"),
        (1, (Y > 0).astype(float)[:, None], losses.binary_cross_entropy, r"outputs.sigmoid\(\)"),
        (1, (Y > 0)[:, None], losses.binary_cross_entropy, r"labels.astype\('float32'\) and outputs.sigmoid\(\)"),
        (3, Y + 1, CE, "classes from 0 to 2, or the model's last layer 4 outputs"),
        (2, Y, CE, "classes from 0 to 1, or the model's last layer 3 outputs"),
        (3, Y + 1, losses.multi_margin_loss, "classes from 0 to 2, or the model's last layer 4 outputs"),
        (3, (Y + 1)[:, None], CE, r"labels\[:, 0\] and classes from 0 to 2, or"),
    ],
)
def test_a_form_that_the_loss_takes_is_named(outputs, labels, loss, way):
    message = (
        rf"mine: the loss failed on 5 examples: .*; it got outputs of shape \(N, {outputs}\) .*; give {way}.* takes$"
    )
    with pytest.raises(TaskError, match=message):
        opened(outputs, labels, loss)


@pytest.mark.parametrize(
    ("labels", "way"),
    [
        (PLACES, r"give outputs.movedim\(-1, 1\), which it takes"),
        (PLACES[:, None], r"give labels\[:, 0\] and outputs.movedim\(-1, 1\), which it takes"),
        (PLACES.astype(float), r"give labels.astype\(int\) and outputs.movedim\(-1, 1\), which it takes"),
    ],
)
def test_classes_on_the_last_axis_of_a_sequence_are_moved(labels, way):
    with pytest.raises(TaskError, match=rf"outputs of shape \(N, 7, 3\) .*{way}"):
        opened(3, labels, CE, X)


@pytest.mark.parametrize(
    ("labels", "way"),
    [
        (Y - 1, "labels of .* whole numbers from -1 to 1; remove examples without a class, or .*: ignore_index=-1$"),
        (np.where(Y == 2, -7, Y), "whole numbers from -7 to 1; .*ignore_index=-7$"),
    ],
)
def test_labels_below_0_may_be_left_out(labels, way):
    with pytest.raises(TaskError, match=way):
        opened(3, labels, CE)


@pytest.mark.parametrize(
    "loss", [lambda outputs, labels: outputs.nope(), lambda outputs, labels: outputs @ labels, lambda outputs: outputs]
)
def test_where_no_form_is_taken_both_shapes_are_told(loss):
    with pytest.raises(
        TaskError, match=r"\(N, 5\) and labels of shape \(N,\), whole numbers from 0 to 2; give labels in"
    ):
        opened(5, Y, loss)


def test_a_metric_is_asked_as_the_loss_is():
    def score(outputs, labels):
        return float(losses.nll_loss(outputs, labels))

    with pytest.raises(
        TaskError, match=r"the metric failed on 5 examples: .*; give labels.astype\(int\)\[:, 0\], which"
    ):
        opened(
            1,
            Y[:, None].astype(float),
            losses.mse_loss,
            metric=Metric(name="own"),
            score=lambda o, y: score(o.expand(-1, 3), y),
        )


def test_a_form_that_fits_only_by_broadcasting_is_not_named():
    def loss(outputs, labels):
        if not labels.is_floating_point():
            raise TypeError("floats alone")
        return ((outputs - labels) ** 2).mean()

    way = way_out(loss, torch.rand(5, 1), torch.arange(5))
    assert way.endswith("give labels.astype('float32')[:, None], which it takes")


@pytest.mark.parametrize("labels", [torch.tensor([True, False]), torch.tensor([1, 0], dtype=torch.uint8)])
def test_any_type_of_a_split_is_told(labels):
    assert "from" in way_out(lambda outputs, labels: None, torch.rand(2, 3), labels)
