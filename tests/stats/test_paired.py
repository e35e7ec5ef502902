from dataclasses import asdict
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import Interval, flip_interval, judge, mean_interval, paired, sign_flip_p, t_interval
from lrlab.stats._interval import without_zero


def compare(a, b, seed=0, **options):
    return paired(a, b, rng=np.random.default_rng(seed), **options)


@st.composite
def arms(draw):
    """Two arms of whole scores on 2 to 8 seeds, ties and constant arms included."""
    n = draw(st.integers(2, 8))
    scores = st.lists(st.integers(-100, 100), min_size=n, max_size=n)
    return np.array(draw(scores), dtype=float), np.array(draw(scores), dtype=float)


def test_by_hand():
    # Differences 2, 0, 1, 1: mean 1, sd sqrt(2 / 3). Of the 2^3 sign patterns of 2, 1, 1, two sum to 4 or -4.
    # Deviations of a: -1.5, -.5, .5, 1.5; of b: -2.5, .5, .5, 1.5. Products 3.75, -.25, .25, 2.25 over sqrt(5 * 9).
    found = compare([3, 4, 5, 6], [1, 4, 4, 5])
    assert (found.mean_a, found.mean_b, found.difference, found.n, found.level) == (4.5, 3.5, 1.0, 4, 0.95)
    assert found.p == 0.25
    assert found.sd == pytest.approx((2 / 3) ** 0.5, rel=1e-15)
    assert found.rho == pytest.approx(6 / 45**0.5, rel=1e-15)
    assert found.superiority == 3.5 / 4


@settings(max_examples=40)
@given(arms())
def test_equals_its_parts_and_numpy(pair):
    a, b = pair
    found = compare(a, b)
    interval = mean_interval(a - b, rng=np.random.default_rng(0))
    if found.p >= 0.05:
        assert (found.difference, found.low, found.high) == interval[:3]
    assert (found.t_low, found.t_high) == t_interval(a - b)[1:3]
    assert found.differences == tuple((a - b).tolist())
    assert found.p == sign_flip_p(a - b)
    assert found.sd == pytest.approx(np.std(a - b, ddof=1), rel=1e-12)
    if np.ptp(a) and np.ptp(b):
        assert found.rho == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-12)
    else:
        assert isnan(found.rho)


@settings(max_examples=40)
@given(arms())
def test_swapping_the_arms_turns_the_signs(pair):
    a, b = pair
    found, swapped = compare(a, b), compare(b, a)
    assert (found.mean_a, found.mean_b) == (swapped.mean_b, swapped.mean_a)
    assert (found.difference, found.low, found.high) == (-swapped.difference, -swapped.high, -swapped.low)
    assert (found.p, found.sd) == (swapped.p, swapped.sd)
    assert found.rho == swapped.rho or isnan(found.rho)
    assert found.superiority == pytest.approx(1 - swapped.superiority, rel=1e-15)
    ((verdict,), (turned,)) = judge([found], alpha=0.3), judge([swapped], alpha=0.3)
    assert {"a": "b", "b": "a", "none": "none"}[verdict.claim] == turned.claim


@settings(max_examples=40)
@given(arms(), st.randoms(use_true_random=False))
def test_permuting_the_seeds_changes_nothing(pair, random):
    a, b = pair
    a, b = a * 0.1, b * 0.1
    order = random.sample(range(len(a)), len(a))
    found, plain = asdict(compare(a[order], b[order])), asdict(compare(a, b))
    assert sorted(found.pop("differences")) == sorted(plain.pop("differences"))
    np.testing.assert_equal(found, plain)


@settings(max_examples=40)
@given(arms(), st.integers(-50, 50), st.sampled_from([0.5, 8.0]))
def test_shift_changes_only_the_means_and_scale_only_the_unit(pair, shift, scale):
    a, b = pair
    plain, moved = compare(a, b), compare(a * scale + shift, b * scale + shift)
    for name in ("difference", "low", "high", "sd"):
        assert getattr(moved, name) == pytest.approx(scale * getattr(plain, name), rel=1e-9, abs=1e-9)
    assert moved.mean_a == pytest.approx(scale * plain.mean_a + shift, abs=1e-9)
    assert (moved.p, moved.superiority) == (plain.p, plain.superiority)
    np.testing.assert_allclose(moved.rho, plain.rho, atol=1e-9)


def test_an_arm_against_itself():
    found = compare([0.1, 0.5, 0.2], [0.1, 0.5, 0.2])
    assert (found.difference, found.low, found.high, found.p, found.sd) == (0, 0, 0, 1, 0)
    assert (found.rho, found.superiority) == (pytest.approx(1), 0.5)


@settings(max_examples=60)
@given(st.lists(st.integers(-20, 30), min_size=6, max_size=12))
def test_the_interval_excludes_zero_where_the_test_rejects_it_and_holds_the_plain_one(values):
    found = compare(values, [0.0] * len(values))
    plain = flip_interval(values, rng=np.random.default_rng(0))
    if found.p < 0.05:
        assert found.low > 0 if found.difference > 0 else found.high < 0
        assert plain.low > 0 or plain.high < 0
    assert found.low <= plain.low <= plain.high <= found.high


def test_where_drawn_subsets_leave_zero_in_the_end_is_above_it():
    wide, values = Interval(0.5, -0.2, 1.2, 0.95, 20), np.linspace(-1, 2, 20)

    def p_of(shift):
        return sign_flip_p(values - shift)

    assert p_of(0.0) < 0.05
    cut = without_zero(wide, p_of)
    assert cut == wide._replace(low=cut.low)
    assert p_of(0.999 * cut.low) <= 0.05 < p_of(1.001 * cut.low)
    turned = without_zero(Interval(-0.5, -1.2, 0.2, 0.95, 20), lambda shift: p_of(-shift))
    assert turned.high == pytest.approx(-cut.low)
    assert without_zero(wide._replace(low=0.1), p_of).low == 0.1


def test_an_interval_that_allows_for_skew_is_cut_where_the_test_is_sure():
    # p lies between the 3.3 % of the interval and the 5 % of the test
    differences = [0.9, 1.6, -0.7, 0.4, 1.1, -0.2, 0.8, 0.3, 1.0, 0.0]
    found, wide = compare(differences, [0.0] * 10), mean_interval(differences, rng=np.random.default_rng(0))
    assert 0.034 < found.p < 0.05
    assert wide.low <= 0 < found.low < found.difference
    assert found.high == wide.high


def test_many_pairs_draw_flips_from_the_same_generator():
    a = np.random.default_rng(0).normal(size=60)
    assert compare(a + 10, a - a.mean()).p == 1e-5
    assert compare(a, a[::-1], seed=1) == compare(a, a[::-1], seed=1)


@pytest.mark.parametrize(
    ("a", "b", "options", "way_out"),
    [
        ([1, 2, 3], [1, 2], {}, r"`len\(a\) == len\(b\)` must hold, but got 3 and 2; keep only the seeds that both"),
        ([1], [2], {}, r"`len\(a\) >= 2` must hold, but got 1; add 1"),
        ([1, 2], [3, float("nan")], {}, r"b\[1\] = nan; give a diverged run"),
        ([1, -float("inf")], [3, 4], {}, r"a\[1\] = -inf"),
        ([1, 2], [3, 4], {"level": 1}, "`0 < level < 1` must hold, but got 1"),
    ],
)
def test_refusals_say_the_way_out(a, b, options, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        compare(a, b, **options)
