"""The interval of the sign-flip test: that test itself, Student's beside it, and what it holds of skewed values."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from lrlab.errors import StatisticsError
from lrlab.stats import flip_interval, mean_interval, sign_flip_p, t_interval

VALUES = st.lists(st.integers(-50, 50), min_size=6, max_size=9)


def flip(values, seed=0, **options):
    return flip_interval(values, rng=np.random.default_rng(seed), **options)


def subset_means(values):
    return sorted(np.mean(subset) for size in range(1, len(values) + 1) for subset in combinations(values, size))


@given(VALUES, st.sampled_from([0.8, 0.95, 0.97]))
def test_ends_are_subset_means_by_brute_force(values, level):
    means, (_, low, high, *_) = subset_means(values), flip(values, level=level)
    tail = int((1 - level) * (len(means) + 1) / 2 + 1e-9)
    if np.ptp(values) == 0:
        assert low == high == values[0]
    elif tail:
        assert (low, high) == pytest.approx((means[tail - 1], means[-tail]), abs=1e-12)
    else:
        assert (low, high) == t_interval(values, level=level)[1:3]


@settings(max_examples=30)
@given(st.lists(st.floats(-5, 5), min_size=6, max_size=12, unique=True))
def test_it_holds_the_shifts_that_the_test_does_not_reject(values):
    point, low, high, *_ = flip(values)
    width = high - low
    if width < 1e-3:
        return
    for shift in (low + 1e-3 * width, high - 1e-3 * width, point):
        assert sign_flip_p(np.subtract(values, shift)) >= 0.05
    for shift in (low - 1e-3 * width, high + 1e-3 * width):
        assert sign_flip_p(np.subtract(values, shift)) < 0.05


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_order_sign_and_unit(values, random):
    for interval in (flip_interval, mean_interval):
        found = interval(values, rng=np.random.default_rng(0))
        turned = interval([-value for value in values], rng=np.random.default_rng(0))
        shuffled = interval(random.sample(values, len(values)), rng=np.random.default_rng(0))
        twice = interval([4 * value for value in values], rng=np.random.default_rng(0))
        assert shuffled == found
        assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low), rel=1e-12, abs=1e-9)
        assert twice.low == pytest.approx(4 * found.low, rel=1e-12)
        assert found.low - 1e-6 <= found.point <= found.high + 1e-6


def test_drawn_subsets_give_about_the_ends_of_all_of_them():
    values = np.random.default_rng(1).exponential(size=14)
    exact, drawn = flip(values), flip(values, exact_up_to=5)
    assert (drawn.low, drawn.high) == pytest.approx((exact.low, exact.high), abs=0.03 * (exact.high - exact.low))
    assert flip(values, level=0.9).low > exact.low > flip(values, level=0.99).low


@pytest.mark.parametrize("n", [2, 3, 10, 40])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_students_is_scipys(n, level):
    values = np.random.default_rng(n).normal(size=n)
    expected = ttest_1samp(values, 0).confidence_interval(level)
    assert t_interval(values, level=level)[1:3] == pytest.approx((expected.low, expected.high), rel=1e-9)


def test_the_interval_of_a_mean_keeps_two_thirds_of_the_error_for_symmetric_values():
    values = np.random.default_rng(2).normal(size=12)
    found, inner = mean_interval(values, rng=np.random.default_rng(0)), flip(values, level=1 - 0.05 * 2 / 3)
    assert (found.low, found.high, found.level) == (inner.low, inner.high, 0.95)


@pytest.mark.parametrize(
    ("draw", "least", "most"),
    [
        (lambda rng, size: rng.normal(size=size), 0.955, 0.98),
        (lambda rng, size: rng.gamma(4, size=size) - 4, 0.935, 0.975),  # skew 1
    ],
)
def test_ten_values_hold_the_mean_as_often_as_is_said(draw, least, most):
    rng, studies = np.random.default_rng(3), 1500
    rows = draw(rng, (studies, 10))
    held = [low <= 0 <= high for _, low, high, *_ in (mean_interval(row, rng=rng) for row in rows)]
    assert least <= np.mean(held) <= most


@pytest.mark.parametrize(
    ("call", "way_out"),
    [
        (lambda: flip([1.0]), "`len\\(values\\) >= 2` must hold, but got 1; add 1"),
        (lambda: flip([1.0, np.nan]), "values\\[1\\] = nan"),
        (lambda: flip([1.0, 2.0], level=1), "`0 < level < 1` must hold, but got 1"),
        (lambda: mean_interval([1.0, 2.0], rng=np.random.default_rng(0), level=0), "`0 < level < 1` must hold"),
        (lambda: t_interval([1.0]), "`len\\(values\\) >= 2` must hold"),
    ],
)
def test_refusals_say_the_way_out(call, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        call()
