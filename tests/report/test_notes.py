"""What else an answer says: by loss, of failures, of test examples, and what it covers."""

import pytest

from lrlab.report import answer_notes
from lrlab.report._notes import COVERS, covers_sentences
from lrlab.spec import OWN_LOOP, Margin
from support.results import all_diverged, example_results


@pytest.fixture(scope="module")
def plain():
    return example_results(confirm_seeds=10)


def changed(results, **fields):
    return results.model_copy(update=fields)


def with_verdicts(claims, *said, **fields):
    return tuple(
        claim.model_copy(
            update={
                "verdict": what if isinstance(what, str) else "",
                "within": what if isinstance(what, float) else None,
            }
            | fields
        )
        for claim, what in zip(claims, said, strict=True)
    )


def with_failures(results, **failed):
    rows = tuple(row.model_copy(update={"fallen": failed.get(row.label, 0)}) for row in results.rows)
    return changed(results, rows=rows)


def test_the_last_sentence_says_what_it_covers(plain):
    assert answer_notes(plain)[-1] == COVERS
    assert "these settings, these seeds and this test set" in COVERS


def test_nothing_is_noted_of_what_learned_nothing_or_compares_nothing():
    assert answer_notes(all_diverged(example_results())) == []
    assert answer_notes(example_results(schedules=("cosine",))) == []


def test_where_no_seed_failed_it_says_what_that_allows(plain):
    assert answer_notes(plain)[0] == "No seed failed; with 10 seeds, up to 26 % may still fail."


def test_a_loop_is_not_said_to_be_above_chance(plain):
    """It shows no data, so that what guessing would score is not known."""
    by_loop = plain.confirmed[0].provenance.model_copy(update={"engine": OWN_LOOP})
    confirmed = tuple(record.model_copy(update={"provenance": by_loop}) for record in plain.confirmed)
    sentence = answer_notes(changed(plain, confirmed=confirmed))[0]
    assert sentence.startswith("No seed diverged or fell far behind its arm; with 10 seeds, up to 26 % still may.")
    assert "What guessing would score is not known of a loop" in sentence


def test_where_looks_stopped_some_early_it_speaks_of_the_fewest_seeds(plain):
    rows = tuple(row.model_copy(update={"seeds": 20 - 8 * (row.label == "constant")}) for row in plain.rows)
    assert (
        answer_notes(changed(plain, rows=rows))[0] == "No seed failed; with 12 to 20 seeds, up to 22 % may still fail."
    )


def test_failures_are_said_of_each_arm_and_of_the_others_together(plain):
    (sentence, _) = answer_notes(with_failures(plain, constant=1))
    assert sentence == (
        "constant failed on 1 of 10 seeds, and may fail on up to 39 %; the others did not fail, and may on up to 26 %."
    )
    (sentence, _) = answer_notes(with_failures(plain, constant=1, cosine=2, one_cycle=1))
    assert "the others" not in sentence
    assert "cosine failed on 2 of 10 seeds, and may fail on up to 51 %" in sentence


def test_the_bound_is_that_of_the_fewest_seeds_where_looks_left_them_unlike(plain):
    first, *others = plain.rows
    rows = (first.model_copy(update={"seeds": 40}), *others)
    assert (
        answer_notes(changed(plain, rows=rows))[0] == "No seed failed; with 10 to 40 seeds, up to 26 % may still fail."
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (("a", "a", "a"), "By test loss 3 of 3 are answered: 3 by a difference."),
        (("a", 0.01, ""), "By test loss 2 of 3 are answered: 1 by a difference and 1 by lying within 0.01."),
        (("", "", ""), "By test loss none of 3 is answered."),
        (("b", "", ""), "By test loss 1 of 3 is answered: 1 by a difference; there {0} is the better one against {1}."),
    ],
)
def test_the_loss_is_said_in_a_line_and_where_it_says_the_opposite(plain, said, words):
    claims = (*plain.claims, *plain.claims)[:3]
    first = claims[0]
    named = [{"a": claim.a, "b": claim.b}.get(what, what) for claim, what in zip(claims, said, strict=True)]
    made = changed(
        plain, claims=with_verdicts(claims, *(claim.a for claim in claims)), loss_claims=with_verdicts(claims, *named)
    )
    assert answer_notes(made)[0] == words.format(first.b, first.a)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("cosine", "By test loss cosine is the better one."),
        (0.01, "By test loss both lie within 0.01."),
        ("", "By test loss none is better."),
    ],
)
def test_the_loss_of_a_single_question_is_said_by_name(plain, said, words):
    made = changed(plain, claims=plain.claims[:1], loss_claims=with_verdicts(plain.claims[:1], said))
    assert answer_notes(made)[0] == words


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ([(0.01, 0.02), (0.01, 0.02)], "Counting the test examples too, all 2 differences hold."),
        ([(0.01, 0.02), (-0.01, 0.02)], "Counting the test examples too, 1 of the 2 differences hold."),
        ([(-0.02, -0.01), (None, None)], "Counting the test examples too, the difference holds."),
        ([(-0.01, 0.02), (None, None)], "Counting the test examples too, the difference may be none."),
    ],
)
def test_differences_that_hold_for_other_examples_are_counted(plain, ends, words):
    claims = tuple(
        claim.model_copy(update={"verdict": claim.a, "crossed_low": low, "crossed_high": high})
        for claim, (low, high) in zip(plain.claims[:2], ends, strict=True)
    )
    assert words in answer_notes(changed(plain, claims=claims))


def test_the_margin_is_said_with_where_it_is_from(plain):
    margin = Margin(value=0.02, why="what 450 test examples resolve")
    assert any(
        "is 2 points: what 450 test examples resolve." in text
        for text in covers_sentences(changed(plain, margin=margin))
    )
    assert any("--margin gives one" in text for text in covers_sentences(plain))
