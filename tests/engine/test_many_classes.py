"""Outputs for many classes: what is counted and kept of them stays small, and says the same."""

import numpy as np
import pytest
from torch import nn

from lrlab.engine import train, train_stack
from lrlab.spec import Record, SparseCounts
from lrlab.stats import classification, confusion_counts
from lrlab.tasks import Task
from support.tasks import trial

INPUTS = np.repeat((10 * np.eye(3, dtype=np.float32))[None], 40, 0).reshape(-1, 3)
LABELS = np.tile(np.arange(3), 40)


def wide(outputs, labels=LABELS):
    return Task.from_arrays(model=lambda: nn.Linear(3, outputs), inputs=INPUTS, labels=labels)


@pytest.mark.parametrize("outputs", [3, 7, 100, 101, 10_000])
def test_a_net_that_is_always_right_has_an_f1_of_one_however_wide_it_is(outputs):
    record = train(trial(wide(outputs), budget="20 epochs", peak=1.0), wide(outputs)).record
    assert record.test.score == 1
    assert record.test.classification.macro == (1, 1, 1)


@pytest.mark.parametrize("layout", ["reference", "loop", "grouped", "vmap"])
@pytest.mark.parametrize("labels", [LABELS, LABELS * 40, LABELS + 90], ids=["from 0", "gaps", "high"])
def test_sparse_counts_are_the_dense_ones(layout, labels):
    task = wide(150, labels)
    asked = trial(task, peak=0.001, watch="test", budget="2 epochs")
    made = train(asked, task) if layout == "reference" else train_stack([asked], task, layout)[0]
    for found in (made.record.test, made.record.validation):
        assert isinstance(found.confusion, SparseCounts)
    test = made.record.test
    counts = np.zeros((150, 150), dtype=np.int64)
    for true, predicted, count in test.confusion.cells:
        counts[true, predicted] = count
    assert counts.sum(axis=1).tolist() == np.bincount(task.test.labels.numpy(), minlength=150).tolist()
    assert classification(counts).accuracy == test.score
    assert classification(counts).macro == test.classification.macro
    assert made.record.epochs[-1].test_f1 == test.classification.macro.f1
    assert made.record.epochs[-1].train_f1 is not None


def test_a_record_of_ten_thousand_classes_is_small_and_comes_back():
    task = wide(10_000)
    made = train(trial(task, watch="test"), task)
    text = made.record.to_json()
    assert len(text) < 5_000
    assert Record.from_json(text) == made.record
    assert set(made.arrays) == {"rates", "right"}


def test_a_hundred_classes_are_kept_as_they_were():
    made = train(trial(wide(100)), wide(100))
    predicted = made.arrays["test"].argmax(axis=1)
    assert len(made.record.test.confusion) == 100
    assert np.array_equal(
        np.sum(made.record.test.confusion, axis=0), confusion_counts(LABELS[:24], predicted, 100).sum(axis=0)
    )
