"""`track=`: the trials of a run go to trackers too, and these change nothing of it."""

import threading

import pytest

import lrlab
from lrlab import events
from lrlab.errors import LabWarning, RunError, StudyError, UnknownName
from lrlab.trackers import _sinks, _tracking
from support.tasks import blobs

SMALL = {"epochs": 2, "peaks": (0.03, 0.1), "seeds": 4, "tuning_seeds": 1, "batch_size": 16, "workers": 0}
ARMS = ["constant", "cosine"]


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self):
        self.runs = []

    def open(self): ...

    def write(self, run):
        self.runs.append(run)

    def close(self):
        return "here they are"


@pytest.fixture
def sink(monkeypatch):
    sink = Kept()
    monkeypatch.setitem(_sinks.KINDS, "wandb", _sinks.TrackerKind("json", "wandb", lambda _: sink))
    return sink


def compare(store, **how):
    return lrlab.compare(blobs(), ARMS, store=store, **{"progress": False, **SMALL, **how})


def measured(results):
    """What does not depend on the clock."""
    return results.trials().select("key", "phase", "outcome", "test_score", "validation_score", "test_loss").to_dicts()


def test_every_trial_is_written_with_its_rates(tmp_path, sink):
    told = []
    results = compare(tmp_path / "records.db", track="wandb:rates", progress=told.append)
    assert {run.trial.key for run in sink.runs} == set(results.trials()["key"])
    assert len(sink.runs) == results.trials().height
    assert {run.phase.split()[0] for run in sink.runs} == {"tune", "confirm"}
    assert {run.arm for run in sink.runs} == set(ARMS)
    decayed = next(run for run in sink.runs if run.arm == "cosine")
    assert decayed.rates[0] > decayed.rates[1] > 0
    assert any(
        isinstance(event, events.Said) and event.text.endswith("written to wandb:rates: here they are")
        for event in told
    )


def test_what_was_never_tracked_is_written_from_the_store(tmp_path, sink):
    store = tmp_path / "records.db"
    compare(store)
    results = compare(store, track=["wandb"])
    assert {run.trial.key for run in sink.runs} == set(results.trials()["key"])
    assert all(run.rates for run in sink.runs)
    count = len(sink.runs)
    compare(store, track=["wandb"])
    assert len(sink.runs) == count


def fail(*_):
    raise ConnectionError("no route to host")


@pytest.mark.parametrize("way", ["raises", "hangs"])
def test_a_tracker_that_fails_changes_nothing(tmp_path, sink, monkeypatch, way):
    gate = threading.Event()
    monkeypatch.setattr(_tracking, "IDLE_WAIT", 0.2)
    sink.write = fail if way == "raises" else lambda run: gate.wait()
    said = "ConnectionError: no route to host" if way == "raises" else "did not get there in time"
    with pytest.warns(LabWarning, match=f"nothing more is written to wandb .*{said}.*the same command writes there"):
        tracked = compare(tmp_path / "tracked.db", track="wandb")
    gate.set()
    assert measured(tracked) == measured(compare(tmp_path / "plain.db"))


def test_trials_that_fail_are_told_of(tmp_path, sink):
    @lrlab.trial(metric="accuracy", updates_per_epoch=5, peaks=[0.1, 0.3])
    def train(run):
        raise ValueError("no such layer")

    told = []
    with pytest.raises(RunError, match="no such layer"):
        lrlab.compare(
            train, ARMS, updates=10, seeds=2, workers=0, store=tmp_path / "r.db", progress=told.append, track="wandb"
        )
    failed = [event for event in told if isinstance(event, events.TrialsFailed)]
    assert {trial.key for event in failed for trial in event.trials} == {run.trial.key for run in sink.runs}
    assert {(run.outcome, "no such layer" in run.message) for run in sink.runs} == {("failed", True)}


def test_a_study_and_a_range_test_are_tracked_too(tmp_path, sink):
    study = lrlab.Study(
        name="short",
        task="digits/mlp",
        schedules=["constant"],
        budget="20 updates",
        tune={"peaks": [0.1]},
        confirm={"seeds": [7, 8]},
    )
    lrlab.run(study, task=blobs(), store=tmp_path / "a.db", workers=0, progress=False, track="wandb")
    assert {run.study.name for run in sink.runs} == {"short"}
    sink.runs.clear()
    lrlab.find(
        blobs(), rates=[0.01, 0.1, 1], updates=10, seeds=2, store=tmp_path / "b.db", workers=0, progress=False,
        track="wandb",
    )  # fmt: skip
    assert {(run.study.name, run.phase) for run in sink.runs} == {("range-test", "range test")}


def test_mistakes_are_told_before_anything_is_opened(tmp_path):
    store = tmp_path / "records.db"
    with pytest.raises(UnknownName, match="unknown tracker 'tensorbord'; did you mean tensorboard"):
        compare(store, track="tensorbord")
    with pytest.raises(StudyError, match='trackers are texts, but got 3; write "wandb"'):
        compare(store, track=3)
    assert not store.exists()
