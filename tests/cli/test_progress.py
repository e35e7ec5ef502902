"""What is said while a run is under way, where there is no terminal."""

import re
import time

import pytest

from lrlab.cli import _progress
from lrlab.lab import Batch
from support.results import example_results


@pytest.fixture
def fast(monkeypatch):
    """A look every hundredth of a second, and a line at each."""
    for name in ("LINE_EVERY", "LOOK_EVERY", "QUIET"):
        monkeypatch.setattr(_progress, name, 0.01)


def lines(capsys):
    time.sleep(0.2)
    return capsys.readouterr().err.splitlines()


def test_long_stacks_show_how_far_they_are_before_any_trial_ends(fast, capsys):
    records = example_results().confirmed[:4]
    through = [2.0]  # trials' worth that an earlier run left
    with _progress.ProgressWatch(10) as watch:
        watch.batch(Batch("tune", tuple(record.trial for record in records)), missing=4)
        watch.under_way(lambda: through[0])
        assert lines(capsys) == ["tune: 4 trials, 0 of them done before"]  # nothing was gained yet: no time is known
        through[0] = 4.0
        first = lines(capsys)
        assert first
        assert re.fullmatch(r"tune: 0 of 10 trials ended; 40 % done, about \d+ s left", first[-1])
        through[0] = 0.0
        watch.ended(records)
        assert "4 of 10 trials ended; 40 % done" in lines(capsys)[-1]
    assert not lines(capsys)  # nothing is said once it is over


def test_the_time_left_follows_from_what_this_run_gained(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr(_progress, "monotonic", lambda: now[0])
    through = [5.0]
    watch = _progress.ProgressWatch(20)  # not entered: no looks but ours
    watch.under_way(lambda: through[0])
    now[0], through[0] = 110.0, 10.0  # half of a trial a second
    watch.ended([])
    assert "50 % done, about 20 s left" in capsys.readouterr().err
