"""The first update of a stack is compared with that of plain modules, and takes nothing from training."""

import pytest
import torch
from torch import nn

from lrlab.engine import train_stack
from lrlab.engine._first_update import FirstUpdate
from lrlab.engine._torch_backend import TorchBackend
from lrlab.errors import Unstackable
from support.tasks import blobs, trial


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.norm, self.drop, self.b = nn.Linear(2, 6), nn.BatchNorm1d(6), nn.Dropout(0.3), nn.Linear(6, 3)

    def forward(self, x):
        return self.b(self.drop(torch.tanh(self.norm(self.a(x)))))


class Drawn(Net):
    """A number of its own that each seed draws, and that no tensor holds."""

    def __init__(self):
        super().__init__()
        self.scale = float(torch.rand(()) + 0.5)

    def forward(self, x):
        return self.scale * super().forward(x)


def trials_of(task, **fields):
    peaks = ((1, 0.05), (1, 0.1), (2, 0.1))
    return [trial(task, seed=seed, peak=peak, budget="5 updates", **fields) for seed, peak in peaks]


@pytest.mark.parametrize("layout", ["grouped", "vmap", "lanes"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_stack_has_the_same_bits_whether_it_is_compared_or_not(layout, precision, monkeypatch):
    task = blobs(classes=3).with_model(Net)
    trials = trials_of(task, precision=precision)
    compared = train_stack(trials, task, layout)
    monkeypatch.setattr(FirstUpdate, "_compare", lambda *_: None)
    for one, other in zip(compared, train_stack(trials, task, layout), strict=True):
        for name, weight in other.weights.items():
            assert torch.equal(one.weights[name], weight), name


def test_it_is_compared_once_for_a_stack_and_not_one_by_one(monkeypatch):
    seen = []
    monkeypatch.setattr(FirstUpdate, "_compare", lambda self, *args: seen.append(args[1]))
    task = blobs(classes=3).with_model(Net)
    train_stack(trials_of(task), task, "grouped")
    assert seen == [0, 2]
    train_stack(trials_of(task), task, "loop")
    assert seen == [0, 2]


@pytest.mark.parametrize("layout", ["grouped", "vmap"])
def test_numbers_that_a_seed_draws_for_its_module_are_seen(layout):
    task = blobs(classes=3).with_model(Drawn)
    with pytest.raises(Unstackable, match=r"Drawn computes other numbers than the stack made of it: the outputs of"):
        train_stack(trials_of(task), task, layout)


@pytest.mark.parametrize("precision", ["float32", "float64", "bfloat16"])
def test_a_gradient_of_another_size_is_seen(precision, monkeypatch):
    right = TorchBackend._add_gradients

    def wrong(self, *args):
        found = right(self, *args)
        self.layout.parameters["b.bias"].grad.mul_(0.5)
        return found

    monkeypatch.setattr(TorchBackend, "_add_gradients", wrong)
    task = blobs(classes=3).with_model(Net)
    with pytest.raises(Unstackable, match=r"the gradients of b.bias of the first update differ by"):
        train_stack(trials_of(task, precision=precision), task, "grouped")


@pytest.mark.parametrize("precision", ["float32", "float64", "bfloat16"])
def test_updates_of_several_batches_are_compared(precision):
    task = blobs(classes=3).with_model(Net)
    settings = {"name": "sgd", "accumulate": 2}
    train_stack(trials_of(task, optimizer=settings, batch_size=8, precision=precision), task, "grouped")


def test_an_error_of_the_model_itself_stays_what_it_is():
    class Wrong(nn.Linear):
        def forward(self, x):
            if self.training and torch.is_grad_enabled():
                raise ZeroDivisionError("of its own")
            return super().forward(x)

    task = blobs(classes=3).with_model(lambda: nn.Sequential(Wrong(2, 3)))
    with pytest.raises(ZeroDivisionError, match="of its own"):
        train_stack(trials_of(task), task, "vmap")
