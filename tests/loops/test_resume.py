"""A trial whose time is up, or that was killed, goes on where it was."""

import errno
import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lrlab.execution import Processes
from lrlab.lab import as_array
from lrlab.loops import Run
from lrlab.spec import Begun, Ended, EpochMeasured, Failed, Paused, Warned

LONG_AGO = 0.0


def counting(run):
    """Eight updates, two an epoch; keeps the next epoch in its folder."""
    file = run.folder / "epoch"
    start = int(file.read_text()) if file.exists() else 0
    for epoch in range(start, 4):
        for t in (2 * epoch, 2 * epoch + 1):
            run.rate(t)
        run.report(epoch=epoch, validation_loss=1.0 / (epoch + 1))
        file.write_text(str(epoch + 1))
        if run.should_stop and run.settings["stops"]:
            return
    run.finish(test_loss=0.125)


def test_a_paused_trial_is_whole_after_it_was_resumed(perform):
    options = {"updates_per_epoch": 2, "settings": {"stops": 1}, "until": LONG_AGO}
    whole = perform(counting, updates_per_epoch=2, settings={"stops": 1}, folder="whole")[-1].trained[0]
    ends = []
    for _ in range(4):
        events = perform(counting, **options)
        ends.append(type(events[-1]))
        if ends[-1] is Ended:
            break
    assert ends == [Paused, Paused, Paused, Paused]
    assert [event.share for event in events if isinstance(event, Begun)] == [0.75]
    *_, end = perform(counting, updates_per_epoch=2, settings={"stops": 1})
    assert isinstance(end, Ended)
    assert end.trained[0].record.epochs == whole.record.epochs
    assert as_array(end.trained[0].arrays["rates"]).tolist() == as_array(whole.arrays["rates"]).tolist()


