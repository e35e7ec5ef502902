"""Tables that this lab wrote, read as anybody's runs."""

from pathlib import Path

import polars
import pytest

import lrlab
from lrlab.api._frames import epoch_frame, trial_frame
from lrlab.errors import RunsError
from lrlab.judging import JudgeOptions, judge_runs
from lrlab.spec import Metric
from lrlab.trackers import read_runs
from support.results import all_diverged, example_results
from support.tasks import OBJECTIVE_TASKS

KEPT = Path(__file__).parents[2] / "results"


def test_trials_as_csv(tmp_path):
    results = example_results()
    trial_frame(results).write_csv(tmp_path / "trials.csv")
    table = read_runs(tmp_path / "trials.csv")
    labels = [results.study.label_of(record.trial) for record in results.confirmed]
    expected = {
        (label, str(record.trial.seed), record.test.score)
        for label, record in zip(labels, results.confirmed, strict=True)
    }
    assert set(table.frame.select("arm", "seed", "value").iter_rows()) == expected
    assert table.metrics == ("test_accuracy",)
    assert table.higher_is_better == {"test_accuracy": True}
    every = len(results.confirmed) + len(results.tuned)
    assert f"only the confirm phase counts: {len(results.confirmed)} of {every} rows" in table.guessed
    assert read_runs(trial_frame(results)).frame.drop("where").equals(table.frame.drop("where"))
    losses = read_runs(tmp_path / "trials.csv", metric="test_loss")
    assert losses.higher_is_better == {"test_loss": False}


def test_trials_that_diverged_are_named():
    results = example_results()
    frame = trial_frame(all_diverged(results))
    for table in (read_runs(frame), read_runs(frame.to_dicts())):
        assert table.diverged == {(arm, seed) for arm, seed in table.frame.select("arm", "seed").iter_rows()} != set()
    assert not read_runs(trial_frame(results)).diverged


def test_epochs(tmp_path):
    results = example_results()
    epoch_frame(results).write_csv(tmp_path / "epochs.csv")
    table = read_runs(tmp_path / "epochs.csv", metric="validation_loss")
    measured = [epoch for epoch in results.confirmed[0].epochs if epoch.validation_loss is not None]
    assert table.frame.height == len(measured) * len(results.confirmed) > 0
    assert table.frame["step"].max() == len(results.confirmed[0].epochs)


@pytest.mark.parametrize("as_text", [True, False])
def test_epochs_of_a_trial_that_diverged_do_not_count_with_its_last_good_score(tmp_path, as_text):
    results = example_results(confirm_seeds=8)
    first, gone = results.confirmed[0], {"validation_score": None, "validation_loss": None}
    label, end = results.study.label_of(first.trial), first.epochs[-1].model_copy(update=gone)
    good = [epoch.model_copy(update={"validation_score": 0.99}) for epoch in first.epochs[:-1]]
    diverged = first.model_copy(update={"outcome": "diverged", "epochs": (*good, end)})
    frame = epoch_frame(results.model_copy(update={"confirmed": (diverged, *results.confirmed[1:])}))
    if as_text:
        frame.write_csv(tmp_path / "epochs.csv")
    table = read_runs(tmp_path / "epochs.csv" if as_text else frame)
    run = (label, str(first.trial.seed))
    assert table.diverged == {run}
    for options in ({}, {"at_step": len(first.epochs)}, {"area": True}):
        arm = next(arm for arm in judge_runs(table, JudgeOptions(**options)).arms if arm.label == label)
        assert dict(zip(arm.seeds, arm.values, strict=True))[run[1]] is None
        assert arm.score < 0.99
    old = read_runs(frame.drop("outcome", "learned"))
    assert not old.diverged
    assert old.frame.height > 0


def test_epochs_say_which_trials_learned_nothing():
    frame = epoch_frame(example_results())
    assert frame.filter(~polars.col("learned"))["outcome"].unique().to_list() == ["diverged"]
    gone = frame.with_columns(learned=polars.col("label") != "constant")
    assert {arm for arm, _ in read_runs(gone).at_chance} == {"constant"}


def test_only_tuning_is_refused():
    frame = trial_frame(example_results()).filter(phase="tune")
    with pytest.raises(RunsError, match=r"no trial of the confirm phase; those of tuning choose peaks"):
        read_runs(frame)


def test_kept_records_of_published_studies():
    table = read_runs(KEPT / "initial-rate" / "full")
    assert table.metrics == ("test_accuracy",)
    assert table.frame["arm"].n_unique() == 3
    assert table.frame.height == 30
    with pytest.raises(RunsError, match=r"the parts `.*` are studies of their own; keep one in the file, or"):
        read_runs(KEPT / "decay-rules" / "reduced")
    assert read_runs(KEPT / "decay-rules" / "reduced", arm="part,arm").frame["arm"].str.contains(",").all()


def test_a_metric_that_is_the_loss_has_its_columns_once():
    results = example_results(metric=Metric(name="loss", higher_is_better=False), classes=None)
    table = read_runs(trial_frame(results))
    assert table.metrics == ("test_loss",)
    assert set(table.frame["value"]) == {record.test.score for record in results.confirmed}


@pytest.fixture(scope="module", params=["classes", "amounts", "tokens", "pixels"])
def finished(request, tmp_path_factory):
    """A finished comparison of a task with an objective, and its store."""
    store = tmp_path_factory.mktemp(request.param) / "a.db"
    how = {"updates": 6, "seeds": 3, "tuning_seeds": 1, "peaks": [0.03, 0.1], "batch_size": 16, "workers": 0}
    task = OBJECTIVE_TASKS[request.param]()
    return lrlab.compare(task, ["constant", "cosine+ema"], name="one", store=store, progress=False, **how), store


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_what_a_store_exports_is_judged_by_its_metric_in_its_direction(finished, kind, tmp_path):
    results, store = finished
    trials, epochs = lrlab.export_store(tmp_path, store, study="one", table=kind)
    for place, metric in ((trials, f"test_{results.metric.name}"), (epochs, f"validation_{results.metric.name}")):
        table = read_runs(place)
        assert table.metrics == (metric,)
        assert table.higher_is_better == {metric: results.metric.higher_is_better}
        assert set(table.frame["arm"]) == {"constant", "cosine+ema"}
        assert table.frame["seed"].n_unique() == 3
    scores = {(label, str(record.trial.seed)): record.test.score for label, record in confirmed(results)}
    read = read_runs(trials).frame
    assert {(arm, seed): value for arm, seed, value in read.select("arm", "seed", "value").iter_rows()} == scores


def confirmed(results):
    return [(results.study.label_of(record.trial), record) for record in results.findings.confirmed]


def test_the_direction_is_that_of_the_metric_whatever_its_name():
    frame = trial_frame(example_results()).with_columns(higher_is_better=False)
    assert read_runs(frame).higher_is_better == {"test_accuracy": False}
    assert read_runs(frame, higher_is_better=True).higher_is_better == {"test_accuracy": True}


def test_tables_of_a_whole_store_say_how_to_export_a_study(finished, tmp_path):
    for place in lrlab.export_store(tmp_path, finished[1]):
        with pytest.raises(RunsError, match=r"holds all trials of a store, .* lrlab store export FOLDER --study NAME"):
            read_runs(place)


def test_epochs_whose_metric_is_not_said_ask_for_it():
    frame = epoch_frame(example_results()).drop("metric", "higher_is_better")
    with pytest.raises(RunsError, match=r"no column says what the scores .*--metric validation_loss"):
        read_runs(frame)
    assert read_runs(frame, metric="validation_loss").higher_is_better == {"validation_loss": False}
