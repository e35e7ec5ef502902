from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import best_epoch, convergence, epochs_to, settled, stability

CENTS = st.integers(-200, 200).map(lambda cents: cents / 100)
CURVES = st.lists(CENTS | st.just(nan), min_size=1, max_size=12)
WITHIN = st.integers(0, 50).map(lambda cents: cents / 100)


@pytest.mark.parametrize(
    ("scores", "target", "first"),
    [
        ([0.2, 0.5, 0.4, 0.6], 0.5, 2),
        ([0.2, 0.5, 0.4, 0.6], 0.2, 1),
        ([0.2, 0.5, 0.4, 0.6], 0.61, 5),
        ([nan, 0.5, nan, 0.6], 0.5, 2),
        ([0.2, nan, 0.6], 0.5, 3),
        ([nan, nan], 0.1, 3),
        ([0.7], 0.7, 1),
    ],
)
def test_epochs_to_a_target(scores, target, first):
    assert epochs_to(scores, target) == first
    assert epochs_to(np.negative(scores), -target, higher_is_better=False) == first


@pytest.mark.parametrize(
    ("scores", "within", "first"),
    [
        ([0.5, 0.61, 0.615, 0.62, 0.60], 0.005, 3),  # 0.62 - 0.615 is above 0.005 in floats
        ([0.5, 0.61, 0.615, 0.62, 0.60], 0.0, 4),
        ([0.5, 0.61, 0.615, 0.62, 0.60], 1.0, 1),
        ([nan, 0.62, 0.62], 0.0, 2),
        ([nan, nan], 0.1, 3),
    ],
)
def test_convergence_is_to_the_best(scores, within, first):
    assert convergence(scores, within) == first
    assert convergence(np.negative(scores), within, higher_is_better=False) == first


@pytest.mark.parametrize(
    ("scores", "within", "first"),
    [
        ([0.5, 0.61, 0.55, 0.615, 0.62], 0.01, 4),
        ([0.63, 0.62, 0.615, 0.62], 0.01, 1),  # 0.63 - 0.62 is above 0.01 in floats
        ([0.62, 0.70, 0.62], 0.01, 3),
        ([0.5, 0.62, nan, 0.62, nan], 0.01, 2),
        ([0.5, nan, 0.62], 0.01, 3),
        ([nan], 0.01, 2),
    ],
)
def test_settled_looks_back_from_the_end(scores, within, first):
    assert settled(scores, within) == first


def test_best_epoch_is_the_first_of_the_lowest():
    assert best_epoch([2.0, 1.1, 1.3, 1.1]) == 2
    assert best_epoch([nan, 3.0, nan, 2.0]) == 4
    assert best_epoch([nan, nan]) == 3


@pytest.mark.parametrize(
    ("losses", "spread"),
    [
        ([9.0, 5.0, 2.0, 1.0, 0.5], np.std([-3, -1, -0.5], ddof=1)),  # epochs 3, 4 and 5 of 5
        ([9.0, 5.0, 2.0, 1.0], np.std([-3, -1], ddof=1)),  # epochs 3 and 4 of 4
        ([9.0, 5.0, 2.0], np.std([-4, -3], ddof=1)),
        ([9.0, 5.0, 4.0, 6.0, nan, 1.0, 2.0, 0.0], np.std([1, -2], ddof=1)),
        ([9.0, 1.0, 0.9, 0.8], 0.0),
    ],
)
def test_stability_by_hand(losses, spread):
    assert stability(losses) == pytest.approx(spread, abs=1e-12)


@pytest.mark.parametrize("losses", [[1.0], [2.0, 1.0], [nan] * 6, [3.0, nan, 2.0, nan, 1.0, nan]])
def test_stability_needs_two_changes(losses):
    assert isnan(stability(losses))


@given(CURVES, CENTS, WITHIN)
def test_as_a_plain_loop_finds_them(scores, target, within):
    measured = [(epoch, score) for epoch, score in enumerate(scores, 1) if not isnan(score)]
    none, values = len(scores) + 1, [score for _, score in measured]
    near = within + 1e-9
    assert epochs_to(scores, target) == min((e for e, s in measured if s >= target), default=none)
    assert convergence(scores, within) == min((e for e, s in measured if max(values) - s <= near), default=none)
    assert best_epoch(scores) == min((e for e, s in measured if s == min(values)), default=none)
    tail = none
    for epoch, score in reversed(measured):
        if abs(score - values[-1]) > near:
            break
        tail = epoch
    assert settled(scores, within) == tail


@given(CURVES, CENTS, CENTS)
def test_a_harder_target_is_not_reached_sooner(scores, one, other):
    assert epochs_to(scores, min(one, other)) <= epochs_to(scores, max(one, other)) <= len(scores) + 1


@given(CURVES, WITHIN, WITHIN)
def test_a_wider_margin_is_not_reached_later(scores, one, other):
    for found in (convergence, settled):
        assert 1 <= found(scores, max(one, other)) <= found(scores, min(one, other))


@given(st.lists(CENTS, min_size=3, max_size=12), CENTS, CENTS, st.sampled_from([-2.0, 0.5, 4.0]))
def test_a_straight_fall_is_no_jump_and_scale_carries_over(losses, level, slope, scale):
    line = level + slope * np.arange(len(losses))
    assert stability(np.multiply(losses, scale) + line) == pytest.approx(abs(scale) * stability(losses), abs=1e-9)
    assert stability(line) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("ask", [lambda curve: epochs_to(curve, 0.5), convergence, settled, best_epoch, stability])
@pytest.mark.parametrize(
    ("curve", "way_out"),
    [
        ([], "got 0; add 1 or more"),
        ([0.5, inf], r"\[1\] = inf; give a diverged run the score of its outcome"),
        ([[0.5]], r"shape is \(1, 1\); pass one row at a time"),
        (["high"], "must be a plain list of numbers"),
    ],
)
def test_curves_that_are_none(ask, curve, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        ask(curve)


@pytest.mark.parametrize("target", [nan, inf])
def test_targets_that_are_none(target):
    with pytest.raises(StatisticsError, match="name a score that a trial can reach"):
        epochs_to([0.5], target)


@pytest.mark.parametrize("within", [-0.1, nan, inf])
@pytest.mark.parametrize("ask", [convergence, settled])
def test_margins_that_are_none(ask, within):
    with pytest.raises(StatisticsError, match=r"`0 <= within < inf` must hold, but got .*; usual are 0.005"):
        ask([0.5], within)
