"""Tables that this lab wrote, read as anybody's runs."""

from pathlib import Path

import pytest

from lrlab.api._frames import epoch_frame, trial_frame
from lrlab.errors import RunsError
from lrlab.spec import Metric
from lrlab.trackers import read_runs
from support.results import all_diverged, example_results

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
