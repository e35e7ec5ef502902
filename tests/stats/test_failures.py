"""How many runs may fail, by scipy; and which have fallen behind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from lrlab.errors import StatisticsError
from lrlab.stats import failure_bound, fallen_behind


@given(st.integers(1, 60), st.data(), st.floats(0.5, 0.99))
def test_the_bound_is_scipys_and_what_it_says(runs, data, level):
    failed = data.draw(st.integers(0, runs))
    found = failure_bound(failed, runs, level=level)
    one_sided = binomtest(failed, runs, alternative="less").proportion_ci(level, method="exact").high
    assert found == pytest.approx(one_sided, abs=1e-9)
    if failed < runs:
        assert binom.cdf(failed, runs, found) == pytest.approx(1 - level, abs=1e-9)
        assert failure_bound(failed + 1, runs, level=level) > found


def test_ten_runs_that_all_went_well_still_allow_a_quarter():
    assert failure_bound(0, 10) == pytest.approx(1 - 0.05**0.1, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "way_out"),
    [
        (lambda: failure_bound(3, 2), "`failed <= runs` must hold, but got 3 of 2; count each run once"),
        (lambda: failure_bound(-1, 2), "`failed >= 0` must hold"),
        (lambda: failure_bound(0, 0), "`runs >= 1` must hold"),
        (lambda: failure_bound(0, 5, level=1), "`0 < level < 1` must hold"),
        (lambda: fallen_behind([1, np.inf], higher_is_better=True), "values\\[1\\] = inf"),
    ],
)
def test_refusals_say_the_way_out(call, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        call()


def behind(values, higher_is_better=True):
    return fallen_behind(values, higher_is_better=higher_is_better).tolist()


@given(st.lists(st.floats(-100, 100), max_size=20), st.randoms(use_true_random=False))
def test_laws(values, random):
    found, order = behind(values), random.sample(range(len(values)), len(values))
    assert behind([-value for value in values], higher_is_better=False) == found
    assert behind([values[place] for place in order]) == [found[place] for place in order]
    assert behind([8 * value for value in values]) == found
    assert 2 * sum(found) <= len(values)


def test_a_collapse_is_found_and_what_is_merely_low_is_not():
    steady = [0.95, 0.94, 0.96, 0.95, 0.93, 0.955, 0.945, 0.94, 0.952]
    assert behind([*steady, 0.31]) == [False] * 9 + [True]
    assert not any(behind([*steady, 0.90]))
    assert not any(behind([0.95, 0.94, 0.96, 0.1]))  # of so few nothing says how far is far
    assert not any(behind([0.9] * 8 + [0.1]))  # nor where half are equal


def test_normal_and_skewed_arms_stay_whole():
    rng = np.random.default_rng(0)
    for draw in (rng.normal, lambda size: -rng.gamma(2, size=size)):
        flagged = np.mean([fallen_behind(row, higher_is_better=True) for row in draw(size=(2000, 10))])
        assert flagged <= 0.002
