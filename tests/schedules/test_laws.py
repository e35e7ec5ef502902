"""What the mathematics promises, for any fields, peak and horizon."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from lrlab.export import torch_lines
from lrlab.schedules import (
    SCHEDULES,
    Horizon,
    Linear,
    Polynomial,
    Rates,
    Sgdr,
    Span,
    Staircase,
    Stretch,
    from_dict,
    parse,
)
from support.pasted import pasted
from support.strategies import COMPOSED, PLAIN, bound, horizons, law, peaks, plain, schedules, spans, warmups

EXACT = {"rtol": 1e-12, "atol": 1e-15}


def shape(rates: Rates) -> np.ndarray:
    """The fractions of the peak at t = 0 .. T."""
    return rates.resolved.shape(np.arange(rates.horizon.updates + 1.0), rates.horizon)


def length(rates: Rates, field: str) -> int:
    return Span.parse(getattr(rates.schedule, field)).updates(rates.horizon)


@law
@given(bound())
def test_rates_are_finite_and_not_negative(rates):
    lr_T = rates(np.arange(2 * rates.horizon.updates))
    assert np.isfinite(lr_T).all()
    assert (lr_T >= 0).all()


@pytest.mark.parametrize("name", sorted(name for name in PLAIN if SCHEDULES[name].highest == "1"))
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_rates_stay_below_the_peak_unless_the_schedule_says_otherwise(name, data):
    rates = data.draw(bound(PLAIN[name]))
    assert (rates.all() <= rates.peak).all()


@law
@given(bound(), peaks)
def test_the_peak_only_scales(rates, peak):
    other = replace(rates, peak=peak)
    if other.resolved == rates.resolved:  # not so where a decay depends on the peak
        np.testing.assert_allclose(other.all() / peak, rates.all() / rates.peak, rtol=1e-14, atol=1e-300)


@law
@given(bound(), st.data())
def test_one_update_and_many_agree(rates, data):
    t = data.draw(st.integers(0, 2 * rates.horizon.updates))
    assert float(rates(t)) == rates(np.arange(2 * rates.horizon.updates + 1))[t]


@law
@given(schedules)
def test_text_and_json_lead_back(schedule):
    assert parse(str(schedule)) == schedule
    assert parse(f"  {schedule}  ".replace("_", "-").replace("=", " = ")) == schedule
    assert from_dict(schedule.to_dict()) == schedule


@law
@given(spans, horizons)
def test_a_span_is_read_back_and_rounded_once(text, horizon):
    span = Span.parse(text)
    assert Span.parse(str(span)) == span
    assert abs(span.updates(horizon) - span.length(horizon)) <= 0.5


FALLING = [
    "constant", "cosine", "exponential", "flat_cosine", "inverse_sqrt", "inverse_time", "knee", "linear", "multi_step",
    "natural_exponential", "polynomial", "power_law", "rex", "seq1", "seq2", "seq3", "step", "wsd",
]  # fmt: skip


@pytest.mark.parametrize("name", FALLING)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_decay_starts_at_the_peak_and_never_rises(name, data):
    fractions = shape(data.draw(bound(PLAIN[name])))
    assert fractions[0] == 1
    assert (np.diff(fractions) <= 1e-15).all()


@pytest.mark.parametrize("name", ["cosine", "flat_cosine", "knee", "linear", "polynomial", "rex", "wsd"])
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_an_open_end_is_reached_at_the_horizon_and_a_closed_one_at_the_last_update(name, data):
    rates = data.draw(bound(PLAIN[name]))
    fractions, floor = shape(rates), getattr(rates.schedule, "floor", 0)
    assert fractions[-1] == floor
    assert fractions[-2] == floor if rates.schedule.end == "closed" else fractions[-2] >= floor


@law
@given(bound(PLAIN["polynomial"]))
def test_a_polynomial_of_power_1_is_linear(rates):
    fields = {"floor": rates.schedule.floor, "end": rates.schedule.end}
    straight = replace(rates, schedule=Linear(**fields))
    np.testing.assert_allclose(shape(replace(rates, schedule=Polynomial(power=1, **fields))), shape(straight), **EXACT)


@law
@given(bound(PLAIN["exponential"]))
def test_exponential_falls_by_gamma_over_every_span(rates):
    fractions, every = shape(rates), length(rates, "every")
    np.testing.assert_allclose(fractions[every:], rates.schedule.gamma * fractions[:-every], rtol=1e-12)


@law
@given(bound(PLAIN["step"]))
def test_step_is_exponential_at_its_cuts_and_flat_between(rates):
    fractions, every = shape(rates), length(rates, "every")
    cuts = np.arange(len(fractions)) % every == 0
    np.testing.assert_allclose(fractions[cuts], rates.schedule.gamma ** np.arange(cuts.sum()), rtol=1e-12)
    assert (np.diff(fractions)[~cuts[1:]] == 0).all()


@law
@given(bound(PLAIN["one_cycle"]))
def test_one_cycle_rises_then_falls_between_its_ends(rates):
    fractions, schedule = shape(rates), rates.schedule
    top = Span.parse(schedule.rise).length(rates.horizon) - 1
    t = np.arange(len(fractions))
    np.testing.assert_allclose(fractions[[0, -2, -1]], [schedule.start, schedule.final, schedule.final], **EXACT)
    assert (np.diff(fractions[t <= top]) >= -1e-15).all()
    falling = t > top if schedule.phases == 2 else (t > top) & (t <= 2 * top)
    assert (np.diff(fractions[falling]) <= 1e-15).all()
    if top == int(top):
        assert fractions[int(top)] == 1


@law
@given(bound(PLAIN["one_cycle"]))
def test_momentum_moves_against_the_rate_between_its_two_values(rates):
    momentum = rates.momentum(np.arange(rates.horizon.updates))
    if not rates.schedule.momenta:
        assert momentum is None
        return
    high, low = rates.schedule.momenta
    np.testing.assert_allclose(momentum[[0, -1]], high, **EXACT)
    assert (momentum >= min(high, low) - 1e-15).all()
    assert (momentum <= max(high, low) + 1e-15).all()


@law
@given(bound(PLAIN["cyclic"]))
def test_cyclic_repeats_from_low_and_rises_for_its_part_of_a_period(rates):
    rates = replace(rates, schedule=replace(rates.schedule, decay="none"))
    fractions, period = shape(rates), length(rates, "period")
    low, rise = rates.schedule.low, rates.schedule.rise
    np.testing.assert_array_equal(fractions[period:], fractions[:-period])
    assert (fractions[::period] == low).all()
    # Triangles: the knots joined by straight lines, sampled at whole updates.
    knots = np.interp(np.arange(period), [0, rise * period, period], [low, 1, low])
    np.testing.assert_allclose(fractions[:period], knots[: len(fractions)], rtol=1e-11, atol=1e-13)


@law
@given(bound(PLAIN["cyclic"]))
def test_the_height_of_a_cycle_falls_as_said(rates):
    steady = shape(replace(rates, schedule=replace(rates.schedule, decay="none"))) - rates.schedule.low
    t, decay = np.arange(len(steady)), rates.schedule.decay
    heights = {"none": 1.0, "halving": 0.5 ** (t // length(rates, "period"))}
    height = heights[decay] if isinstance(decay, str) else decay**t
    np.testing.assert_allclose(shape(rates) - rates.schedule.low, steady * height, rtol=1e-12, atol=1e-15)


@law
@given(bound(PLAIN["sgdr"]))
def test_sgdr_begins_each_cycle_at_its_peak(rates):
    fractions, schedule = shape(rates), rates.schedule
    start, cycle, first = 0.0, 0, length(rates, "first")
    while start <= rates.horizon.updates:
        t, end = int(np.ceil(start)), start + first * schedule.growth**cycle
        if t == start:
            peak = schedule.floor + (1 - schedule.floor) * schedule.decay**cycle
            assert fractions[t] == pytest.approx(peak, rel=1e-12)
        within = fractions[t : int(np.ceil(end))]
        assert (np.diff(within) <= 1e-15).all()
        start, cycle = end, cycle + 1


@law
@given(st.integers(10, 50).map(lambda tenths: Fraction(tenths, 10)), st.integers(1, 10_000), st.integers(1, 7))
@example(Fraction(17, 10), 500, 1)
@example(Fraction(12, 10), 10, 2)
@example(Fraction(11, 10), 100, 3)
@example(Fraction(22, 10), 100, 3)
def test_sgdr_restarts_at_each_whole_update_as_its_exported_code_does(growth, first, cycles):
    schedule = Sgdr(first=f"{first} updates", growth=float(growth), decay=0.9)
    starts = [first * sum(growth**i for i in range(cycle)) for cycle in range(cycles + 1)]
    assume(starts[-1] < 10**5)
    whole = {int(start): 0.9**cycle for cycle, start in enumerate(starts) if start.denominator == 1}
    rates = schedule.bind(peak=1.0, horizon=Horizon(updates=int(starts[-1]) + 1, updates_per_epoch=1))
    np.testing.assert_allclose(rates(list(whole)), list(whole.values()), rtol=1e-9)
    for t, height in whole.items():
        assert rates(t) == pytest.approx(height, rel=1e-9)
    text = torch_lines(schedule, peak=1.0, horizon=rates.horizon, optimizer="sgd", settings={})
    factor = pasted(text)[0]["factor"]
    np.testing.assert_allclose([factor(t) for t in whole], list(whole.values()), rtol=1e-9)


CYCLE = "one_cycle(rise=50%, momenta=[0.95, 0.85])"
MOVING = [
    f"sequence(of=[constant, {CYCLE}], at=[50%])", f"sequence(of=[{CYCLE}, linear, {CYCLE}], at=[30%, 50%])",
    f"sequence(of=[constant, sequence(of=[linear, {CYCLE}], at=[30%])], at=[20%])",
    f"product(of=[sequence(of=[constant, {CYCLE}], at=[50%]), one_cycle(momenta=[0.9, 0.8])])",
    f"product(of=[linear, {CYCLE}])", f"warmup(span=20%)+sequence(of=[constant, {CYCLE}], at=[50%])",
    f"warmup(span=20%, mode=prefix)+sequence(of=[constant, {CYCLE}], at=[50%])",
    f"repeat(of=sequence(of=[constant, {CYCLE}], at=[50%]), every=10 updates)", f"scale(of={CYCLE}, by=2)",
    f"staircase(of=sequence(of=[constant, {CYCLE}], at=[50%]), every=3 updates)",
    f"stretch(of=sequence(of=[constant, {CYCLE}], at=[50%]), length=37 updates)",
    f"floored(of=sequence(of=[{CYCLE}, constant], at=[50%]), floor=0.1)", "sequence(of=[constant, linear], at=[50%])",
]  # fmt: skip


@pytest.mark.parametrize("text", MOVING)
def test_the_momentum_of_an_update_does_not_depend_on_which_others_are_asked_for(text):
    rates = parse(text).bind(peak=0.1, horizon=Horizon(updates=20, updates_per_epoch=5))
    t = np.arange(25)
    together = rates.momentum(t)
    assert (together is None) == ("one_cycle" not in text)
    assert (rates.momentum([]) is None) == (together is None)
    for update in t:
        alone = rates.momentum(update)
        assert (alone is None) == (together is None)
        if together is not None:
            np.testing.assert_array_equal(alone, together[update])


# Curves that have two published names, or are a case of another.
HUNDRED = Horizon(updates=100, updates_per_epoch=10)
SAME = [
    ("natural_exponential(decay=2, every=20%)", f"exponential(gamma={np.exp(-2)}, every=20%)"),
    ("power_law(exponent=0.5)", "inverse_sqrt"),
    ("power_law(exponent=1, timescale=1 updates)", "inverse_time(decay=1)"),
    ("knee(explore=70%)", "wsd(cooldown=30%)"),
    ("knee(explore=70%, end=closed)", "wsd(cooldown=30%, end=closed)"),
    ("flat_cosine(flat=70%, floor=0.1)", "wsd(cooldown=30%, floor=0.1, curve=cosine)"),
    ("cosine_cycles(cycles=4)", "hard_restarts(cycles=4)"),
    ("cosine_cycles(cycles=4)", "repeat(of=cosine, every=25%)"),
    ("cosine_cycles(cycles=5, per=update)", "sgdr(first=20%, growth=1)"),
    ("cosine_cycles(cycles=1)", "cosine"),
    ("seq3", "step(gamma=0.9, every=1 epochs)"),
    ("step(every=25%)", "multi_step(at=[25%, 50%, 75%])"),
    ("multi_step(at=[25%, 50%], gamma=0.5)", "piecewise_constant(at=[25%, 50%], values=[1, 0.5, 0.25])"),
    ("piecewise_linear(at=[100%], values=[1, 0.2])", "linear(floor=0.2)"),
    ("wsd(cooldown=100%)", "linear"),
    ("sequence(of=[constant, linear], at=[70%])", "wsd(cooldown=30%)"),
    ("sequence(of=[cosine, cosine], at=[50%])", "repeat(of=cosine, every=50%)"),
    ("product(of=[linear, linear])", "polynomial"),
    ("stretch(of=cosine, length=30 updates)", "cosine"),
    ("staircase(of=exponential(gamma=0.5, every=20%), every=20%)", "step(gamma=0.5, every=20%)"),
    ("staircase(of=inverse_time(decay=0.01))", "inverse_time(decay=0.01, per=epoch)"),
    ("staircase(of=cosine_cycles)", "cosine_cycles(per=epoch)"),
    ("staircase(of=rex, every=1 updates)", "rex"),
    ("slanted_triangular(rise=20%, ratio=10)", "piecewise_linear(at=[20%, 100%], values=[0.1, 1, 0.1])"),
    ("warmup(span=20%, first=0, mode=product)+constant", "warmup(span=20%, first=0)+constant"),
    ("warmup(span=20%, first=0, start=0.1)+linear", "piecewise_linear(at=[20%, 100%], values=[0.1, 1, 0])"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_curve_under_two_names(one, other):
    # Not at T: where the run has ended, a cycle may begin again or not.
    first, second = (parse(text).bind(peak=1.0, horizon=HUNDRED).all() for text in (one, other))
    np.testing.assert_allclose(first, second, rtol=1e-12, atol=1e-16)


# Written in percentages, with a whole number of updates for each: ten times the budget, the same curve.
STRETCHING = [
    "constant", "cosine", "cosine(power=2, floor=0.1)", "cosine_cycles", "cyclic", "cyclic(decay=halving)",
    "exponential", "flat_cosine", "hard_restarts", "inverse_sqrt", "knee", "linear", "multi_step",
    "natural_exponential", "piecewise_constant", "piecewise_linear", "polynomial", "power_law", "rex",
    "sgdr(first=10%, decay=0.5)", "slanted_triangular", "step", "tanh", "wsd", "wsd(curve=1-sqrt)",
    "warmup(first=0)+cosine", "sequence(of=[constant, rex], at=[30%])", "repeat(of=cosine, every=20%)",
    "product(of=[linear, step])", "scale(of=linear, by=0.5)", "floored(of=linear, floor=0.1)",
    "staircase(of=cosine, every=20%)",
]  # fmt: skip


@pytest.mark.parametrize("text", STRETCHING)
def test_another_budget_keeps_the_shape(text):
    short = parse(text).bind(peak=1.0, horizon=HUNDRED).all()
    long = parse(text).bind(peak=1.0, horizon=Horizon(updates=1000, updates_per_epoch=100)).all()
    np.testing.assert_allclose(long[::10], short, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("name", sorted(SCHEDULES.keys() - {"stretch"}))
@settings(deadline=None, max_examples=20)
@given(data=st.data(), times=st.integers(2, 5))
def test_a_stretched_schedule_keeps_its_shape(name, data, times):
    rates = data.draw(bound((PLAIN | COMPOSED)[name]))
    updates = rates.horizon.updates
    stretched = Stretch(of=rates.schedule, length=f"{updates} updates")
    longer = replace(rates, schedule=stretched, horizon=replace(rates.horizon, updates=times * updates))
    np.testing.assert_allclose(longer.all()[::times], rates.all(), rtol=1e-13)


@law
@given(bound(st.builds(Staircase, of=plain, every=spans)))
def test_a_staircase_holds_what_the_schedule_has_at_the_first_update_of_a_span(rates):
    fractions, every = shape(rates), length(rates, "every")
    alone = shape(replace(rates, schedule=rates.schedule.of))
    np.testing.assert_array_equal(fractions, np.repeat(alone[::every], every)[: len(fractions)])


@law
@given(bound(COMPOSED["sequence"]))
def test_each_part_of_a_sequence_plays_as_if_alone(rates):
    fractions, schedule = shape(rates)[:-1], rates.resolved
    knots = [0, *(Span.parse(span).updates(rates.horizon) for span in schedule.at), rates.horizon.updates]
    for part, start, end in zip(schedule.of, knots[:-1], knots[1:], strict=True):
        own = Horizon(updates=end - start, updates_per_epoch=rates.horizon.updates_per_epoch)
        np.testing.assert_array_equal(fractions[start:end], part.shape(np.arange(end - start, dtype=float), own))


@law
@given(bound(COMPOSED["product"]))
def test_a_product_is_the_product(rates):
    alone = [shape(replace(rates, schedule=factor)) for factor in rates.schedule.of]
    np.testing.assert_allclose(shape(rates), np.prod(alone, axis=0), rtol=1e-12, atol=1e-300)


@law
@given(bound(warmups))
def test_a_warmup_rises_to_its_schedule_which_then_plays_as_if_alone(rates):
    fractions, warmup = shape(rates), rates.resolved
    updates, total = length(rates, "span"), rates.horizon.updates
    left = total - updates if warmup.mode == "included" else total
    after = replace(rates.horizon, updates=left)
    begin = updates if warmup.mode == "product" else 0
    t = np.arange(begin, begin + total + 1 - updates, dtype=float)
    np.testing.assert_array_equal(fractions[updates:], warmup.then.shape(t, after))
    place = {"1/(W+1)": 1 / (updates + 1), "1/W": 1 / updates, "0": 0}[warmup.first]
    divisor = updates + (warmup.first == "1/(W+1)")
    come = {
        "linear": place,
        "cosine": (1 - np.cos(np.pi * place)) / 2,
        "log": np.log(1 + place * divisor) / np.log(1 + divisor),
    }[warmup.curve]
    first = warmup.then.shape(np.zeros(1), after)[0]
    np.testing.assert_allclose(fractions[0], (warmup.start + (1 - warmup.start) * come) * first, rtol=1e-11, atol=1e-15)
    if warmup.mode != "product":
        assert (np.diff(fractions[: updates + 1]) >= -1e-12).all()
