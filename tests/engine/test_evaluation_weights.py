"""Evaluation may have weights of its own; what is trained goes on as if nobody had looked, bit for bit."""

import numpy as np
import pytest
import torch

from lrlab.engine import LAYOUTS, train, train_stack
from lrlab.engine._evaluation_weights import EvaluationWeights
from lrlab.engine._stack import Stack
from lrlab.engine._trial_run import TrialRun
from support.tasks import blobs, trial

NETS = ("lanes", "grouped", "loop")


def halved(holder):
    return {name: tensor / 2 for name, tensor in holder.tensors().items() if tensor.is_floating_point()}


@pytest.fixture
def halves(monkeypatch):
    """Evaluation has half of every weight, in the plain loop and in stacks."""
    monkeypatch.setattr(TrialRun, "evaluation_tensors", halved)
    monkeypatch.setattr(Stack, "evaluation_tensors", lambda stack, _=(): halved(stack.backend))


def made(task):
    return [trial(task, peak=peak, seed=seed, snapshots=(1,), watch="test") for peak, seed in ((0.1, 1), (0.05, 2))]


def test_every_look_is_at_the_evaluation_weights_and_training_does_not_see_them(halves, monkeypatch):
    task = blobs()
    looked = [train(each, task) for each in made(task)]
    monkeypatch.undo()
    plain = [train(each, task) for each in made(task)]
    for own, other in zip(looked, plain, strict=True):
        assert [epoch.train_loss for epoch in own.record.epochs] == [epoch.train_loss for epoch in other.record.epochs]
        assert own.record.test.loss != other.record.test.loss
        assert all(
            mine.validation_loss != theirs.validation_loss and mine.test_loss != theirs.test_loss
            for mine, theirs in zip(own.record.epochs, other.record.epochs, strict=True)
        )
        assert not np.array_equal(own.arrays["snapshot-1"], other.arrays["snapshot-1"])
        for name, weight in other.weights.items():
            assert torch.equal(own.weights[name], weight / 2 if weight.is_floating_point() else weight)


@pytest.mark.parametrize("layout", NETS)
def test_a_stack_looks_at_the_same_weights_as_the_plain_loop(layout, halves):
    task = blobs()
    stacked, plain = train_stack(made(task), task, layout), [train(each, task) for each in made(task)]
    for own, other in zip(stacked, plain, strict=True):
        assert own.record.test.loss == pytest.approx(other.record.test.loss, rel=1e-4)
        for mine, theirs in zip(own.record.epochs, other.record.epochs, strict=True):
            assert mine.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-4)
        for name, weight in other.weights.items():
            torch.testing.assert_close(own.weights[name], weight, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_trained_comes_back_bit_for_bit(layout):
    task = blobs()
    stack = Stack(made(task), task, layout)
    before = {name: tensor.clone() for name, tensor in stack.backend.tensors().items()}
    with EvaluationWeights(stack.backend, lambda: halved(stack.backend)) as weights:
        weights.place()
        weights.place()
        inside = {name: tensor.clone() for name, tensor in stack.backend.tensors().items()}
    for name, tensor in stack.backend.tensors().items():
        assert torch.equal(tensor, before[name])
        assert torch.equal(inside[name], before[name] / 2 if tensor.is_floating_point() else before[name])


def test_nothing_is_made_where_nothing_is_looked_at():
    stack = Stack(made(blobs()), blobs(), "loop")
    with EvaluationWeights(stack.backend, lambda: pytest.fail("nobody looked")):
        pass
