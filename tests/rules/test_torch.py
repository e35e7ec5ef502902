"""Plateau against torch's own scheduler, on values where both mean the same."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrlab.rules import Plateau, simulate
from lrlab.schedules import Constant, Horizon
from support.strategies import law

FACTORS = st.sampled_from([0.1, 0.5, 0.9])


def theirs(values, goal, mode, factor, patience, threshold, cooldown, floor):
    """The rate before each value, from a scheduler that is stepped once an epoch."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, goal, factor, patience, threshold, mode, cooldown, floor, eps=0
    )
    rates = []
    for value in values:
        rates.append(optimizer.param_groups[0]["lr"])
        scheduler.step(value)
    return rates


@law
@given(
    # Grids of values, as accuracies are, and thresholds on them and between their steps: ties come out as torch's too.
    st.sampled_from([4, 100, 1000]).flatmap(
        lambda steps: st.lists(st.integers(1, 40).map(lambda value: value / steps), min_size=2, max_size=60)
    ),
    st.sampled_from(["min", "max"]),
    st.sampled_from(
        [("relative", 1e-4), ("relative", 0.0301), ("relative", 0.5), ("absolute", 0.6), ("absolute", 0.0),
         ("absolute", 0.01), ("absolute", 0.001), ("absolute", 0.25)]
    ),
    FACTORS, st.integers(0, 4), st.integers(0, 3), st.sampled_from([0.0, 0.07]),
)  # fmt: skip
def test_positive_values_cut_where_torch_cuts(values, goal, threshold, factor, patience, cooldown, floor):
    mode, size = threshold
    rule = Plateau(
        goal=goal, threshold_mode=mode, threshold=size, factor=factor, patience=patience, cooldown=cooldown,
        floor=floor, then=Constant(),
    )  # fmt: skip
    ours = simulate(rule, values, peak=1.0, horizon=Horizon(updates=len(values), updates_per_epoch=1))
    short = {"relative": "rel", "absolute": "abs"}[mode]
    expected = theirs(values, goal, short, factor, patience, size, cooldown, floor)
    np.testing.assert_allclose(ours, expected, rtol=1e-12)


@pytest.mark.parametrize(("goal", "values"), [("min", [-2.0, -1.95, -1.9, -1.85]), ("max", [-2.0, -2.05, -2.1, -2.15])])
def test_negative_values_that_worsen_cut_here_and_not_in_torch(goal, values):
    # With a threshold of 0.1, torch asks for less than -2 x 0.9 = -1.8 (or, growing, for more than -2 x 1.1 = -2.2).
    rule = Plateau(goal=goal, patience=0, threshold=0.1, then=Constant())
    ours = simulate(rule, values, peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=1))
    np.testing.assert_allclose(ours, [1, 1, 0.1, 0.01])
    assert theirs(values, goal, "rel", 0.1, 0, 0.1, 0, 0) == [1, 1, 1, 1]


@pytest.mark.parametrize("goal", ["min", "max"])
@pytest.mark.parametrize("threshold", [0.01, 0.001])
def test_a_gain_of_exactly_the_threshold_is_better_where_torch_says_so(goal, threshold):
    rule = Plateau(goal=goal, threshold_mode="absolute", threshold=threshold, patience=0, then=Constant())
    sign = 1 if goal == "max" else -1
    for step in range(100):
        values = [step * threshold, (step + sign) * threshold, 0.0]
        ours = simulate(rule, values, peak=1.0, horizon=Horizon(updates=3, updates_per_epoch=1))
        np.testing.assert_allclose(ours, theirs(values, goal, "abs", 0.1, 0, threshold, 0, 0), rtol=1e-12)


@pytest.mark.parametrize("goal", ["min", "max"])
def test_the_first_value_is_the_best_at_a_threshold_of_1(goal):
    rule = Plateau(goal=goal, threshold=1.0, patience=0, then=Constant())
    ours = simulate(rule, [1.0, 0.9, 0.9], peak=1.0, horizon=Horizon(updates=3, updates_per_epoch=1))
    np.testing.assert_allclose(ours, [1, 1, 0.1])
