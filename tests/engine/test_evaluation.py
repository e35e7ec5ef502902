"""Test data watched on the way, snapshots, and tasks without validation data: by hand, in the loop and in stacks."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.engine import _trial_measure as loop
from lrlab.engine import epoch_batches, initial_model, train, train_stack
from lrlab.engine._pace import time_stack
from lrlab.engine._stack_measure import Tally
from lrlab.spec import Optimizer, Record
from lrlab.stats import classification
from lrlab.tasks import Task
from support.tasks import blobs, line, trial

LAYOUTS = ["grouped", "vmap", "loop"]
FIELDS = ("train_loss", "train_score", "train_f1", "validation_loss", "validation_score")
FIELDS += ("test_loss", "test_score", "test_f1")


def without_validation(task):
    return Task(model=task.model, train=task.train, validation=None, test=task.test, loss=task.loss)


class Marked(nn.Module):
    """A linear model that gives no numbers, in evaluation and once trained, for inputs above 100."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 3)
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        if self.training:
            self.seen += 1
        return torch.where((x[:, :1] > 100) & (self.seen > 0), torch.nan, self.layer(x))


def marked():
    """Clouds whose test data, and nothing else, the trained model cannot bear."""
    base = blobs()
    test = base.test.inputs.clone()
    test[0] = 101
    return Task(model=Marked, train=base.train, validation=base.validation, test=(test, base.test.labels))


def test_f1_of_an_epoch_is_that_of_all_its_predictions():
    """Against torch's own pieces and scikit-learn's F1."""
    from sklearn.metrics import f1_score

    task = blobs()
    made = trial(task, watch="test", schedule="constant", budget="2 epochs", peak=0.05)
    record = train(made, task).record
    model = initial_model(task.model, made.seed)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, 0.9)
    for epoch in range(2):
        true, predicted = [], []
        for batch in epoch_batches(len(task.train.inputs), made.batch_size, made.seed, epoch):
            outputs, labels = model(task.train.inputs[batch]), task.train.labels[batch]
            true += labels.tolist()
            predicted += outputs.argmax(1).tolist()
            optimizer.zero_grad()
            nn.functional.cross_entropy(outputs, labels).backward()
            optimizer.step()
        with torch.no_grad():
            outputs = model(task.test.inputs)
        found = record.epochs[epoch]
        assert found.train_f1 == pytest.approx(f1_score(true, predicted, average="macro"))
        assert found.test_f1 == pytest.approx(f1_score(task.test.labels, outputs.argmax(1), average="macro"))
        assert found.test_loss == pytest.approx(nn.functional.cross_entropy(outputs, task.test.labels).item(), rel=1e-5)
        assert found.test_score == (outputs.argmax(1) == task.test.labels).double().mean().item()


def test_each_look_is_the_end_of_a_shorter_trial():
    """Under a constant rate, training n epochs is what n epochs of a longer training are."""
    task = blobs(dropout=0.3)
    fields = {"watch": "test", "schedule": "constant"}
    long = train(trial(task, budget="4 epochs", snapshots=(1, 3, 4, 9), **fields), task)
    assert set(long.arrays) == {"rates", "right", "validation", "test", "snapshot-1", "snapshot-3", "snapshot-4"}
    for epoch in range(1, 5):
        short = train(trial(task, budget=f"{epoch} epochs", **fields), task)
        seen = long.record.epochs[epoch - 1]
        assert (seen.test_loss, seen.test_score) == (short.record.test.loss, short.record.test.score)
        assert seen == short.record.epochs[-1]
        assert seen.test_f1 == classification(short.record.test.confusion).macro.f1
        if epoch != 2:
            np.testing.assert_array_equal(long.arrays[f"snapshot-{epoch}"], short.arrays["test"])
    assert long.arrays["snapshot-1"].dtype == np.float16


def test_it_is_kept_which_test_examples_were_right():
    task = blobs()
    done = train(trial(task), task)
    assert done.arrays["right"].dtype == np.bool_
    assert done.arrays["right"].tolist() == (done.arrays["test"].argmax(axis=1) == task.test.labels.numpy()).tolist()
    assert done.arrays["right"].mean() == pytest.approx(done.record.test.score, abs=1e-6)


