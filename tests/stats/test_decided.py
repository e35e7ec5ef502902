"""The power of a design by the rule that judges it: laws, and the rule itself on simulated studies."""

import re
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import (
    bootstrap_interval,
    fewest_pairs,
    most_comparisons,
    pairs_to_decide,
    power_of_design,
    sign_flip_p,
    smallest_decided_difference,
    smallest_visible_difference,
)

DESIGNS = [(6, 1), (10, 1), (10, 13), (12, 13), (20, 13)]


def claimed_share(effect, n, comparisons, studies):
    """How often the rule itself claims the right arm, at Holm's first step."""
    rng, hits = np.random.default_rng(n + 1000 * comparisons), 0
    for _ in range(studies):
        row = rng.normal(effect, 1, size=n)
        hit = row.mean() > 0 and sign_flip_p(row) * comparisons < 0.05
        hits += bool(hit and bootstrap_interval(row, rng=rng, resamples=1999).low > 0)
    return hits / studies


@pytest.mark.slow
@pytest.mark.parametrize(("n", "comparisons"), DESIGNS)
def test_the_rule_decides_as_often_as_is_promised(n, comparisons):
    studies = 1500
    promised = smallest_decided_difference(1.0, n, comparisons=comparisons)
    # 3 standard errors of both simulations
    assert claimed_share(promised, n, comparisons, studies) == pytest.approx(
        0.8, abs=3 * (0.16 / studies + 8e-5) ** 0.5
    )


def test_with_ten_seeds_and_thirteen_questions_the_t_test_promises_too_much():
    by_t_test = smallest_visible_difference(1.0, 10, comparisons=13)
    assert power_of_design(by_t_test, 10, comparisons=13) == pytest.approx(0.53, abs=0.04)
    assert smallest_decided_difference(1.0, 10, comparisons=13) == pytest.approx(1.98, rel=0.03)
    assert smallest_decided_difference(1.0, 12, comparisons=13) == pytest.approx(1.41, rel=0.03)
    assert smallest_decided_difference(1.0, 10) == pytest.approx(1.01, rel=0.03)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 40), st.integers(1, 60), st.floats(0.1, 3))
def test_more_seeds_and_larger_differences_never_show_less(n, comparisons, effect):
    power = power_of_design(effect, n, comparisons=comparisons)
    assert power_of_design(1.3 * effect, n, comparisons=comparisons) >= power
    assert power_of_design(effect, n + 8, comparisons=comparisons) >= power - 0.01
    assert power_of_design(effect, n, comparisons=comparisons + 1) <= power
    assert power == 0 if comparisons > most_comparisons(n) else power > 0


@pytest.mark.parametrize("comparisons", [1, 13])
def test_the_smallest_difference_falls_with_the_seeds_and_meets_the_t_test_where_it_is_taken_over(comparisons):
    seen = [smallest_decided_difference(2.0, n, comparisons=comparisons) for n in (5, 6, 8, 10, 12, 16, 20, 30, 64, 65)]
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == pytest.approx(seen[-2], rel=0.02)
    assert smallest_decided_difference(1.0, 100) == smallest_visible_difference(1.0, 100)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.3, 2), st.integers(1, 30), st.floats(0.5, 0.95))
def test_pairs_to_decide_have_the_power_and_a_larger_difference_needs_no_more(effect, comparisons, power):
    n = pairs_to_decide(-effect, 1.0, comparisons=comparisons, power=power)
    assert n >= fewest_pairs(comparisons)
    assert power_of_design(effect, n, comparisons=comparisons) >= power
    assert pairs_to_decide(1.5 * effect, 1.0, comparisons=comparisons, power=power) <= n
    assert pairs_to_decide(3 * effect, 3.0, comparisons=comparisons, power=power) == pytest.approx(n, abs=1)


def test_what_no_seeds_decide():
    assert smallest_decided_difference(1.0, 5) == inf
    assert smallest_decided_difference(0.0, 6) == 0.0
    assert smallest_decided_difference(0.0, 5) == inf
    assert power_of_design(99.0, 5) == 0.0
    assert pairs_to_decide(0.001, 1.0) is None
    assert pairs_to_decide(0.3, 1.0, most=40) is None
    assert pairs_to_decide(5.0, 1.0, comparisons=13, most=9) is None
    assert pairs_to_decide(0.5, 0.0, comparisons=13) == 10


@pytest.mark.parametrize(
    ("ask", "way_out"),
    [
        (lambda: power_of_design(-1, 8), "`0 <= effect < inf` must hold, but got -1; pass difference / sd"),
        (lambda: smallest_decided_difference(-1, 8), "`0 <= sd < inf` must hold, but got -1; pass the sd"),
        (lambda: pairs_to_decide(0, 1), "`difference` must be finite and not 0, but got 0; pass one worth knowing"),
        (lambda: pairs_to_decide(1, inf), "`0 <= sd < inf` must hold, but got inf; pass the sd of finite"),
        (lambda: pairs_to_decide(1, 1, power=2), "`0.05 < power < 0.9999` must hold, but got 2"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_way_out(ask, way_out):
    with pytest.raises(StatisticsError, match=re.escape(way_out)):
        ask()


def test_effects_without_end_are_plain():
    assert power_of_design(1e300, 8) == power_of_design(1e9, 8) == 1
    assert pairs_to_decide(0.5, 1e-300) == pairs_to_decide(1e300, 0.8) == 6
