"""An e-process for pairs that come without a plan."""

from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import unplanned_p

sizes = st.lists(st.floats(-10, 10), min_size=1, max_size=30)


def test_by_hand() -> None:
    rate = 8 / (2.0**2 * 10)
    values = [(1 + rate * v) ** -0.5 * exp(rate * s**2 / (2 * (1 + rate * v))) for s, v in ((3, 9), (5, 13))]
    assert unplanned_p([3, 2], typical=2.0, expected=10) == pytest.approx(1 / max(1, *values))


@given(sizes, st.floats(0.1, 10), st.integers(1, 50))
def test_never_rises_and_never_below_its_bound(values: list[float], typical: float, expected: int) -> None:
    p = [unplanned_p(values[:n], typical=typical, expected=expected) for n in range(len(values) + 1)]
    assert p[0] == 1
    assert p == sorted(p, reverse=True)
    assert p[-1] >= exp(-len(values) / 2) * (1 - 1e-9)


@given(sizes, st.floats(0.1, 10))
def test_units_and_signs_do_not_matter(values: list[float], unit: float) -> None:
    plain = unplanned_p(values, typical=1.0, expected=10)
    assert unplanned_p([-unit * value for value in values], typical=unit, expected=10) == pytest.approx(plain)


def test_the_average_is_at_most_one_over_all_signs() -> None:
    sizes_N, total = np.array([1.0, 2.0, 0.5, 1.5, 3.0, 1.0, 0.7, 2.0]), 0.0
    rate = 8 / 10
    for pattern in range(2**8):
        sign_N = 1.0 - 2.0 * (pattern >> np.arange(8) & 1)
        s, v = float(sign_N @ sizes_N), float((sizes_N**2).sum())
        total += exp(rate * s**2 / (2 * (1 + rate * v))) / sqrt(1 + rate * v)
    assert total / 2**8 <= 1


def test_looking_after_every_pair_claims_falsely_at_most_one_time_in_twenty() -> None:
    rows = np.random.default_rng(0).standard_normal((2000, 60))
    assert np.mean([unplanned_p(row, typical=1.0, expected=20) < 0.05 for row in rows]) < 0.05


@pytest.mark.parametrize("typical", [0.0, -1.0, float("inf")])
def test_what_is_typical_is_above_zero(typical: float) -> None:
    with pytest.raises(StatisticsError, match="size of a usual difference"):
        unplanned_p([1.0], typical=typical, expected=10)
