from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import chi2, nct, norm, t

from lrlab.errors import StatisticsError
from lrlab.stats import fewest_pairs, most_comparisons, smallest_p, smallest_visible_difference


@pytest.mark.parametrize(
    ("n", "p", "comparisons"),
    [
        # 2 / 2^n, and the largest m with m p < 0.05, by hand
        (1, 1.0, 0),
        (3, 1 / 4, 0),
        (5, 1 / 16, 0),
        (6, 1 / 32, 1),
        (7, 1 / 64, 3),
        (8, 1 / 128, 6),
        (9, 1 / 256, 12),
        (10, 1 / 512, 25),
        (12, 1 / 2048, 102),
    ],
)
def test_what_n_pairs_can_reach(n, p, comparisons):
    assert smallest_p(n) == p
    assert most_comparisons(n) == comparisons


@pytest.mark.parametrize("asked", [1, 2, 3, 6, 7, 12, 13, 25, 26, 27, 102, 103])
def test_the_fewest_pairs_carry_what_is_asked_and_one_less_does_not(asked):
    n = fewest_pairs(asked)
    assert most_comparisons(n) >= asked > most_comparisons(n - 1)


def test_no_comparison_has_no_fewest_pairs():
    with pytest.raises(StatisticsError, match=r"`comparisons >= 1` must hold, but got 0; raise it by 1"):
        fewest_pairs(0)


def test_a_tie_with_alpha_is_no_claim_and_many_pairs_do_not_overflow():
    assert most_comparisons(5, alpha=0.0625) == 0
    assert most_comparisons(5, alpha=0.125) == 1
    assert most_comparisons(3000) > 10**800
    assert smallest_p(3000) == 0.0


@pytest.mark.parametrize("n", [4, 10, 101, 1000])
@pytest.mark.parametrize("alpha", [0.3, 0.05, 0.005])
@pytest.mark.parametrize("power", [0.4, 0.8, 0.99])
def test_the_stated_power_by_adaptive_integration(n, alpha, power):
    seen = smallest_visible_difference(1.0, n, alpha=alpha, power=power)
    if smallest_p(n) >= alpha:
        assert seen == inf
        return
    df, away, critical = n - 1, seen * n**0.5, t.isf(alpha / 2, n - 1)

    def density(s):  # of the spread found over the true one, times the chance to pass given it
        return 2 * df * s * chi2.pdf(df * s * s, df) * (norm.sf(critical * s - away) + norm.sf(critical * s + away))

    assert quad(density, 0, 8, points=[0.5, 1, 2], epsabs=1e-12)[0] == pytest.approx(power, abs=1e-8)


@pytest.mark.parametrize("n", [6, 10, 38, 101, 1000])
def test_scipys_noncentral_t_finds_the_stated_power(n):
    seen = smallest_visible_difference(1.0, n)
    found = nct.sf(t.isf(0.025, n - 1), n - 1, seen * n**0.5)  # one tail; the other is below 2e-6 and nct's is NaN
    assert found == pytest.approx(0.8, abs=2e-6)


@pytest.mark.parametrize(
    ("difference", "rho", "alpha", "n"),
    [
        (0.1, 0, 0.05, 38),
        (0.2, 0, 0.05, 11),
        (0.3, 0, 0.05, 7),
        (0.1, 0.5, 0.05, 20),
        (0.1, 0, 0.005, 64),
        (0.2, 0, 0.005, 19),
    ],
)
def test_seeds_for_eighty_percent_power(difference, rho, alpha, n):
    # Seeds counted for the paired t test, sigma 0.15, sd = sigma sqrt(2 (1 - rho)): n is the first that suffices.
    sd = 0.15 * (2 * (1 - rho)) ** 0.5
    fewer, enough = (smallest_visible_difference(sd, k, alpha=alpha) for k in (n - 1, n))
    assert enough <= difference < fewer


@pytest.mark.parametrize(("n", "comparisons"), [(10, 1), (10, 7), (16, 28)])
def test_a_simulated_t_test_has_eighty_percent_power(n, comparisons):
    rng, studies = np.random.default_rng(n + comparisons), 20_000
    delta = smallest_visible_difference(0.3, n, comparisons=comparisons)
    differences = rng.normal(delta, 0.3, size=(studies, n))
    statistic = differences.mean(axis=1) / (differences.std(axis=1, ddof=1) / n**0.5)
    share = np.mean(np.abs(statistic) > t.isf(0.05 / comparisons / 2, n - 1))
    assert share == pytest.approx(0.8, abs=3.5 * (0.8 * 0.2 / studies) ** 0.5)


def test_out_of_reach_is_inf_and_no_spread_is_zero():
    assert smallest_visible_difference(0.2, 5) == inf
    assert smallest_visible_difference(0.0, 5) == inf
    assert smallest_visible_difference(0.2, 1) == inf
    assert smallest_visible_difference(0.0, 6) == 0.0
    assert smallest_visible_difference(0.2, 8, comparisons=6) < inf
    assert smallest_visible_difference(0.2, 8, comparisons=7) == inf


@settings(max_examples=40)
@given(st.integers(3, 400), st.integers(1, 60), st.floats(1e-6, 0.4), st.floats(0.41, 0.9997))
def test_laws(n, comparisons, alpha, power):
    def seen(sd=1.0, n=n, comparisons=comparisons, power=power):
        return smallest_visible_difference(sd, n, comparisons=comparisons, alpha=alpha, power=power)

    if comparisons > most_comparisons(n, alpha):
        assert seen() == inf
        return
    assert 0 < seen() < inf
    assert seen(sd=3.0) == pytest.approx(3 * seen(), rel=1e-14)
    assert seen(n=n + 1) < seen() < seen(power=power + 1e-4)
    assert seen(comparisons=comparisons + 1) > seen()


def test_power_barely_above_alpha_needs_hardly_any_difference():
    assert smallest_visible_difference(1.0, 10, alpha=0.05, power=np.nextafter(0.05, 1)) < 1e-3


@pytest.mark.parametrize(
    ("call", "way_out"),
    [
        (lambda: smallest_p(0), "`n >= 1` must hold, but got 0; raise it by 1"),
        (lambda: most_comparisons(8, alpha=5), "`0 < alpha < 1` must hold, but got 5; usual are alpha 0.05"),
        (lambda: smallest_visible_difference(-1, 8), "`0 <= sd < inf` must hold, but got -1; pass the sd of finite"),
        (lambda: smallest_visible_difference(float("nan"), 8), "but got nan"),
        (lambda: smallest_visible_difference(1, 8, comparisons=0), "`comparisons >= 1`"),
        (lambda: smallest_visible_difference(1, 8, power=0.01), "`0.05 < power < 0.9999` must hold, but got 0.01"),
        (lambda: smallest_visible_difference(1, 8, power=1), "but got 1; usual are"),
    ],
)
def test_refusals_say_the_way_out(call, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        call()
