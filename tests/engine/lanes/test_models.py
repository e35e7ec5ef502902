"""Whole trainings in lanes against the plain loop, every built-in model, and the proof that this test can fail."""

from functools import partial

import numpy as np
import pytest

from lrlab.engine import _stack, verify
from lrlab.engine._lanes import LaneBackend, _capture
from lrlab.engine._lanes._abi import Kind, Net
from lrlab.engine._noise import Noise
from lrlab.models import MODELS
from lrlab.spec import Optimizer, Trial
from lrlab.tasks import Augment, Normalize, Task

pytestmark = pytest.mark.usefixtures("needs_native")
PLANS = ("constant", "cosine", "linear", "constant")
DEEP = [pytest.param(model, marks=pytest.mark.slow) for model in ("resnet18", "resnet50", "googlenet")]


def images(model, size=16):
    """Colour images of four classes, a coarse pattern each under noise, and a model."""
    rng = np.random.default_rng(5)
    labels = np.arange(80) % 4
    patterns = rng.integers(60, 196, size=(4, 3, 4, 4)).repeat(size // 4, 2).repeat(size // 4, 3)
    noise = rng.normal(0, 20, size=(80, 3, size, size))
    return Task.from_arrays(
        model=partial(MODELS[model], channels=3, classes=4, size=size, width=0.125),
        inputs=np.clip(patterns[labels] + noise, 0, 255).astype(np.uint8),
        labels=labels,
        augment=Augment(crop=2, flip=True, cutout=3),
        normalize=Normalize((0.5, 0.4, 0.5), (0.2, 0.3, 0.2)),
    )


def trials(task, precision, updates, **optimizer):
    fields = {"task": "t", "data": task.fingerprint, "optimizer": Optimizer(**optimizer), "batch_size": 16}
    return [
        Trial(schedule=plan, peak=peak, seed=seed, budget=f"{updates} updates", precision=precision, **fields)
        for plan, peak, seed in zip(PLANS, (0.01, 0.01, 0.01, 0.005), (1, 1, 2, 2), strict=True)
    ]


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


def a_mask_shared_by_all_seeds(monkeypatch):
    honest = Noise.mask

    def mask(self, *arguments, **words):
        masks = honest(self, *arguments, **words)
        return masks[:1].expand_as(masks)

    monkeypatch.setattr(Noise, "mask", mask)


def one_augmentation_for_all_seeds(monkeypatch):
    honest = _stack.generator
    monkeypatch.setattr(_stack, "generator", lambda device, seed, *words: honest(device, 1, *words))


def a_changed_layer(monkeypatch, kind, change):
    honest = _capture.Captured._layer

    def layer(self, own, *arguments, **words):
        honest(self, own, *arguments, **words)
        if own == kind:
            change(self.layers[-1])

    monkeypatch.setattr(_capture.Captured, "_layer", layer)


def a_bias_forgotten(monkeypatch):
    def change(layer):
        layer.tensor[1] = -1

    a_changed_layer(monkeypatch, Kind.CONVOLUTION, change)


def means_for_maxima(monkeypatch):
    def change(layer):
        layer.number[6] = 0

    a_changed_layer(monkeypatch, Kind.POOLING, change)


FAULTS = [a_neighbours_rate, a_neighbours_labels, a_mask_shared_by_all_seeds, one_augmentation_for_all_seeds]
FAULTS += [a_bias_forgotten, means_for_maxima]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault, monkeypatch):
    task = images("cnn")
    fault(monkeypatch)
    found = verify(trials(task, "float64", 4), task, "lanes")
    assert not all(deviation.equal for deviation in found)
