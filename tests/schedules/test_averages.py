"""Averages of weights as values: what each update adds, their texts, and what cannot be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import LabError, ScheduleError, UnknownName
from lrlab.rules import RULES
from lrlab.schedules import (
    AVERAGES,
    SCHEDULES,
    Constant,
    Ema,
    Horizon,
    Lawa,
    Merged,
    Swa,
    average_from_dict,
    parse_average,
    register,
)

LONG = Horizon(updates=60, updates_per_epoch=15)


def averaged(average, values, horizon):
    """The average of the numbers after each update, by what each adds; of checkpoints, the last ones' mean."""
    held: list[float] = []
    for share, value in zip(average.mix(horizon), values, strict=True):
        if share and (average.checkpoints > 1 or not held):
            held = [*held, value][-average.checkpoints :]
        elif share:
            held = [held[0] + share * (value - held[0])]
    return float(np.mean(held))


@given(st.floats(0.01, 0.9999), st.integers(1, 50))
def test_an_ema_is_the_weighted_mean_of_its_formula(decay, updates):
    values = np.random.default_rng(1).normal(size=updates)
    weights = decay ** np.arange(updates - 1, -1, -1.0)
    own = averaged(Ema(decay=decay), values, Horizon(updates=updates, updates_per_epoch=updates))
    assert own == pytest.approx(float(weights @ values / weights.sum()), rel=1e-9, abs=1e-12)


def test_an_ema_without_debias_keeps_the_early_weights():
    own = averaged(Ema(decay=0.9, debias=False), np.array([1.0, 0.0, 0.0]), Horizon(updates=3, updates_per_epoch=3))
    assert own == pytest.approx(0.81)


def test_swa_is_the_mean_of_places_counted_back_from_the_end():
    values = np.arange(60.0)
    assert averaged(Swa(start="50%"), values, LONG) == pytest.approx(np.mean([44, 59]))
    assert averaged(Swa(start="50%", every="4 updates"), values, LONG) == pytest.approx(np.mean(np.arange(59, 29, -4)))


def test_lawa_is_the_mean_of_the_last_checkpoints():
    assert averaged(Lawa(last=3), np.arange(60.0), LONG) == pytest.approx(np.mean([29, 44, 59]))
    assert averaged(Lawa(last=1), np.arange(60.0), LONG) == 59


@pytest.mark.parametrize(
    "text", ["ema", "ema(decay=0.99)", "ema(debias=False)", "swa", "swa(start=50%, every=3 updates)", "lawa(last=2)"]
)
def test_text_and_json_lead_there_and_back(text):
    average = parse_average(text)
    assert str(average) == text
    assert average_from_dict(average.to_dict()) == average


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("emaa", "did you mean ema?"),
        ("ema(dcay=1)", "did you mean decay?"),
        ("ema(decay=1)", "usual ones are 0.99"),
        ("ema(debias=2)", "true or false"),
        ("swa(start=0%)", "longer than nothing"),
        ("swa(every=3)", "5 epochs"),
        ("lawa(last=0)", "write fewer"),
        ("lawa(last=1.5)", "write 6"),
        ("lawa(last=101)", "copies of the weights"),
        ("ema(decay=(0.9)", "has no partner"),
        ("3", "write"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(text, way):
    with pytest.raises(LabError) as told:
        parse_average(text)
    assert way in str(told.value)


def test_a_value_of_another_kind_is_refused():
    with pytest.raises(ScheduleError, match="True or False"):
        Ema(debias=1)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ScheduleError, match="whole number"):
        Lawa(last=True)


def test_an_average_that_begins_at_the_end_is_refused():
    with pytest.raises(ScheduleError, match='at most "59 updates"'):
        Swa(start="100%").fit(LONG)
    with pytest.raises(ScheduleError, match="at least"):
        Swa(every="0.1%").fit(LONG)


def test_a_merged_model_that_ends_after_the_run_is_refused():
    with pytest.raises(ScheduleError, match=r'"5 epochs" is 75; write at most "60 updates" or lengthen the run by 15'):
        Merged(end="5 epochs").fit(LONG)
    Merged(end="60 updates").fit(LONG)


@pytest.mark.parametrize("updates", [5, 60, 61, 1000])
@pytest.mark.parametrize("form", ["swa(start={})", "swa(every={})", "lawa(every={})", "merged(end={})"])
def test_each_span_of_each_average_fits_a_run_or_is_refused_in_words(form, updates):
    average = parse_average(form.format(f"{updates} updates"))
    if updates > 60 and "every" not in form:
        with pytest.raises(ScheduleError, match=r'write at most "(60|59) updates"') as told:
            average.mix(LONG)
        average = parse_average(form.format(str(told.value).split('at most "')[1].split('"')[0]))
    elif updates == 60 and "start" in form:
        average = parse_average(form.format("59 updates"))
    mix = average.mix(LONG)
    assert mix.shape == (60,)
    assert (mix >= 0).all()
    assert mix.any()


def test_no_schedule_or_rule_can_take_the_name_of_an_average():
    assert not set(AVERAGES) & {*SCHEDULES, *RULES}
    with pytest.raises(ScheduleError, match="average 'ema' is already"):
        register("ema")(Constant)
    with pytest.raises(UnknownName):
        SCHEDULES.find("ema")
