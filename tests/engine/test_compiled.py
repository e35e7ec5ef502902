"""Stacks whose training passes `torch.compile` makes: equal to the plain loop, and refused in words."""

import shutil

import pytest
import torch
from torch import nn

from lrlab.engine import COMPILED, Patience, train, train_stack, verify
from lrlab.engine import _replay as replay
from lrlab.engine._pace import time_stack
from lrlab.errors import Unstackable
from lrlab.models import gpt
from lrlab.objectives import NextToken
from lrlab.tasks import Task
from support.tasks import blobs, trial

COMPILER = next(filter(shutil.which, ("c++", "g++", "clang++")), None)
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="torch.compile needs a compiler of C++")


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory, monkeypatch):
    """What is compiled lies in a folder of this run's, which all tests of it share."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "inductor"))


@pytest.fixture
def _as_it_is(monkeypatch):
    """All but the compilation."""
    monkeypatch.setattr(torch, "compile", lambda run, dynamic: run)


def layers():
    """A short pass with statistics, and a layer of dropout that is used twice."""
    drop = nn.Dropout(0.3)
    first = nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), drop
    return nn.Sequential(*first, nn.Linear(8, 8), nn.Tanh(), drop, nn.Linear(8, 3))


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
    found = verify(trials_of(task), task, layout)
    assert found is not None
    assert all(deviation.equal for deviation in found), found[:3]


def same(found, others):
    for one, other in zip(found, others, strict=True):
        assert one.record.outcome == other.record.outcome
        assert one.record.epochs == other.record.epochs
        for name, weight in one.weights.items():
            assert torch.equal(weight, other.weights[name]), name


@pytest.mark.usefixtures("_as_it_is")
@pytest.mark.parametrize("layout", COMPILED)
@pytest.mark.parametrize("make", [lambda: blobs().with_model(layers), sentences], ids=["mlp", "gpt"])
def test_masks_statistics_and_batches_are_those_of_the_layout_beneath(layout, make):
    task = make()
    trials = trials_of(task, budget="2 epochs")
    same(train_stack(trials, task, layout), train_stack(trials, task, layout.removesuffix("_compiled")))


@pytest.mark.usefixtures("_as_it_is")
@pytest.mark.parametrize("layout", COMPILED)
def test_a_trial_that_diverges_leaves_the_others_as_they_are(layout):
    task = blobs().with_model(lambda: nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.3), nn.Linear(8, 8), nn.Linear(8, 3)))
    trials = [trial(task, peak=peak, budget="4 epochs") for peak in (0.1, 1000.0, 0.03)]
    found = train_stack(trials, task, layout)
    assert [one.record.outcome for one in found] == ["finished", "diverged", "finished"]
    same([found[0], found[2]], train_stack([trials[0], trials[2]], task, layout))


@pytest.mark.usefixtures("_as_it_is")
@pytest.mark.parametrize("layout", COMPILED)
def test_a_stack_that_stops_goes_on(layout, tmp_path):
    task = blobs().with_model(layers)
    trials, found, tries = trials_of(task, budget="3 epochs"), None, 0
    while found is None:
        found = train_stack(trials, task, layout, Patience(tmp_path / "stack.pt", 0.0))
        tries += 1
    assert tries > 1
    same(found, train_stack(trials, task, layout))


@pytest.mark.usefixtures("_as_it_is")
@pytest.mark.parametrize("layout", COMPILED)
def test_recorded_updates_draw_their_masks_where_the_record_reads_them(layout, monkeypatch):
    class Again:
        """Does the same again instead of recording it."""

        def __init__(self, device):
            self.device = device

        def aside(self, update):
            update()

        def record(self, update):
            return update

    monkeypatch.setitem(replay.RECORDERS, "cpu", Again)
    task = blobs().with_model(layers)
    trials = trials_of(task, budget="2 epochs")
    same(train_stack(trials, task, layout, graph=True), train_stack(trials, task, layout))
    assert time_stack(trials, task, layout, 0.0, graph=True).graph
    assert not time_stack(trials, task, layout, 0.0).graph


@pytest.mark.parametrize("layout", COMPILED)
def test_what_the_compiler_says_is_told(layout, monkeypatch):
    def refuse(run, dynamic):
        raise RuntimeError("\nno working C++ compiler was found\nSet TORCH_LOGS for more")

    monkeypatch.setattr(torch, "compile", refuse)
    task = blobs()
    with pytest.raises(
        Unstackable, match=r"does not take it: no working C\+\+ compiler was found; layouts that are not"
    ):
        train_stack([trial(task)], task, layout)
    assert "no working C++ compiler" in time_stack([trial(task)], task, layout, 0.0).refused


@pytest.mark.parametrize("layout", COMPILED)
def test_draws_that_belong_to_no_seed_are_refused(layout):
    class Careless(nn.Linear):
        def forward(self, x):
            return super().forward(nn.functional.dropout(x, 0.3, self.training))

    task = blobs().with_model(lambda: Careless(2, 3))
    with pytest.raises(Unstackable, match="layout"):
        train_stack([trial(task)], task, layout)
    assert train(trial(task), task).record.outcome == "finished"
