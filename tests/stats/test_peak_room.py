"""The room beside a peak, by hand and by its laws."""

from math import inf, log, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import peak_room


def test_a_line_over_the_logarithm_leaves_the_margin_halfway():
    room = peak_room([1, 4, 16], [0.2, 0.0, 0.4], chosen=4, margin=0.1)
    assert (room.lower.held, room.lower.fell) == (1, 4)
    assert room.lower.about == pytest.approx(2)  # half of log 4
    assert room.higher.about == pytest.approx(sqrt(2))  # a quarter
    assert room.factor == room.higher.about
    assert not room.at_least


def test_a_side_ends_at_the_first_fall_whatever_lies_beyond():
    room = peak_room([1, 2, 4, 8], [0.0, 0.0, 1.0, 0.0], chosen=1, margin=0.5)
    assert (room.higher.held, room.higher.fell) == (2, 4)
    assert room.higher.about == pytest.approx(2 * sqrt(2))


def test_where_the_grid_ends_it_is_at_least():
    room = peak_room([0.1, 1, 10], [0.01, 0, 0.02], chosen=1, margin=0.05)
    assert (room.factor, room.at_least) == (pytest.approx(10), True)
    assert room.higher.fell is None
    alone = peak_room([0.1, 1], [0.01, 0], chosen=1, margin=0.05)
    assert (alone.factor, alone.at_least) == (1, True)  # nothing higher was tried
    exact = peak_room([0.5, 1, 10], [0.1, 0, 0.02], chosen=1, margin=0.05)
    assert exact.factor == pytest.approx(sqrt(2))
    assert not exact.at_least  # the side that decides did not end with the grid


def test_next_to_what_learned_nothing_no_line_is_drawn():
    room = peak_room([1, 3, 9], [0, 0.01, inf], chosen=1, margin=0.05)
    assert (room.higher.held, room.higher.about, room.higher.fell) == (3, 3, 9)


@given(st.integers(2, 8), st.integers(0, 7), st.integers(0, 2**32 - 1), st.floats(0.01, 0.3))
def test_about_lies_between_what_held_and_what_fell_and_grows_with_the_margin(peaks, at, seed, margin):
    rng = np.random.default_rng(seed)
    peak_P, fall_P = np.geomspace(0.01, 1, peaks), rng.normal(0.1, 0.2, peaks)
    chosen = float(peak_P[at % peaks])
    fall_P[at % peaks] = 0
    order = rng.permutation(peaks)  # peaks come in any order
    small = peak_room(peak_P[order], fall_P[order], chosen, margin)
    large = peak_room(peak_P, fall_P, chosen, margin * 1.5)
    for side, wider in zip((small.lower, small.higher), (large.lower, large.higher), strict=True):
        assert 1 <= side.held <= side.about * (1 + 1e-12)
        assert side.fell is None or side.about < side.fell * (1 + 1e-12)
        assert wider.about >= side.about * (1 - 1e-12)
        assert wider.held >= side.held


@given(st.floats(1.1, 5.0), st.floats(0.01, 0.09), st.integers(2, 5))
def test_of_a_hill_the_room_lies_between_the_line_and_the_first_fall(step, margin, peaks):
    def fall(factor):
        return 0.1 * log(factor) ** 2 / log(step) ** 2  # a parabola with its top at the chosen peak

    factors = step ** np.arange(peaks)
    room = peak_room(factors, [fall(factor) for factor in factors], 1.0, margin).higher
    truth = step ** sqrt(margin / 0.1)
    assert room.about <= truth * (1 + 1e-9)
    assert truth <= room.fell


@pytest.mark.parametrize(
    ("peaks", "falls", "chosen", "margin", "way_out"),
    [
        ([1, 2], [0, 1], 3, 0.1, "give each peak that was tried"),
        ([1, 1], [0, 1], 1, 0.1, "give each peak that was tried"),
        ([0, 1], [0, 1], 1, 0.1, "give each peak that was tried"),
        ([1, 2], [0, 1], 1, 0.0, "name a fall that would not matter"),
        ([1, 2], [0, 1], 1, inf, "name a fall that would not matter"),
        ([1, 2], [0], 1, 0.1, "pass inf where none is known"),
        ([1, 2], [0, nan], 1, 0.1, "pass inf where none is known"),
    ],
)
def test_slips_are_refused(peaks, falls, chosen, margin, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        peak_room(peaks, falls, chosen, margin)
