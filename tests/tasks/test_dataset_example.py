"""examples/own_dataset.py: a Dataset read once, and by loaders; both learn."""

from pathlib import Path

import pytest
import torch

from lrlab.engine._reference import train
from lrlab.engine._verify import verify
from lrlab.tasks import get, resolve
from support.tasks import trial

PLACE = Path(__file__).parents[2] / "examples" / "own_dataset.py"


@pytest.mark.parametrize("name", ["in_memory", "from_loaders"])
def test_the_example_is_a_task_that_is_learned(name):
    task = get(resolve(f"{PLACE}:{name}").where)
    assert task.tokens
    asked = trial(task, peak=0.01, batch_size=32, budget="6 epochs", seed=0, optimizer="adam")
    assert train(asked, task).record.test.score > 0.75  # half of the sentences are of each kind


def test_what_is_in_memory_is_stacked():
    task = get(resolve(f"{PLACE}:in_memory").where)
    asked = [trial(task, peak=peak, batch_size=32, budget="3 updates") for peak in (0.01, 0.1)]
    assert all(row.equal for row in verify(asked, task, "grouped"))
    authors = [task.train.inputs.dtype == torch.int64, "groups: none is in two splits" in task.reading_notes[-1]]
    assert all(authors)
