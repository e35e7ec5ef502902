from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import permutation_test

from lrlab.errors import StatisticsError
from lrlab.stats import sign_flip_p, smallest_p

WHOLE = st.lists(st.integers(-20, 20), min_size=1, max_size=9)


@pytest.mark.parametrize("n", [2, 5, 9, 12])
def test_exact_equals_scipy(n):
    differences = np.random.default_rng(n).normal(0.4, 1, size=n)
    expected = permutation_test(
        (differences,), np.mean, permutation_type="samples", vectorized=True, n_resamples=np.inf
    ).pvalue
    assert sign_flip_p(differences) == pytest.approx(expected, rel=1e-12)


@given(WHOLE)
def test_exact_equals_counting_every_pattern(differences):
    observed = abs(sum(differences))
    patterns = list(product([-1, 1], repeat=len(differences)))
    far = sum(abs(np.dot(signs, differences)) >= observed for signs in patterns)
    assert sign_flip_p(differences) == far / len(patterns)


@given(WHOLE, st.randoms(use_true_random=False))
def test_ties_survive_float_noise_order_and_sign(differences, random):
    # Tenths are not floats: sums equal on paper differ in their last bits.
    shuffled = random.sample(differences, len(differences))
    assert sign_flip_p(np.array(shuffled) * -0.1) == sign_flip_p(differences)


@given(WHOLE)
def test_bounds(differences):
    assert smallest_p(len(differences)) <= sign_flip_p(differences) <= 1


@pytest.mark.parametrize("n", [1, 2, 3, 8, 20, 33])
def test_one_sign_reaches_the_smallest_p(n):
    assert sign_flip_p(np.arange(1, n + 1), exact_up_to=40) == smallest_p(n)


@pytest.mark.parametrize("n", [1, 4, 30])
def test_no_difference_is_p_one(n):
    assert sign_flip_p(np.zeros(n)) == 1.0


def test_a_sum_of_zero_is_p_one():
    assert sign_flip_p([0.1, 0.2, -0.3]) == 1.0
    assert sign_flip_p([0.1, 0.2, -0.3] * 8, rng=np.random.default_rng(0)) == 1.0


def test_drawn_agrees_with_exact_and_is_never_zero():
    differences = np.random.default_rng(1).normal(0.3, 1, size=24)
    exact, drawn = (sign_flip_p(differences, rng=np.random.default_rng(0), exact_up_to=k) for k in (24, 20))
    assert drawn == pytest.approx(exact, abs=4 * (exact / 99_999) ** 0.5)
    assert sign_flip_p(np.ones(60), rng=np.random.default_rng(0)) == 1 / 100_000


def test_drawn_does_not_depend_on_order_or_sign():
    differences = np.random.default_rng(1).normal(0.3, 1, size=24)
    first, again = (sign_flip_p(d, rng=np.random.default_rng(0)) for d in (differences, -differences[::-1]))
    assert first == again


@pytest.mark.parametrize(
    ("differences", "options", "way_out"),
    [
        ([], {}, "add 1 or more"),
        ([1.0, float("nan")], {}, r"differences\[1\] = nan"),
        (np.ones(21), {}, r"21 > 20 pairs and no rng; pass rng="),
        (np.ones(5), {"exact_up_to": 41}, "`exact_up_to <= 40` must hold, but got 41; lower it"),
        (np.ones(5), {"exact_up_to": -1}, "raise it by 1"),
    ],
)
def test_refusals_say_the_way_out(differences, options, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        sign_flip_p(differences, **options)
