"""Splits: fixed, with every class in proportion; and the words for classes they lack."""

import numpy as np
import pytest
from torch import nn

from lrlab import Metric, Task
from lrlab.objectives import Regression
from lrlab.tasks._splits import (
    may_be_classes,
    parts_of_sizes,
    room_for_all,
    shuffled_parts,
    split_words,
    stratified_parts,
)


def counts(labels, parts):
    return np.array([np.bincount(labels[part], minlength=labels.max() + 1) for part in parts])


def of_counts(*numbers):
    return np.repeat(np.arange(len(numbers)), numbers)


def task(labels, **others):
    inputs = np.arange(len(labels), dtype=float)[:, None]
    return Task.from_arrays(model=lambda: nn.Linear(1, 2), inputs=inputs, labels=labels, **others)


SETS = [
    (of_counts(196, 4), (120, 40, 40)),
    (of_counts(3, 3, 24), (18, 6, 6)),
    (of_counts(*[3] * 10), (10, 10, 10)),
    (of_counts(*[4] * 10), (20, 10, 10)),
    (of_counts(1000, 7, 5, 3, 3), (610, 204, 204)),
    (of_counts(50, 50), (72, 8, 20)),
    (of_counts(20, 3), (15, 8)),
    (of_counts(*range(3, 40)), (600, 80, 97)),
]


@pytest.mark.parametrize(("labels", "sizes"), SETS)
@pytest.mark.parametrize("mixed", [False, True])
def test_sizes_are_met_and_every_class_is_everywhere(labels, sizes, mixed):
    labels = np.random.default_rng(1).permutation(labels) if mixed else labels
    parts = stratified_parts(labels, sizes)
    assert tuple(map(len, parts)) == sizes
    assert sorted(np.concatenate(parts)) == list(range(len(labels)))
    found = counts(labels, parts)
    assert (found > 0).all()
    expected = np.outer(sizes, np.bincount(labels)) / len(labels)
    assert (np.abs(found - expected) <= np.maximum(2.5, 0.35 * expected)).all()


@pytest.mark.parametrize("labels", [np.zeros(20, int), np.arange(20), of_counts(1, 1, 18), of_counts(2, 2, 2, 14)])
def test_small_classes_train_first_and_nothing_is_empty(labels):
    parts = stratified_parts(labels, (12, 4, 4))
    assert tuple(map(len, parts)) == (12, 4, 4)
    found = counts(labels, parts)
    small = np.flatnonzero(np.bincount(labels) < 3)
    if len(small) < 12:
        assert (found[0, small] > 0).all()


def test_a_part_too_small_for_all_classes_still_has_its_size():
    parts = stratified_parts(np.arange(100) % 20, (96, 4))
    assert list(map(len, parts)) == [96, 4]
    assert (counts(np.arange(100) % 20, parts)[0] > 0).all()


def test_a_split_is_the_same_every_time_and_pinned():
    # Another split is another protocol: records made before would no longer be comparable.
    parts = stratified_parts(np.arange(20) % 3, (12, 4, 4))
    kept = [[15, 1, 16, 6, 13, 12, 7, 3, 17, 14, 5, 8], [9, 4, 18, 11], [19, 2, 0, 10]]
    assert [part.tolist() for part in parts] == kept
    assert [len(part) for part in shuffled_parts(20, (0.6, 0.2))] == [12, 4, 4]
    assert np.concatenate(parts_of_sizes(20, (15, 5))).tolist() == np.concatenate(shuffled_parts(20, (0.5,))).tolist()


@pytest.mark.parametrize("rare", [3, 4, 5, 9])
def test_from_arrays_has_a_rare_class_in_every_split(rare):
    made = task(of_counts(200 - rare, rare))
    assert [len(split.labels) for _, split in made.splits()] == [120, 40, 40]
    assert all(split.labels.sum() >= 1 for _, split in made.splits())
    assert any(note.startswith("test has fewer than 5 examples of class 1 (") for note in made.notes)


def test_validation_and_test_grow_for_many_classes():
    made = task(np.arange(30) % 10)
    assert [len(split.labels.unique()) for _, split in made.splits()] == [10, 10, 10]
    assert room_for_all(np.arange(30) % 10, 3) == 10


