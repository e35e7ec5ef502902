"""Studies whose arms have averages of weights, or optimizers of their own: prepared, run, answered, refused."""

import pytest

import lrlab
from lrlab.api import _training
from lrlab.engine import _trainings
from lrlab.errors import StudyError
from lrlab.lab import OpenedTask, prepare
from lrlab.lab._phases import confirm_trials
from lrlab.lab._stacking._stack_plans import plan_stacks
from lrlab.report._citations import results_bibtex
from lrlab.report._paste import code_to_paste
from lrlab.report._standing import headline
from lrlab.spec import Setup, make_study
from lrlab.store._merge import TOLD
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
    assert "need extra copies of these" in str(results)
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


SHARING = ["cosine", "constant", "constant+ema(decay=0.9)", "constant+swa(every=1 updates)"]


def kept(results):
    """All that a comparison leaves of its trials, but times and the stacks that they were in."""
    records = [*results.findings.tuned, *results.findings.confirmed]
    return {record.trial.key: {**record.to_dict(), **dict.fromkeys(TOLD)} for record in records}


@pytest.mark.parametrize("halving", [{}, {"halving": True}])
def test_a_comparison_that_shares_trainings_is_one_that_does_not(tmp_path, monkeypatch, halving):
    """In tuning, at rungs and in confirming; one by one, so that the size of a stack rounds nothing."""
    asked = {"epochs": 4, "seeds": 3, "peaks": [0.03, 0.1, 0.3], "workers": 0, "progress": False}
    monkeypatch.setattr(_training, "setup_of", lambda *_, **__: Setup(layout="loop", size=4))
    with monkeypatch.context() as patch:
        patch.setattr(_trainings, "training_key", lambda trial: trial.key)
        apart = lrlab.compare(blobs(), SHARING, store=tmp_path / "apart.db", **asked | halving)
    assert not any(record.provenance.shared_with for record in apart.findings.confirmed)
    together = lrlab.compare(blobs(), SHARING, store=tmp_path / "together.db", **asked | halving)
    assert kept(together) == kept(apart)
    shared = {record.trial.arm for record in together.findings.tuned if record.provenance.shared_with}
    assert {arm.partition("+")[0] for arm in shared} == {"constant"}
    assert "shared a training with them" in str(together)
    assert "shared a training" not in str(apart)


def test_trials_that_share_a_training_stand_together_and_count_once():
    """Two seeds of four arms, three of which share: four trainings, of which two fit a stack."""
    study = prepared(SHARING, confirm={"seeds": [8, 9]}, tune={"peaks": [0.1]}).study
    trials = confirm_trials(study, "d")
    plans = plan_stacks(trials, Setup(layout="loop", size=2))
    assert [len(plan.trials) for plan in plans] == [4, 4]
    seeds = {trial.key: trial.seed for trial in trials}
    assert [{seeds[key] for key in plan.trials} for plan in plans] == [{8}, {9}]
    assert [len(plan.trials) for plan in plan_stacks(trials, Setup(layout="loop", size=1))] == [1, 3, 1, 3]
    for setup, share in ((Setup(layout="reference", size=1), True), (Setup(layout="loop", size=1), False)):
        assert [len(plan.trials) for plan in plan_stacks(trials, setup, share)] == [1] * 8
