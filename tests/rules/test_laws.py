"""What every rule promises, for any fields, losses, peaks and horizon."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import LabError
from lrlab.rules import ByCutoff, ByEpoch, ByOscillation, Plateau, from_dict, parse, parse_rule, simulate
from lrlab.schedules import Horizon
from support.strategies import law, peaks, schedules

small = st.floats(1e-6, 1)
RULES = {
    "by_cutoff": st.builds(ByCutoff, cutoff=st.floats(1e-3, 10), shrink=small, then=schedules),
    "by_epoch": st.builds(ByEpoch, then=schedules),
    "by_oscillation": st.builds(ByOscillation, then=schedules),
    "plateau": st.builds(
        Plateau,
        factor=small,
        patience=st.integers(0, 4),
        threshold=st.floats(0, 1),
        threshold_mode=st.sampled_from(["relative", "absolute"]),
        cooldown=st.integers(0, 4),
        goal=st.sampled_from(["min", "max"]),
        floor=st.floats(0, 1),
        then=schedules,
    ),
}
rules = st.one_of(*RULES.values())
horizons = st.builds(Horizon, updates=st.integers(40, 90), updates_per_epoch=st.integers(2, 8))
numbers = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 0.5, 0.5001, 1.0, np.nan]))


@st.composite
def runs(draw, *names):
    """A rule (of these names), a horizon it fits, and losses of three trials, any number at all among them."""
    horizon = draw(horizons)
    loss_KE = draw(
        st.lists(st.lists(numbers, min_size=horizon.epochs, max_size=horizon.epochs), min_size=3, max_size=3)
    )
    return draw(RULES[draw(st.sampled_from(names or sorted(RULES)))]), horizon, np.array(loss_KE)


@law
@given(runs(), st.tuples(peaks, peaks, peaks))
def test_alone_equals_together_to_the_bit(run, three):
    rule, horizon, loss_KE = run
    together = simulate(rule, loss_KE, peak=three, horizon=horizon)
    for k in range(3):
        np.testing.assert_array_equal(together[k], simulate(rule, loss_KE[k], peak=three[k], horizon=horizon))


@law
@given(runs(), peaks)
def test_rates_are_finite_and_between_0_and_the_highest_of_its_schedule(run, peak):
    rule, horizon, loss_KE = run
    highest = rule.then.bind(peak=peak, horizon=horizon)(np.arange(horizon.updates + 1)).max()
    rates = simulate(rule, loss_KE, peak=peak, horizon=horizon)
    assert rates.shape == (3, horizon.updates)
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()
    assert (rates <= highest).all()


@law
@given(runs())
def test_only_the_past_matters(run):
    """A loss changes no rate of its own epoch or of one before."""
    rule, horizon, loss_KE = run
    rates = simulate(rule, loss_KE, peak=1.0, horizon=horizon)
    for epoch in range(horizon.epochs):
        other = loss_KE.copy()
        other[:, epoch:] = 7.0
        used = slice((epoch + 1) * horizon.updates_per_epoch)
        np.testing.assert_array_equal(simulate(rule, other, peak=1.0, horizon=horizon)[:, used], rates[:, used])


@law
@given(runs(), st.data())
def test_a_resume_at_any_epoch_goes_on_to_the_bit(run, data):
    rule, horizon, loss_KE = run
    drive = rule.bind(peak=[0.1, 0.2, 0.3], horizon=horizon)
    whole = drive.replay(loss_KE)
    stop = data.draw(st.integers(0, horizon.epochs - 1))
    state = drive.init()
    for epoch in range(stop):
        state = drive.update(state, loss_KE[:, epoch], epoch)
    state = rule.state_from_dict(json.loads(json.dumps(rule.state_to_dict(state), allow_nan=False)))
    for epoch in range(stop, horizon.epochs):
        np.testing.assert_array_equal(drive.row(state, epoch), whole[:, drive.updates(epoch)])
        state = drive.update(state, loss_KE[:, epoch], epoch)


@law
@given(rules)
def test_text_and_json_lead_back(rule):
    assert parse_rule(str(rule)) == rule
    assert parse(f"  {rule}  ".replace("_", "-").replace("=", " = ").replace("+", " + ")) == rule
    assert from_dict(json.loads(json.dumps(rule.to_dict()))) == rule


@law
@given(st.text(alphabet="by_epochcutfplateau+constant (cutoff=0.1,patience=2)'\" \n", max_size=50))
def test_any_text_is_read_or_refused(text):
    try:
        plan = parse(text)
    except LabError:
        return
    assert parse(str(plan)) == plan


@law
@given(runs("by_cutoff", "by_oscillation"))
def test_a_position_moves_by_one_at_most_and_never_back(run):
    rule, horizon, loss_KE = run
    drive = rule.bind(peak=[1.0] * 3, horizon=horizon)
    state = drive.init()
    for epoch in range(horizon.epochs):
        moved = drive.update(state, loss_KE[:, epoch], epoch)
        step = moved.position - state.position
        assert np.isin(step, (0, 1)).all()
        assert epoch >= drive.first_watched + 1 or not step.any()  # two losses are needed
        state = moved


@law
@given(runs("plateau"))
def test_a_plateau_never_raises_its_factor_and_keeps_the_best(run):
    rule, horizon, loss_KE = run
    drive = rule.bind(peak=[1.0] * 3, horizon=horizon)
    state, sign = drive.init(), 1 if rule.goal == "min" else -1
    for epoch in range(horizon.epochs):
        moved = drive.update(state, loss_KE[:, epoch], epoch)
        assert (moved.scale <= state.scale).all()
        assert (moved.scale >= rule.floor).all()
        assert (sign * moved.best <= sign * state.best).all()
        assert (moved.stale <= rule.patience).all()
        state = moved


@pytest.mark.parametrize("sign", [1, -1])
@law
@given(values=st.lists(st.integers(-50, 50), min_size=5, max_size=40), patience=st.integers(0, 3))
def test_a_plateau_of_a_value_and_of_its_negative_are_mirrored(sign, values, patience):
    horizon = Horizon(updates=len(values), updates_per_epoch=1)
    lower, higher = (
        simulate(
            parse_rule(f"plateau(patience={patience}, threshold=0.05, goal={goal})+constant"),
            np.array(values) * flip,
            peak=1.0,
            horizon=horizon,
        )
        for goal, flip in (("min", sign), ("max", -sign))
    )
    np.testing.assert_array_equal(lower, higher)
