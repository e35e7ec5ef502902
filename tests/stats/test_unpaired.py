from itertools import combinations
from math import comb, inf, isnan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import bootstrap, mannwhitneyu, permutation_test, ttest_ind

from lrlab.errors import StatisticsError
from lrlab.stats import (
    fewest_unpaired,
    judge,
    paired,
    smallest_shuffle_p,
    smallest_unpaired_p,
    smallest_visible_unpaired,
    unpaired,
)
from lrlab.stats._shuffle import _dealt_sums

ARM = st.lists(st.integers(-50, 50).map(lambda value: value / 8), min_size=2, max_size=6)
ANY = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=6)


def rng(seed=0):
    return np.random.default_rng(seed)


def welch(a, b, axis=-1):
    error = a.var(axis=axis, ddof=1) / a.shape[axis] + b.var(axis=axis, ddof=1) / b.shape[axis]
    return np.abs(a.mean(axis=axis) - b.mean(axis=axis)) / np.sqrt(error)


def difference(a, b, axis=-1):
    return np.mean(a, axis=axis) - np.mean(b, axis=axis)


@pytest.mark.parametrize("sizes", [(3, 4), (5, 5), (2, 6), (7, 5)])
def test_all_numbers_are_those_of_scipy(sizes):
    for seed in range(5):
        a, b = rng(seed).normal(size=sizes[0]) + 1, rng(seed + 100).exponential(size=sizes[1])
        found = unpaired(a, b, rng=rng(seed))
        theirs = permutation_test((a, b), welch, n_resamples=np.inf, alternative="greater", vectorized=True)
        student = ttest_ind(a, b, equal_var=False)
        assert found.p == pytest.approx(max(theirs.pvalue, student.pvalue), rel=1e-12)
        assert found.welch_p == pytest.approx(student.pvalue, rel=1e-12)
        assert found.superiority == pytest.approx(mannwhitneyu(a, b).statistic / (len(a) * len(b)))
        assert found.difference == pytest.approx(a.mean() - b.mean(), rel=1e-12)
        assert (found.sd_a, found.sd_b) == pytest.approx((a.std(ddof=1), b.std(ddof=1)))


def test_with_arms_of_one_size_the_test_is_that_of_the_difference_of_means():
    a, b = rng(1).normal(size=6) + 1, rng(2).normal(size=6) * 4
    theirs = permutation_test((a, b), difference, n_resamples=np.inf, vectorized=True)
    found = unpaired(a, b, rng=rng(), strata=([""] * 6, [""] * 6))
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-12)


def test_the_interval_is_the_wider_of_two_of_scipy_but_for_the_draws():
    a, b = rng(1).normal(size=15), rng(2).exponential(size=25) * 2
    found = unpaired(a, b, rng=rng(), resamples=99_999)
    theirs = bootstrap((a, b), difference, vectorized=True, n_resamples=99_999, method="BCa", rng=rng(5))
    (low, high), student = theirs.confidence_interval, ttest_ind(a, b, equal_var=False).confidence_interval()
    assert low < student.low  # the bootstrap's end is farther here, Student's there
    assert high < student.high
    assert found.low == pytest.approx(low, abs=0.02)
    assert found.high == pytest.approx(student.high, rel=1e-12)


@pytest.mark.parametrize(("n_a", "n_b"), [(2, 2), (3, 4), (5, 5)])
def test_the_interval_of_few_runs_holds_the_truth(n_a, n_b):
    draw, held, studies = rng(n_a), 0, 300
    for _ in range(studies):
        found = unpaired(draw.normal(size=n_a), draw.normal(size=n_b), rng=draw, resamples=200, shuffles=100)
        held += found.low <= 0 <= found.high
    assert held / studies >= 0.95 - 2.5 * (0.05 * 0.95 / studies) ** 0.5


def test_drawn_ways_give_about_the_p_of_all_ways():
    a, b = rng(1).normal(size=12) + 0.9, rng(2).normal(size=12)
    assert comb(24, 12) > 200_000
    theirs = permutation_test((a, b), welch, n_resamples=200_000, alternative="greater", vectorized=True, rng=rng(3))
    found = unpaired(a, b, rng=rng(), strata=([""] * 12, [""] * 12))
    assert found.p == pytest.approx(theirs.pvalue, abs=4 * (theirs.pvalue / 20_000) ** 0.5)
    far = unpaired(a + 100, b, rng=rng())
    assert far.p == far.smallest_p == 1 / 20_000


