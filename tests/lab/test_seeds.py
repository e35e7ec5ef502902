"""Can the seeds answer the questions? Said before anything is trained; and taken so where none were given."""

import re

import pytest

from lrlab import lab
from lrlab.spec import Confirm, make_study
from support.ends import study


def asking(labels, seeds, questions="leader"):
    schedules = [f"step(every={n} updates)" for n in range(1, labels + 1)]
    return study(schedules=schedules, confirm=Confirm(seeds=range(1000, 1000 + seeds), questions=questions))


@pytest.mark.parametrize(
    ("labels", "seeds", "questions", "words"),
    [
        (15, 10, "leader", ""),
        (8, 6, "leader", "8 schedules ask 13 questions, and 6 seeds can claim only where all 6 agree; 12 seeds .*"),
        (8, 7, "pairs", ""),
        (2, 4, "leader", "2 schedules ask 1 question, and 4 seeds can claim nothing, .*; 6 seeds can, 8 also .*"),
        (3, 5, "leader", "3 schedules ask 3 questions, and 5 seeds can claim nothing, .*; 6 seeds can, 9 also .*"),
        (1, 2, "leader", ""),
    ],
)
def test_seeds_that_cannot_carry_the_questions_are_named_before(labels, seeds, questions, words):
    assert re.fullmatch(words, lab.seed_words(asking(labels, seeds, questions)))


def test_a_design_that_cannot_answer_is_told_from_one_that_hardly_can():
    assert not lab.reach_of_study(asking(15, 5)).answers
    assert lab.reach_of_study(asking(8, 6)).answers
    assert lab.reach_of_study(asking(1, 2)).answers


def test_seeds_are_taken_where_none_were_given_and_kept_where_they_were():
    plan = {"name": "n", "task": "digits/mlp", "budget": "1 epochs", "tune": {"peaks": [0.1]}}
    plan["schedules"] = [f"step(every={n} updates)" for n in range(1, 9)]
    for silent in (plan, {**plan, "confirm": {"questions": "leader"}}):
        taken = lab.with_usual_seeds(make_study(silent))
        assert taken.confirm.seeds == tuple(range(1000, 1012))
        assert lab.seed_words(taken) == ""
        assert lab.usual_seed_words(taken).startswith("8 schedules ask 13 questions: 12 fresh seeds each, which ")
    given = make_study({**plan, "confirm": {"seeds": 10}})
    assert lab.with_usual_seeds(given) is given
    few = make_study({**plan, "schedules": ["constant", "cosine"]})
    assert lab.with_usual_seeds(few) == few
    assert lab.usual_seed_words(few) == ""
