"""What the mathematics promises, for any fields, peak and horizon."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.schedules import Horizon, Linear, Polynomial, Rates, Span, from_dict, parse
from lrlab.testing.strategies import PLAIN, bound, horizons, law, peaks, schedules, spans, warmups

EXACT = {"rtol": 1e-12, "atol": 1e-15}


def shape(rates: Rates) -> np.ndarray:
    """The fractions of the peak at t = 0 .. T."""
    return rates.schedule.shape(np.arange(rates.horizon.updates + 1.0), rates.horizon)


def length(rates: Rates, field: str) -> int:
    return Span.parse(getattr(rates.schedule, field)).updates(rates.horizon)


@law
@given(bound())
def test_rates_stay_between_nothing_and_the_peak(rates):
    lr_T = rates(np.arange(rates.horizon.updates + 1))
    assert np.isfinite(lr_T).all()
    assert (lr_T >= 0).all()
    assert (lr_T <= rates.peak).all()


@law
@given(bound(), peaks)
def test_the_peak_only_scales(rates, peak):
    np.testing.assert_allclose(replace(rates, peak=peak).all() / peak, rates.all() / rates.peak, rtol=1e-14)


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


@pytest.mark.parametrize("name", ["constant", "cosine", "exponential", "linear", "polynomial", "step"])
@law
@given(data=st.data())
def test_a_decay_starts_at_the_peak_and_never_rises(name, data):
    fractions = shape(data.draw(bound(PLAIN[name])))
    assert fractions[0] == 1
    assert (np.diff(fractions) <= 1e-15).all()


@pytest.mark.parametrize("name", ["cosine", "linear", "polynomial"])
@law
@given(data=st.data())
def test_an_open_end_is_reached_at_the_horizon_and_a_closed_one_at_the_last_update(name, data):
    rates = data.draw(bound(PLAIN[name]))
    fractions, floor = shape(rates), rates.schedule.floor
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
    assert fractions[0] == schedule.start
    assert (fractions[-2:] == schedule.final).all()
    assert (np.diff(fractions[t <= top]) >= -1e-15).all()
    assert (np.diff(fractions[t > top]) <= 1e-15).all()
    if top == int(top):
        assert fractions[int(top)] == 1


@law
@given(bound(PLAIN["cyclic"]))
def test_cyclic_repeats_from_low_and_rises_for_its_part_of_a_period(rates):
    fractions, period = shape(rates), length(rates, "period")
    low, rise = rates.schedule.low, rates.schedule.rise
    np.testing.assert_array_equal(fractions[period:], fractions[:-period])
    assert (fractions[::period] == low).all()
    # Triangles: the knots joined by straight lines, sampled at whole updates.
    knots = np.interp(np.arange(period), [0, rise * period, period], [low, 1, low])
    np.testing.assert_allclose(fractions[:period], knots[: len(fractions)], rtol=1e-11, atol=1e-13)


@law
@given(bound(warmups))
def test_a_warmup_rises_to_its_schedule_which_then_plays_as_if_alone(rates):
    fractions, warmup = shape(rates), rates.schedule
    updates = length(rates, "span")
    left = Horizon(updates=rates.horizon.updates - updates, updates_per_epoch=rates.horizon.updates_per_epoch)
    alone = shape(warmup.then.bind(peak=1.0, horizon=left))
    np.testing.assert_array_equal(fractions[updates:], alone)
    assert (np.diff(fractions[: updates + 1]) >= -1e-15).all()
    first = {"1/(W+1)": 1 / (updates + 1), "1/W": 1 / updates, "0": 0}[warmup.first]
    np.testing.assert_allclose(fractions[0], first * alone[0], **EXACT)
