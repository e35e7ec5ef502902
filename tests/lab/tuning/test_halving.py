"""Races of the tuning phase: who goes on, what a pilot says, and that survivors are as if never cut."""

import sqlite3
import warnings

import numpy as np
import pytest
import torch

from lrlab.errors import RunError, StudyError
from lrlab.execution import Inline
from lrlab.lab import (
    comparison_study,
    crew_of,
    open_task,
    prepare,
    progress,
    race,
    run_study,
    stored_records,
    stored_results,
    tuning_trials,
)
from lrlab.lab._stacking import _stacks as stacks
from lrlab.spec import (
    Candidate,
    Ended,
    Epoch,
    Evaluation,
    Metric,
    PhaseBegun,
    Provenance,
    Record,
    Said,
    Setup,
    Standing,
)
from lrlab.store import Store
from lrlab.store._disk import Disk

PEAKS = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0]
PLAIN = {"refine": None, "finalists": 1, "final_seeds": [], "extend": 0, "choose": "score"}
WHERE = Provenance(lrlab="", python="", torch="", numpy="", machine="", device="", threads=1, engine="made")


def study_of(halving, seeds=2, schedules=("constant", "linear"), task="digits/mlp", epochs=4, **tune):
    return comparison_study(
        task,
        list(schedules),
        name="raced",
        budget=f"{epochs} epochs",
        peaks=[] if "search" in tune else PEAKS,
        batch_size=64,
        tuning_seeds=seeds,
        confirm_seeds=4,
        tune={**PLAIN, "halving": halving} | tune,
        confirm={"rivals": False},
    )


def made_record(trial, curve, diverged=False):
    """A record whose validation scores are these."""
    epochs = [Epoch(train_loss=1, train_score=None, validation_loss=1 - v, validation_score=v) for v in curve]
    if diverged:
        epochs[-1] = Epoch.unmeasured()
    final = Evaluation(loss=1 - curve[-1], score=curve[-1], confusion=None)
    return Record(
        trial=trial,
        outcome="diverged" if diverged else "finished",
        diverged_at=10 * len(epochs) - 5 if diverged else None,
        metric=Metric(name="accuracy"),
        updates=40,
        updates_per_epoch=10,
        epochs=tuple(epochs),
        validation=final,
        test=final,
        train_seconds=0,
        evaluate_seconds=0,
        provenance=WHERE,
    )


def play(study, curve_of, made=made_record):
    """Go through the races of a study; curve_of: of a label, peak and seed. What was asked, and the end."""
    schedules = dict(zip(study.labels, study.schedules, strict=True))
    groups = {
        (label, peak): tuning_trials(study, "data", Candidate(schedule=schedules[label], peak=peak))
        for label in study.labels
        for peak in PEAKS
    }
    label_of = {trial.key: place for place, group in groups.items() for trial in group}
    asked, answer = [], None
    steps = race(study, "tune", groups)
    try:
        while True:
            batch = steps.send(answer)
            asked.append(batch)
            found = {t.key: made(t, curve_of(*label_of[t.key], t.seed)) for t in batch.trials}
            answer = {key: Standing.of_record(one) for key, one in found.items()} if batch.rung else found
    except StopIteration as end:
        return asked, end.value


def steady(label, peak, seed):  # the best peak leads from the first epoch on
    return [0.5 + 0.1 * epoch - abs(np.log10(peak) + 1) / 10 for epoch in range(4)]


def late(label, peak, seed):
    """Under linear the largest peak is last until the end, where it wins."""
    curve = steady(label, peak, seed)
    if label == "linear" and peak == PEAKS[-1]:
        return [0.01, 0.01, 0.01, 0.99]
    return curve


def test_without_halving_all_is_asked_at_once():
    asked, end = play(study_of(None), steady)
    assert [(len(batch.trials), batch.rung) for batch in asked] == [(24, "")]
    assert not end.stopped
    assert len(end.records) == 24


