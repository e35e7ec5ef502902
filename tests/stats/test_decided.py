"""The power of a design by the rule that judges it: laws, and the rule itself on simulated studies."""

import re
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import (
    fewest_pairs,
    max_t,
    most_comparisons,
    pairs_to_decide,
    power_of_design,
    sign_flip_p,
    smallest_decided_difference,
    smallest_visible_difference,
)

DESIGNS = [(6, 8), (8, 3), (10, 2), (10, 8), (12, 8), (12, 14), (20, 8), (30, 3)]


def claimed_share(effect, n, arms, studies):
    """How often max-T claims that the leader is better than an arm that is worse by so much: a study's questions."""
    rng, hits = np.random.default_rng([n, arms]), 0
    for _ in range(studies):
        scores = rng.normal(size=(arms, n)) / 2**0.5
        rows = [scores[0] - other for other in scores[1:]] + [other - scores[1] for other in scores[2:]]
        rows[-arms // 2 if arms > 2 else 0] += effect  # of one question, whichever it is
        adjusted = max_t(rows, rng=rng)[-arms // 2 if arms > 2 else 0]
        hits += adjusted < 0.05
    return hits / studies


@pytest.mark.slow
@pytest.mark.parametrize(("n", "arms"), DESIGNS)
def test_the_rule_decides_as_often_as_is_promised(n, arms):
    studies = 400 if n < 20 else 150
    promised = smallest_decided_difference(1.0, n, comparisons=max(1, 2 * arms - 3))
    # 3 standard errors, and what is promised on the safe side
    assert claimed_share(promised, n, arms, studies) - 0.8 + 3 * (0.16 / studies) ** 0.5 >= -0.03
    assert claimed_share(promised, n, arms, studies) - 0.8 <= 0.03 + 3 * (0.16 / studies) ** 0.5


@pytest.mark.parametrize(("n", "comparisons"), [(6, 1), (10, 1), (10, 7), (10, 13), (10, 25), (9, 12), (12, 13)])
def test_holms_first_step_decides_as_often_as_is_promised(n, comparisons):
    promised = smallest_decided_difference(1.0, n, comparisons=comparisons, shared=False)
    rows = np.random.default_rng(n).normal(promised, 1, size=(800, n))
    found = np.mean([sign_flip_p(row) * comparisons < 0.05 and row.mean() > 0 for row in rows])
    assert found == pytest.approx(0.8, abs=0.03 + 3 * (0.16 / 800) ** 0.5)


def test_flips_that_questions_share_see_more_than_holm_where_seeds_are_few():
    holm = [smallest_decided_difference(1.0, n, comparisons=13, shared=False) for n in (9, 10, 12, 30)]
    shared = [smallest_decided_difference(1.0, n, comparisons=13) for n in (9, 10, 12, 30)]
    assert holm[0] == inf
    assert shared[0] < 2
    assert holm[1] > 1.25 * shared[1]
    assert holm[3] == pytest.approx(shared[3], rel=0.01)
    assert shared[1] == pytest.approx(1.5, abs=0.06)  # by simulation of the rule: 1.50
    assert shared[2] == pytest.approx(1.32, abs=0.05)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 40), st.integers(1, 60), st.floats(0.1, 3))
def test_more_seeds_and_larger_differences_never_show_less(n, comparisons, effect):
    power = power_of_design(effect, n, comparisons=comparisons)
    assert power_of_design(1.3 * effect, n, comparisons=comparisons) >= power
    assert power_of_design(effect, n + 8, comparisons=comparisons) >= power - 0.01
    assert power_of_design(effect, n, comparisons=comparisons + 1) <= power
    assert power == 0 if n < 6 else power > 0
    holm = power_of_design(effect, n, comparisons=comparisons, shared=False)
    assert holm == 0 if comparisons > most_comparisons(n) else 0 < holm <= power + 1e-9


@pytest.mark.parametrize("comparisons", [1, 13])
def test_the_smallest_difference_falls_with_the_seeds_and_meets_the_t_test_where_it_is_taken_over(comparisons):
    seen = [smallest_decided_difference(2.0, n, comparisons=comparisons) for n in (5, 6, 8, 10, 12, 16, 20, 30, 64, 65)]
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == pytest.approx(seen[-2], rel=0.02)
    assert smallest_decided_difference(1.0, 100) == pytest.approx(smallest_visible_difference(1.0, 100), rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.3, 2), st.integers(1, 30), st.floats(0.5, 0.95))
def test_pairs_to_decide_have_the_power_and_a_larger_difference_needs_no_more(effect, comparisons, power):
    n = pairs_to_decide(-effect, 1.0, comparisons=comparisons, power=power)
    assert n >= fewest_pairs(1)
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
    assert pairs_to_decide(5.0, 1.0, comparisons=13, most=5) is None
    assert pairs_to_decide(0.5, 0.0, comparisons=13) == 6


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
