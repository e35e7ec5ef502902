"""How scores are written: shares in per cent, other metrics as they are, of any size and name."""

import re
from functools import cache

import pytest

from lrlab.report import answer, claim_sentence, table
from lrlab.report._numbers import plain, scale_of
from lrlab.spec import Metric
from support.results import example_results


@cache
def example():
    return example_results(confirm_seeds=10)


def measured(metric, values):
    """Results whose scores are what `values` makes of those in [0, 1]."""
    results = example().model_copy(update={"metric": metric})

    def moved(noun, *names):
        return noun.model_copy(update={name: values(getattr(noun, name)) for name in names})

    return results.model_copy(
        update={
            "rows": tuple(moved(row, "score", "low", "high") for row in results.rows),
            "confirmed": tuple(
                record.model_copy(update={"test": moved(record.test, "score")}) for record in results.confirmed
            ),
        }
    )


@pytest.mark.parametrize(
    ("metric", "values", "percent"),
    [
        (Metric(name="accuracy"), lambda v: v, True),
        (Metric(name="accuracy", share=True), lambda v: v, True),
        (Metric(name="top-5 accuracy", share=True), lambda v: v, True),
        (Metric(name="accuracy", share=False), lambda v: v, False),
        (Metric(name="accuracy", share=False), lambda v: 50 + 50 * v, False),
        (Metric(name="accuracy"), lambda v: 100 * v, False),  # an old record of a user's own accuracy
        (Metric(name="error", higher_is_better=False), lambda v: v, False),
    ],
)
def test_only_a_share_is_shown_in_per_cent(metric, values, percent):
    results = measured(metric, values)
    best, (header, rows) = results.rows[0], table(results)
    assert header[2] == metric.name + " (%)" * percent
    assert float(rows[0][2]) == pytest.approx(best.score * (100 if percent else 1), abs=0.06)
    assert ("% test " + metric.name in answer(results)) == percent
    assert ("points" in claim_sentence(results.claims[0], results)) == percent


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [(999.6, 3, "1,000"), (-999.6, 3, "\N{MINUS SIGN}1,000"), (99.7, 2, "100"), (999.4, 3, "999"), (9.96, 2, "10")],
)
def test_a_number_that_rounds_up_to_a_digit_more_has_no_exponent(value, digits, written):
    assert plain(value, digits) == written


@pytest.mark.parametrize("name", ["", "  "])
def test_a_metric_without_a_name_is_called_score(name):
    results = example_results(metric=Metric(name=name, higher_is_better=False), classes=None)
    assert table(results).header[2] == "score"
    assert ": test score 0." in answer(results)


@pytest.mark.parametrize("name", ["loss", "Loss", "peak", "F1", "diverged", "s per trial", "schedule", "recall"])
def test_no_two_columns_have_one_name(name):
    header = table(example_results(metric=Metric(name=name, higher_is_better=False))).header
    assert len(set(header)) == len(header)
    assert header[2] == f"{name} (metric)"


def test_a_metric_that_is_the_loss_has_one_column():
    results = example_results(metric=Metric(name="loss", higher_is_better=False), classes=None)
    same = results.model_copy(
        update={
            "confirmed": tuple(
                record.model_copy(update={"test": record.test.model_copy(update={"score": record.test.loss})})
                for record in results.confirmed
            )
        }
    )
    header, rows = table(same)
    assert header == ("schedule", "peak", "loss", "95 % interval", "s per trial", "diverged")
    assert {len(row) for row in rows} == {len(header)}


@pytest.mark.parametrize("size", [1e-300, 1e-12, 1e-7, 1e-3, 1.0, 1e4, 1e9, 1e15, 1e150, 1e300])
def test_numbers_of_any_size_are_short_and_tell_schedules_apart(size):
    results = measured(Metric(name="error", higher_is_better=False), lambda v: v * size)
    _, rows = table(results)
    assert all(len(row[2]) <= 15 for row in rows)
    for row, shown in zip(results.rows, rows, strict=True):
        assert float(shown[2].replace(",", "")) == pytest.approx(row.score, rel=0.01)
    assert len({row[2] for row in rows}) > 1


def test_differences_of_large_scores_keep_their_sign():
    scale = scale_of(measured(Metric(name="error", higher_is_better=False), lambda v: v * 1e200))
    assert re.fullmatch(r"−\d(\.\d+)?e198", scale.bare(-2e198))
