"""Which layout is held against the plain loop where none is asked for."""

import pytest

from lrlab import engine
from lrlab.lab import _verify, verify_task
from lrlab.spec import Optimizer
from lrlab.testing.tasks import BLOBS_FILE


@pytest.fixture
def layouts(tmp_path, monkeypatch):
    """The layouts of the three checks: two precisions, of which lanes may take one."""
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    monkeypatch.setattr(engine, "verify", lambda trials, task, layout: [])

    def layouts(asked, *takes):
        monkeypatch.setattr(_verify, "_takes", lambda layout, trials, task: (layout, trials[0].precision) in takes)
        task = f"{tmp_path / 'mine.py'}:task"
        found = verify_task(task, layout=asked, batch_size=8, optimizer=Optimizer())
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
