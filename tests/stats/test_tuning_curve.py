"""Tuning curves: the band's probability exactly, its coverage by simulation."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import order_bounds, order_probability, tuning_band


@given(*[st.floats(0, 1)] * 4)
def test_the_probability_of_two_is_the_area_of_their_region(a, b, c, d):
    (low_1, low_2), (high_1, high_2) = sorted((a, b)), sorted((c, d))
    if low_1 > high_1 or low_2 > high_2:
        return
    # P = 2 int over u in [low_1, high_1] of the length of [max(u, low_2), high_2].
    points = np.unique(np.clip([low_1, low_2, high_2, high_1], low_1, high_1))
    middle, length = (points[1:] + points[:-1]) / 2, np.diff(points)
    area = 2 * float(np.sum(length * np.maximum(high_2 - np.maximum(middle, low_2), 0)))
    assert order_probability([low_1, low_2], [high_1, high_2]) == pytest.approx(area, abs=1e-9)


def test_the_probability_of_one_and_of_no_bounds():
    assert order_probability([0.2], [0.7]) == pytest.approx(0.5)
    assert order_probability([0.0] * 6, [1.0] * 6) == pytest.approx(1.0)
    assert order_probability([0.3] * 6, [1.0] * 6) == pytest.approx(0.7**6)
    assert order_probability([0.0, 0.4], [0.4, 0.4]) == 0.0  # the second would lie on one point


@pytest.mark.parametrize("n", [1, 2, 5, 12, 40])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_bounds_hold_with_the_level_exactly_and_mirror_each_other(n, level):
    low_N, high_N = order_bounds(n, level)
    assert order_probability(low_N, high_N) == pytest.approx(level, abs=1e-9)
    np.testing.assert_allclose(low_N, 1 - high_N[::-1], atol=1e-9)


def test_they_are_narrower_than_the_usual_band_of_a_distribution_at_its_ends():
    low_N, high_N = order_bounds(20)
    usual = np.sqrt(np.log(2 / 0.05) / (2 * 20))  # Dvoretzky, Kiefer, Wolfowitz, with Massart's constant
    assert low_N[-1] > 1 - usual
    assert high_N[0] < usual


def test_the_curve_by_hand():
    # F at the middle one of 3 values is 2/3 in the sample; the best of 1, 2 has its median at 0.5 and 0.707.
    low_N, high_N = order_bounds(3)
    band = tuning_band([3.0, 1.0, 2.0], [1, 2, 3, 100])
    assert band.middle.tolist() == [2.0, 3.0, 3.0, 3.0]
    for k, low, high in zip(band.tries, band.low, band.high, strict=True):
        share = 0.5 ** (1 / k)
        assert high == next((y for y, f in zip([1.0, 2.0, 3.0], low_N, strict=True) if f >= share), inf)
        assert low == next((y for y, f in zip([-inf, 1.0, 2.0], high_N, strict=True) if f >= share), 3.0)


@given(st.lists(st.integers(0, 5).map(float), min_size=1, max_size=15), st.floats(-100, 100))
def test_curves_rise_lie_in_their_band_and_move_with_the_values(values, shift):
    tries = list(range(1, 20))
    band = tuning_band(values, tries)
    assert (np.diff(band.middle) >= 0).all()
    assert (band.low <= band.middle).all()
    assert (band.middle <= band.high).all()
    np.testing.assert_allclose(tuning_band(np.add(values, shift), tries).middle, band.middle + shift)
    turned = tuning_band(np.negative(values), tries, higher_is_better=False)
    assert (turned.middle == -band.middle).all()
    assert (turned.low == -band.high).all()
    assert (turned.high == -band.low).all()


def covered(draw, truth, n, studies, seed):
    """The share of studies whose band holds the true curve at every k."""
    rng, tries = np.random.default_rng(seed), np.arange(1, 31)
    true_K = truth(0.5 ** (1 / tries))
    hits = 0
    for _ in range(studies):
        band = tuning_band(draw(rng, n), tries)
        hits += bool(((band.low <= true_K) & (true_K <= band.high)).all())
    return hits / studies


@pytest.mark.parametrize("n", [5, 20, 60])
def test_the_band_holds_all_of_the_true_curve_in_95_of_100_studies(n):
    """The curve asks F only from one half up, so the band holds more often than the whole of F does."""
    share = covered(lambda rng, n: rng.random(n) ** 3, lambda q: q**3, n, 4000, n)
    assert 0.945 <= share <= 1


def test_steps_of_the_distribution_only_widen_it():
    share = covered(
        lambda rng, n: rng.integers(0, 4, n).astype(float), lambda q: np.ceil(4 * q - 1e-12) - 1, 20, 4000, 1
    )
    assert share >= 0.945


def test_the_bounds_hold_in_95_of_100_samples():
    low_N, high_N = order_bounds(8)
    draw_SN = np.sort(np.random.default_rng(0).random((200_000, 8)), axis=1)
    share = ((low_N <= draw_SN) & (draw_SN <= high_N)).all(axis=1).mean()
    assert share == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 200_000))


@pytest.mark.parametrize(
    ("call", "way_out"),
    [
        (lambda: tuning_band([], [1]), "add 1 or more"),
        (lambda: tuning_band([1.0], [0]), "raise it by 1"),
        (lambda: tuning_band([1.0], [1], level=1.0), "level 0.95"),
        (lambda: tuning_band([0.0] * 201, [1]), "draw fewer values at random"),
        (lambda: order_probability([0.5], [0.4]), "sort them"),
        (lambda: order_probability([0.5, 0.4], [1, 1]), "sort them"),
        (lambda: order_probability([0.5], [1.1]), "sort them"),
        (lambda: order_probability([0.5], [1, 1]), "sort them"),
    ],
)
def test_slips_are_refused(call, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        call()