def test_watching_and_snapshots_change_nothing_else():
    task = blobs(dropout=0.3)
    plain, watched = train(trial(task), task), train(trial(task, watch="test", snapshots=(1, 2)), task)
    assert plain.record.test == watched.record.test
    for mine, theirs in zip(plain.record.epochs, watched.record.epochs, strict=True):
        assert (mine.train_loss, mine.validation_loss) == (theirs.train_loss, theirs.validation_loss)
        assert (mine.train_f1, mine.test_loss, mine.test_score, mine.test_f1) == (None,) * 4


def test_test_data_is_watched_as_often_as_validation_data_and_once_at_the_end(monkeypatch):
    task = blobs()
    asked = []
    honest = loop.evaluate

    def evaluate(model, whole, split, *how):
        asked.append(split is task.test)
        return honest(model, whole, split, *how)

    monkeypatch.setattr(loop, "evaluate", evaluate)
    record = train(trial(task, watch="test", budget="5 epochs", evaluate_every=2), task).record
    assert [n for n, epoch in enumerate(record.epochs, 1) if epoch.test_loss is not None] == [2, 4, 5]
    assert [n for n, epoch in enumerate(record.epochs, 1) if epoch.train_f1 is not None] == [1, 2, 3, 4, 5]
    assert sum(asked) == 3


def test_without_classes_there_is_no_f1():
    task = line()
    made = trial(task, watch="test", batch_size=12, snapshots=(1,))
    for trained in (train(made, task), train_stack([made], task, "grouped")[0]):
        assert all(epoch.test_loss is not None and epoch.test_score is not None for epoch in trained.record.epochs)
        assert all(epoch.train_f1 is None and epoch.test_f1 is None for epoch in trained.record.epochs)
        assert trained.arrays["snapshot-1"].dtype == np.float32


@pytest.mark.parametrize("layout", [None, "vmap", "loop"])
@pytest.mark.parametrize(
    ("watch", "epochs", "diverged_at", "left"),
    [("test", 3, 4, 1), ("test", 1, 4, 1), ("validation", 3, 12, 3)],
    ids=["watched", "watched at the end", "not watched"],
)
def test_a_watched_loss_that_is_no_number_is_a_divergence(layout, watch, epochs, diverged_at, left):
    task = marked()
    made = trial(task, watch=watch, budget=f"{epochs} epochs", snapshots=(1,))
    trained = train(made, task) if layout is None else train_stack([made], task, layout)[0]
    record = trained.record
    assert (record.outcome, record.diverged_at, len(record.epochs)) == ("diverged", diverged_at, left)
    assert (record.epochs[-1].train_loss is None) == (watch == "test")
    assert "snapshot-1" not in trained.arrays
    assert math.isfinite(record.test.loss)


@pytest.mark.parametrize("layout", [None, *LAYOUTS])
def test_a_diverged_trial_keeps_the_snapshots_before(layout):
    task = blobs()
    fields = {"watch": "test", "schedule": "constant", "budget": "200 epochs", "optimizer": {"momentum": 0.99}}
    made = trial(task, peak=30.0, snapshots=(1, 2, 5, 6, 200), **fields)
    trained = train(made, task) if layout is None else train_stack([made], task, layout)[0]
    record = trained.record
    assert record.outcome == "diverged"
    assert len(record.epochs) == 5
    assert {name for name in trained.arrays if name.startswith("snapshot")} == {"snapshot-1", "snapshot-2"}
    assert all(epoch.test_f1 is not None for epoch in record.epochs[:-1])
    assert record.epochs[-1] == type(record.epochs[-1]).unmeasured()