def test_a_race_that_loses_no_winner_stops_what_is_behind():
    asked, end = play(study_of({"rungs": [1, 2]}), steady)
    assert [(len(batch.trials), batch.rung) for batch in asked] == [
        (12, ""),
        (12, "1 epochs"),
        (8, "2 epochs"),
        (6, ""),
    ]
    assert {peak for label, peak in end.stopped if label == "linear"} == {0.01, 1.0, 3.0}
    assert end.stopped["linear", 3.0] == 1
    assert [(check.lost, check.races, check.on) for check in end.rungs] == [(0, 2, True), (0, 2, True)]
    assert "would have been thrown away in 0 at epoch 1" in asked[1].note


def test_where_a_schedule_pays_late_the_race_is_off():
    asked, end = play(study_of({"rungs": [1, 2]}), late)
    assert [(len(batch.trials), batch.rung) for batch in asked] == [(12, ""), (12, "")]
    assert [(check.lost, check.on) for check in end.rungs] == [(1, False), (1, False)]
    assert not end.stopped
    assert "it is off" in asked[1].note


def test_a_rung_too_early_is_left_out_and_a_later_one_stays():
    def mends(label, peak, seed):
        curve = steady(label, peak, seed)
        return [0.9 - curve[0], *curve[1:]]

    asked, end = play(study_of({"rungs": [1, 3], "eta": 3}), mends)
    assert [check.on for check in end.rungs] == [False, True]
    assert [batch.rung for batch in asked] == ["", "3 epochs", ""]
    assert set(end.stopped.values()) == {3}


def test_what_is_tolerated_may_be_said():
    _, end = play(study_of({"rungs": [1], "tolerated": 0.5}), late)
    assert ("linear", 3.0) in end.stopped


def test_without_a_pilot_nothing_is_asked_of_it():
    asked, end = play(study_of({"rungs": [1, 2], "pilot": 0}), late)
    assert [(len(batch.trials), batch.rung) for batch in asked] == [(24, "1 epochs"), (16, "2 epochs"), (12, "")]
    assert ("linear", 3.0) in end.stopped
    assert [(check.races, check.epoch) for check in end.rungs] == [(0, 1), (0, 2)]


def test_two_rungs_at_one_epoch_cut_once():
    asked, end = play(study_of({"rungs": ["20%", "30%"], "pilot": 0}), steady)
    assert {check.epoch for check in end.rungs} == {1}
    assert len(asked[-1].trials) == 16


def test_the_last_race_of_hyperband_stops_nothing():
    asked, end = play(study_of({"rungs": [1, 2], "brackets": 3, "pilot": 0, "eta": 3}), late)
    assert not {place for place in end.stopped if place[1] in (PEAKS[2], PEAKS[5])}
    assert [(len(batch.trials), batch.rung) for batch in asked] == [(8, "1 epochs"), (12, "2 epochs"), (16, "")]


def test_diverged_seeds_come_last():
    def wild(trial, curve):
        return made_record(trial, curve[:1] if trial.peak == 0.1 else curve, diverged=trial.peak == 0.1)

    _, end = play(study_of({"rungs": [1], "pilot": 0}), steady, wild)
    assert end.stopped["linear", 0.1] == 1


def test_a_loss_decides_where_choices_go_by_the_loss():
    def other(trial, curve):
        record = made_record(trial, curve)
        turned = [epoch.model_copy(update={"validation_loss": epoch.validation_score}) for epoch in record.epochs]
        return record.model_copy(update={"epochs": tuple(turned)})

    _, end = play(study_of({"rungs": [1], "pilot": 0}, choose="loss"), steady, other)
    assert ("linear", 0.1) in end.stopped
    _, end = play(study_of({"rungs": [1], "pilot": 0}, choose="auto"), steady, other)
    assert ("linear", 0.1) in end.stopped


def test_the_loss_decides_where_a_trial_under_way_cannot_know_its_metric():
    def undeclared(trial, curve):
        record = made_record(trial, [v if trial.seed == 0 else 1 - v for v in curve])
        losses = zip(record.epochs, curve, strict=True)
        turned = [epoch.model_copy(update={"validation_loss": 1 - v}) for epoch, v in losses]
        metric = record.metric if trial.seed == 0 else Metric(name="loss", higher_is_better=False)
        return record.model_copy(update={"epochs": tuple(turned), "metric": metric})

    study = study_of({"rungs": [1], "pilot": 1}, seeds=3, choose="auto")
    assert play(study, steady, undeclared)[1].stopped == play(study, steady)[1].stopped != {}


