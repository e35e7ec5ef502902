"""Stacks in compiled lanes against the plain loop: the same records, whoever leaves and wherever they are stopped."""

from functools import partial

import pytest
import torch

from lrlab.engine import Patience, train, train_stack, verify
from lrlab.engine._stack import Stack
from lrlab.errors import Unstackable
from support.stops import STRIKES, in_pieces
from support.tasks import blobs, line, pictures, trial

pytestmark = pytest.mark.usefixtures("instruction_set")
OPTIMIZERS = [
    {"name": "sgd", "momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
    {"name": "sgd", "momentum": 0.0, "clip": 0.05},
    {"name": "adam", "weight_decay": 0.01},
    {"name": "adamw", "weight_decay": 0.1, "clip": 0.05},
    {"name": "rmsprop", "momentum": 0.9, "weight_decay": 0.01},
]
PLANS = (("cosine", 1), ("warmup(span=3 updates)+linear", 1), ("plateau(patience=0, threshold=0.5)+constant", 2))


def made(task, **changes):
    fields = {"precision": "float64", "budget": "4 epochs", "peak": 0.02, "watch": "test"} | changes
    return [trial(task, schedule=plan, seed=seed, **fields) for plan, seed in PLANS]


@pytest.mark.parametrize("settings", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("task", [blobs(dropout=0.3), pictures()], ids=["points", "pictures"])
def test_lanes_are_the_plain_loop(task, settings):
    found = verify(made(task, optimizer=settings), task, "lanes")
    assert all(deviation.equal for deviation in found), found[:3]


@pytest.mark.parametrize("count", [1, 2, 9])
def test_any_number_of_trials_fits(count):
    task = pictures()
    trials = [trial(task, seed=1 + k % 2, peak=0.01 * (1 + k), precision="float64") for k in range(count)]
    for one, other in zip(train_stack(trials, task, "lanes"), (train(one, task) for one in trials), strict=True):
        assert one.record.test.loss == pytest.approx(other.record.test.loss, rel=1e-9)
        assert [epoch.validation_loss for epoch in one.record.epochs] == pytest.approx(
            [epoch.validation_loss for epoch in other.record.epochs], rel=1e-9
        )


def wild(task):
    """The second of three diverges on the way."""
    trials = made(task, precision="float32", budget="12 epochs")
    return [trials[0], trials[1].model_copy(update={"peak": 1000.0, "schedule": trials[0].schedule}), trials[2]]


def test_a_trial_that_diverges_leaves_and_the_others_go_on():
    task = pictures()
    trials = wild(task)
    found = [trained.record for trained in train_stack(trials, task, "lanes")]
    assert [record.outcome for record in found] == ["finished", "diverged", "finished"]
    assert found[1].provenance.left_at is not None
    for record, one in ((found[0], trials[0]), (found[2], trials[2])):
        assert record.test.loss == pytest.approx(train(one, task).record.test.loss, rel=0.01)
        assert record.provenance.engine == "lanes"


def test_stopped_anywhere_they_end_the_same_to_the_bit(tmp_path, monkeypatch):
    task, path = pictures(), tmp_path / "stack.pt"
    trials = wild(task)
    whole = train_stack(trials, task, "lanes")
    begin = partial(train_stack, trials, task, "lanes", Patience(path, until=STRIKES))
    found, stops = in_pieces(begin, monkeypatch, updates=17)
    assert stops
    for one, other in zip(found, whole, strict=True):
        assert (one.record.epochs, one.record.test) == (other.record.epochs, other.record.test)
        assert all(torch.equal(weight, other.weights[name]) for name, weight in one.weights.items())


def test_what_they_do_not_know_is_refused():
    for task, precision in ((line(), "float32"), (blobs(), "bfloat16")):
        with pytest.raises(Unstackable):
            train_stack([trial(task, precision=precision)], task, "lanes")


@pytest.mark.parametrize(("layout", "beside"), [("lanes", 1), ("grouped", 2)])
def test_torch_is_kept_to_one_thread_beside_the_threads_of_lanes(layout, beside, monkeypatch):
    task, seen = blobs(), []
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        stack = Stack(made(task), task, layout)
        step = stack.backend.step
        monkeypatch.setattr(stack.backend, "step", lambda *given: seen.append(torch.get_num_threads()) or step(*given))
        stack.update()
        assert (seen, torch.get_num_threads()) == ([beside], 2)
    finally:
        torch.set_num_threads(before)
