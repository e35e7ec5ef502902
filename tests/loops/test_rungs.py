"""Loops of the user's own that halving stops: at a report, with a checkpoint, and from there on."""

import pytest

import lrlab
from lrlab.errors import StudyError
from lrlab.execution import Inline
from lrlab.lab import comparison_study, crew_of, open_task, prepare, run_study, setup_of
from lrlab.loops import open_loop
from lrlab.spec import Ended, Failed, RunLoop, Said, Trial
from lrlab.store import Store
from support.workshops import workshop

MADE = []  # an entry for each epoch that was trained


def counting(run):
    """Four epochs of two updates; higher peaks are better."""
    file = run.folder / "epoch"
    start = int(file.read_text()) if file.exists() else 0
    for epoch in range(start, 4):
        MADE.append((run.schedule, run.peak, run.seed, epoch))
        for t in (2 * epoch, 2 * epoch + 1):
            run.rate(t)
        run.report(
            epoch=epoch, validation_loss=1.0 / (epoch + 1) - 0.01 * run.peak, validation_accuracy=0.5 + 0.1 * run.peak
        )
        if run.settings["saves"]:
            file.write_text(str(epoch + 1))
        if run.should_stop and run.settings["looks"]:
            return
    run.finish(test_loss=0.125, test_accuracy=0.5 + 0.1 * run.peak + 0.001 * run.seed % 7)


def loop_of(looks=1, saves=1, length=2):
    options = {"updates_per_epoch": length} if length else {}
    return lrlab.trial(metric="accuracy", settings={"looks": looks, "saves": saves}, **options)(counting)


def perform(folder, loop, rung=""):
    opened = open_loop(loop, send=False)
    trial = Trial(
        task=opened.name,
        data=opened.data,
        optimizer="sgd",
        schedule="linear",
        peak=0.5,
        seed=3,
        budget="8 updates",
        batch_size=1,
    )
    job = RunLoop(name="one", trial=trial, where=opened.where, folder=str(folder), rung=rung)
    return list(Inline().run([job]))[-1]


def test_it_is_told_to_stop_at_a_rung_and_goes_on_to_the_next_and_to_its_end(tmp_path):
    whole = perform(tmp_path / "whole", loop_of())
    first = perform(tmp_path / "cut", loop_of(), "25%")
    assert isinstance(first, Ended)
    assert [len(standing.epochs) for standing in first.standings] == [1]
    second = perform(tmp_path / "cut", loop_of(), "3 epochs")
    assert [len(standing.epochs) for standing in second.standings] == [3]
    end = perform(tmp_path / "cut", loop_of())
    assert end.trained[0].record.epochs == whole.trained[0].record.epochs
    assert end.trained[0].arrays == whole.trained[0].arrays
    assert end.trained[0].record.test == whole.trained[0].record.test


def test_one_that_does_not_look_goes_on_to_its_end(tmp_path):
    end = perform(tmp_path / "a", loop_of(looks=0), "25%")
    assert not end.standings
    assert len(end.trained) == 1


def test_one_that_leaves_nothing_to_go_on_from_is_refused(tmp_path):
    end = perform(tmp_path / "a", loop_of(saves=0), "25%")
    assert isinstance(end, Failed)
    assert "save a checkpoint there when run.should_stop, and load it, or leave out halving" in end.message


def study_of(place, loop, halving):
    study = comparison_study(
        place.name,
        ["constant", "linear"],
        name="raced",
        budget="8 updates",
        peaks=[0.1, 0.2, 0.3, 0.4],
        confirm_seeds=4,
        tune={"halving": halving, "refine": None, "finalists": 1, "final_seeds": [], "extend": 0},
        confirm={"rivals": False},
    )
    return prepare(study, place)


def run(path, loop, halving):
    place = open_task(loop)
    prepared, said = study_of(place, loop, halving), []
    executor = Inline()
    with Store(path, write=True) as store:
        setup = setup_of(prepared, workshop(store, executor))
        crew = crew_of(prepared, executor, setup, None)
        results = run_study(
            prepared, store, crew, lambda event: said.append(event.text) if isinstance(event, Said) else None, "asked"
        )
    return results, said


def test_a_study_of_a_loop_trains_survivors_alone(tmp_path):
    MADE.clear()
    results, said = run(tmp_path / "records.db", loop_of(), {"rungs": [1, 2], "eta": 2, "pilot": 0})
    tuned = [entry for entry in MADE if entry[2] < 100]
    assert len(tuned) == len(set(tuned)) == 2 * 2 * (4 + 2 + 1 + 1)
    assert [choice.stopped for choice in results.choices] == [(1, 1, 2, 0)] * 2
    assert [choice.peak for choice in results.choices] == [0.4, 0.4]
    assert not (tmp_path / "records-checkpoints").exists()
    assert not any("went past a rung" in text for text in said)


def test_that_a_loop_does_not_look_is_said_and_the_choice_is_the_same(tmp_path):
    MADE.clear()
    results, said = run(tmp_path / "records.db", loop_of(looks=0), {"rungs": [1], "eta": 2, "pilot": 0})
    assert any("16 trials went past a rung" in text and "run.should_stop" in text for text in said)
    assert [choice.peak for choice in results.choices] == [0.4, 0.4]


def test_a_loop_that_does_not_say_how_long_an_epoch_is_is_refused():
    loop = loop_of(length=0)
    with pytest.raises(StudyError, match=r"halving stops at epochs' ends.*updates_per_epoch=len\(loader\)"):
        study_of(open_task(loop), loop, {"rungs": [1], "pilot": 0})


def test_at_a_rung_whose_standing_was_not_stored_nothing_is_trained_again(tmp_path):
    """A driver that is killed when a trial has come to its rung asks for it once more."""
    first = perform(tmp_path, loop_of(), "25%")
    trained = len(MADE)
    again = perform(tmp_path, loop_of(), "25%")
    assert again.standings == first.standings
    assert len(MADE) == trained
    *_, end = perform(tmp_path, loop_of()).trained
    assert [round(epoch.validation_loss, 3) for epoch in end.record.epochs] == [0.995, 0.495, 0.328, 0.245]
