"""Layers that stay in evaluation while a model trains, as frozen batch norm: as in the plain loop, or refused."""

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.engine import BACKENDS, is_available, train, train_stack
from lrlab.errors import Unstackable
from lrlab.spec import LAYOUT_KINDS
from lrlab.tasks import Task
from support.tasks import trial

HERE = [layout for layout in BACKENDS if is_available(layout) and not LAYOUT_KINDS[layout].compiling]
AS_MODULES = ("loop", "channels_last", "vmap")  # layouts that call the modules themselves
DRAWS = np.random.default_rng(0)
X, Y = 2 + DRAWS.normal(size=(120, 4)), np.arange(120) % 3


class Net(nn.Module):
    """Norms of which the first has statistics of its own, as one that was trained elsewhere."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
        self.body[0].running_mean.fill_(1.0)

    def forward(self, x):
        return self.body(x)


class Frozen(Net):
    def train(self, mode=True):
        super().train(mode)
        self.body[0].eval()
        return self


class LeftInEvaluation(Net):
    """The plain loop calls `train()` first."""

    def __init__(self):
        super().__init__()
        self.body[0].eval()


class AlwaysTraining(Net):
    def train(self, mode=True):
        super().train(mode)
        self.body[2].train()
        return self


def both(model, layout, **how):
    task = Task.from_arrays(model=model, inputs=X, labels=Y)
    asked = [trial(task, peak=peak, seed=seed, precision="float64", **how) for peak in (0.1, 0.03) for seed in (1, 2)]
    return train_stack(asked, task, layout), [train(one, task) for one in asked]


def equal(stacked, plain):
    for one, other in zip(stacked, plain, strict=True):
        assert one.record.test.loss == pytest.approx(other.record.test.loss, rel=1e-9)
        for name, tensor in other.weights.items():
            assert torch.allclose(tensor, one.weights[name], rtol=0, atol=1e-10), name


@pytest.mark.parametrize("layout", HERE)
def test_a_frozen_norm_is_frozen_or_refused(layout):
    if layout in AS_MODULES:
        stacked, plain = both(Frozen, layout)
        equal(stacked, plain)
        assert plain[0].weights["body.0.running_mean"].tolist() == [1.0] * 4
    else:
        with pytest.raises(Unstackable, match=r"layer body.0 stays in evaluation while it trains"):
            both(Frozen, layout)


@pytest.mark.parametrize("layout", HERE)
def test_a_layer_that_is_in_evaluation_when_it_is_made_trains_as_in_the_plain_loop(layout):
    equal(*both(LeftInEvaluation, layout))


@pytest.mark.parametrize("layout", [layout for layout in HERE if layout not in AS_MODULES])
def test_a_layer_that_always_trains_is_refused(layout):
    with pytest.raises(Unstackable, match=r"layer body.2 stays in training while it is evaluated"):
        both(AlwaysTraining, layout)


@pytest.mark.parametrize("layout", AS_MODULES)
def test_the_statistics_of_a_frozen_norm_stay_under_an_average(layout):
    stacked, plain = both(Frozen, layout, average="ema(decay=0.7)")
    equal(stacked, plain)
    assert plain[0].weights["body.0.running_mean"].tolist() == [1.0] * 4
    assert plain[0].weights["body.2.running_mean"].abs().sum() > 0
