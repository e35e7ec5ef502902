"""A tracker may fail, hang or be slow: the run goes on, says so once, and what is missing is written another time."""

import threading
import time
import warnings

import pytest

from lrlab.errors import LabWarning, StoreError
from lrlab.spec import PhaseBegun, Said, TrialsFailed, TrialsFound, TrialsStored, npy_bytes
from lrlab.trackers import TrackerPlace, Tracking, _sinks, _tracking, _writer
from lrlab.trackers._sink import Destination
from lrlab.trackers._writer import words_of
from support.results import example_results

RESULTS = example_results()
RECORDS = RESULTS.confirmed
HERE = TrackerPlace("wandb")


class Kept:
    """A sink that keeps what it is given; how it misbehaves is up to a test."""

    def __init__(self):
        self.runs, self.opened, self.closed = [], 0, 0

    def open(self):
        self.opened += 1

    def write(self, run):
        self.runs.append(run)

    def close(self):
        self.closed += 1
        return "here they are"


def use(monkeypatch, sink, **how):
    """Let a sink be that of W&B."""
    monkeypatch.setitem(_sinks.KINDS, "wandb", _sinks.TrackerKind("json", "wandb", lambda _: sink, **how))
    return sink


@pytest.fixture
def sink(monkeypatch):
    return use(monkeypatch, Kept())


def no_rates(key):
    raise StoreError("not kept")


def follow(tmp_path, *events, rates_of=no_rates, last=lambda: None):
    """The events of a run, told to one who tracks; and what was passed on. last: is called before the end."""
    told = []
    with Tracking([HERE], tmp_path / "records.db", rates_of, told.append) as tracking:
        for event in (PhaseBegun(phase="confirm", trials=12, missing=12, study=RESULTS.study), *events):
            tracking(event)
        last()
    return told


def test_each_trial_is_written_once(tmp_path, sink):
    told = follow(tmp_path, TrialsStored(records=RECORDS[:3]), TrialsFound(records=RECORDS[:2]))
    assert [run.trial for run in sink.runs] == [record.trial for record in RECORDS[:3]]
    assert {run.phase for run in sink.runs} == {"confirm"}
    assert told[-1] == Said(text="3 trials written to wandb: here they are")
    assert told[1] == TrialsStored(records=RECORDS[:3])  # whoever listens hears all of it
    follow(tmp_path, TrialsFound(records=RECORDS[:5]))  # in another run
    assert [run.trial for run in sink.runs] == [record.trial for record in RECORDS[:5]]
    assert sink.opened == sink.closed == 2
    follow(tmp_path, TrialsFound(records=RECORDS[:5]))
    assert sink.opened == 2  # nothing was to be written
    (tmp_path / "records.db.tracked").unlink()
    follow(tmp_path, TrialsFound(records=RECORDS[:5]))
    assert len(sink.runs) == 10


def test_a_folder_that_was_deleted_is_filled_again(tmp_path, sink, monkeypatch):
    use(monkeypatch, sink, beside="runs")
    (tmp_path / "runs").mkdir()
    for _ in range(2):
        follow(tmp_path, TrialsFound(records=RECORDS[:2]))
    assert len(sink.runs) == 2
    (tmp_path / "runs").rmdir()
    follow(tmp_path, TrialsFound(records=RECORDS[:2]))
    assert len(sink.runs) == 4


def test_what_a_tracker_keeps_elsewhere_by_now_is_written_there_too(tmp_path, sink, monkeypatch):
    places = [tmp_path / "a", tmp_path / "b"]
    for place in places:
        place.mkdir()

    def found(place):
        return use(monkeypatch, sink, find=lambda target: Destination(f"{target} in {place}", (place,)))

    for count, place in ((2, places[0]), (4, places[1]), (4, places[0])):
        found(place)
        told = follow(tmp_path, TrialsFound(records=RECORDS[:2]))
        assert len(sink.runs) == count
    assert told[-1] == Said(text="2 trials had been written to wandb before, and none is new")
    places[0].rmdir()
    found(places[0])
    assert follow(tmp_path, TrialsFound(records=RECORDS[:2]))[-1].text == "2 trials written to wandb: here they are"
    assert len(sink.runs) == 6


def test_no_password_is_noted_or_said(tmp_path, sink):
    place, told = TrackerPlace("wandb", "http://me:secret@host"), []
    with Tracking([place], tmp_path / "records.db", no_rates, told.append) as tracking:
        tracking(PhaseBegun(phase="confirm", trials=1, missing=1, study=RESULTS.study))
        tracking(TrialsStored(records=RECORDS[:1]))
    assert "secret" not in (tmp_path / "records.db.tracked").read_text()
    assert told[-1] == Said(text="1 trial written to wandb:http://host: here they are")


def test_a_note_that_is_damaged_counts_as_far_as_it_is_whole(tmp_path, sink):
    follow(tmp_path, TrialsStored(records=RECORDS[:3]))
    note = tmp_path / "records.db.tracked"
    note.write_text(note.read_text()[:-9])
    follow(tmp_path, TrialsFound(records=RECORDS[:3]))
    assert len(sink.runs) == 4
    note.write_bytes(b"\xff\xfe")
    follow(tmp_path, TrialsFound(records=RECORDS[:3]))
    assert len(sink.runs) == 7


