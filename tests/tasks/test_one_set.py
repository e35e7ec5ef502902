"""One set of arrays in three splits: groups whole, classes in proportion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lrlab.errors import TaskError
from lrlab.objectives import Regression
from lrlab.tasks import Task
from lrlab.tasks._splits import grouped_parts


def model():
    return nn.Linear(1, 5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=3, max_size=40), st.integers(1, 4), st.randoms())
def test_no_group_is_in_two_parts_and_none_is_empty(sizes, classes, draws):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    labels = np.array([draws.randrange(classes) for _ in groups])
    count = len(groups)
    held_out = round(0.2 * count)
    parts = grouped_parts(groups, labels, (count - 2 * held_out, held_out, held_out))
    assert sorted(np.concatenate(parts)) == list(range(count))
    owners = [set(groups[part]) for part in parts]
    assert all(owners)
    assert sum(map(len, owners)) == len(sizes)


@pytest.mark.parametrize("sizes", [[2, 2, 1], [7, 3, 3], [6, 12, 8], [1, 4, 1]])
def test_three_groups_of_classes_of_their_own_make_three_parts(sizes):
    groups = np.repeat(np.arange(3), sizes)
    held_out = round(0.2 * len(groups))
    parts = grouped_parts(groups, groups.copy(), (len(groups) - 2 * held_out, held_out, held_out))
    assert sorted(len(part) for part in parts) == sorted(sizes)


def test_parts_are_near_their_shares_and_hold_every_class():
    """Many small groups of mixed classes: the shares are met within a group, of each class too."""
    rng = np.random.default_rng(0)
    groups, labels = np.repeat(np.arange(100), 10), rng.choice(4, p=[0.6, 0.2, 0.15, 0.05], size=1000)
    parts = grouped_parts(groups, labels, (600, 200, 200))
    assert [abs(len(part) - size) <= 10 for part, size in zip(parts, (600, 200, 200), strict=True)] == [True] * 3
    for number in range(4):
        shares = [(labels[part] == number).sum() / (labels == number).sum() for part in parts]
        assert np.allclose(shares, [0.6, 0.2, 0.2], atol=0.06)


def test_a_class_of_three_groups_is_in_every_part():
    groups = np.repeat(np.arange(30), 4)
    labels = np.where(groups < 3, 1, 0)
    for part in grouped_parts(groups, labels, (72, 24, 24)):
        assert set(labels[part]) == {0, 1}


KEYS = [np.arange(40) // 4, [f"person {place // 4}" for place in range(40)], [(place // 4, "a") for place in range(40)]]


@pytest.mark.parametrize("keys", KEYS)
def test_a_task_keeps_groups_whole_and_says_the_sizes(keys):
    inputs = np.arange(40.0)[:, None]
    task = Task.from_arrays(model=model, inputs=inputs, labels=np.arange(40) % 2, groups=keys)
    owners = [{int(value) // 4 for value in split.inputs[:, 0]} for _, split in task.splits()]
    assert sum(map(len, owners)) == 10
    assert task.reading_notes == ("groups: none is in two splits; train has 24 examples, validation 8, test 8",)


BAD = [
    ({"groups": [1] * 40}, r"3 at least.*but got 1; leave groups out, or give Task\(train="),
    ({"groups": [1, 2, 3]}, r"one key for each of 40 examples, but got 3; repeat them"),
    ({"groups": np.arange(40), "split": "fresh"}, r'do not go together with split="fresh".*leave one of them out'),
]


@pytest.mark.parametrize(("asked", "words"), BAD)
def test_groups_that_make_no_splits_are_refused(asked, words):
    with pytest.raises(TaskError, match=words):
        Task.from_arrays(model=model, inputs=np.arange(40.0)[:, None], labels=np.arange(40) % 2, **asked)


@pytest.mark.parametrize(("what", "place"), [("inputs", 5), ("labels", 7)])
def test_a_value_that_is_not_finite_is_found(what, place):
    arrays = {"inputs": np.zeros((20, 3)), "labels": np.zeros(20)}
    arrays[what][place] = np.nan
    words = rf"^{what} hold values that are not finite, in 1 of 20 examples, the first in example {place}, .* remove"
    with pytest.raises(TaskError, match=words):
        Task.from_arrays(model=lambda: nn.Linear(3, 1), objective=Regression(), **arrays)


def test_groups_of_classes_that_occur_once_make_parts_of_their_sizes():
    labels = np.random.default_rng(0).permutation(1000)
    parts = grouped_parts(np.arange(1000) // 5, labels, (600, 200, 200))
    assert list(map(len, parts)) == [600, 200, 200]
