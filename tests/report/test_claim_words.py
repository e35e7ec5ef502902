"""A claim in a sentence: near-ties, failures, other peaks."""

import pytest

from lrlab.report import claim_sentence, claimed_first
from lrlab.report._claim_words import margin_words
from lrlab.report._claims_table import claims_table, loss_table
from lrlab.report._numbers import scale_of
from lrlab.spec import Metric
from support.results import example_results

ERROR = Metric(name="mean error", higher_is_better=False)


@pytest.fixture(scope="module")
def plain():
    return example_results(confirm_seeds=10)


def claim_of(results, **fields):
    numbers = {"difference": 0.003, "low": -0.001, "high": 0.007, "p": 0.2, "adjusted_p": 0.4, "verdict": ""}
    return results.claims[0].model_copy(update=numbers | fields)


def test_two_within_the_margin_are_said_so_with_their_own_p(plain):
    claim = claim_of(plain, within=0.02, equal_p=0.0021)
    first, second = (f"{label} at {row_peak(plain, label)}" for label in (claim.a, claim.b))
    assert claim_sentence(claim, plain) == (
        f"{first} and {second} are within 2 points of each other (difference 0.3 points of accuracy, "
        "95 % interval −0.1 to 0.7, adjusted p 0.0021, 10 paired seeds)"
    )


def row_peak(results, label):
    return f"{next(row.peak for row in results.rows if row.label == label):g}"


@pytest.mark.parametrize(
    ("margin", "words"), [(0.02, "2 points"), (0.01, "1 point"), (0.005, "0.5 points"), (0.07, "7 points")]
)
def test_a_margin_of_a_share_is_in_points(plain, margin, words):
    assert margin_words(margin, scale_of(plain)) == words


def test_a_margin_of_another_metric_has_its_unit():
    results = example_results(metric=ERROR, classes=None)
    assert margin_words(0.05, scale_of(results)) == "0.05 of mean error"
    assert "are within 0.05 of mean error of each other" in claim_sentence(
        claim_of(results, within=0.05, equal_p=0.01), results
    )


def test_an_arm_that_failed_on_some_seeds_has_that_in_its_verdict(plain):
    rows = tuple(row.model_copy(update={"fallen": int(row.label == plain.claims[0].b)}) for row in plain.rows)
    results = plain.model_copy(update={"rows": rows})
    claim = claim_of(results, verdict=results.claims[0].a, low=0.001, failed_b=1)
    text = claim_sentence(claim, results)
    assert (
        f"; {claim.b} failed on 1 of 10 seeds, and may fail on up to 39 %; "
        "the interval speaks of the seeds as they were" in text
    )
    assert "failed" not in claim_sentence(claim_of(results), results)


def test_a_claim_that_other_peaks_do_not_repeat_says_where(plain):
    claim = claim_of(plain, verdict=plain.claims[0].a, low=0.001)
    lost = claim.model_copy(update={"not_at": (0.05, 0.2)})
    assert claim_sentence(lost, plain).endswith(f"; at these settings only: not of {claim.b} at peak 0.05 and 0.2")
    repeated = claim.model_copy(update={"not_at": ()})
    assert claim_sentence(repeated, plain) == claim_sentence(claim, plain)


def test_near_ties_are_told_before_what_is_open(plain):
    claims = (claim_of(plain), claim_of(plain, within=0.02), claim_of(plain, verdict=plain.claims[0].a))
    ordered = claimed_first(plain.model_copy(update={"claims": claims}))
    assert [bool(claim.verdict) or claim.within for claim in ordered] == [True, 0.02, None]


def test_the_table_of_claims_has_verdicts_and_only_columns_that_are_known(plain):
    scale = scale_of(plain)
    bare = [claim_of(plain)]
    assert claims_table(bare, plain.metric, scale).header[6:] == ("seeds", "visible", "verdict")
    full = claim_of(
        plain, verdict=plain.claims[0].b, difference=-0.03, low=-0.04, high=-0.02, t_low=-0.05, t_high=-0.01
    )
    full = full.model_copy(update={"equal_p": 1.0, "crossed_low": -0.06, "crossed_high": 0.01, "not_at": (0.05,)})
    header, (row,) = claims_table([full], plain.metric, scale)
    cells = dict(zip(header, row, strict=True))
    assert (cells["first"], cells["advantage"], cells["95 % interval"]) == (full.b, "3.0", "2.0 to 4.0")
    assert (cells["Student's"], cells["over examples too"]) == ("1.0 to 5.0", "−1.0 to 6.0")
    assert (cells["verdict"], cells["p within"]) == ("better, not at peak 0.05", "1")
    within = claims_table([claim_of(plain, within=0.02)], plain.metric, scale)
    assert within.rows[0][within.header.index("verdict")] == "within 2 points"


def test_the_loss_has_a_table_where_it_was_asked(plain):
    assert loss_table(plain).rows == ()
    asked = plain.model_copy(
        update={"loss_claims": (claim_of(plain, verdict=plain.claims[0].b, difference=0.3, low=0.2, high=0.4),)}
    )
    header, (row,) = loss_table(asked)
    assert (row[0], row[header.index("verdict")]) == (plain.claims[0].b, "better")
