"""What a stack drives: torch's layouts, and another engine in their place."""

import sys
from types import SimpleNamespace

import pytest
import torch

from lrlab import engine
from lrlab.engine import BACKENDS, COMPILED, LAYOUTS, Patience, _make_backend, block_size, has_lanes, train_stack
from lrlab.engine import _checkpoint as checkpoint
from lrlab.engine import _replay as replay
from lrlab.engine._pace import time_stack
from lrlab.engine._stack import Stack
from lrlab.engine._torch_backend import TorchBackend
from lrlab.errors import UnknownName, Unstackable
from lrlab.native import isa
from support.stops import STRIKES, in_pieces
from support.tasks import blobs, pictures, trial


class Pretended:
    """Lanes that are one model after the other; what it gives away are copies."""

    name, trial_bytes = "lanes", 12345

    def __init__(self, models, which, noise, task, one):
        self.inner = TorchBackend("loop", models, which, noise, task, one)
        self.step, self.keep, self.load = self.inner.step, self.inner.keep, self.inner.load
        self.put, self.evaluation_tensors = self.inner.put, self.inner.evaluation_tensors

    @property
    def size(self):
        return self.inner.size

    def forward(self, inputs, train):
        assert not train
        return self.inner.forward(inputs, train)

    def tensors(self):
        return {name: tensor.clone() for name, tensor in self.inner.tensors().items()}

    def recordable(self):
        return None

    def state(self):
        return {slot: {name: one.clone() for name, one in held.items()} for slot, held in self.inner.state().items()}


@pytest.fixture
def _lanes(monkeypatch):
    monkeypatch.setitem(sys.modules, "lrlab.engine._lanes", SimpleNamespace(LaneBackend=Pretended))


def made(task):
    """Three trials of two seeds; the second diverges in the third epoch or so."""
    seeded = (("cosine", 0.05, 1), ("constant", 1000.0, 2), ("plateau(patience=0, threshold=0.5)+constant", 0.02, 2))
    return [
        trial(task, schedule=plan, peak=peak, seed=seed, budget="6 epochs", watch="test") for plan, peak, seed in seeded
    ]


def same(found, others):
    for one, other in zip(found, others, strict=True):
        assert one.record.epochs == other.record.epochs
        assert one.record.test == other.record.test
        assert one.weights.keys() == other.weights.keys()
        assert all(torch.equal(weight, other.weights[name]) for name, weight in one.weights.items())


@pytest.mark.usefixtures("_lanes")
def test_a_stack_drives_whatever_trains_its_trials():
    task = pictures()
    found = train_stack(made(task), task, "lanes")
    same(found, train_stack(made(task), task, "loop"))
    assert {one.record.provenance.engine for one in found} == {"lanes"}


@pytest.mark.usefixtures("_lanes")
def test_another_engines_stack_goes_on_from_its_checkpoint(tmp_path, monkeypatch):
    task, path = pictures(), tmp_path / "stack.pt"
    whole, patience = train_stack(made(task), task, "lanes"), Patience(path, until=STRIKES)
    found, stops = in_pieces(lambda: train_stack(made(task), task, "lanes", patience), monkeypatch, updates=11)
    assert stops
    same(found, whole)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_checkpoint_tells_weights_from_buffers(tmp_path, layout):
    task, path = pictures(), tmp_path / "stack.pt"
    train_stack(made(task), task, layout, Patience(path, every=0.0))
    with path.open("rb") as file:
        state = checkpoint.read_state(file)
    model = task.model()
    assert state is not None
    assert state["layout"] == layout
    assert state["parameters"].keys() == dict(model.named_parameters()).keys()
    assert state["buffers"].keys() == dict(model.named_buffers()).keys()
    assert {slot: held.keys() for slot, held in state["optimizer"].items()} == {"momentum": state["parameters"].keys()}


@pytest.mark.usefixtures("_lanes")
def test_only_torch_is_recorded(monkeypatch):
    monkeypatch.setitem(replay.RECORDERS, "cpu", object)
    task = blobs()
    with pytest.raises(Unstackable, match="recorded in torch's layouts alone, not in lanes"):
        Stack([trial(task)], task, "lanes", graph=True)


@pytest.mark.usefixtures("_lanes")
def test_a_measurement_tells_the_bytes_the_engine_knows():
    course = engine.course_bytes(trial(blobs()).horizon(len(blobs().train.inputs)))
    assert time_stack([trial(blobs())], blobs(), "lanes", 0.0).trial_bytes == 12345 + course


def test_lanes_are_there_where_their_library_can_be_loaded(monkeypatch):
    monkeypatch.setattr(_make_backend, "missing", lambda: "not compiled")
    assert not has_lanes()
    monkeypatch.setattr(_make_backend, "missing", lambda: None)
    assert has_lanes()


def test_a_register_holds_one_trial_where_nothing_is_compiled(monkeypatch):
    monkeypatch.setattr(_make_backend, "missing", lambda: "not compiled")
    assert block_size("lanes", "float32") == block_size("lanes", "float64") == 1


def test_a_register_holds_twice_as_many_trials_in_half_the_precision(instruction_set):
    bits = {"plain": 128, "avx2": 256, "avx512": 512}[instruction_set]
    assert isa() == instruction_set
    assert block_size("lanes", "float32") == bits // 32
    assert block_size("lanes", "float64") == bits // 64


def test_a_misspelt_engine_is_named():
    task = blobs()
    with pytest.raises(UnknownName, match=r"unknown layout 'lane'; did you mean lanes\?"):
        train_stack([trial(task)], task, "lane")
    assert set(BACKENDS) == {"lanes", *LAYOUTS, *COMPILED}