@pytest.mark.parametrize("reported", [lambda epochs: (Epoch.unmeasured(),) * len(epochs), lambda _: ()])
@pytest.mark.parametrize("pilot", [0, 1])
def test_what_was_not_measured_at_a_rung_is_refused_in_words(reported, pilot):
    def silent(trial, curve):
        record = made_record(trial, curve)
        return record.model_copy(update={"epochs": reported(record.epochs)})

    with pytest.raises(StudyError, match=r"gave no validation score at a rung.*run.report.*or leave out `halving`"):
        play(study_of({"rungs": [1], "pilot": pilot}), steady, silent)


def run(path, study, layout="grouped", size=8, until=None, fail=None):
    """The study's results, what was said, and the phases with what was missing of them."""
    prepared = prepare(study, open_task(study.task))
    said, phases = [], []

    def listen(event):
        said.extend([event.text] if isinstance(event, Said) else [])
        phases.extend([event.missing] if isinstance(event, PhaseBegun) else [])
        if fail is not None:
            fail(event)

    with Store(path, write=True) as store:
        crew = crew_of(prepared, Inline(), Setup(layout=layout, size=size), until)
        results = run_study(prepared, store, crew, listen, "asked")
        return results, said, phases


def content(record):
    where = record.provenance.model_copy(update={"stack": 1, "left_at": None})
    plain = {"train_seconds": 0.0, "evaluate_seconds": 0.0, "provenance": where}
    return record.model_copy(update=plain).to_json()


