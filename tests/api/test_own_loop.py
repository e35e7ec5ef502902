"""A training loop of the user's own, asked about from Python."""

import re
import time

import pytest

import lrlab
from lrlab.errors import RunError, StudyError, TaskError, TimeUp
from lrlab.store import Store
from support.loops import file_of, score_of, train

ASKED = {"updates": 20, "seeds": 6, "tuning_seeds": 1, "workers": 0}


@pytest.fixture
def store(tmp_path):
    return tmp_path / "records.db"


def test_a_loop_is_tuned_confirmed_and_judged_like_a_task(store):
    told = []
    results = lrlab.compare(train, ["constant", "linear"], store=store, progress=told.append, **ASKED)
    assert results.study.task == "loop:train"
    assert results.answer.startswith("Use constant at peak 0.3: ")
    assert "Better than linear" in results.answer
    assert [(claim.verdict, claim.seeds) for claim in results.verdicts] == [("constant", 6)]
    assert results.metric.name == "accuracy"
    assert {row.peak for row in results.rows} == {0.3, 0.9} or {row.peak for row in results.rows} == {0.3}
    measured = [event for event in told if isinstance(event, lrlab.events.EpochMeasured)]
    assert {event.number for event in measured} == {1, 2, 3, 4}
    assert not store.with_name("records-checkpoints").exists()
    again = []
    lrlab.compare(train, ["constant", "linear"], store=store, progress=again.append, **ASKED)
    assert not any(isinstance(event, lrlab.events.Begun) for event in again)


def test_a_loop_in_a_file_is_run_in_processes_and_by_a_study(store, tmp_path):
    file = file_of(tmp_path)
    asked = ASKED | {"workers": 2}
    results = lrlab.compare(f"{file}:train", ["constant", "linear"], store=store, progress=False, **asked)
    assert results.study.task == "train:train"
    study = lrlab.Study(
        name="mine",
        task=str(file),
        schedules=["constant", "linear"],
        budget="20 updates",
        tune={"peaks": [0.1, 0.3], "seeds": 1},
        confirm={"seeds": 6},
    )
    told = []
    answer = lrlab.run(study, store=store, workers=0, progress=told.append)
    assert not any(isinstance(event, lrlab.events.Begun) for event in told)
    assert answer.verdicts == results.verdicts
    assert lrlab.run(study, task=train, store=store, workers=0, progress=False).study.task == "loop:train"


def widths(results):
    """The widths that were confirmed."""
    keys = results.trials().filter(phase="confirm")["key"].to_list()
    with Store(results.store) as store:
        return {record.trial.settings["width"] for record in store.get(keys).values()}


def test_settings_are_tuned_together_with_the_peak(store):
    settings = {"width": [4, 64, 16]}
    results = lrlab.compare(train, ["constant", "linear"], store=store, progress=False, settings=settings, **ASKED)
    assert {row.setting for row in results.rows} == {
        "constant at 0.3 (width 64)",
        "linear at 0.3 (width 64)",
    }
    assert len(results.choices[0].tried) == 6
    assert widths(results) == {64}
    read_once = {"width": iter([4, 64, 16])}
    again = lrlab.compare(train, ["constant", "linear"], store=store, progress=False, settings=read_once, **ASKED)
    assert again.findings == results.findings
    fixed = lrlab.compare(train, ["constant", "linear"], store=store, progress=False, settings={"width": 4}, **ASKED)
    assert widths(fixed) == {4}


def test_time_that_is_up_pauses_trials_and_the_same_call_goes_on(store):
    @lrlab.trial
    def patient(run):
        file = run.folder / "t"
        t = int(file.read_text()) if file.exists() else 0
        while t < run.updates:
            run.rate(t)
            t += 1
            if run.should_stop:
                file.write_text(str(t))
                return
            time.sleep(0.2)
        run.report(validation_loss=1.0)
        run.finish(test_loss=1.0)

    asked = {"updates": 8, "peaks": [0.1], "seeds": 2, "tuning_seeds": 1, "workers": 0, "store": store}
    with pytest.raises(TimeUp, match="the others wait in checkpoints; the same command goes on"):
        lrlab.compare(patient, ["constant", "linear"], progress=False, max_seconds=0.1, **asked)
    folders = list(store.with_name("records-checkpoints").iterdir())
    assert len(folders) == 1
    assert (folders[0] / "checkpoints" / "t").exists()
    lrlab.compare(patient, ["constant", "linear"], progress=False, **asked)
    assert not store.with_name("records-checkpoints").exists()


def test_a_loop_that_saves_nothing_is_said_to_begin_again(store):
    @lrlab.trial
    def careless(run):
        for t in range(run.updates):
            run.rate(t)
            if run.should_stop:
                return
            time.sleep(0.2)
        run.report(validation_loss=1.0)
        run.finish(test_loss=1.0)

    asked = {"updates": 8, "peaks": [0.1], "seeds": 2, "tuning_seeds": 1, "workers": 0, "store": store}
    words = (
        "0 of .* are stored, but the loop left nothing in run.folder of 1 trial, which begins again.*should_stop, or"
    )
    with pytest.raises(TimeUp, match=words):
        lrlab.compare(careless, ["constant", "linear"], progress=False, max_seconds=0.1, **asked)


def test_of_a_loop_that_raises_now_and_then_the_others_are_stored(store):
    broken = [True]

    @lrlab.trial(version="1")
    def fragile(run):
        if broken and run.seed == 1003:
            raise ValueError("my own mistake")
        run.rate(0)
        run.report(validation_loss=1.0)
        run.finish(test_loss=1.0)

    asked = {"updates": 1, "peaks": [0.1], "seeds": 6, "tuning_seeds": 1, "workers": 0, "store": store}
    with pytest.raises(RunError, match=r"2 of 12 trials failed; the others are stored") as caught:
        lrlab.compare(fragile, ["constant", "linear"], progress=False, **asked)
    assert re.search(r"Traceback .*test_own_loop.py.*ValueError: my own mistake$", str(caught.value), re.DOTALL)
    assert "site-packages" not in str(caught.value)
    assert "lrlab/loops" not in str(caught.value)