def finishing(run):
    """Eight updates; breaks out where it is told to stop, and finishes all the same."""
    file = run.folder / "updates"
    made = int(file.read_text()) if file.exists() else 0
    while made < run.updates:
        run.rate(made)
        made += 1
        if made % 2 == 0:
            run.report(epoch=made // 2, validation_loss=1.0 / made)
            file.write_text(str(made))
            if run.should_stop and made == run.settings["at"]:
                break
    run.finish(test_loss=1.0 / made)


def test_a_loop_that_is_told_to_stop_and_finishes_half_way_is_paused(perform):
    *_, end = perform(finishing, updates_per_epoch=2, settings={"at": 4}, until=LONG_AGO)
    assert isinstance(end, Paused)
    *_, end = perform(finishing, updates_per_epoch=2, settings={"at": 4})
    record = end.trained[0].record
    assert record.test.loss == 1 / 8
    assert [epoch.validation_loss for epoch in record.epochs] == [1 / 2, 1 / 4, 1 / 6, 1 / 8]


def test_a_loop_that_is_told_to_stop_after_its_last_update_is_finished(perform):
    *_, end = perform(finishing, updates_per_epoch=2, settings={"at": 8}, until=LONG_AGO)
    assert end.trained[0].record.test.loss == 1 / 8


def ahead(run):
    """As `finishing`, with all rates asked for before the first update, or with none."""
    rates = [run.rate(t) for t in range(run.updates)] if run.settings["asks"] else []
    assert len(rates) in (0, run.updates)
    file = run.folder / "updates"
    made = int(file.read_text()) if file.exists() else 0
    while made < run.updates:
        made += 2
        known = {"update": made} if run.settings["tells"] else {}
        run.report(validation_loss=1.0 / made, **known)
        file.write_text(str(made))
        if run.should_stop and made == run.settings["at"]:
            break
    run.finish(test_loss=1.0 / made)


@pytest.mark.filterwarnings("ignore:.*asked for no rate and recorded none")
@pytest.mark.parametrize("asks", [0, 1])
@pytest.mark.parametrize(("epochs", "tells"), [({"updates_per_epoch": 2}, 0), ({"updates_per_epoch": 2}, 1), ({}, 1)])
def test_a_loop_whose_rates_say_nothing_is_paused_by_its_last_report(perform, asks, epochs, tells):
    settings = {"asks": asks, "tells": tells}
    *_, end = perform(ahead, settings={"at": 4, **settings}, until=LONG_AGO, **epochs)
    assert isinstance(end, Paused)
    *_, end = perform(ahead, settings={"at": 4, **settings}, **epochs)
    assert end.trained[0].record.test.loss == 1 / 8
    *_, end = perform(ahead, settings={"at": 8, **settings}, until=LONG_AGO, folder="b", **epochs)
    assert end.trained[0].record.test.loss == 1 / 8


def test_a_loop_of_which_nothing_is_known_is_paused_where_it_was_told_to_stop(perform):
    def train(run):
        if not run.should_stop:
            run.rate(run.updates - 1)
        run.finish(test_loss=1.0)

    assert isinstance(perform(train, until=LONG_AGO)[-1], Paused)
    assert isinstance(perform(train)[-1], Ended)


def test_a_loop_that_changes_its_folder_finds_its_checkpoints(perform, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    elsewhere, seen = tmp_path / "elsewhere", []
    elsewhere.mkdir()

    def train(run):
        os.chdir(elsewhere)  # as hydra does
        seen.append(run.folder)
        counting(run)

    options = {"updates_per_epoch": 2, "settings": {"stops": 1}, "folder": "here", "relative": True}
    for _ in range(2):
        assert isinstance(perform(train, until=LONG_AGO, **options)[-1], Paused)
    *_, end = perform(train, **options)
    assert isinstance(end, Ended)
    assert seen == [tmp_path / "here" / "checkpoints"] * 3
    assert (seen[0] / "epoch").read_text() == "4"
    assert len(end.trained[0].record.epochs) == 4
    assert not list(elsewhere.iterdir())


def test_a_loop_that_does_not_look_goes_on_to_its_end(perform):
    *_, end = perform(counting, updates_per_epoch=2, settings={"stops": 0}, until=LONG_AGO)
    assert isinstance(end, Ended)


def test_a_trial_that_failed_goes_on_from_its_checkpoint_and_may_report_again(perform):
    calls = []

    def train(run):
        file = run.folder / "state"
        start = int(file.read_text()) if file.exists() else 0
        calls.append(start)
        for epoch in range(start, 3):
            run.rate(epoch)
            run.report(epoch=epoch, validation_loss=epoch + len(calls))
            if epoch == 0:
                file.write_text("1")
            if epoch == 1 and len(calls) == 1:
                raise RuntimeError("power cut")
        run.finish(test_loss=1.0)

    *_, first = perform(train, budget="3 updates", updates_per_epoch=1)
    assert isinstance(first, Failed)
    *_, end = perform(train, budget="3 updates", updates_per_epoch=1)
    assert calls == [0, 1]
    assert [epoch.validation_loss for epoch in end.trained[0].record.epochs] == [1.0, 3.0, 4.0]
    assert not np.isnan(as_array(end.trained[0].arrays["rates"])).any()


def test_a_loop_that_left_no_checkpoint_begins_anew(perform):
    calls = []

    def train(run):
        calls.append(1)
        run.rate(0)
        run.report(validation_loss=len(calls))
        if len(calls) == 1:
            raise RuntimeError("again")
        run.finish(test_loss=1.0)

    perform(train, budget="1 updates")
    *_, end = perform(train, budget="1 updates")
    assert [epoch.validation_loss for epoch in end.trained[0].record.epochs] == [2.0]


def test_a_trial_that_begins_late_gets_a_little_time(perform):
    def train(run):
        assert run.should_stop is (run.settings["late"] == 1)
        run.finish(test_loss=1.0)

    assert isinstance(perform(train, until=LONG_AGO, settings={"late": 1})[-1], Paused)
    assert isinstance(perform(train, until=time.monotonic() + 60, settings={"late": 0})[-1], Ended)


@pytest.mark.parametrize("record", [False, True])
@pytest.mark.parametrize("named", [False, True])
def test_a_kill_takes_nothing_that_was_reported(perform, record, named):
    """It is killed an epoch after its last checkpoint, of the second epoch of four."""

    def train(run):
        file = run.folder / "epoch"
        start = int(file.read_text()) if file.exists() else 0
        for epoch in range(start, 4):
            for t in (2 * epoch, 2 * epoch + 1):
                rate = run.rate(t)
                if record:
                    run.record_rate(t, rate)
            run.report(**({"epoch": epoch} if named else {}), validation_loss=1.0 / (epoch + 1))
            if epoch == 1:
                file.write_text("2")
            if epoch == 2 and not start and run.settings["killed"]:
                raise KeyboardInterrupt  # nothing of lrlab's comes after it
        run.finish(test_loss=0.125)

    options = {"updates_per_epoch": 2, "settings": {"killed": 0}}
    whole = perform(train, folder="whole", **options)[-1].trained[0]
    options["settings"] = {"killed": 1}
    with pytest.raises(KeyboardInterrupt):
        perform(train, **options)
    *before, end = perform(train, **options)
    assert end.trained[0].record.epochs == whole.record.epochs
    assert as_array(end.trained[0].arrays["rates"]).tolist() == as_array(whole.arrays["rates"]).tolist()
    assert [type(event) for event in before if not isinstance(event, EpochMeasured)] == [Begun]


def test_a_trial_that_only_had_to_finish_is_not_said_to_have_asked_for_no_rate(perform):
    options = {"updates_per_epoch": 2, "settings": {"stops": 1}}
    for _ in range(4):
        assert isinstance(perform(counting, until=LONG_AGO, **options)[-1], Paused)
    events = perform(counting, **options)
    assert [type(event) for event in events] == [Begun, Ended]


@pytest.mark.parametrize("damage", ["{", "[]", "", "1", "[[1], 2]\n"])
def test_notes_that_cannot_be_read_are_left_aside(perform, damage, tmp_path):
    perform(counting, updates_per_epoch=2, settings={"stops": 1}, until=LONG_AGO)
    (tmp_path / "a" / "run.jsonl").write_text(damage)
    *_, end = perform(counting, updates_per_epoch=2, settings={"stops": 1})
    assert isinstance(end, Ended)


def dying(run):
    """Eight updates, two an epoch; its process is killed in the third epoch, once."""
    file, died = run.folder / "epoch", run.folder / "died"
    for epoch in range(int(file.read_text()) if file.exists() else 0, 4):
        if epoch == 2 and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        for t in (2 * epoch, 2 * epoch + 1):
            run.rate(t)
        run.report(epoch=epoch, validation_loss=1.0 / (epoch + 1))
        file.write_text(str(epoch + 1))
    run.finish(test_loss=0.125)


def test_a_worker_that_is_killed_costs_nothing_that_was_reported(perform):
    """Another goes on from what the loop left, and the record is that of a quiet run."""
    executor = Processes(1, ["lrlab.loops"])
    try:
        killed = perform(dying, updates_per_epoch=2, executor=executor)
    finally:
        executor.close()
    begun = [(event.attempt, event.share) for event in killed if isinstance(event, Begun)]
    assert begun == [(1, 0.0), (2, 0.5)]
    told = [(event.attempt, event.number) for event in killed if isinstance(event, EpochMeasured)]
    assert told == [(1, 1), (1, 2), (2, 3), (2, 4)]
    quiet = perform(counting, updates_per_epoch=2, settings={"stops": 1}, folder="quiet")[-1].trained[0]
    trained = killed[-1].trained[0]
    assert trained.record.epochs == quiet.record.epochs
    assert as_array(trained.arrays["rates"]).tolist() == as_array(quiet.arrays["rates"]).tolist()


def test_half_a_note_hides_none_after_it(perform, tmp_path):
    """Killed in the middle of a note, and stopped again later: each time it goes on from its checkpoint."""
    options = {"updates_per_epoch": 2, "settings": {"stops": 1}}
    whole = perform(counting, folder="whole", until=LONG_AGO, **options)
    while not isinstance(whole[-1], Ended):
        whole = perform(counting, folder="whole", until=LONG_AGO, **options)
    for _ in range(2):
        assert isinstance(perform(counting, until=LONG_AGO, **options)[-1], Paused)
        with (tmp_path / "a" / "run.jsonl").open("a") as file:
            file.write('[[7, null, {"validation_lo')
    *_, end = perform(counting, **options)
    assert end.trained[0].record.epochs == whole[-1].trained[0].record.epochs
    rates = [as_array(one.trained[0].arrays["rates"]).tolist() for one in (end, whole[-1])]
    assert rates[0] == rates[1]


class FullDisk:
    """Takes some bytes of the notes from number `first` to `last`, and no more."""

    def __init__(self, monkeypatch, first, last):
        self.count, self.first, self.last, self.open = 0, first, last, Path.open
        monkeypatch.setattr(Path, "open", lambda *rest, **more: self.opened(*rest, **more))

    def opened(self, path, mode="r", *rest, **more):
        file = self.open(path, mode, *rest, **more)
        if path.parent.name != "a" or mode != "ab":
            return file
        self.count += 1
        return file if not self.first <= self.count <= self.last else self.half(file)

    @contextmanager
    def half(self, file):
        def write(data):
            file.write(data[:9])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with file:
            yield SimpleNamespace(write=write, tell=file.tell, truncate=file.truncate)


@pytest.mark.parametrize("last", [2, 3])
def test_notes_that_a_disk_did_not_take_come_with_the_next(perform, monkeypatch, last):
    options = {"updates_per_epoch": 2, "settings": {"stops": 0, "killed": 1}}
    whole = perform(counting, folder="whole", **options)[-1].trained[0]
    FullDisk(monkeypatch, 2, last)

    def report_and_die(self, *values, **named):
        report(self, *values, **named)
        if named["epoch"] == 3:
            raise KeyboardInterrupt  # nothing of lrlab's comes after it

    report = Run.report
    with monkeypatch.context() as patch:
        patch.setattr(Run, "report", report_and_die)
        with pytest.raises(KeyboardInterrupt):
            perform(counting, **options)
    *_, end = perform(counting, **options)
    assert end.trained[0].record.epochs == whole.record.epochs
    assert as_array(end.trained[0].arrays["rates"]).tolist() == as_array(whole.arrays["rates"]).tolist()


def test_notes_that_cannot_be_removed_end_the_trial_in_words(perform, monkeypatch, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "run.jsonl").write_text("of a loop that left nothing to go on from")

    def refuse(file, **_):
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(file))

    monkeypatch.setattr(Path, "unlink", refuse)
    *_, end = perform(counting, updates_per_epoch=2)
    assert isinstance(end, Failed)
    assert "which the loop is handed for its checkpoints: " in end.message
    assert end.traceback == ""


def test_a_trial_whose_notes_a_full_disk_did_not_take_begins_anew(perform, monkeypatch, tmp_path):
    options = {"updates_per_epoch": 2, "settings": {"stops": 1}}
    assert isinstance(perform(counting, until=LONG_AGO, **options)[-1], Paused)
    with monkeypatch.context() as patch:
        FullDisk(patch, 1, 99)
        events = perform(counting, until=LONG_AGO, **options)
    assert isinstance(events[-1], Paused)
    assert any(isinstance(event, Warned) and "make room there" in event.text for event in events)
    assert (tmp_path / "a" / "checkpoints" / "epoch").read_text() == "2"
    begun, *_, end = perform(counting, updates_per_epoch=2, settings={"stops": 0}, until=LONG_AGO)
    assert begun.share == 0.0
    assert [epoch.validation_loss for epoch in end.trained[0].record.epochs] == [1.0, 1 / 2, 1 / 3, 1 / 4]


def test_a_folder_that_cannot_be_made_is_a_failure_in_words(perform, tmp_path):
    (tmp_path / "a").touch()
    *_, end = perform(counting, updates_per_epoch=2, settings={"stops": 0})
    assert isinstance(end, Failed)
    assert "which the loop is handed for its checkpoints: " in end.message
    assert "make room there, or give another --store" in end.message
    assert end.traceback == ""