@given(ARM, ARM, st.randoms(use_true_random=False))
def test_order_means_nothing_and_swapped_arms_turn_the_signs(a, b, random):
    found, shuffled = unpaired(a, b, rng=rng()), unpaired(random.sample(a, len(a)), b, rng=rng())
    assert repr(found) == repr(shuffled)
    turned = unpaired(b, a, rng=rng())
    assert (turned.difference, turned.low, turned.high) == (-found.difference, -found.high, -found.low)
    assert (turned.p, turned.superiority) == (found.p, pytest.approx(1 - found.superiority))
    negated = unpaired([-value for value in a], [-value for value in b], rng=rng())
    assert (negated.low, negated.high, negated.p) == (-found.high, -found.low, found.p)


@given(ANY, ANY)
def test_laws_of_a_comparison(a, b):
    found = unpaired(a, b, rng=rng(), resamples=200)
    assert found.smallest_p <= found.p <= 1
    assert found.low <= found.high
    assert 0 <= found.superiority <= 1
    assert isnan(found.welch_p) or 0 <= found.welch_p <= 1


@given(ARM, ARM, st.sampled_from([0.25, 8.0]), st.sampled_from([-16.0, 64.0]))
def test_units_change_no_p(a, b, factor, shift):
    first = unpaired(a, b, rng=rng(), resamples=200)
    moved = unpaired([factor * x + shift for x in a], [factor * x + shift for x in b], rng=rng(), resamples=200)
    assert moved.p == pytest.approx(first.p, rel=1e-9)
    assert moved.low == pytest.approx(factor * first.low, rel=1e-6, abs=1e-6)


def test_draws_too_do_not_depend_on_the_order_of_the_arms():
    a, b = rng(1).normal(size=14), rng(2).normal(size=14) + 0.8
    one, other = unpaired(a, b, rng=rng()), unpaired(b, a, rng=rng())
    assert (one.p, one.low, one.high) == (other.p, -other.high, -other.low)


def test_constant_arms():
    apart = unpaired([1, 1, 1], [2, 2, 2], rng=rng())
    assert (apart.difference, apart.low, apart.high, apart.p) == (-1, -1, -1, 0.1)
    assert isnan(apart.welch_p)
    alike = unpaired([0.1 + 0.2] * 3, [0.1 + 0.2] * 4, rng=rng())
    assert (alike.difference, alike.low, alike.high, alike.p) == (0, 0, 0, 1)
    one = unpaired([5, 5, 5, 5], [1, 2, 3, 4], rng=rng())
    assert one.low > 0
    assert one.p == one.welch_p > 2 / 70


def test_strata_are_those_of_a_count_by_hand():
    # two strata of one run each of both arms: four ways to deal them; the one seen and its mirror are the farthest
    found = unpaired([3.0, 13.0], [1.0, 10.0], rng=rng(), strata=(["x", "y"], ["x", "y"]))
    assert found.smallest_p == found.p == 0.5
    free = unpaired([3.0, 13.0], [1.0, 10.0], rng=rng())
    assert free.p > found.p  # between the strata lies most of the spread


def test_pairs_as_strata_are_the_sign_flips_of_their_differences():
    a, b = rng(1).normal(size=9) + 1, rng(2).normal(size=9)
    seeds = [str(seed) for seed in range(9)]
    found = unpaired(a, b, rng=rng(), strata=(seeds, seeds))
    assert found.p == paired(a, b, rng=rng()).p


def test_drawn_strata_give_about_the_p_of_all_ways():
    a, b = rng(1).normal(size=22) + 0.4, rng(2).normal(size=22)
    seeds = [str(seed) for seed in range(22)]
    found = unpaired(a, b, rng=rng(), strata=(seeds, seeds))
    assert found.p == pytest.approx(paired(a, b, rng=rng()).p, abs=0.01)


def test_smallest_p_by_hand():
    assert smallest_unpaired_p(5, 5) == 2 / 252
    assert smallest_unpaired_p(4, 3) == 1 / 35
    assert smallest_unpaired_p(1, 1) == 1
    assert smallest_shuffle_p(([""] * 40, [""] * 40), 19_999) == 1 / 20_000
    assert smallest_shuffle_p((["s", "", ""], ["s", "", ""])) == 2 / (2 * 6)


