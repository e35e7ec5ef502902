"""Kendall's tau-b against scipy's, and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from lrlab.errors import StatisticsError
from lrlab.stats import kendall_tau

few = st.integers(-3, 3).map(float)  # ties are common


@given(st.lists(st.tuples(few, few), min_size=2, max_size=12))
def test_it_is_scipys_with_any_ties(pairs):
    first, second = map(list, zip(*pairs, strict=True))
    expected = kendalltau(first, second).statistic if len(set(first)) > 1 and len(set(second)) > 1 else math.nan
    assert kendall_tau(first, second) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_by_hand():
    assert kendall_tau([1, 2, 3, 4], [2, 1, 4, 3]) == pytest.approx((4 - 2) / 6)
    assert kendall_tau([1, 1, 2], [1, 2, 3]) == pytest.approx(2 / math.sqrt(2 * 3))  # one tie in the first
    assert math.isnan(kendall_tau([1, 1], [1, 2]))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8, unique=True))
def test_reversing_one_turns_the_sign(values):
    other = np.random.default_rng(0).permutation(len(values))
    assert kendall_tau(values, other) == pytest.approx(-kendall_tau([-value for value in values], other))
    assert kendall_tau(values, values) == pytest.approx(1.0)


def test_lists_of_different_things_are_refused():
    with pytest.raises(StatisticsError, match="rank the same things"):
        kendall_tau([1, 2], [1, 2, 3])
