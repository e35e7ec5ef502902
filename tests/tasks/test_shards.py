"""A part of a data set is not taken for the whole."""

from pathlib import Path

import numpy as np
import pytest

from lrlab.errors import TaskError
from lrlab.tasks import get, resolve
from lrlab.tasks._shards import check_shards

from .conftest import picture, write


def files(*names):
    return [Path("set") / f"{name}.parquet" for name in names]


@pytest.mark.parametrize(
    "names",
    [
        ("train",),
        ("train-00000-of-00001",),
        ("train-00000-of-00002", "train-00001-of-00002"),
        ("train-1-of-2", "train-2-of-2"),
        ("train-00000-of-00002-abc123", "train-00001-of-00002-def456"),
        ("train_0of2", "train_1of2"),
        ("0000", "0001", "0002"),
        ("1", "2"),
        ("2019", "2021"),
        ("train-a", "train-b"),
        (),
    ],
)
def test_whole_sets_pass(names):
    check_shards(files(*names))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ("train-00000-of-00005",),
            "set holds 1 of 5 parts; missing: train-00001-of-00005.parquet, .*train-00004-of-00005.parquet; fetch them",
        ),
        (
            ("train-00000-of-00003", "train-00002-of-00003"),
            "2 of 3 parts; missing: train-00001-of-00003.parquet; fetch",
        ),
        (("train-00001-of-00002",), "missing: train-00000-of-00002.parquet"),
        (("train-00000-of-00003-abc", "train-00001-of-00003-def"), "2 of 3 parts; missing: train-00002-of-00003-abc"),
        (("train-2-of-2",), "1 of 2 parts; missing: train-1-of-2"),
        (("train-000-of-100",), "missing: train-001-of-100.*and 94 more; fetch"),
        (("0000", "0002"), "2 of 3 parts; missing: 0001.parquet"),
        (("train", "train-00000-of-00001"), "parts of more than one whole: train.parquet, .*; keep the files of one"),
        (("train-0-of-2", "train-1-of-3"), "parts of more than one whole"),
        (("train-0-of-2-a", "train-0-of-2-b", "train-1-of-2-a"), "the same part twice: train-0-of-2-a.*; keep one"),
    ],
)
def test_parts_are_refused_and_the_missing_ones_named(names, message):
    with pytest.raises(TaskError, match=message):
        check_shards(files(*names))


@pytest.mark.parametrize("place", ["train-00000-of-00005.parquet", "data/train-00000-of-00005.parquet"])
@pytest.mark.parametrize("part", ["train", "test"])
def test_a_task_is_not_made_of_a_part(data, place, part):
    rng = np.random.default_rng(0)
    whole = data / "set" / place.replace("-00000-of-00005", "")
    write(whole, [picture(rng) for _ in range(20)], np.arange(20) % 2)
    write(whole.with_name("test.parquet"), [picture(rng) for _ in range(4)], [0, 1, 0, 1])
    whole.with_name(f"{part}.parquet").rename((data / "set" / place).with_name(f"{part}-00000-of-00005.parquet"))
    with pytest.raises(TaskError, match=f"holds 1 of 5 parts; missing: {part}-00001-of-00005.parquet"):
        get(resolve("set/mlp").where)
