"""What seeds can answer is a matter of counting."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import enough_pairs, fewest_pairs, reach_of, smallest_p


@given(st.integers(1, 60), st.integers(1, 500))
def test_patterns_are_those_whose_p_passes_and_more_seeds_carry_no_less(seeds, questions):
    reach, more = reach_of(seeds, questions), reach_of(seeds + 1, questions)
    alpha, least = Fraction(0.05), Fraction(smallest_p(seeds))  # products of floats round
    assert reach.patterns * least < alpha <= (reach.patterns + 1) * least
    assert more.patterns >= reach.patterns
    assert reach.answers == (reach.carried > 0) == (seeds >= reach.fewest == 6)
    assert reach.enough == enough_pairs(questions)


def test_enough_pairs_leave_room_and_are_few():
    assert [enough_pairs(asked) for asked in (1, 3, 5, 7, 13, 25, 27)] == [8, 9, 10, 11, 12, 12, 13]
    assert all(0 <= enough_pairs(asked) - fewest_pairs(asked) <= 2 for asked in range(1, 300))


@pytest.mark.parametrize(
    ("seeds", "questions", "words"),
    [
        (5, 1, "5 seeds can claim no difference, however clear it is; 6 seeds can, 8 also one on which some disagree"),
        (6, 13, "6 seeds can claim only where all 6 agree; 12 seeds also where some disagree"),
        (7, 1, ""),
        (5, 0, ""),
    ],
)
def test_what_is_wrong_with_seeds_is_said_with_the_number_that_is_right(seeds, questions, words):
    assert reach_of(seeds, questions).words == words


def test_seeds_and_questions_are_counts():
    with pytest.raises(StatisticsError, match="`questions >= 0` must hold, but got -1; raise it by 1"):
        reach_of(10, -1)
    with pytest.raises(StatisticsError, match="`comparisons >= 1`"):
        enough_pairs(0)
