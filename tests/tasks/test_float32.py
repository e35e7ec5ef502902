"""Labels and inputs that float32 cannot tell apart; others are taken, whatever their size."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrlab.errors import TaskError
from lrlab.objectives import Regression
from lrlab.tasks import Task
from lrlab.tasks._float32 import check_rounding, note_resolution

COUNT = 50
PLACES = np.arange(COUNT)
RNG = np.random.default_rng(0)
PLAIN = RNG.normal(size=(COUNT, 3))
TIMES = 1_700_000_000 + np.arange(50)
WORDS = r"deviation of [\d.]+, and float32, in which they are kept, rounds them by up to [\d.]+; subtract the mean"


def task(labels, **others):
    return Task.from_arrays(model=lambda: nn.Linear(2, 1), inputs=np.zeros((50, 2)), labels=labels, **others)


def squared(outputs, labels):
    return ((outputs.reshape(labels.shape) - labels) ** 2).mean()


@pytest.mark.parametrize(
    ("labels", "others"),
    [
        (TIMES, {"objective": Regression()}),
        (TIMES.astype(float), {"objective": Regression()}),
        (TIMES.astype(float), {"loss": squared}),
        (np.stack([np.arange(50.0), TIMES], axis=1), {"objective": Regression()}),
    ],
)
def test_labels_that_become_one_are_refused(labels, others):
    with pytest.raises(TaskError, match=f"labels go from 17000000.*{WORDS}"):
        task(labels, **others)


def test_those_of_a_loader_too():
    data = TensorDataset(torch.zeros(50, 2), torch.from_numpy(TIMES.astype(float)))
    loaders = dict.fromkeys(("train", "validation", "test"), lambda size: DataLoader(data, batch_size=size))
    with pytest.raises(TaskError, match=WORDS):
        Task.from_loaders(model=lambda: nn.Linear(2, 1), objective=Regression(), **loaders)


@pytest.mark.parametrize(
    "labels",
    [
        TIMES * 1.0 - TIMES.mean(),
        1_700_000_000 + 86_400 * np.arange(500),
        np.linspace(0, 1, 50),
        np.full(50, 0.1),
        np.float32(1_700_000_000) + np.zeros(50),
        np.random.default_rng(0).normal(size=(50, 3)),
    ],
)
def test_labels_that_stay_apart_are_taken(labels):
    check_rounding("train", labels)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (1e9 + PLACES, r"^train inputs: 50 values become 2 in float32; subtract an offset, or scale$"),
        ((2_000_000_000 + PLACES)[:, None], r"^train inputs, column 0: 50 values become 1 in float32"),
        ((PLACES * 1e-320)[:, None], r"column 0: 50 values become 1 in"),
        (np.stack([np.ones(COUNT), 1e9 + PLACES], 1), r"column 1: 50 values become 2 in"),
        ((1e9 + np.arange(COUNT * 6)).reshape(COUNT, 2, 3), r"place \(0, 0\): .* and 3 columns more in float32"),
    ],
)
def test_inputs_that_all_become_equal_are_refused(inputs, words):
    with pytest.raises(TaskError, match=words):
        note_resolution("train", inputs, False)


def test_single_columns_that_become_equal_are_named():
    inputs = np.column_stack([PLAIN, 1e9 + PLACES])
    assert note_resolution("train", inputs, False) == (
        "train inputs, column 3: 50 values become 2 in float32; subtract an offset, or scale",
    )
    several = {"x": PLAIN, "when": 1e9 + PLACES}
    assert note_resolution("test", several, False)[0].startswith("test inputs 'when': 50 values become 2")
    tokens = {"ids": 1_000_000_000 + PLACES, "when": 1e9 + PLACES}
    assert note_resolution("test", tokens, True)[0].startswith("test inputs 'when'")


@pytest.mark.parametrize(
    "inputs",
    [
        PLAIN,
        PLAIN.astype(np.float32) + np.float32(1e9),  # what came as float32 lost nothing here
        np.ones((COUNT, 2)),
        1.7e9 + 3e7 * RNG.random((COUNT, 1)),  # times of a year
        1 + 1e-3 * RNG.random(100_000),  # many of which are equal in float32, with 8,000 values left
        RNG.integers(0, 256, (COUNT, 3, 4, 4), dtype=np.uint8),
        RNG.integers(-1000, 1000, (COUNT, 3)),
        2.0 ** np.arange(COUNT),
        PLACES * 1e-42,
        np.array([True, False]),
    ],
)
def test_what_stays_apart_is_taken(inputs):
    assert note_resolution("train", inputs, False) == ()


def test_whole_numbers_that_stay_such_are_taken():
    assert note_resolution("train", 2_000_000_000 + PLACES, True) == ()


def test_a_task_says_it_before_it_is_trained():
    inputs = np.column_stack([PLAIN, 1e9 + PLACES]).repeat(2, 0)
    labels = PLAIN.repeat(2, 0).sum(1)
    task = Task.from_arrays(model=lambda: nn.Linear(4, 1), inputs=inputs, labels=labels, objective=Regression())
    assert any("train inputs, column 3: " in note for note in task.notes)
    with pytest.raises(TaskError, match=r"column 0: .* become 2 in float32"):
        Task.from_arrays(model=lambda: nn.Linear(1, 1), inputs=inputs[:, 3:], labels=labels, objective=Regression())


def test_equal_labels_are_said():
    pair, flat = (PLAIN, PLAIN[:, 0]), (PLAIN, np.full(COUNT, 5.0))
    task = Task(model=lambda: nn.Linear(3, 1), train=pair, validation=flat, test=pair, objective=Regression())
    assert [note for note in task.notes if "equal" in note] == [
        "all 50 validation labels are equal (5): there is nothing to learn of them, and R² says nothing"
    ]
