"""A study from question to answer, in this process."""

import json
import re
from time import monotonic

import pytest

from lrlab import lab
from lrlab.errors import RunError, StoreError, StudyError
from lrlab.execution import Inline
from lrlab.lab import Budget, Keeper, questions
from lrlab.lab._calibrate import Pace
from lrlab.schedules import Horizon
from lrlab.spec import Setup
from lrlab.store import Store
from support.executors import Altering
from support.tasks import BLOBS_FILE, study
from support.watching import Watching


@pytest.fixture
def prepared(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    return lab.prepare(study(f"{tmp_path / 'mine.py'}:task"), lab.open_task(f"{tmp_path / 'mine.py'}:task"))


ONE_BY_ONE = Setup(layout="reference")


def of_length(updates, per_epoch, validated=True, **fields):
    task = lab.OpenedTask("t", "t", "data", 100, validated)
    return lab.Prepared(study("t", **fields), task, Horizon(updates=updates, updates_per_epoch=per_epoch))


def run(prepared, path, watch=None, executor=None, setup=ONE_BY_ONE, until=None):
    with Store(path, write=True) as store:
        crew = lab.Crew(executor or Inline(), setup, prepared.task.where, until)
        return lab.run_study(prepared, store, crew, watch or Watching(), "")


def without_seconds(results):
    def clean(value):
        if isinstance(value, dict):
            return {key: clean(inner) for key, inner in value.items() if not key.endswith("seconds")}
        return [clean(inner) for inner in value] if isinstance(value, list) else value

    return clean(json.loads(results.to_json()))


def test_a_study_is_run_and_answered(prepared, tmp_path):
    watch = Watching()
    results = run(prepared, tmp_path / "s.db", watch)
    assert watch.batches[0] == ("tune", 4, 4)
    assert watch.batches[-1] == ("confirm", 8, 8)
    assert watch.trials == len(results.tuned) + len(results.confirmed)
    assert {row.label for row in results.rows} == {"constant", "cosine"}
    assert [row.score for row in results.rows] == sorted((row.score for row in results.rows), reverse=True)
    assert all(row.low <= row.score <= row.high for row in results.rows)
    assert results.study.task == "mine:task"
    assert {r.trial.seed for r in results.tuned}.isdisjoint(r.trial.seed for r in results.confirmed)


def test_arms_are_paired_by_seed(prepared, tmp_path):
    results = run(prepared, tmp_path / "s.db")
    seeds = {
        label: [r.trial.seed for r in results.confirmed if str(r.trial.schedule) == label]
        for label in ("constant", "cosine")
    }
    assert seeds["constant"] == seeds["cosine"] == [1000, 1001, 1002, 1003]


def test_running_again_runs_nothing_and_answers_the_same(prepared, tmp_path):
    first = run(prepared, tmp_path / "s.db")
    watch = Watching()
    assert run(prepared, tmp_path / "s.db", watch) == first
    assert watch.trials == 0


def test_a_changed_study_reuses_what_is_unchanged(prepared, tmp_path):
    run(prepared, tmp_path / "s.db")
    more = prepared.study.model_copy(
        update={"confirm": prepared.study.confirm.model_copy(update={"seeds": tuple(range(1000, 1006))})}
    )
    watch = Watching()
    results = run(prepared._replace(study=more), tmp_path / "s.db", watch)
    assert watch.trials == 4
    assert all(row.seeds == 6 for row in results.rows)


@pytest.mark.parametrize("stop_after", [1, 5, 9])
def test_a_stopped_run_goes_on_and_ends_the_same(prepared, tmp_path, stop_after):
    whole = run(prepared, tmp_path / "whole.db")
    with pytest.raises(KeyboardInterrupt):
        run(prepared, tmp_path / "stopped.db", Watching(stop_after))
    with Store(tmp_path / "stopped.db") as store:
        assert len(store) == stop_after
    watch = Watching()
    again = run(prepared, tmp_path / "stopped.db", watch)
    assert watch.trials + stop_after == len(whole.tuned) + len(whole.confirmed)
    assert without_seconds(again) == without_seconds(whole)


def test_a_report_needs_no_training(prepared, tmp_path):
    results = run(prepared, tmp_path / "s.db")
    with Store(tmp_path / "s.db") as store:
        assert lab.stored_results(store.studies()[-1], store) == results


def test_a_report_of_an_unfinished_study_says_so(prepared, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(prepared, tmp_path / "s.db", Watching(3))
    with Store(tmp_path / "s.db") as store:
        assert lab.progress(prepared.study, prepared.task.data, store) == (3, 9, 9)
        with pytest.raises(StoreError, match="not finished: 3 trials are stored, about 9 are missing; run it again"):
            lab.stored_results(store.studies()[-1], store)


def test_failed_trials_are_reported_and_the_others_stored(prepared, tmp_path):
    def fails(job):
        return "OSError: no" if (str(job.trial.schedule), job.trial.peak) == ("cosine", 0.03) else None

    with pytest.raises(
        RunError, match=r"1 of 4 trials failed; the others are stored.*cosine at 0.03.*OSError: no(?s:.)*here"
    ) as failed:
        run(prepared, tmp_path / "s.db", executor=Altering(fails))
    assert failed.value.failures == ("cosine at 0.03, seed 0: OSError: no",)
    with Store(tmp_path / "s.db") as store:
        assert len(store) == 3


def test_diverged_trials_are_shown_and_never_chosen(prepared, tmp_path):
    wild = prepared.study.model_copy(
        update={
            "tune": prepared.study.tune.model_copy(update={"peaks": (0.1, 1000.0), "extend": 0}),
            "optimizer": prepared.study.optimizer.model_copy(update={"momentum": 0.99}),
            "budget": "60 epochs",
        }
    )
    results = run(prepared._replace(study=wild), tmp_path / "s.db")
    diverged = [record for record in results.tuned if record.outcome == "diverged"]
    assert diverged
    assert {record.trial.peak for record in diverged} == {1000.0}
    assert {choice.peak for choice in results.choices} == {0.1}


def test_questions_follow_the_plan():
    four = study("t", schedules=("constant", "cosine", "linear", "step"))
    assert questions(four, "linear") == (
        ("linear", "constant"),
        ("linear", "cosine"),
        ("linear", "step"),
        ("cosine", "constant"),
        ("step", "constant"),
    )
    assert questions(four, "constant") == (("constant", "cosine"), ("constant", "linear"), ("constant", "step"))
    assert (
        len(questions(four.model_copy(update={"confirm": four.confirm.model_copy(update={"questions": "pairs"})}), "x"))
        == 6
    )
    assert questions(study("t", schedules=("cosine",)), "cosine") == ()


def test_schedules_that_do_not_fit_are_all_listed(prepared):
    place = prepared.task
    bad = study("t", schedules=("constant", "warmup(span=90 updates)+cosine", "step(every=50 epochs)+x"[:-2]))
    with pytest.raises(StudyError, match="span=90 updates") as caught:
        lab.prepare(bad.model_copy(update={"schedules": bad.schedules[:2]}), place)
    assert "shorten it by at least" in str(caught.value)
    with pytest.raises(StudyError, match="batch_size must be at most the 72 training examples"):
        lab.prepare(study("t", batch_size=100), place)


def test_seconds_are_reckoned_by_full_stacks():
    setup = Setup(layout="grouped", size=8, processes=2, update=0.01, look=0.1)
    prepared = of_length(40, 10)
    each = 40 * 0.01 + (4 + 2) * 0.1  # an epoch has one look, the end two more
    assert lab.seconds_of(prepared, setup, 16) == pytest.approx(8 * each)
    assert lab.seconds_of(prepared, setup, 17) == pytest.approx(16 * each)
    seldom = of_length(40, 10, evaluate_every=4)
    assert lab.seconds_of(seldom, setup, 16) == pytest.approx(8 * (each - 0.3))
    shared = 8 * (each + (4 + 2) * 0.1)  # one training, and a look at each of two trials
    assert lab.seconds_of(prepared, setup, 32, trainings=16) == pytest.approx(shared)
    plain = setup.model_copy(update={"layout": "reference"})  # which trains each
    assert lab.seconds_of(prepared, plain, 32, trainings=16) == pytest.approx(16 * each)


@pytest.mark.parametrize(
    ("watch", "validated", "looks"), [("validation", True, 4), ("test", True, 8), ("test", False, 4)]
)
def test_seconds_count_every_split_that_is_watched(watch, validated, looks):
    setup = Setup(layout="grouped", size=8, processes=2, update=0.01, look=0.1)
    prepared = of_length(40, 10, watch=watch, validated=validated)
    assert lab.seconds_of(prepared, setup, 16) == pytest.approx(8 * (40 * 0.01 + (looks + 2) * 0.1))
    keeper = Keeper(prepared, setup, Pace(build=0.0, update=0.01, look=0.1), Budget(60.0, monotonic()))
    assert keeper.seconds(16) == pytest.approx(lab.seconds_of(prepared, setup, 16))  # stacks are full


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("gpu", r'a device is "cpu", "cuda" or "cuda:1", but got \'gpu\''),
        ("cuda:x", r'a device is "cpu", "cuda" or "cuda:1"'),
        ("cuda:99", r"cuda:99 is a graphics card, and torch \S+ sees .* here; leave out --device"),
    ],
)
def test_a_device_that_is_not_there_is_named(device, message):
    lab.check_device("cpu")
    with pytest.raises(StudyError, match=message):
        lab.check_device(device)


@pytest.mark.parametrize("budget", ["1e12 updates", "1e10 epochs", "2e11 epochs", "500000000 updates"])
def test_a_length_that_memory_does_not_hold_is_refused_with_what_fits(prepared, monkeypatch, budget):
    monkeypatch.setattr("lrlab.engine.free_bytes", lambda device: 10**9)
    with pytest.raises(StudyError, match=r"takes .* GB .*; about [\d.e+]+ updates fit, or [\d.e+]+ epochs") as caught:
        lab.prepare(study("t", budget=budget), prepared.task)
    fit = re.search(r"about ([\d.e+]+) updates", str(caught.value))[1]
    lab.prepare(study("t", budget=f"{int(0.9 * float(fit))} updates"), prepared.task)