@given(st.integers(2, 5), st.integers(2, 5))
def test_the_smallest_p_is_reached_and_never_passed(n_a, n_b):
    a, b = np.arange(n_a) / 1000 + 1, -np.arange(n_b) / 1000
    assert unpaired(a, b, rng=rng(), resamples=100).p == smallest_unpaired_p(n_a, n_b)


def test_the_fewest_runs_carry_and_one_less_do_not():
    for comparisons in (1, 3, 27, 500, 5000):
        n = fewest_unpaired(comparisons)
        assert smallest_unpaired_p(n, n) * comparisons < 0.05 <= smallest_unpaired_p(n - 1, n - 1) * comparisons


@given(ARM, ARM)
def test_more_comparisons_see_no_smaller_differences(a, b):
    found = unpaired(a, b, rng=rng(), resamples=100)
    assume(found.smallest_p < 0.025)
    one, two = (smallest_visible_unpaired(found, comparisons=m) for m in (1, 2))
    assert one <= two


def test_the_smallest_visible_difference_is_seen_in_four_of_five():
    found = unpaired(rng(1).normal(size=12), rng(2).normal(size=9) * 3, rng=rng(), resamples=100)
    visible, draw, seen = smallest_visible_unpaired(found), rng(7), 0
    for _ in range(4000):
        a = draw.normal(size=12) * found.sd_a + visible
        seen += ttest_ind(a, draw.normal(size=9) * found.sd_b, equal_var=False).pvalue < 0.05
    assert seen / 4000 == pytest.approx(0.8, abs=0.03)
    few = unpaired([1, 2, 3], [4, 5, 6], rng=rng(), resamples=100)
    assert smallest_visible_unpaired(few) == inf
    still = unpaired([1, 1, 1, 1], [2, 2, 2, 2], rng=rng(), resamples=100)
    assert smallest_visible_unpaired(still) == 0


def test_paired_and_unpaired_comparisons_share_a_family():
    a, b = rng(1).normal(size=10) + 2, rng(2).normal(size=10)
    both = [paired(a, b, rng=rng()), unpaired(a, b, rng=rng()), unpaired(b, b[::-1], rng=rng())]
    verdicts = judge(both)
    assert [verdict.claim for verdict in verdicts] == ["a", "a", "none"]
    assert both[1].p < both[0].p  # so Holm multiplies the first by 3, the second by 2
    assert [verdict.adjusted_p for verdict in verdicts[:2]] == [2 * both[0].p, 3 * both[1].p]
    assert verdicts[0].smallest_visible == judge(both[:1], family=3)[0].smallest_visible
    assert verdicts[1].smallest_visible == smallest_visible_unpaired(both[1], comparisons=3)


@pytest.mark.parametrize(
    ("arguments", "way_out"),
    [
        ({"a": [1.0], "b": [1.0, 2.0]}, "add 1 or more"),
        ({"a": [1.0, 2.0], "b": [1.0, float("nan")]}, "give a diverged run the score"),
        ({"a": [1.0, 2.0], "b": [1.0, 3.0], "level": 95}, "usual are"),
        ({"a": [1.0, 2.0], "b": [1.0, 3.0], "resamples": 3}, "raise it by 97"),
        ({"a": [1.0, 2.0], "b": [1.0, 3.0], "shuffles": 99}, "raise it by 1"),
        ({"a": [1.0, 2.0], "b": [1.0, 3.0], "strata": (["x"], ["x", "y"])}, "give one for each"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        unpaired(rng=rng(), **arguments)


def test_designs_that_cannot_be_are_refused():
    with pytest.raises(StatisticsError, match="raise it by 1"):
        smallest_unpaired_p(0, 3)
    found = unpaired([1, 2, 3, 4], [4, 5, 6, 8], rng=rng(), resamples=100)
    with pytest.raises(StatisticsError, match="usual are"):
        smallest_visible_unpaired(found, power=0.01)


@pytest.mark.parametrize(("n", "taken"), [(1, 0), (1, 1), (5, 2), (6, 6), (9, 4)])
def test_choices_of_two_halves_are_all_choices(n, taken):
    values = np.random.default_rng(n).normal(size=n)
    every = [(sum(chosen), sum(value**2 for value in chosen)) for chosen in combinations(values.tolist(), taken)]
    found = np.stack(_dealt_sums(values, taken), axis=1)
    assert np.sort(found, axis=0) == pytest.approx(np.sort(np.array(every), axis=0))
