"""Bits flipped in checkpoints, and checkpoints cut off: named, or harmless; never another number."""

import pytest

from lrlab.engine import Patience, share_done, train_stack
from lrlab.engine import _checkpoint as checkpoint
from lrlab.engine._reference import trial_steps
from lrlab.engine._stack import Stack
from lrlab.engine._steps import run_to_end
from lrlab.engine._trial_run import TrialRun
from lrlab.errors import RunError
from support.damages import damages
from support.tasks import blobs, trial

FLIPS, CUTS = 50, 20  # of each kind of checkpoint; those of loops are in tests/loops/test_damage.py
TASK = blobs(dropout=0.2)
TRIALS = [trial(TASK, peak=peak) for peak in (0.1, 0.03)]


def written(kind, path):
    """A checkpoint of this kind; how a fresh training is made that can take it up."""
    if kind == "plain":
        assert run_to_end(trial_steps(TRIALS[0], TASK, Patience(path, until=0.0))) is None
        return lambda: TrialRun(TRIALS[0], TASK)
    assert train_stack(TRIALS, TASK, kind, Patience(path, until=0.0)) is None
    return lambda: Stack(TRIALS, TASK, kind)


@pytest.mark.parametrize("kind", ["plain", "grouped", "loop"])
def test_no_damaged_checkpoint_is_taken(tmp_path, kind):
    path = tmp_path / "a.pt"
    make = written(kind, path)
    whole, fresh = path.read_bytes(), make()
    before = fresh.snapshot()["t"]
    for damaged in damages(whole, 11, FLIPS, CUTS):
        path.write_bytes(damaged)
        with pytest.raises(RunError, match=r"a\.pt cannot be used \(damaged: it is not what was written"):
            checkpoint.restore(fresh, path)
        assert fresh.snapshot()["t"] == before
    path.write_bytes(whole)
    assert checkpoint.restore(fresh, path)
    assert fresh.snapshot()["t"] > before


def test_how_much_is_done_is_shown_as_a_share_whatever_becomes_of_it(tmp_path):
    path = tmp_path / "a.pt"
    written("loop", path)
    file = path.with_suffix(".share")
    for damaged in [*damages(file.read_bytes(), 12, FLIPS, CUTS), b"nan", b"-1", b"9e99", b"inf"]:
        file.write_bytes(damaged)
        assert 0 <= share_done(path) <= 1
    assert checkpoint.restore(Stack(TRIALS, TASK, "loop"), path)
