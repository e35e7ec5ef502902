"""Whole trainings in lanes against the plain loop, every built-in model, and the proof that this test can fail."""

import numpy as np
import pytest

from lrlab.engine import verify
from lrlab.engine._lanes import LaneBackend, _capture
from lrlab.engine._lanes._abi import LayerKind, Net
from lrlab.models import MODELS
from support.equivalence import (
    a_mask_shared_by_all_seeds,
    found_by_verify,
    images,
    one_augmentation_for_all_seeds,
    trials,
)

pytestmark = pytest.mark.usefixtures("instruction_set")
DEEP = [pytest.param(model, marks=pytest.mark.slow) for model in ("resnet18", "resnet50", "googlenet")]


@pytest.mark.parametrize("model", ["convnet", "lenet", "cnn", "mlp", *DEEP])
@pytest.mark.parametrize(("precision", "updates"), [("float64", 20), ("float32", 10)])
def test_every_model_is_run_exactly_in_lanes(model, precision, updates):
    task = images(model)
    deep = model in ("resnet50", "googlenet")
    made = trials(task, precision, 4 if deep else updates)
    found = verify(made[1:3] if deep else made, task, "lanes")
    assert {deviation.tensor for deviation in found} >= {name for name, _ in task.model().named_parameters()}
    assert all(deviation.equal for deviation in found), found[:3]
    if precision == "float64":
        assert found[0].largest <= 1e-9


def test_every_built_in_model_is_among_them():
    assert {"convnet", "lenet", "cnn", "mlp", "resnet18", "resnet50", "googlenet"} == set(MODELS)


def a_neighbours_rate(monkeypatch):
    """Each trial is given the values of the next one."""
    honest = LaneBackend.step

    def step(self, inputs, labels, values_FK, t):
        return honest(self, inputs, labels, np.roll(values_FK, 1, axis=1), t)

    monkeypatch.setattr(LaneBackend, "step", step)


def a_neighbours_labels(monkeypatch):
    """Each trial is taught with the labels of the next one."""
    honest = Net.train

    def train(self, inputs, which, labels, *others):
        return honest(self, inputs, which, labels.roll(1, 0).contiguous(), *others)

    monkeypatch.setattr(Net, "train", train)


def a_changed_layer(monkeypatch, kind, change):
    honest = _capture.describe_layer

    def describe_layer(own, *arguments, **words):
        layer = honest(own, *arguments, **words)
        if own == kind:
            change(layer)
        return layer

    monkeypatch.setattr(_capture, "describe_layer", describe_layer)


def a_bias_forgotten(monkeypatch):
    def change(layer):
        layer.tensor[1] = -1

    a_changed_layer(monkeypatch, LayerKind.CONVOLUTION, change)


def means_for_maxima(monkeypatch):
    def change(layer):
        layer.number[6] = 0

    a_changed_layer(monkeypatch, LayerKind.POOLING, change)


FAULTS = [a_neighbours_rate, a_neighbours_labels, a_mask_shared_by_all_seeds, one_augmentation_for_all_seeds]
FAULTS += [a_bias_forgotten, means_for_maxima]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault, monkeypatch):
    task = images("cnn")
    fault(monkeypatch)
    found = found_by_verify(trials(task, "float64", 4), task, "lanes", monkeypatch)
    assert not all(deviation.equal for deviation in found)
