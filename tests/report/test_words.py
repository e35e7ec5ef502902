"""The sentences: never more than the claims allow, the better one first, the metric's direction respected."""

import pytest

from lrlab.report import answer, claim_sentence, claimed_first, markdown, study_answer, table
from lrlab.spec import Claim, Metric, StudyResults
from support.results import example_results

ERROR = Metric(name="mean error", higher_is_better=False)


def with_claims(results: StudyResults, verdicts: dict[tuple[str, str], str], **numbers) -> StudyResults:
    """The results with claims of these verdicts, and otherwise plain numbers."""
    usual = {
        "difference": 0.02,
        "low": 0.01,
        "high": 0.03,
        "p": 0.002,
        "adjusted_p": 0.02,
        "seeds": 10,
        "correlation": 0.5,
        "superiority": 1.0,
        "smallest_visible": 0.011,
    }
    claims = tuple(Claim(a=a, b=b, verdict=verdict, **(usual | numbers)) for (a, b), verdict in verdicts.items())
    return results.model_copy(update={"claims": claims})


@pytest.fixture(scope="module")
def plain():
    return example_results(confirm_seeds=10)


def test_the_answer_names_schedule_peak_and_score(plain):
    row = next(row for row in plain.rows if row.label == plain.leader)
    assert answer(plain).startswith(
        f"Use {plain.leader} at peak {row.peak:g}: {100 * row.score:.1f} % test accuracy. Better than constant "
    )


def test_a_leader_that_is_not_first_in_the_table_says_why_and_of_its_peak_that_better_ones_may_lie_beyond(plain):
    assert study_answer(plain).remarks == ("Chosen on validation data before any test score was seen.",)
    other = study_answer(plain.model_copy(update={"leader": "constant", "claims": ()}))
    assert other.remarks == (
        "Chosen on validation data before any test score was seen, so it need not be first in the table.",
        "Peak 0.03 is the edge of those tried: a better one may lie beyond.",
    )
    assert other.standing == "It was compared with no other schedule."
    assert next(row.shown.peak for row in other.rows if row.label == "constant") == "0.03*"


def test_one_schedule_alone_is_compared_with_nothing():
    alone = study_answer(example_results(schedules=("cosine",)))
    assert alone.standing == "It is the only schedule of this study."


def test_too_few_seeds_say_how_many_would_do():
    results = example_results(confirm_seeds=4)
    sentence = claim_sentence(results.claims[0], results)
    assert "is undecided" in sentence
    assert "with 4 seeds no difference can be claimed, however clear it is; 6 seeds can" in sentence


def test_a_claim_says_who_beats_whom_by_how_much(plain):
    results = with_claims(plain, {("cosine", "constant"): "cosine"})
    assert claim_sentence(results.claims[0], results) == (
        "cosine at 0.1 beats constant at 0.03 by 2.0 points of accuracy "
        "(95 % interval 1.0 to 3.0, adjusted p 0.02, 10 paired seeds)"
    )


def test_the_better_one_is_named_first_with_the_interval_turned(plain):
    results = with_claims(plain, {("constant", "cosine"): "cosine"}, difference=-0.02, low=-0.03, high=-0.01)
    assert claim_sentence(results.claims[0], results).startswith("cosine at 0.1 beats constant at 0.03 by 2.0 points")
    assert "interval 1.0 to 3.0" in claim_sentence(results.claims[0], results)


def test_where_lower_is_better_the_lower_one_wins():
    results = example_results(metric=ERROR, classes=None)
    made = with_claims(results, {("cosine", "constant"): "cosine"}, difference=-0.02, low=-0.03, high=-0.01)
    sentence = claim_sentence(made.claims[0], made)
    assert sentence.startswith("cosine at 0.1 beats constant at 0.03 by 0.02")
    assert "of mean error, where lower is better" in sentence
    assert [row.score for row in results.rows] == sorted(row.score for row in results.rows)
    assert "%" not in answer(results)
    assert answer(results).startswith("Use cosine at peak 0.1: test mean error 0.0")
    assert "lower is better" in study_answer(results).basis


def test_undecided_says_what_could_have_been_shown(plain):
    results = with_claims(plain, {("cosine", "constant"): ""}, low=-0.01)
    assert claim_sentence(results.claims[0], results).startswith(
        "cosine at 0.1 against constant at 0.03 is undecided: 10 seeds can show differences from 1.1 points up ("
    )


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (0.02, "2.0"),
        (0.00005, "0.005"),  # one example of 2,000 more, on one seed of ten
        (0.000123, "0.01"),
        (0.0004, "0.04"),
        (0.0006, "0.1"),
        (1e-7, "0.00001"),
        (0.0, "0.0"),
        (1e-17, "0.0"),  # the rounding of a sum
    ],
)
def test_a_difference_is_never_shown_as_none(plain, difference, words):
    results = with_claims(plain, {("cosine", "constant"): "cosine"}, difference=difference, low=0.00001, high=0.03)
    sentence = claim_sentence(results.claims[0], results)
    assert f"by {words} points of accuracy (95 % interval 0.001 to 3.0" in sentence


def test_a_difference_of_another_metric_neither():
    results = example_results(metric=ERROR, classes=None)
    made = with_claims(results, {("cosine", "constant"): ""}, difference=-3e-7, low=-0.02, high=0.01)
    assert "difference 0.0000003 of mean error" in claim_sentence(made.claims[0], made)


def test_what_was_found_is_told_first(plain):
    results = with_claims(plain, {("cosine", "constant"): "", ("one_cycle", "constant"): "one_cycle"})
    assert [claim.verdict for claim in claimed_first(results)] == ["one_cycle", ""]


def test_the_table_has_a_row_per_schedule_best_first(plain):
    header, rows = table(plain)
    assert header[:4] == ("schedule", "peak", "accuracy (%)", "95 % interval")
    assert [row[0] for row in rows] == [row.label for row in plain.rows]
    assert all(len(row) == len(header) for row in rows)
    edges = {row[0]: row[1] for row in rows}
    assert {label: cell.endswith("(edge)") for label, cell in edges.items()} == {
        row.label: row.at_edge for row in plain.rows
    }
    assert any(row.at_edge for row in plain.rows)


def test_a_task_without_classes_has_no_precision():
    header, rows = table(example_results(metric=ERROR, classes=None))
    assert "F1" not in "".join(header)
    assert all(len(row) == len(header) for row in rows)


def test_markdown_is_a_table_and_keeps_bars_in_their_cell(plain):
    lines = markdown(plain).splitlines()
    assert len(lines) == 2 + len(plain.rows)
    assert len({line.count("|") for line in lines}) == 1
    assert lines[0] == ("| schedule | shape | peak | accuracy % | 95 % interval | against cosine, points | verdict |")
    assert "undecided · shows ≥ 0.4 |" in "".join(lines)


def test_peaks_that_four_digits_do_not_tell_apart_are_told_in_more(plain):
    near = (0.1, 0.1000001, 0.3)
    rows = tuple(
        row.model_copy(update={"peak": peak, "at_edge": False}) for row, peak in zip(plain.rows, near, strict=True)
    )
    led = plain.model_copy(update={"rows": rows, "leader": rows[1].label, "claims": ()})
    assert [cells[1] for cells in table(led).rows] == ["0.1", "0.1000001", "0.3"]
    assert f"{rows[1].label} at peak 0.1000001" in study_answer(led).headline
    assert [row.shown.peak for row in study_answer(led).rows] == ["0.1", "0.1000001", "0.3"]
