"""Which layout is compared with the plain loop where none is asked for."""

import pytest
import torch

from lrlab import engine
from lrlab.engine import Deviation
from lrlab.errors import TaskError
from lrlab.lab import Verified, verify_task
from lrlab.lab._verifying import _verify
from support.tasks import BLOBS_FILE


@pytest.fixture
def layouts(tmp_path, monkeypatch):
    """The layouts of the three checks: two precisions, of which lanes may take one."""
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    monkeypatch.setattr(engine, "verify", lambda trials, task, layout: [])

    def layouts(asked, *takes):
        monkeypatch.setattr(_verify, "_can_hold", lambda layout, trials, task: (layout, trials[0].precision) in takes)
        task = f"{tmp_path / 'mine.py'}:task"
        found = verify_task(task, layout=asked, batch_size=8, fields={"name": "sgd"})
        return [check.layout for check in found]

    return layouts


GROUPED = ("grouped", "float64"), ("grouped", "float32")


def test_lanes_are_verified_where_they_take_the_model(layouts):
    assert layouts("auto", ("lanes", "float64"), ("lanes", "float32"), *GROUPED) == ["lanes"] * 3
    assert layouts("auto", ("lanes", "float32"), *GROUPED) == ["grouped", "lanes", "lanes"]
    assert layouts("auto", *GROUPED) == ["grouped"] * 3
    assert layouts("auto") == ["vmap"] * 3


def test_a_layout_that_is_asked_for_is_verified(layouts):
    assert layouts("loop", ("lanes", "float32"), *GROUPED) == ["loop"] * 3
    assert layouts("lanes") == ["lanes"] * 3


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([(1e-12, 1e-9)], "equal"),
        ([(1e-3, 0.1), (0.0, 0.1)], "equal"),
        ([(1e-3, 0.11)], "cannot tell"),
        ([(0.9, 10.0), (0.1, 10.0)], "cannot tell"),
        ([(0.0, float("inf"))], "cannot tell"),
        ([(2e-9, 1e-9)], "not equal"),
        ([(11.0, 10.0), (1.0, 10.0)], "not equal"),
        ([(float("nan"), 10.0)], "not equal"),
    ],
)
def test_a_wide_bound_tells_nothing_of_what_lies_within_it(rows, verdict):
    deviations = [Deviation(str(place), largest, None, bound) for place, (largest, bound) in enumerate(rows)]
    found = Verified("grouped", "float64", 50, deviations)
    assert (found.verdict, found.equal) == (verdict, verdict == "equal")


ADRIFT = """import numpy as np
from torch import nn
from lrlab import Task
import torch

OWN = torch.Generator().manual_seed(0)


class Drifting(nn.Linear):
    def forward(self, inputs):
        return super().forward(inputs) * (1 + torch.rand((), generator=OWN) * 10)


def task():
    rng = np.random.default_rng(0)
    return Task.from_arrays(model=lambda: Drifting(4, 3), inputs=rng.normal(size=(60, 4)), labels=np.arange(60) % 3)
"""


def test_a_model_that_no_seed_governs_is_not_called_equal(tmp_path, monkeypatch):
    (tmp_path / "adrift.py").write_text(ADRIFT)
    with pytest.raises(TaskError, match="draws or counts belongs to no seed; draw from torch's own generator"):
        verify_task(f"{tmp_path}/adrift.py:task", layout="loop", batch_size=8, fields={"name": "sgd"})
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    monkeypatch.setattr("lrlab.tasks._fit._check_draws", lambda *_: None)  # what it does not see
    found = verify_task(f"{tmp_path}/adrift.py:task", layout="loop", batch_size=8, fields={"name": "sgd"})
    assert not any(check.equal for check in found)
    assert torch.get_num_threads() == 3  # as the user had it
    torch.set_num_threads(threads)


def test_the_words_say_that_nothing_can_be_told(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from lrlab.api import _verify
    from lrlab.cli import app

    blind = [Verified("loop", "float64", 50, [Deviation("weight", 0.5, 0.1, 1.0)])]
    monkeypatch.setattr(_verify, "verify_task", lambda *_, **__: blind)
    found = CliRunner().invoke(app, ["verify", "digits/mlp"])
    assert found.exit_code == 1
    assert "cannot tell; largest deviation" in found.output
    assert "cannot be told" in found.output
    assert "draws numbers without a seed" in found.output
