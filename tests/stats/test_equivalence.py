"""Within a margin: two one-sided tests, by hand, laws, and how often it is said wrongly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from lrlab.errors import StatisticsError
from lrlab.stats import equivalence_p, one_sided_flip_p, sign_flip_p

DIFFERENCES = st.lists(st.integers(-20, 20), min_size=1, max_size=9)


@given(DIFFERENCES, st.integers(1, 30))
def test_is_the_larger_of_both_sides_and_laws(differences, margin):
    values, found = np.array(differences, dtype=float), equivalence_p(differences, margin)
    assert found == max(one_sided_flip_p(values + margin), one_sided_flip_p(margin - values))
    assert equivalence_p(-values, margin) == found
    assert equivalence_p(values[::-1], margin) == found
    assert equivalence_p(4 * values, 4 * margin) == found
    assert found >= 2.0 ** -len(values)
    if abs(values.mean()) > margin:
        assert found >= 0.5


@given(DIFFERENCES)
def test_one_side_is_half_of_both_or_the_rest(differences):
    # p(sum >= seen) + p(sum <= seen) = 1 + p(ties); two-sided p is twice the smaller, where the sum is not 0
    values = np.array(differences, dtype=float)
    above, below = one_sided_flip_p(values), one_sided_flip_p(-values)
    if values.sum() != 0:
        assert sign_flip_p(values) == pytest.approx(2 * min(above, below), abs=1e-12)
    assert above + below >= 1


def test_by_hand():
    # margin 1 about -1, 0, 1: shifted 0, 1, 2; of 8 patterns those with +1, +2 reach 3: two, for the 0 has no sign
    assert equivalence_p([-1, 0, 1], 1) == 2 / 8


def test_many_pairs_agree_with_the_t_test():
    rng = np.random.default_rng(0)
    values = rng.normal(0.1, 1, size=60)
    expected = max(ttest_1samp(values, side, alternative=to).pvalue for side, to in ((-0.4, "greater"), (0.4, "less")))
    assert equivalence_p(values, 0.4, rng=rng) == pytest.approx(expected, abs=0.01)


def test_a_difference_at_the_margin_is_called_equal_at_most_alpha_often():
    rng, studies = np.random.default_rng(1), 1500
    said = np.mean([equivalence_p(rng.normal(0.5, 0.3, size=9), 0.5) < 0.05 for _ in range(studies)])
    assert said <= 0.05 + 3 * (0.0475 / studies) ** 0.5


@pytest.mark.parametrize(
    ("margin", "way_out"),
    [
        (0, "`0 < margin < inf` must hold, but got 0; give the largest difference that would not matter"),
        (-1, "but got -1"),
        (np.inf, "but got inf"),
        (np.nan, "but got nan"),
    ],
)
def test_a_margin_that_is_none_is_refused(margin, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        equivalence_p([1.0, 2.0], margin)


def test_many_pairs_need_a_generator():
    with pytest.raises(StatisticsError, match=r"pass rng=np\.random\.default_rng"):
        equivalence_p(np.ones(30), 2.0)


def test_a_difference_of_just_the_margin_is_not_within_whatever_its_digits():
    # 0.3 - 0.28 is a hair below 0.02, 0.87 - 0.85 a hair above
    for high, low in ((0.3, 0.28), (0.87, 0.85), (0.28, 0.3), (0.85, 0.87)):
        assert equivalence_p([high - low] * 8, 0.02) == 1.0
