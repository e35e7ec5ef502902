"""What is said while a run is under way, where there is no terminal."""

import re
import time

import pytest

from lrlab.api import ProgressBar, _progress
from lrlab.api._progress import Share, listening
from lrlab.errors import StudyError
from lrlab.lab import BEYOND
from lrlab.spec import (
    Begun,
    Checkpointed,
    Ended,
    EpochMeasured,
    Failed,
    PhaseBegun,
    Said,
    SetApart,
    StudyBegun,
    StudyCut,
    TrialsStored,
)
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
    keys = tuple(record.trial.key for record in records)
    with ProgressBar() as bar:
        bar(StudyBegun(name="long", stored=0, missing=10))
        bar(PhaseBegun(phase="tune", trials=4, missing=4))
        bar(Begun(job="a", trials=keys, share=0.5))  # by an earlier run
        assert lines(capsys) == ["tune: 4 trials, 0 of them done before"]  # nothing was gained yet: no time is known
        bar(EpochMeasured(job="a", number=2, share=1.0, epochs={}))
        told = lines(capsys)
        assert told
        assert re.fullmatch(r"tune: 0 of 10 trials ended; 40 % done, about \d+ s left", told[-1])
        bar(Ended(job="a"))
        bar(TrialsStored(records=records))
        assert "4 of 10 trials ended; 40 % done" in lines(capsys)[-1]
    assert not lines(capsys)  # nothing is said once it is over


def test_the_time_left_follows_from_what_this_run_gained(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr(_progress, "monotonic", lambda: now[0])
    monkeypatch.setattr(_progress, "LOOK_EVERY", 1e6)
    with ProgressBar() as bar:
        bar(StudyBegun(name="s", stored=0, missing=20))
        bar(Begun(job="a", trials=tuple("0123456789"), share=0.5))
        now[0] = 110.0
        bar(Checkpointed(job="a", share=1.0))  # half of a trial a second
        bar(TrialsStored(records=()))
        assert "50 % done, about 20 s left" in capsys.readouterr().err


def test_the_time_left_counts_a_shared_training_once():
    """12 trials from 6 trainings: 4 trials of one training end after 10 s, so that 5 trainings are left."""
    share = Share()
    share.tell(StudyBegun(name="s", stored=0, missing=12, trainings=6))
    share.tell(PhaseBegun(phase="tune", trials=8, missing=8, trainings=2))
    share.tell(Begun(job="a", trials=tuple("abcd"), trainings=1))
    assert share.left(3.0) is None
    share.tell(EpochMeasured(job="a", number=1, share=0.5, epochs={}))
    assert (share.through, share.left(5.0)) == (2.0, pytest.approx(5.0 / 0.5 * 5.5))
    share.tell(Ended(job="a"))
    shared = [
        record.model_copy(update={"provenance": record.provenance.model_copy(update={"shared_with": 3})})
        for record in example_results().confirmed[:4]
    ]
    share.tell(TrialsStored(records=tuple(shared)))
    assert (share.done, share.left(10.0)) == (4, pytest.approx(50.0))
    share.tell(StudyCut(text="cut", trials=8, trainings=1))
    assert share.left(10.0) == pytest.approx(10.0)
    share.tell(PhaseBegun(phase=BEYOND, trials=4, missing=4, trainings=1))
    assert share.left(10.0) == pytest.approx(20.0)


def test_the_share_counts_each_trial_once():
    records, share = example_results().confirmed[:3], Share()
    share.tell(StudyBegun(name="s", stored=2, missing=8))
    share.tell(PhaseBegun(phase="tune", trials=5, missing=3))
    assert (share.done, share.total) == (2, 10)
    share.tell(Begun(job="a", trials=("x", "y", "z")))
    share.tell(EpochMeasured(job="a", number=1, share=0.5, epochs={}))
    assert (share.through, share.gained) == (1.5, 1.5)
    share.tell(Failed(job="a", message="died", died=True))
    assert share.through == 0
    share.tell(Begun(job="a", attempt=2, trials=("x", "y", "z"), share=0.4))  # from its checkpoint: this run's own work
    assert share.gained == pytest.approx(1.2)
    share.tell(Ended(job="a", attempt=2))
    share.tell(TrialsStored(records=records))
    assert (share.done, share.new, share.through) == (5, 3, 0)
    share.tell(PhaseBegun(phase=BEYOND, trials=2, missing=2))  # no plan could foresee them
    assert share.total == 12
    share.tell(StudyCut(text="shorter", trials=6))
    assert (share.done, share.total) == (0, 6)


def test_events_that_never_came_cost_nothing():
    share = Share()
    share.tell(EpochMeasured(job="unknown", number=1, share=0.5, epochs={}))
    share.tell(Ended(job="unknown"))
    assert (share.through, share.done) == (0, 0)


def test_sentences_are_said_as_they_are(capsys):
    with ProgressBar() as bar:
        bar(Said(text="[bold]a plan[/bold] of \\[two] lines"))
        bar(SetApart(trials=1, reason="OSError: no"))
        bar(StudyCut(text="fewer epochs", trials=3))
    assert capsys.readouterr().err.splitlines() == [
        "[bold]a plan[/bold] of \\[two] lines",
        "stacks of 1 trial failed, which go on one by one, more slowly: OSError: no",
        "fewer epochs",
    ]


def test_who_listens_is_a_bar_nobody_or_the_callers_own():
    events = []
    with listening(events.append) as listen:
        listen(Said(text="here"))
    assert events == [Said(text="here")]
    with listening(False) as listen:
        listen(Said(text="unheard"))
    with listening(True) as listen:
        assert isinstance(listen, ProgressBar)
    wrong = pytest.raises(StudyError, match="progress is True, False or a function that is called with each event")
    with wrong, listening("yes"):  # type: ignore[arg-type]
        pass
