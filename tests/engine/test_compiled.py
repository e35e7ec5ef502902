"""Stacks whose training passes `torch.compile` makes: equal to the plain loop, and refused in words."""

import shutil

import pytest
import torch
from torch import nn

from lrlab.engine import train, train_stack, verify
from lrlab.engine._layouts import COMPILED, Unstackable, _compiled, make_layout
from lrlab.engine._noise import Noise, key_dropout
from lrlab.models import gpt
from lrlab.objectives import NextToken
from lrlab.tasks import Task
from support.tasks import blobs, trial

COMPILER = next(filter(shutil.which, ("c++", "g++", "clang++")), None)
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="torch.compile needs a compiler of C++")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """What is compiled lies in a folder of this run's, which all tests of it share."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "inductor"))


def layers():
    """A short pass with statistics, and a layer of dropout that is used twice."""
    drop = nn.Dropout(0.3)
    return nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), drop, nn.Linear(8, 8), nn.Tanh(), drop, nn.Linear(8, 3))


def sentences():
    """Tokens of a small vocabulary, each followed by its successor."""
    inputs = (torch.arange(40)[:, None] + torch.arange(8)) % 11
    return Task.from_arrays(
        model=lambda: gpt(11, context=8, dim=8, heads=2, blocks=1),
        inputs=inputs.numpy(),
        labels=((inputs + 1) % 11).numpy(),
        objective=NextToken(),
    )


def trials_of(task, **fields):
    seeded = [(0.1, 1), (0.03, 1), (0.1, 2)]
    common = {"precision": "float64", "budget": "4 updates", "batch_size": 8} | fields
    return [trial(task, peak=peak, seed=seed, **common) for peak, seed in seeded]


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("layout", COMPILED)
@pytest.mark.parametrize("make", [lambda: blobs().with_model(layers), sentences], ids=["mlp", "gpt"])
def test_a_compiled_stack_is_the_plain_loop(layout, make):
    task = make()
    trials = trials_of(task)[2 * (layout == "loop_compiled") :]
    found = verify(trials, task, layout)
    assert found is not None
    assert all(deviation.equal for deviation in found), found[:3]