def test_rates_are_those_of_the_last_updates(tmp_path, sink):
    rates = [0.01 * update for update in range(RECORDS[0].updates)]
    follow(tmp_path, TrialsStored(records=RECORDS[:1]), rates_of=lambda key: npy_bytes(rates))
    per = RECORDS[0].updates_per_epoch
    assert sink.runs[0].rates == tuple(pytest.approx(rates[number * per - 1]) for number in range(1, 5))
    follow(tmp_path, TrialsStored(records=RECORDS[1:2]), rates_of=lambda key: npy_bytes(rates[:-1]))
    assert [value == value for value in sink.runs[1].rates] == [True, True, True, False]
    follow(tmp_path, TrialsStored(records=RECORDS[2:3]))
    assert sink.runs[2].rates == ()


def test_trials_that_fail_are_written_as_such_and_again_once_they_end(tmp_path, sink):
    failed = TrialsFailed(trials=(RECORDS[0].trial,), message="no memory was left")
    follow(tmp_path, failed)
    follow(tmp_path, failed, TrialsStored(records=RECORDS[:1]))
    assert [(run.outcome, run.message) for run in sink.runs] == [
        ("failed", "no memory was left"),
        ("failed", "no memory was left"),
        ("finished", ""),
    ]


def test_a_tracker_may_take_some_phases_alone(tmp_path, monkeypatch):
    sink = use(monkeypatch, Kept(), phases="tune")
    assert follow(tmp_path, TrialsStored(records=RECORDS)) == [
        PhaseBegun(phase="confirm", trials=12, missing=12, study=RESULTS.study),
        TrialsStored(records=RECORDS),
    ]
    tune = PhaseBegun(phase="tune the best", trials=1, missing=1, study=RESULTS.study)
    follow(tmp_path, tune, TrialsStored(records=RESULTS.tuned[:1]))
    assert len(sink.runs) == 1


@pytest.mark.parametrize("where", ["open", "write", "close"])
@pytest.mark.parametrize("error", [OSError("no route"), SystemExit(3), KeyboardInterrupt()])
def test_what_a_tracker_raises_is_said_once(tmp_path, sink, where, error):
    def fail(*_):
        raise error

    setattr(sink, where, fail)
    with pytest.warns(
        LabWarning, match="nothing more is written to wandb .*the run goes on, its records are in"
    ) as said:
        told = follow(tmp_path, *(TrialsStored(records=(record,)) for record in RECORDS))
    assert len(said) == 1
    assert words_of(error) in str(said[0].message)
    assert len(told) == 1 + len(RECORDS)
    healthy = Kept()
    sink.open, sink.write, sink.close = healthy.open, healthy.write, healthy.close
    follow(tmp_path, TrialsFound(records=RECORDS))
    assert len(healthy.runs) == (0 if where == "close" else len(RECORDS))


def test_a_tracker_that_hangs_is_left_behind(tmp_path, sink, monkeypatch):
    monkeypatch.setattr(_tracking, "IDLE_WAIT", 0.2)
    gate = threading.Event()
    write = sink.write
    sink.write = lambda run: (gate.wait(), write(run))
    with pytest.warns(LabWarning, match=r"\(12 trials did not get there in time\)"):
        follow(tmp_path, TrialsStored(records=RECORDS))
    gate.set()  # it answers when the run is over: what it was at is written, the rest is another run's
    until = time.monotonic() + 60
    while not sink.runs and time.monotonic() < until:
        time.sleep(0.01)
    sink.write = write
    while len((tmp_path / "records.db.tracked").read_text().splitlines()) < 1:
        time.sleep(0.01)
    follow(tmp_path, TrialsFound(records=RECORDS))
    assert sorted(run.trial.key for run in sink.runs) == sorted(record.trial.key for record in RECORDS)


def test_a_run_that_is_stopped_waits_a_shorter_while(tmp_path, sink, monkeypatch):
    monkeypatch.setattr(_tracking, "HASTY_WAIT", 0.1)
    gate = threading.Event()
    sink.write = lambda run: gate.wait()

    def stop():
        raise KeyboardInterrupt

    with pytest.warns(LabWarning, match="did not get there in time"), pytest.raises(KeyboardInterrupt):
        follow(tmp_path, TrialsStored(records=RECORDS[:1]), last=stop)
    gate.set()


def test_a_slow_tracker_gets_all_of_it(tmp_path, sink, monkeypatch):
    monkeypatch.setattr(_tracking, "IDLE_WAIT", 30.0)
    write = sink.write
    sink.write = lambda run: (time.sleep(0.05), write(run))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        follow(tmp_path, TrialsStored(records=RECORDS))
    assert len(sink.runs) == len(RECORDS)


def test_more_than_can_wait_is_left_for_another_run(tmp_path, sink, monkeypatch):
    monkeypatch.setattr(_writer, "MOST_WAITING", 2)
    gate, write = threading.Event(), sink.write
    sink.write = lambda run: (gate.wait(), write(run))
    with pytest.warns(LabWarning, match=r"\((9|10) trials more than can wait\)"):
        follow(tmp_path, TrialsStored(records=RECORDS), last=gate.set)
    assert len(sink.runs) in (2, 3)
    monkeypatch.setattr(_writer, "MOST_WAITING", 100)
    follow(tmp_path, TrialsFound(records=RECORDS))
    assert sorted(run.trial.key for run in sink.runs) == sorted(record.trial.key for record in RECORDS)
