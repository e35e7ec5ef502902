"""Can the seeds answer the questions? Said before anything is trained."""

import re

import pytest

from lrlab import lab
from lrlab.spec import Confirm
from support.ends import study


@pytest.mark.parametrize(
    ("labels", "seeds", "questions", "words"),
    [
        (15, 10, "leader", "15 schedules ask 27 questions, and 10 seeds carry 25: .*; 11 seeds carry them"),
        (15, 11, "leader", ""),
        (8, 10, "leader", ""),
        (8, 10, "pairs", "8 schedules ask 28 questions, and 10 seeds carry 25: .*"),
        (2, 4, "leader", "2 schedules ask 1 question, and 4 seeds carry none: .*; 6 seeds carry it"),
        (3, 5, "leader", "3 schedules ask 3 questions, and 5 seeds carry none: .*; 7 seeds carry them"),
        (1, 2, "leader", ""),
    ],
)
def test_seeds_that_cannot_carry_the_questions_are_named_before(labels, seeds, questions, words):
    schedules = [f"step(every={n} updates)" for n in range(1, labels + 1)]
    plan = study(schedules=schedules, confirm=Confirm(seeds=range(1000, 1000 + seeds), questions=questions))
    found = lab.too_few_seeds(plan)
    assert re.fullmatch(words, found)
