"""Every built-in model, stacked and by the plain loop, augmentation, batch norm and dropout on: the same numbers.

And the proof that this test can fail: faults planted in the stack are found.
"""

import numpy as np
import pytest
import torch

from lrlab.engine import _torch_backend, verify
from lrlab.models import MODELS
from support.equivalence import (
    a_mask_shared_by_all_seeds,
    found_by_verify,
    images,
    one_augmentation_for_all_seeds,
    trials,
)

DEEP = [pytest.param(model, marks=pytest.mark.slow) for model in ("resnet18", "resnet50", "googlenet")]


@pytest.mark.parametrize("model", ["convnet", "lenet", "cnn", "mlp", *DEEP])
@pytest.mark.parametrize(("precision", "updates"), [("float64", 50), ("float32", 1), ("float32", 20)])
def test_every_model_is_stacked_exactly(model, precision, updates):
    task = images(model)
    made = trials(task, precision, updates)
    found = verify(made[1:3] if model in ("resnet50", "googlenet") else made, task, "grouped")
    assert {deviation.tensor for deviation in found} >= {name for name, _ in task.model().named_parameters()}
    assert all(deviation.equal for deviation in found), found[:3]
    if precision == "float64" and model != "resnet50":  # which drives any two trainings apart: see `verify`
        assert found[0].largest <= 1e-9


def test_every_built_in_model_is_among_them():
    assert {"convnet", "lenet", "cnn", "mlp", "resnet18", "resnet50", "googlenet"} == set(MODELS)


@pytest.mark.parametrize("model", ["cnn", "resnet18"])
@pytest.mark.parametrize("layout", ["vmap", "loop"])
def test_the_other_layouts_are_exact_too(model, layout):
    task = images(model)
    found = verify(trials(task, "float64", 10, name="adamw", weight_decay=0.01), task, layout)
    assert all(deviation.equal for deviation in found), found[:3]


def a_neighbours_rate(monkeypatch):
    """Each trial is given the values of the next one."""
    honest = _torch_backend.StackOptimizer.multipliers

    def multipliers(self, values_FK, like):
        return honest(self, np.roll(values_FK, 1, axis=1), like)

    monkeypatch.setattr(_torch_backend.StackOptimizer, "multipliers", multipliers)


def a_loss_that_leaks(monkeypatch):
    """One trial's loss holds a millionth of another's."""
    honest = _torch_backend.losses_of

    def losses(*arguments):
        losses_K = honest(*arguments)
        return losses_K + 1e-6 * losses_K * losses_K.roll(1)

    monkeypatch.setattr(_torch_backend, "losses_of", losses)


FAULTS = [a_neighbours_rate, a_mask_shared_by_all_seeds, a_loss_that_leaks, one_augmentation_for_all_seeds]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault, monkeypatch):
    task = images("cnn")
    fault(monkeypatch)
    found = found_by_verify(trials(task, "float64", 10), task, "grouped", monkeypatch)
    assert not all(deviation.equal for deviation in found)


def test_deviation_is_not_fooled_by_what_is_no_number():
    from lrlab.engine._verify import deviation

    plain, odd = torch.ones(3), torch.tensor([1.0, float("nan"), 1.0])
    assert deviation(plain, odd) == deviation(odd, plain) == float("inf")
    assert deviation(odd, odd) == 0
    assert deviation(2 * plain, plain) == 1
    assert deviation(torch.zeros(2), torch.zeros(2)) == 0