def test_a_loop_that_always_raises_is_not_tried_everywhere(store):
    @lrlab.trial
    def broken(run):
        raise ValueError("at once")

    with pytest.raises(RunError, match=r"1 of 4 trials failed; 3 were not begun, for none has ended yet"):
        lrlab.compare(broken, ["constant", "linear"], peaks=[0.1, 0.3], store=store, progress=False, **ASKED)


def test_one_that_diverges_never_wins(store):
    @lrlab.trial(metric="accuracy", updates_per_epoch=5)
    def wild(run):
        score = score_of(run)
        score = score if run.peak < 0.2 else float("nan")
        run.report(validation_loss=1 - score, validation_accuracy=score)
        run.finish(test_accuracy=score)

    asked = ASKED | {"peaks": [0.1, 0.3], "settings": {"width": 8}}
    results = lrlab.compare(wild, ["constant", "linear"], store=store, progress=False, **asked)
    assert {row.peak for row in results.rows} == {0.1}
    assert results.rows[0].loss is None
    assert "accuracy" in str(results)
    every = lrlab.compare(
        wild, ["constant", "linear"], store=store, progress=False, name="every", **(asked | {"peaks": [0.3, 0.4]})
    )
    assert [row.diverged for row in every.rows] == [6, 6]
    assert [claim.verdict for claim in every.verdicts] == [""]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"updates": None}, r"how long a trial of loop:train is to be is not known .* give updates=2000 or epochs=5"),
        ({"epochs": 2}, "a trial has one length, but got epochs=2 and updates=20; leave out one"),
        (
            {"optimizer": "adam"},
            "a loop of your own has its own optimizer; leave out the optimizer's options, and give sett",
        ),
        (
            {"batch_size": 64},
            r"has its own batches, but got batch_size 64 \(--batch-size\); leave it out, .* --setting batch_size=64",
        ),
        ({"settings": {"widht": [1]}}, "loop:train has no setting 'widht'; did you mean width"),
        ({"settings": {"width": []}}, "the setting width has no value to try; give one, or leave it out"),
        ({"settings": [1]}, r"settings are lists by name, as in .*, but got \[1\]"),
        (
            {"settings": {"width": [float("nan")]}},
            "the setting width is a finite number or a short text, but got nan; give",
        ),
        ({"updates": 2.5}, "updates is a whole number, but got 2.5; give one, or leave it out"),
    ],
)
def test_what_cannot_be_asked_is_answered_before_anything_runs(store, options, words):
    with pytest.raises(StudyError, match=words):
        lrlab.compare(train, ["constant", "linear"], store=store, progress=False, **(ASKED | options))


def test_what_counts_epochs_needs_to_know_them(store):
    plain = lrlab.trial(train.function)
    for schedule in ("step(every=1 epochs, gamma=0.5)", "plateau+constant"):
        with pytest.raises(
            StudyError, match=r"counts epochs, and loop:train does not say .* @lrlab.trial\(updates_per_ep"
        ):
            lrlab.compare(plain, [schedule, "constant"], store=store, progress=False, **ASKED)
    with pytest.raises(StudyError, match=r"cannot last 3 epochs.* or give its length in updates \(--updates 2000\)"):
        lrlab.compare(plain, ["constant"], epochs=3, store=store, progress=False, workers=0)


def test_what_only_tasks_have_is_refused(store):
    study = lrlab.Study(
        name="a", task="x", schedules=["constant"], budget="5 updates", tune={"peaks": [0.1]}, precision="bfloat16"
    )
    with pytest.raises(StudyError, match=r"a loop of your own decides on precision.*; leave out `precision`"):
        lrlab.run(study, task=train, store=store, workers=0, progress=False)
    with pytest.raises(
        StudyError, match=r"settings \(width\) are for a loop of your own, and digits/mlp is none; give"
    ):
        lrlab.compare("digits/mlp", ["constant"], settings={"width": [1]}, store=store, progress=False, **ASKED)


@pytest.mark.parametrize("value", [None, 1j])
def test_a_setting_of_no_values_is_told_the_way(store, value):
    with pytest.raises(StudyError, match=r"the setting width is a list of values, such as .*, but got .*; give one"):
        lrlab.compare(train, ["constant"], settings={"width": value}, store=store, progress=False, **ASKED)


def test_a_function_without_the_decorator_is_told_the_way(store):
    with pytest.raises(StudyError, match=r"a loop of your own needs @lrlab.trial over it"):
        lrlab.compare(train.function, ["constant"], store=store, **ASKED)


def test_a_task_may_be_trained_for_so_many_updates(store):
    results = lrlab.compare(
        "digits/mlp",
        ["constant"],
        updates=5,
        peaks=[0.1],
        seeds=2,
        tuning_seeds=1,
        store=store,
        workers=0,
        progress=False,
    )
    assert set(results.trials()["updates"]) == {5}


def test_what_cannot_be_sent_is_named(store, tmp_path):
    @lrlab.trial
    def holder(run):
        held.write("x")

    with (
        (tmp_path / "file").open("w") as held,
        pytest.raises(
            TaskError, match=r"holder cannot be sent to workers: .*`held`, an open file; put it into a module"
        ),
    ):
        lrlab.compare(holder, ["constant"], store=store, progress=False, **(ASKED | {"workers": 1}))
