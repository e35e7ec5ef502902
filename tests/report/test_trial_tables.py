"""Every trial with its settings."""

import pytest

from lrlab.measures import MEASURES, trial_row
from lrlab.report import failures_table, trials_table
from lrlab.report._field_words import value_words
from lrlab.report._method_words import method_sentences
from lrlab.report._numbers import plain, rate, scale_of
from lrlab.report._page_tables import rungs_table
from lrlab.report._trial_tables import study_phases
from lrlab.report._words import TextTable, further_words
from lrlab.spec import Evaluation, Metric, Optimizer, RungCheck, text_of_optimizer
from support.results import example_results, own_loop_results, with_optimizers


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


def test_the_method_of_arms_says_whether_anything_was_chosen():
    results = with_optimizers(["adam", "sgd"])
    text = " ".join(method_sentences(results))
    assert "Nothing was chosen: each arm has one candidate, trained on 10 seeds." in text
    assert "chosen was trained again" not in text
    first, second = results.study.arms
    both = second.model_copy(update={"candidates": (*second.candidates, *first.candidates)})
    mixed = results.model_copy(update={"study": results.study.model_copy(update={"arms": (first, both)})})
    text = " ".join(method_sentences(mixed))
    assert "of an arm with several candidates, one was chosen on validation data" in text
    assert "what was chosen was trained again on 10 fresh seeds" in text


def cells_of(record, label, phase, scale, varied):
    """The obvious twin: the cells of one trial."""
    row, trial = trial_row(record), record.trial
    scores = {"validation score": row["validation_score"], f"test {scale.heading}": row["test_score"]}
    shares = {f"test {name}": row[f"test_{name.lower()}"] for name in ("precision", "recall", "F1")}
    further = {name: value for name, value in record.test.scores.items() if name in MEASURES}
    return {
        "schedule": label,
        "phase": phase,
        "peak": rate(trial.peak),
        "seed": str(trial.seed),
        **{name.replace("_", " "): words_of(trial, name) for name in varied},
        "outcome": "finished" if record.learned else "diverged" if record.diverged else "near chance",
        **{name: "" if value is None else scale.bare(value) for name, value in scores.items()},
        "test loss": "" if row["test_loss"] is None else plain(row["test_loss"]),
        **{name: "" if value is None else scale.share(value) for name, value in shares.items()},
        **{
            f"test {MEASURES[name].title}": further_words(name, value, scale)
            for name, value in further.items()
            if not (name == "macro_f1" and record.test.macro is not None)
        },
        "updates": f"{record.updates:,}",
        "seconds": plain(record.train_seconds + record.evaluate_seconds),
        "key": trial.key[:12],
    }


def words_of(trial, name):
    value = getattr(trial, name)
    if isinstance(value, Optimizer):
        return text_of_optimizer(value)
    if isinstance(value, dict):
        return ", ".join(f"{field} {value_words(each)}" for field, each in value.items()) or "as usual"
    return value_words(value)


def slow_table(results):
    phases, scale = study_phases(results), scale_of(results)
    trials = [record.trial for records in phases.values() for record in records]
    varied = [
        name
        for name in ("optimizer", "batch_size", "budget", "precision", "settings")
        if len({words_of(trial, name) for trial in trials}) > 1
    ]
    lines = [
        cells_of(record, results.study.label_of(record.trial), phase, scale, varied)
        for phase, records in phases.items()
        for record in records
    ]
    header = [name for name in max(lines, key=len) if any(line.get(name) for line in lines)]
    return TextTable(tuple(header), tuple(tuple(line.get(name, "") for name in header) for line in lines))


def with_changes(results, change):
    """The study with records changed, by their place in the confirm phase."""
    confirmed = tuple(change(place, record) for place, record in enumerate(results.confirmed))
    return results.model_copy(update={"confirmed": confirmed})


def with_scores(place, record):
    """Further metrics, of which some trials lack one."""
    scores = {"macro_f1": 0.5, "calibrated_log_loss": 0.25 * place} if place % 2 else {"macro_f1": 0.75}
    return record.model_copy(update={"test": record.test.model_copy(update={"scores": scores})})


def with_gaps(place, record):
    """As a loop of the user's own that diverged leaves it; and settings of its own."""
    trial = record.trial.model_copy(update={"settings": {"depth": place}, "budget": f"{1 + place % 2} epochs"})
    gone = {} if place % 3 else {"validation": None, "test": Evaluation(loss=None, score=None, confusion=None)}
    return record.model_copy(update={"trial": trial} | gone)


@pytest.mark.parametrize(
    "results",
    [
        example_results(),
        example_results(classes=None, metric=Metric(name="error", higher_is_better=False)),
        example_results(classes=None, metric=Metric(name="loss", higher_is_better=False)),
        with_optimizers(["sgd", "adam"]),
        with_changes(example_results(), with_scores),
        with_changes(example_results(classes=None), with_scores),
        with_changes(example_results(), with_gaps),
        own_loop_results(example_results()),
    ],
    ids=["usual", "another metric", "the loss", "optimizers", "further", "no classes", "gaps", "own loop"],
)
def test_the_table_made_by_columns_is_that_made_trial_by_trial(results):
    made = trials_table(results.study, study_phases(results), scale_of(results))
    assert made == slow_table(results)
