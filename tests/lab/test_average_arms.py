"""Studies whose arms have averages of weights, or optimizers of their own: prepared, run, answered, refused."""

import pytest

import lrlab
from lrlab.errors import StudyError
from lrlab.lab import OpenedTask, prepare
from lrlab.lab._phases import confirm_trials
from lrlab.lab._stack_plans import plan_stacks
from lrlab.report._citations import results_bibtex
from lrlab.report._paste import code_to_paste
from lrlab.report._standing import headline
from lrlab.spec import Setup, make_study
from support.tasks import blobs

ARMS = ["cosine", "constant+ema(decay=0.9)", "constant+swa(every=1 updates)", "constant@adamw"]


def prepared(schedules, **changes):
    fields = {"name": "x", "task": "t", "schedules": schedules, "budget": "4 epochs", "tune": {"peaks": [0.1, 0.3]}}
    return prepare(make_study(fields | changes), OpenedTask("t", "here", "d", 320))


def test_an_average_that_does_not_fit_the_trials_is_refused_before_anything_is_trained():
    with pytest.raises(StudyError, match=r"constant\+swa\(start=100%\): swa: .* write at most"):
        prepared(["cosine", "constant+swa(start=100%)"])
    with pytest.raises(StudyError, match=r"lawa: `every`.*write at least"):
        prepared(["cosine", "constant+lawa(every=0.1%)"])


def test_an_average_that_is_searched_is_looked_at_over_its_whole_range():
    search = {"search": "random", "space": {"peak": "0.1..0.3"}}
    with pytest.raises(StudyError, match="narrow its range"):
        prepared(["cosine", "constant+swa(start=50%..100%)"], tune=search)


def test_trials_of_an_arm_have_its_average_and_its_optimizer():
    trials = confirm_trials(prepared(ARMS).study, "d")
    assert {(each.arm, each.optimizer.name) for each in trials} == {
        ("cosine", "sgd"),
        ("constant+ema(decay=0.9)", "sgd"),
        ("constant+swa(every=1 updates)", "sgd"),
        ("constant", "adamw"),
    }


def test_a_loop_of_ones_own_is_refused_averages_and_optimizers():
    @lrlab.trial(updates_per_epoch=10)
    def loop(run):
        raise AssertionError

    for arm, way in (("constant+ema", "keep the average in your loop"), ("constant@adamw", "make it a setting")):
        with pytest.raises(StudyError, match=way):
            lrlab.compare(loop, ["cosine", arm], updates=20, workers=0, progress=False)
        with pytest.raises(StudyError, match=way):
            lrlab.compare(loop, ["cosine", arm], updates=20, workers=0, progress=False, settings={"width": [1, 2]})


def test_a_comparison_of_averages_and_optimizers_from_start_to_end(tmp_path):
    results = lrlab.compare(
        blobs(), ARMS, epochs=3, seeds=6, peaks=[0.03, 0.1], store=tmp_path / "r.db", workers=0, progress=False
    )
    findings = results.findings
    assert {row.label for row in findings.rows} == set(ARMS)
    by_label = {findings.study.label_of(record.trial): record.trial for record in findings.confirmed}
    assert by_label["constant@adamw"].optimizer.name == "adamw"
    assert str(by_label[ARMS[1]].average) == "ema(decay=0.9)"
    assert "hold further copies" in str(results)
    assert "1803.05407" in results_bibtex(findings)
    averaged = findings.model_copy(update={"leader": ARMS[1], "claims": (), "best": None})
    assert "averaged = AveragedModel(model, avg_fn=mix)" in code_to_paste(averaged).torch
    assert "constant with an average of weights, ema(decay=0.9), at peak" in headline(averaged)
    searched = [row.model_copy(update={"setting": "constant+ema(decay=0.95) at 0.2"}) for row in averaged.rows]
    averaged = averaged.model_copy(update={"rows": tuple(searched)})
    assert "an average of weights, ema(decay=0.9), as constant+ema(decay=0.95) at 0.2" in headline(averaged)


def test_an_optimizer_that_lanes_do_not_have_is_stacked_by_torch():
    trials = confirm_trials(prepared(["constant", "constant@schedule_free_sgd"]).study, "d")
    plans = plan_stacks(trials, Setup(layout="lanes", size=16))
    names = {trial.key: trial.optimizer.name for trial in trials}
    assert {(names[plan.trials[0]], plan.setup.layout) for plan in plans} == {
        ("sgd", "lanes"),
        ("schedule_free_sgd", "grouped"),
    }