def test_other_labels_keep_the_plain_shuffle():
    numbers = np.linspace(0, 1, 40)
    made = task(numbers[:, None], loss=nn.functional.mse_loss)
    kept = [split.inputs[:, 0].int().tolist() for _, split in made.splits()]
    assert kept == [part.tolist() for part in shuffled_parts(40, (0.6, 0.2))]
    assert made.notes == ()


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        ([0, 1, 2] * 9, [0, 1] * 9, ("test has no example of class 2: averages over classes leave it out",)),
        ([0, 1] * 9, [0, 1, 2] * 9, ("train has no example of class 2: nothing is learned of it",)),
        ([0, 1] * 9, [0] * 9 + [1] * 4, ("test has fewer than 5 examples of class 1 (4): its precision, recall and",)),
        ([0] * 9 + [1] * 2, [0, 1] * 9, ("train has fewer than 5 examples of class 1 (2): little is learned of it",)),
        ([0, 1] * 9, [0, 1] * 9, ()),
        ([0] * 9, [0] * 9, ("all labels are of one class: there is nothing to learn",)),
        (
            list(range(12)) * 5,
            [0] * 9,
            ("test has no example of class 1, 2, 3, 4, 5 and 6 more: averages over classes leave it out",),
        ),
    ],
)
def test_what_a_split_lacks_is_said(train, test, words):
    labels = {"train": np.array(train), "test": np.array(test)}
    found = split_words(labels, 1 + max(train + test), ())
    assert len(found) == len(words)
    assert all(note.startswith(begun) for note, begun in zip(found, words, strict=True))


def test_classes_are_called_by_their_names():
    found = split_words({"test": np.array([0] * 9)}, 3, ("cat", "7", "dog"))
    assert found == ("test has no example of class 7, 'dog': averages over classes leave it out",)


def test_a_smaller_task_says_what_it_lacks_itself():
    labels = np.repeat(np.arange(2), 60)
    made = task(labels)
    assert made.notes == ()
    assert any("test has" in note for note in made.head(test=1).notes)
    assert made.with_model(nn.Identity).notes == ()


def test_with_a_measure_of_ones_own_whole_numbers_may_be_amounts():
    measure = {"metric": Metric(name="error", higher_is_better=False), "score": lambda o, y: 0.0}
    made = task(np.arange(40) % 20, loss=nn.functional.mse_loss, **measure)
    assert made.notes == ()


AMOUNTS = np.random.default_rng(0).permutation(100_000)[:1000]
MEASURE = {
    "loss": lambda outputs, labels: ((outputs[:, 0] - labels) ** 2).mean(),
    "metric": Metric(name="error", higher_is_better=False),
    "score": lambda outputs, labels: float((outputs[:, 0] - labels).abs().mean()),
}


def means_of(made):
    return [split.labels.double().mean().item() for _, split in made.splits()]


def made_of_items(labels):
    items = [(np.float32(0), int(label)) for label in labels]
    return Task.from_dataset(
        model=lambda: nn.Linear(1, 1), train=items[:800], test=items[800:], validation=200, **MEASURE
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: task(AMOUNTS, **MEASURE),
        lambda: task(AMOUNTS, split="fresh", **MEASURE).of_seed(3),
        lambda: task(AMOUNTS, groups=np.arange(1000) // 5, **MEASURE),
        lambda: made_of_items(AMOUNTS),
    ],
    ids=["fixed", "fresh", "groups", "items"],
)
def test_whole_amounts_under_a_loss_of_ones_own_fall_as_they_may(make):
    """By their order the low amounts would be trained on and the high ones measured: 35,003 and 68,920."""
    made = make()
    assert [len(split.labels) for _, split in made.splits()] == [600, 200, 200]
    assert max(means_of(made)) - min(means_of(made)) < 4 * AMOUNTS.std() / np.sqrt(200)


def test_amounts_are_split_as_a_regression_splits_them():
    first, second = task(AMOUNTS, **MEASURE), task(AMOUNTS, objective=Regression())
    assert [split.inputs.tolist() for _, split in first.splits()] == [
        split.inputs.tolist() for _, split in second.splits()
    ]


@pytest.mark.parametrize(
    ("labels", "may_be"),
    [
        (of_counts(5, 5, 5), True),
        (of_counts(5, 5, 1), True),
        (of_counts(5, 1, 1), False),
        (of_counts(5, 5, 5) + 18, True),
        (of_counts(5, 5, 1) + 18, False),
        (of_counts(9, 9, 9) - 1, True),
        (np.where(np.arange(30) % 3 == 0, -100, np.arange(30) % 2), True),
        (np.arange(9), False),
        (np.full(9, -100), False),
        (np.array([True, False]), True),
        (np.array(["a", "b"]), True),
    ],
)
def test_which_labels_may_be_classes_under_a_loss_of_ones_own(labels, may_be):
    assert may_be_classes(labels) is may_be


def test_which_of_the_rare_classes_is_trained_on_does_not_hang_on_their_order():
    labels = np.random.default_rng(2).permutation(1000)
    parts = stratified_parts(labels, (600, 200, 200))
    assert list(map(len, parts)) == [600, 200, 200]
    assert all(abs(labels[part].mean() - 499.5) < 4 * 289 / np.sqrt(200) for part in parts)
