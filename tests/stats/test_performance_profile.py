"""Performance profiles, by hand and by their laws."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import performance_profile

cost = st.one_of(st.floats(0.5, 100), st.just(inf))
costs = st.integers(1, 4).flatmap(
    lambda arms: st.lists(st.lists(cost, min_size=arms, max_size=arms), min_size=1, max_size=6)
)


def test_by_hand():
    found = performance_profile([[10, 20, inf, inf], [20, 20, 30, inf], [40, 90, 45, inf]], farthest=4, steps=4)
    assert found.factors.tolist() == [1, 2, 3, 4]
    assert found.shares.tolist() == [[0.5, 0.5, 0.5, 0.5], [0.5, 0.75, 0.75, 0.75], [0, 0.25, 0.25, 0.5]]
    # Of the third: ratios 4, 4.5 and 1.5, and a seed that nobody finished.
    np.testing.assert_allclose(found.scores, [2 / 4, (2 / 3 + 1 + 1) / 4, (2.5 / 3) / 4])


@given(costs)
def test_profiles_rise_stay_shares_and_have_the_area_that_is_their_score(rows):
    found = performance_profile(np.array(rows).T, steps=3001)
    assert ((found.shares >= 0) & (found.shares <= 1)).all()
    assert (np.diff(found.shares, axis=1) >= 0).all()
    np.testing.assert_allclose(found.shares.mean(axis=1), found.scores, atol=2e-3)
    anyone = np.isfinite(np.array(rows)).any(axis=1).mean()
    assert found.shares[:, 0].sum() >= anyone - 1e-12  # somebody is the fastest wherever anybody arrives


@given(costs, st.floats(0.1, 10))
def test_the_unit_does_not_matter(rows, unit):
    assert performance_profile(np.array(rows).T * unit).scores == pytest.approx(
        performance_profile(np.array(rows).T).scores
    )


@pytest.mark.parametrize(
    ("costs", "way_out"),
    [
        ([1, 2], "give a row per arm"),
        ([[]], "give a row per arm"),
        ([["a"]], "pass inf where none is known"),
        ([[0.0, 1.0]], "pass inf for a miss"),
        ([[nan, 1.0]], "pass inf for a miss"),
    ],
)
def test_what_is_no_cost_is_refused(costs, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        performance_profile(costs)


def test_a_profile_goes_beyond_the_fastest():
    with pytest.raises(StatisticsError, match="4 is usual"):
        performance_profile([[1.0]], farthest=1)
