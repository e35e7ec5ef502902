import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, norm

from lrlab.errors import StatisticsError
from lrlab.stats import Interval, bootstrap_interval


def interval(values, seed=0, **options):
    return bootstrap_interval(values, rng=np.random.default_rng(seed), **({"resamples": 499} | options))


def test_equals_scipy_where_both_see_the_same_draws():
    # Sorted, on scipy's own draws, with more values left of the mean than right: the image that is drawn from unturned.
    values = np.sort(np.random.default_rng(3).exponential(size=12))
    expected = bootstrap((values,), np.mean, rng=np.random.default_rng(7), n_resamples=999).confidence_interval
    turned = bootstrap((-values[::-1],), np.mean, rng=np.random.default_rng(7), n_resamples=999).confidence_interval
    found = interval(values, seed=7, resamples=999)
    candidates = [(expected.low, expected.high), (-turned.high, -turned.low)]
    assert min(np.abs(np.subtract(pair, (found.low, found.high))).max() for pair in candidates) < 1e-9
    assert found.point == pytest.approx(values.mean(), rel=1e-14)


def test_two_values_by_hand():
    # Resampled means are 0, 1/2, 1 with chances 1/4, 1/2, 1/4; z_0 and a vanish by symmetry.
    assert interval([0.0, 1.0], resamples=9999) == Interval(0.5, 0.0, 1.0, 0.95, 2)
    low, high = interval([0.0, 1.0], level=0.4, resamples=9999)[1:3]
    assert (low, high) == (0.5, 0.5)


def test_an_end_at_zero_is_zero():
    # 1/3 and its deviations are not floats; the mean of three resampled zeros is.
    assert interval([1.0, 0.0, 0.0], resamples=9999).low == 0.0
    assert interval([0.0, 0.0, -1.0], resamples=9999).high == 0.0


def test_values_that_are_their_own_mirror_image_get_ends_that_are():
    found = interval([-3, -1, -1, 1, 1, 3])
    assert (found.point, found.low) == (0.0, -found.high)


def test_wide_data_approach_the_normal_interval():
    values = np.random.default_rng(0).normal(10, 2, size=4000)
    found, half = interval(values, resamples=4999), norm.ppf(0.975) * values.std(ddof=1) / 4000**0.5
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.05)
    assert (found.high + found.low) / 2 == pytest.approx(values.mean(), abs=0.1 * half)


@pytest.mark.parametrize("n", [2, 3, 7, 10, 1000])
def test_equal_values_give_their_point(n):
    assert interval([0.1] * n) == Interval(0.1, 0.1, 0.1, 0.95, n)


FINITE = st.floats(-1e12, 1e12, allow_subnormal=False)
SAMPLES = st.lists(FINITE, min_size=2, max_size=6)


@settings(max_examples=40)
@given(SAMPLES, st.integers(0, 5))
def test_any_values_give_ends_within_their_range(values, seed):
    found = interval(values, seed, resamples=100)
    slack = 1e-9 * (max(values) - min(values))
    assert min(values) - slack <= found.low <= found.high <= max(values) + slack


@settings(max_examples=40)
@given(SAMPLES, st.randoms(use_true_random=False))
def test_order_changes_nothing_and_the_sign_turns_it(values, random):
    shuffled = random.sample(values, len(values))
    found, turned = interval(values, resamples=100), interval([-value for value in shuffled], resamples=100)
    assert interval(shuffled, resamples=100) == found
    assert (-turned.point, -turned.high, -turned.low) == (found.point, found.low, found.high)


@settings(max_examples=40)
@given(
    st.lists(st.integers(-1000, 1000), min_size=2, max_size=6), st.integers(-50, 50), st.sampled_from([0.25, 2, 1024])
)
def test_shift_and_scale_carry_over(values, shift, scale):
    plain, moved = interval(values, resamples=100), interval(np.multiply(values, scale) + shift, resamples=100)
    np.testing.assert_allclose(moved[:3], np.multiply(plain[:3], scale) + shift, rtol=1e-9, atol=1e-6 * scale)


@pytest.mark.parametrize(
    "values", [[1e-300, 2e-300, 5e-300], [1e149, -1e149, 3e148], [1.0, 1 + 2e-16, 1.0], [0.0, 5e-324]]
)
def test_extreme_sizes_stay_finite_and_silent(values):
    found = interval(values)
    assert np.isfinite(found).all()
    assert found.low <= found.high


def test_same_generator_same_interval_and_the_global_one_untouched():
    before = np.random.get_state()[1].tolist()  # noqa: NPY002 -- what must stay untouched
    assert interval([1, 2, 4], seed=5) == interval([1, 2, 4], seed=5)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


@pytest.mark.parametrize(
    ("values", "options", "way_out"),
    [
        ([1.0], {}, r"`len\(values\) >= 2` must hold, but got 1; add 1 or more"),
        ([], {}, "add 2 or more"),
        ([1.0, float("nan")], {}, r"values\[1\] = nan; give a diverged run the score of its outcome"),
        ([1.0, float("inf")], {}, r"values\[1\] = inf"),
        ([1.0, 1e200], {}, r"at most 1e\+150"),
        ([[1.0, 2.0]], {}, r"shape is \(1, 2\); pass one row at a time"),
        (["one", "two"], {}, "pass one number per seed"),
        ([1.0, 2.0], {"level": 95}, "`0 < level < 1` must hold, but got 95; usual are"),
        ([1.0, 2.0], {"level": float("nan")}, "but got nan"),
        ([1.0, 2.0], {"resamples": 10}, "`resamples >= 100` must hold, but got 10; raise it by 90"),
        ([1.0, 2.0], {"resamples": 1e4}, "`resamples` must be a whole number, but got 10000.0; pass an int"),
    ],
)
def test_refusals_say_the_way_out(values, options, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        interval(values, **options)


@pytest.mark.parametrize(("n", "documented"), [(10, 0.90), (3, 0.73)])
def test_covers_as_often_as_the_documents_say(n, documented):
    draws = np.random.default_rng(11).normal(size=(600, n))
    found = [interval(values, seed=place) for place, values in enumerate(draws)]
    covered = np.mean([each.low <= 0 <= each.high for each in found])
    assert covered == pytest.approx(documented, abs=0.04)  # 600 draws: two standard errors are 0.025 and 0.036