def assert_same(stacked, plain):
    assert stacked.record.outcome == plain.record.outcome
    assert stacked.record.diverged_at == plain.record.diverged_at
    assert stacked.arrays.keys() == plain.arrays.keys()
    for one, other in zip(stacked.record.epochs, plain.record.epochs, strict=True):
        for field in FIELDS:
            mine, theirs = getattr(one, field), getattr(other, field)
            assert mine == (None if theirs is None else pytest.approx(theirs, rel=1e-9)), field
    for name, array in plain.arrays.items():
        np.testing.assert_allclose(stacked.arrays[name].astype(float), array.astype(float), rtol=2e-3, atol=1e-7)


PLANS = [
    ("plateau(patience=0, threshold=0.5)+constant", 0.1, 1, (1, 5, 6)),
    ("cosine", 0.1, 2, ()),
    ("constant", 1000.0, 2, (1, 4)),
    ("linear", 0.03, 1, (2, 5, 70)),
]


def in_both(task, layout, plans, **changes):
    fields = {"watch": "test", "precision": "float64", "budget": "5.5 epochs", "evaluate_every": 1} | changes
    made = [
        trial(task, schedule=plan, peak=peak, seed=seed, snapshots=snapshots, **fields)
        for plan, peak, seed, snapshots in plans
    ]
    stacked = train_stack(made, task, layout)
    assert stacked is not None
    return stacked, [train(one, task) for one in made]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("evaluate_every", [1, 2])
def test_a_stack_looks_as_the_plain_loop_does(layout, evaluate_every):
    plans = PLANS if evaluate_every == 1 else PLANS[1:]
    stacked, plain = in_both(blobs(dropout=0.3), layout, plans, evaluate_every=evaluate_every)
    for one, other in zip(stacked, plain, strict=True):
        assert_same(one, other)
    assert {"snapshot-2", "snapshot-5"} < stacked[-1].arrays.keys()
    assert len({one.record.epochs[0].train_f1 for one in stacked}) > 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_where_one_diverges_the_others_counts_stay_their_own(layout):
    """Labels are numbers of classes under a loss that a high rate drives out of the finite numbers."""
    base = blobs()
    task = Task(
        model=base.model,
        train=base.train,
        validation=None,
        test=base.test,
        loss=lambda outputs, labels: ((outputs - nn.functional.one_hot(labels, 3)) ** 2).mean(),
    )
    stacked, plain = in_both(task, layout, [("constant", 0.1, 1, (2,)), ("constant", 1000.0, 1, ()), PLANS[3]])
    assert [one.record.outcome for one in stacked] == ["finished", "diverged", "finished"]
    assert stacked[1].record.provenance.left_at == 4  # so that counts were kept of two trials of three
    for one, other in zip(stacked, plain, strict=True):
        assert_same(one, other)


def test_counts_that_mix_trials_would_be_noticed(monkeypatch):
    honest = Tally.add
    monkeypatch.setattr(Tally, "add", lambda self, outputs, labels: honest(self, outputs.roll(1, 0), labels))
    stacked, plain = in_both(blobs(), "grouped", PLANS[1:])
    with pytest.raises(AssertionError, match="train_f1"):
        assert_same(stacked[0], plain[0])


@pytest.mark.parametrize("watch", ["validation", "test"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_task_without_validation_data_is_trained(layout, watch):
    task = without_validation(blobs(dropout=0.3))
    stacked, plain = in_both(task, layout, PLANS[1:], watch=watch)
    for one, other in zip(stacked, plain, strict=True):
        assert_same(one, other)
        for trained in (one, other):
            assert trained.record.validation is None
            assert "validation" not in trained.arrays
            assert all(epoch.validation_loss is epoch.validation_score is None for epoch in trained.record.epochs)
            assert Record.from_json(trained.record.to_json()) == trained.record


def test_validation_data_plays_no_part_in_training():
    task = blobs(dropout=0.3)
    with_it, without = (train(trial(task, watch="test"), one) for one in (task, without_validation(task)))
    assert with_it.record.test == without.record.test
    np.testing.assert_array_equal(with_it.arrays["test"], without.arrays["test"])


def test_a_task_without_validation_data_is_calibrated():
    task = without_validation(blobs())
    pace = time_stack([trial(task, optimizer=Optimizer(), watch="test")], task, "grouped", 0.01)
    assert pace.update > 0
    assert pace.look > 0
