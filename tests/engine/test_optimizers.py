"""One entry for each optimizer: torch's class, the stacked arithmetic and the compiled one are all of those named."""

import inspect
import re
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name

import pytest
import torch
from torch import nn

from lrlab import spec
from lrlab.engine import train, train_stack
from lrlab.engine._optimizer import make_optimizer, step
from lrlab.engine._stack_optimizer import ARITHMETIC, StackOptimizer
from lrlab.errors import StudyError, Unstackable
from lrlab.spec import OPTIMIZERS, Optimizer
from support.tasks import blobs, trial

HEADER = Path(__file__).parents[2] / "native" / "lanes" / "optimizer.h"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_entry_is_torchs_class_with_fields_there_are(name):
    kind = OPTIMIZERS[name]
    parameters = inspect.signature(resolve_name(kind.torch)).parameters
    assert set(kind.arguments) <= set(parameters)
    assert set(kind.fields) <= set(Optimizer.model_fields) - {"name", "clip"}
    assert {"momentum", "weight_decay"} <= set(kind.fields)
    assert list(kind.peaks) == sorted(kind.peaks)
    settings = Optimizer(name=name, momentum=0.8, weight_decay=0.1, beta2=0.98, eps=1e-6, alpha=0.9)
    model = nn.Linear(2, 1)
    (group,) = make_optimizer(model, settings).param_groups
    for argument, fields in kind.arguments.items():
        values = tuple(getattr(settings, field) for field in fields)
        assert group[argument] == (values if len(values) > 1 else values[0])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_rate_momentum_and_decay_are_written_before_an_update(name):
    model, settings = nn.Linear(2, 1), Optimizer(name=name, momentum=0.8, beta2=0.98)
    optimizer = make_optimizer(model, settings)
    model(torch.ones(1, 2)).sum().backward()
    step(optimizer, settings, (0.5, 0.25, 0.125))
    (group,) = optimizer.param_groups
    written = group[OPTIMIZERS[name].momentum_argument]
    assert (group["lr"], group["weight_decay"]) == (0.5, 0.125)
    assert written == ((0.25, 0.98) if isinstance(written, tuple) else 0.25)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_stack_keeps_what_the_entry_says(name):
    weights = {"weight": torch.zeros(3, 2)}
    state = StackOptimizer(Optimizer(name=name), weights).state
    assert tuple(state) == OPTIMIZERS[name].slots
    assert all(tensors["weight"].shape == (3, 2) for tensors in state.values())


def test_the_stacked_and_the_compiled_arithmetic_are_of_these_optimizers():
    assert ARITHMETIC.keys() == OPTIMIZERS.keys()
    (names,) = re.findall(r"enum class OptimizerKind \{ (.*?) \};", HEADER.read_text())
    compiled = {kind.compiled: name for name, kind in OPTIMIZERS.items() if kind.compiled is not None}
    assert dict(enumerate(names.split(", "))) == compiled


def test_one_more_optimizer_is_an_entry_and_its_arithmetic(monkeypatch):
    """By every engine but lanes, which say that they lack it."""
    monkeypatch.setitem(OPTIMIZERS, "mine", replace(OPTIMIZERS["rmsprop"], compiled=None))
    monkeypatch.setitem(ARITHMETIC, "mine", ARITHMETIC["rmsprop"])
    task = blobs()
    mine, other = (trial(task, optimizer=Optimizer(name=name)) for name in ("Mine", "rmsprop"))
    assert train(mine, task).record.test == train(other, task).record.test
    stacked = [train_stack([one], task, "grouped")[0] for one in (mine, other)]
    assert stacked[0].record.test == stacked[1].record.test
    with pytest.raises(Unstackable, match="the optimizer mine is not compiled; it is not run in lanes"):
        train_stack([mine], task, "lanes")


@pytest.mark.parametrize("name", ["adma", 3, True, None])
def test_an_optimizer_is_one_of_those_there_are(name):
    for make in (lambda **fields: Optimizer(**fields), lambda **fields: spec.make_optimizer(fields)):
        with pytest.raises(StudyError, match="name: input should be 'sgd', 'adam', 'adamw' or 'rmsprop', but got"):
            make(name=name)


def test_nesterov_is_of_those_that_read_it():
    with pytest.raises(StudyError, match="nesterov needs sgd with momentum above 0, but got adam"):
        Optimizer(name="adam", nesterov=True)
