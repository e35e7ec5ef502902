"""A split drawn again by each seed: all examples, the same sizes, classes in proportion, the same on every machine."""

import functools
import operator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lrlab import Task
from lrlab.errors import TaskError
from lrlab.tasks import get
from lrlab.tasks._splits import fresh_parts

FRESH = "digits/mlp(split=fresh)"
Y = np.arange(60) % 3
X = np.arange(60.0)[:, None]


def own(split="fresh", labels=Y, **others):
    return Task.from_arrays(model=lambda: nn.Linear(1, 3), inputs=X, labels=labels, split=split, **others)


def values(task):
    return [sorted(split.inputs.flatten().tolist()) for _, split in task.splits()]


@given(st.integers(0, 2**31 - 1), st.booleans())
def test_a_seed_cuts_all_examples(seed, classes):
    parts = fresh_parts(Y if classes else None, (36, 12, 12), seed)
    assert [len(part) for part in parts] == [36, 12, 12]
    assert sorted(np.concatenate(parts)) == list(range(60))
    assert all(
        (part == again).all()
        for part, again in zip(parts, fresh_parts(Y if classes else None, (36, 12, 12), seed), strict=True)
    )
    if classes:
        assert [np.bincount(Y[part]).tolist() for part in parts] == [[12] * 3, [4] * 3, [4] * 3]


def test_the_parts_of_a_seed_are_pinned():
    # Other parts are another protocol: records made before would no longer be comparable.
    assert [part.tolist() for part in fresh_parts(None, (4, 2, 2), 7)] == PINNED


PINNED = [[3, 0, 1, 2], [4, 7], [6, 5]]


def test_seeds_see_other_splits_of_the_same_examples():
    task = own()
    assert values(task.of_seed(1)) != values(task.of_seed(2)) != values(task)
    assert values(task.of_seed(1)) == values(task.of_seed(1))
    assert sorted(functools.reduce(operator.iadd, values(task.of_seed(1)), [])) == X.flatten().tolist()
    for _, split in task.of_seed(5).splits():
        assert (split.labels == split.inputs.flatten().long() % 3).all()


def test_a_fixed_split_is_the_task_itself():
    task = own("fixed")
    assert task.of_seed(3) is task


def test_the_kind_of_split_is_part_of_the_fingerprint():
    assert own().fingerprint != own("fixed").fingerprint
    assert own().of_seed(1).fingerprint != own().of_seed(2).fingerprint
    assert get(FRESH).fingerprint != get("digits/mlp").fingerprint


def test_numbers_are_split_too():
    task = own(labels=X.flatten() / 60, loss=nn.functional.mse_loss)
    assert sorted(functools.reduce(operator.iadd, values(task.of_seed(1)), [])) == X.flatten().tolist()


def test_it_stays_with_another_model_and_on_first_examples():
    small = own().with_model(lambda: nn.Linear(1, 4)).head(train=10, test=5)
    assert [len(split.labels) for _, split in small.of_seed(1).splits()] == [10, 12, 5]
    assert torch.equal(small.of_seed(1).train.inputs, small.to("cpu").of_seed(1).train.inputs)


def test_another_word_is_refused():
    with pytest.raises(TaskError, match='split is "fixed" or "fresh", but got \'new\'; leave it out for "fixed"'):
        own("new")
