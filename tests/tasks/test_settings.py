"""Settings that come from outside the program count by what they make of model, loss and metric."""

import dataclasses
import enum
import functools
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.spec import Metric
from lrlab.tasks import Task, seeded
from lrlab.tasks._factory import _settle_shapes
from lrlab.tasks._program import structure_of
from lrlab.tasks._settings import setting, values_of

CF = {"k": 1.0}


@dataclasses.dataclass
class Config:
    k: float
    slots: tuple = ()


@dataclasses.dataclass(slots=True)
class Slotted:
    k: float


class Plain:
    def __init__(self, k):
        self._k = k


class Kind(enum.Enum):
    ONE = 1.0
    TWO = 2.0


class Net(nn.Linear):
    def __init__(self, **attributes):
        super().__init__(3, 3)
        vars(self).update(attributes)


def buffered(k, **how):
    net = nn.Linear(3, 3)
    net.register_buffer("scale", torch.tensor(k), **how)
    return net


def started(k):
    net = nn.Linear(3, 30)
    nn.init.normal_(net.weight, std=k)
    return net


def filled(k):
    net = nn.Linear(30, 30)
    net.load_state_dict({"weight": torch.arange(900.0).reshape(30, 30).sin() + k, "bias": torch.zeros(30)})
    return net


class Reading(nn.Linear):
    def forward(self, inputs):
        return super().forward(inputs) * CF["k"]


def structure(model, **others):
    task = Task.from_arrays(model=model, inputs=[[0.0] * 3] * 20, labels=[0, 1] * 10, **others)
    made = []
    for _ in range(2):
        with seeded(0):
            made.append(model())
    return structure_of(tuple(made), task)


MODELS = {
    "private": lambda k: Net(_k=k),
    "data class": lambda k: Net(config=Config(k)),
    "data class with slots": lambda k: Net(config=Slotted(k)),
    "object": lambda k: Net(config=Plain(k)),
    "namespace": lambda k: Net(config=SimpleNamespace(inner={"k": [k]})),
    "enum": lambda k: Net(kind=Kind(k)),
    "array": lambda k: Net(scale=np.array([1.0, k])),
    "tensor": lambda k: Net(scale=torch.tensor([1.0, k])),
    "among objects": lambda k: Net(parts=[object(), k]),
    "buffer": buffered,
    "passing buffer": lambda k: buffered(k, persistent=False),
    "spread": started,
    "weights": filled,
    "constant": lambda k: nn.Linear(3, 3).apply(lambda layer: nn.init.constant_(layer.bias, k)),
    "partial": lambda k: Net(then=functools.partial(torch.mul, other=k)),
    "closure": lambda k: Net(then=lambda x: x * k),
    "default": lambda k: Net(then=eval("lambda x, k=k: x * k", {"k": k})),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_setting_of_the_model_counts(name):
    one, again, other = (structure(lambda k=k: MODELS[name](k)) for k in (1.0, 1.0, 2.0))
    assert one == again != other


def smoothed(outputs, labels):
    return nn.functional.cross_entropy(outputs, labels, label_smoothing=CF["k"] / 10)


def through(outputs, labels):
    return smoothed(outputs, labels)


class Weighing:
    def __call__(self, outputs, labels):
        return smoothed(outputs, labels)


@pytest.mark.parametrize(
    "loss", [smoothed, through, Weighing(), lambda o, y: smoothed(o, y), functools.partial(through)]
)
@pytest.mark.parametrize("place", ["loss", "score"])
def test_what_loss_and_metric_read_outside_them_counts(monkeypatch, loss, place):
    own = {"loss": loss} if place == "loss" else {"metric": Metric(name="own"), "score": loss}
    one, again = structure(Net, **own), structure(Net, **own)
    monkeypatch.setitem(CF, "k", 2.0)
    assert one == again != structure(Net, **own)


@pytest.mark.parametrize("model", [Reading, lambda: Net(k=CF["k"]), functools.partial(Reading, 3, 3)])
def test_what_the_model_reads_outside_it_counts(monkeypatch, model):
    model = functools.partial(Reading, 3, 3) if model is Reading else model
    one = structure(model)
    monkeypatch.setitem(CF, "k", 2.0)
    assert one != structure(model)


@pytest.mark.parametrize(
    "tensor",
    [torch.linspace(-3, 3, 10), torch.linspace(-3, 3, 5000).sin(), torch.arange(12.0) ** 9, torch.rand(2000) - 0.5],
)
def test_the_last_bits_of_a_tensor_do_not_count(tensor):
    assert values_of(tensor) == values_of(tensor.double() * (1 + 1e-9)) != values_of(tensor * 1.01)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1.0, 2.0], [2.0, 1.0]),
        ([0.0] * 3, [1.0] * 3),
        ([1.0] * 100, [1.0] * 50 + [-1.0] * 50),
        ([1, 2, 3], [1, 2, 4]),
        ([True, False], [False, True]),
        (np.arange(100.0), np.arange(100.0)[::-1].copy()),
        ([1 + 2j], [2 + 1j]),
    ],
)
def test_values_are_told_apart(one, other):
    assert values_of(torch.as_tensor(one)) != values_of(torch.as_tensor(other))


@pytest.mark.parametrize("value", [[], [0.0], [float("nan")], [float("inf"), 1.0], [1e-300]])
def test_any_tensor_has_values(value):
    assert values_of(torch.tensor(value)) == values_of(torch.tensor(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/home/a/weights.pt", "/tmp/b/weights.pt"),
        (Path("/home/a/weights.pt"), Path("/tmp/weights.pt")),
        (0.1 + 0.2, 0.3),
        (object(), object()),
        ([object()], [object()]),
    ],
)
def test_what_differs_from_machine_to_machine_does_not_count(one, other):
    assert setting(one) == setting(other)


def test_the_order_of_a_set_does_not_count():
    assert setting(frozenset("edcba")) == f"frozenset {sorted(map(repr, 'abcde'))}"


def test_what_holds_itself_has_an_end():
    loop = [1]
    loop.append(loop)
    assert setting(loop) == setting(loop)


def test_models_whose_shapes_waited_keep_their_words_in_stores():
    make = _settle_shapes(lambda: nn.LazyLinear(3), torch.zeros(2, 2))
    assert setting(make).startswith("_settled.<locals>.make [")
