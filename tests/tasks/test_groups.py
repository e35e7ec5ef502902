"""Groups of examples without a key are no group."""

from enum import Enum

import numpy as np
import pytest
from torch import nn

from lrlab.errors import TaskError
from lrlab.tasks import Task


def make_task(groups):
    inputs, labels = np.arange(40.0)[:, None], np.arange(40) % 2
    return Task.from_arrays(model=lambda: nn.Linear(1, 2), inputs=inputs, labels=labels, groups=groups)


GAPS = {
    "NaN": np.where(np.arange(40) % 2, np.nan, np.arange(40) // 4),
    "None": [None if place % 2 else place // 4 for place in range(40)],
    "NaT": np.where(np.arange(40) % 2, np.datetime64("NaT"), np.datetime64("2020-01-01") + np.arange(40) // 4),
    "empty text": ["" if place % 2 else f"person {place // 4}" for place in range(40)],
    "NaN as text": np.array([np.nan if place % 2 else place // 4 for place in range(40)], dtype="U"),
    "NaN among text": [float("nan") if place % 2 else f"person {place // 4}" for place in range(40)],
}


@pytest.mark.parametrize("groups", GAPS.values(), ids=GAPS)
def test_missing_keys_are_no_group(groups):
    words = r"one key for each of 40 examples, but 20 have none, the first example 1, .*count as one group; give each"
    with pytest.raises(TaskError, match=words):
        make_task(groups)


@pytest.mark.parametrize("groups", [5, object()])
def test_groups_are_a_key_for_each_example(groups):
    with pytest.raises(TaskError, match=r"groups must be a key for each example, but got .*; give a list or an array"):
        make_task(groups)


def test_keys_that_look_like_gaps_are_keys():
    keys = [("nan", None, "NA", "0")[place // 10] or "none" for place in range(40)]
    with pytest.raises(TaskError, match="10 have none"):
        make_task(keys)
    assert make_task([0.0 if place < 10 else ("NA", "none", "x")[place % 3] for place in range(40)]).examples


class Ward(str, Enum):  # noqa: UP042  StrEnum prints what it holds
    NORTH = "north"
    NORTHEAST = "northeast"
    SOUTH = "south"
    WEST = "west"


@pytest.mark.parametrize("kind", [list, tuple])
def test_keys_of_an_enum_are_as_many_as_its_members(kind):
    keys = [list(Ward)[place % 4] for place in range(40)]
    split, known = make_task(kind(keys)), make_task([key.value for key in keys])
    parts = [{*part.inputs[:, 0].long().remainder(4).tolist()} for _, part in split.splits()]
    assert sorted(place for part in parts for place in part) == [0, 1, 2, 3]
    assert [len(part.labels) for _, part in split.splits()] == [len(part.labels) for _, part in known.splits()]