HALVED = {"rungs": [1, 2], "tolerated": 1.0}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The same study, all trials of it trained to their end, by key."""
    results, *_ = run(tmp_path_factory.mktemp("whole") / "whole.db", study_of(None), "loop", 4)
    return {record.trial.key: record for record in (*results.tuned, *results.confirmed)}


def test_survivors_end_as_in_a_study_without_races(tmp_path, whole):
    path = tmp_path / "records.db"
    results, said, phases = run(path, study_of(HALVED), "loop", 4)
    assert phases == [12, 12, 8, 6, 8]
    assert len(results.tuned) == 12 + 6
    for record in results.tuned:
        assert content(record) == content(whole[record.trial.key])
    assert any("halving: of" in text for text in said)
    for choice in results.choices:
        assert choice.stopped.count(0) == 3
        assert all((score is None) == bool(epoch) for score, epoch in zip(choice.scores, choice.stopped, strict=True))
        assert choice.stopped[choice.chosen] == 0
    assert not path.with_name("records-checkpoints").exists()


@pytest.mark.parametrize("layout", ["loop", "grouped"])
def test_where_no_rung_can_be_kept_the_run_says_so_and_ends_as_ever_once_there_is_room(tmp_path, monkeypatch, layout):
    def full(state, file):
        raise OSError(28, "No space left on device")

    quiet, *_ = run(tmp_path / "quiet.db", study_of(HALVED), layout, 4)
    path = tmp_path / "records.db"
    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full)
        patch.setattr(warnings, "warn", lambda *_, **__: None)
        with pytest.raises(RunError, match=r"stand at a rung that could not be kept.*the same command goes on"):
            run(path, study_of(HALVED), layout, 4)
    results, *_ = run(path, study_of(HALVED), layout, 4)
    assert [content(record) for record in results.tuned] == [content(record) for record in quiet.tuned]


def test_while_the_disk_refuses_records_checkpoints_stay(tmp_path, monkeypatch):
    """What is held in memory may be lost; trials then go on from the rung that they came to."""
    quiet, *_ = run(tmp_path / "quiet.db", study_of(HALVED), "grouped", 4)
    path, stood = tmp_path / "records.db", []

    def refused(*_):
        raise sqlite3.OperationalError("database or disk is full")

    def fail(event):
        stood.extend([event] if isinstance(event, Ended) and event.standings else [])
        if len(stood) == 3:  # the rungs' standings are in the file
            monkeypatch.setattr(Disk, "_write_to_file", refused)
            monkeypatch.setattr(Disk, "_rescue_held", refused)
            monkeypatch.setattr(warnings, "warn", lambda *_, **__: None)

    with pytest.raises(sqlite3.OperationalError):
        run(path, study_of(HALVED), "grouped", 4, fail=fail)
    monkeypatch.undo()
    assert list(path.with_name("records-checkpoints").glob("*.pt"))
    results, *_ = run(path, study_of(HALVED), "grouped", 4)
    assert [content(record) for record in results.tuned] == [content(record) for record in quiet.tuned]
    assert not path.with_name("records-checkpoints").exists()


def test_run_again_nothing_is_trained_and_all_is_the_same(tmp_path):
    path, study = tmp_path / "records.db", study_of(HALVED, schedules=("linear",))
    first, *_ = run(path, study)
    again, _, phases = run(path, study)
    assert phases == [0, 0, 0, 0, 0]
    assert again.to_json() == first.to_json()
    place = open_task("digits/mlp")
    with Store(path) as store:
        assert progress(study, place.data, store).missing == 0
        assert len(stored_records(study, place.data, store)) == len(first.tuned) + len(first.confirmed)
        assert stored_results(store.studies()[-1], store).choices == first.choices


@pytest.mark.parametrize("at", [1, 2, 3])
def test_ended_after_any_rung_it_goes_on_from_there(tmp_path, whole, at):
    """Before the phase of this number, and in it after the first event of a job."""
    path, seen = tmp_path / "records.db", []

    def fail(event):
        seen.extend([event] if isinstance(event, PhaseBegun) else [])
        if len(seen) == at + 1 and not isinstance(event, PhaseBegun):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(path, study_of(HALVED), "loop", 4, fail=fail)
    results, _, phases = run(path, study_of(HALVED), "loop", 4)
    assert phases[:at] == [0] * at
    assert phases[at] > 0
    for record in results.tuned:
        assert content(record) == content(whole[record.trial.key])


def test_the_plain_loop_runs_whole_what_a_rung_would_stop(tmp_path):
    study = study_of({"rungs": [1], "pilot": 0}, seeds=1, schedules=("linear",), epochs=2)
    plain, said, _ = run(tmp_path / "plain.db", study, "reference", 1)
    stacked, *_ = run(tmp_path / "stacked.db", study)
    assert [choice.stopped for choice in plain.choices] == [choice.stopped for choice in stacked.choices]
    assert any("trains trials whole" in text for text in said)


def test_a_stack_that_falls_over_at_a_rung_goes_on_one_by_one(tmp_path, monkeypatch):
    real = stacks._StackRun._choose_job

    def broken(self, stack):
        job = real(self, stack)
        bad = stack.rung == "1 epochs" and stack.setup.layout == "grouped"
        return job.model_copy(update={"where": "none:none"}) if bad else job

    monkeypatch.setattr(stacks._StackRun, "_choose_job", broken)
    results, *_ = run(tmp_path / "records.db", study_of(HALVED, schedules=("linear",)))
    assert all(choice.stopped for choice in results.choices)


def test_candidates_of_arms_race_too(tmp_path):
    study = comparison_study(
        "digits/mlp",
        ["constant"],
        name="arms",
        budget="4 epochs",
        batch_size=64,
        peaks=PEAKS,
        settings={"width": [8]},
        tuning_seeds=2,
        confirm_seeds=4,
        tune={**PLAIN, "halving": HALVED},
        confirm={"rivals": False},
    )
    arms = [
        arm.model_copy(
            update={"candidates": tuple(each.model_copy(update={"settings": {}}) for each in arm.candidates)}
        )
        for arm in study.arms
    ]
    results, *_ = run(tmp_path / "records.db", study.model_copy(update={"arms": tuple(arms)}))
    (choice,) = results.choices
    assert choice.stopped.count(0) == 3
    assert choice.scores[choice.chosen] is not None


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_points_of_a_search_race_round_by_round(tmp_path, sampler):
    search = {"sampler": sampler, "trials": 8, "space": {"peak": "0.001..3"}} | ({"ask": 4} if sampler == "tpe" else {})
    study = study_of({"rungs": [1], "eta": 2, "tolerated": 1.0}, schedules=("linear",), search=search)
    results, _, phases = run(tmp_path / "records.db", study)
    (choice,) = results.choices
    assert 2 <= choice.stopped.count(0) < len(choice.stopped)
    assert choice.scores[choice.chosen] is not None
    again, _, phases = run(tmp_path / "records.db", study)
    assert set(phases) == {0}
    assert again.choices == results.choices
