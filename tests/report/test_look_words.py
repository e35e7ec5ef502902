"""Planned looks, and looks that nobody planned, in words."""

import pytest

from lrlab.report import look_sentence, second_look_sentence
from support.results import example_results


@pytest.fixture
def looked():
    """Ten seeds in two looks: the first question decided at 8, of the others one given up there, all else open."""
    results = example_results(confirm_seeds=10)
    confirm = results.study.confirm.model_copy(update={"looks": (8, 10)})
    first, second, *rest = results.claims
    claims = (
        first.model_copy(update={"verdict": first.a, "look": 8}),
        second.model_copy(update={"verdict": "", "look": 8}),
        *(claim.model_copy(update={"verdict": ""}) for claim in rest),
    )
    confirmed = tuple(record for record in results.confirmed if record.trial.seed < 1009)
    study = results.study.model_copy(update={"confirm": confirm})
    return results.model_copy(update={"study": study, "claims": claims, "confirmed": confirmed})


def test_it_is_said_when_questions_were_decided_and_what_was_saved(looked):
    assert look_sentence(looked) == (
        "2 looks planned: 1 question decided at 8 seeds, 1 given up at 8, as unlikely to be decided by 10, 1 open at "
        "the last; 27 of 30 trainings on fresh seeds were needed, 10 % fewer"
    )


def test_nothing_is_said_where_no_looks_were_planned():
    assert look_sentence(example_results()) == ""


def test_a_second_look_says_what_it_costs_and_what_holds(looked):
    claim = looked.claims[0]
    words = second_look_sentence(looked, 8, ((claim.a, claim.b), (claim.b, claim.a)))
    assert words.startswith("this was answered at 8 seeds before, and looking again at 10 claims falsely more often")
    assert f"by it 1 of 1 difference stands ({claim.a} beats {claim.b})" in words
    assert words.endswith("--looks 8,10")


def test_a_second_look_without_tuning_data_says_no_more_than_it_knows(looked):
    words = second_look_sentence(looked, 8, None)
    assert "e-process" not in words
    assert words.endswith("--looks 8,10")
