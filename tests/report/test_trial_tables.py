"""Every trial with its settings."""

from lrlab.report import failures_table, trials_table
from lrlab.report._method_words import method_sentences
from lrlab.report._numbers import scale_of
from lrlab.report._page_tables import rungs_table
from lrlab.report._trial_tables import study_phases
from lrlab.spec import Metric, RungCheck
from support.results import example_results, with_optimizers


def trials_of(results):
    table = trials_table(results.study, study_phases(results), scale_of(results))
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


def test_every_trial_has_a_line_with_its_numbers():
    results = example_results()
    trials = trials_of(results)
    records = [*results.tuned, *results.confirmed]
    assert [trial["key"] for trial in trials] == [record.trial.key[:12] for record in records]
    assert {trial["phase"] for trial in trials} == {"tuning", "confirm"}
    assert [trial["outcome"] for trial in trials].count("diverged") == 1
    assert trials[0]["validation score"] == scale_of(results).bare(records[0].validation.score)
    assert not {"optimizer", "batch size", "budget"} & set(trials[0])  # all alike


def test_settings_in_which_trials_differ_have_a_column():
    words = {trial["optimizer"] for trial in trials_of(with_optimizers(["sgd", "adam"]))}
    assert words == {"sgd(weight_decay=0.01)", "adam(weight_decay=0.01)"}


def test_columns_without_anything_are_left_out():
    results = example_results(classes=None, metric=Metric(name="error", higher_is_better=False))
    assert not any("F1" in name for name in trials_of(results)[0])


def test_failed_trials_are_told_with_the_update():
    results = example_results()
    (row,) = failures_table(results.study, study_phases(results)).rows
    (record,) = [record for record in results.tuned if record.diverged]
    assert row[:2] == ("constant", "tuning")
    assert row[4] == f"diverged at update {record.diverged_at:,}"


def test_rungs_say_how_many_winners_they_would_have_lost():
    checks = (
        RungCheck(rung="17%", epoch=2, races=12, lost=1, on=True),
        RungCheck(rung="50%", epoch=5, races=0, lost=0, on=False),
    )
    assert rungs_table(checks).rows == (("17%", "2", "1 of 12", "yes"), ("50%", "5", "not asked", "no"))


def test_the_method_says_seeds_and_questions():
    results = example_results(confirm_seeds=10)
    text = " ".join(method_sentences(results))
    assert "trained again on 10 fresh seeds" in text
    assert f"{len(results.claims)} questions" in text
    assert "Tuning" in text
    assert "question" not in " ".join(method_sentences(results.model_copy(update={"claims": ()})))
