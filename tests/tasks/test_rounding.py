"""Labels that float32 cannot tell apart are refused; others are not, whatever their size."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrlab.errors import TaskError
from lrlab.objectives import Regression
from lrlab.tasks import Task
from lrlab.tasks._rounding import check_rounding

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
