from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import holm, judge, paired, smallest_visible_difference

P_VALUES = st.lists(st.floats(0, 1), max_size=12)

CLEAR = paired(np.arange(10) + 1.0, np.arange(10) + np.tile([0.0, 0.1], 5), rng=np.random.default_rng(0))
WEAK = replace(CLEAR, p=0.6, low=-0.4, high=1.5, difference=0.5, sd=1.5)


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        # by hand: sorted p times 4, 3, 2, 1, each at least the one before
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.02, 0.02, 0.5, 0.9], [0.08, 0.08, 1.0, 1.0]),
        ([0.04], [0.04]),
        ([], []),
    ],
)
def test_holm_by_hand(p_values, adjusted):
    np.testing.assert_allclose(holm(p_values), adjusted, rtol=1e-14)


@given(P_VALUES, st.randoms(use_true_random=False))
def test_holm_laws(p_values, random):
    adjusted = holm(p_values)
    order = np.argsort(p_values)
    assert (adjusted >= p_values).all()
    assert (adjusted <= np.minimum(1, len(p_values) * np.array(p_values))).all()
    assert (np.diff(adjusted[order]) >= 0).all()
    shuffle = random.sample(range(len(p_values)), len(p_values))
    assert holm(np.array(p_values)[shuffle]).tolist() == adjusted[shuffle].tolist()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.data())
def test_a_part_of_a_family_is_never_adjusted_less_than_in_the_whole(p_values, data):
    kept = data.draw(st.lists(st.integers(0, len(p_values) - 1), min_size=1, unique=True))
    alone = holm(np.array(p_values)[kept], family=len(p_values))
    assert (alone >= holm(p_values)[kept]).all()


def test_a_clear_difference_is_claimed_for_the_larger_arm():
    turned = replace(CLEAR, difference=-CLEAR.difference, low=-CLEAR.high, high=-CLEAR.low)
    verdicts = judge([CLEAR, WEAK, turned])
    assert [verdict.claim for verdict in verdicts] == ["a", "none", "b"]
    assert [verdict.adjusted_p for verdict in verdicts] == [3 / 512, 0.6, 3 / 512]
    assert [verdict.difference for verdict in verdicts] == [CLEAR, WEAK, turned]
    assert verdicts[1].smallest_visible == smallest_visible_difference(1.5, 10, comparisons=3)


@pytest.mark.parametrize(
    "found",
    [
        replace(CLEAR, low=-0.1),  # small p, interval over zero
        replace(CLEAR, low=0.0),  # touching is not excluding
        replace(CLEAR, p=0.06),  # interval off zero, large p
        replace(CLEAR, p=0.05),  # a tie with alpha
        replace(CLEAR, difference=-0.1),  # interval on the other side of zero than the mean
    ],
)
def test_one_sign_alone_is_no_claim(found):
    assert judge([found])[0].claim == "none"


def test_a_larger_family_takes_claims_away():
    assert [judge([CLEAR], family=size)[0].claim for size in (1, 25, 26)] == ["a", "a", "none"]
    assert judge([CLEAR], family=26)[0].smallest_visible == inf


def test_no_comparison_no_verdict():
    assert judge([]) == ()


@pytest.mark.parametrize(
    ("call", "way_out"),
    [
        (lambda: holm([0.1, 1.2]), r"`0 <= p <= 1` must hold, but got \[0.1, 1.2\]; pass p-values"),
        (lambda: holm([0.1, float("nan")]), r"p_values\[1\] = nan"),
        (lambda: holm([0.1, 0.2], family=1), "but got 1 < 2; count every comparison that might have been asked"),
        (lambda: judge([CLEAR, WEAK], family=1), "count every comparison"),
        (lambda: judge([CLEAR], alpha=0), "`0 < alpha < 1` must hold, but got 0; usual"),
    ],
)
def test_refusals_say_the_way_out(call, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        call()
