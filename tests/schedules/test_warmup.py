"""Who gets which rate while a run warms up: W = 3, then a straight line over the other 4 of 7 updates."""

import numpy as np
import pytest

from lrlab.schedules import Constant, Cosine, Cyclic, Horizon, Linear, OneCycle, Warmup

SEVEN = Horizon(updates=7, updates_per_epoch=7)
LINE = [1, 3 / 4, 2 / 4, 1 / 4]


@pytest.mark.parametrize(
    ("first", "rise"),
    [
        # t         0      1      2      | t = 3 uses f(0) = 1
        ("1/(W+1)", [1 / 4, 2 / 4, 3 / 4]),  # as NeMo; the peak is used once
        ("1/W", [1 / 3, 2 / 3, 3 / 3]),  # as torchtitan; the peak is used twice
        ("0", [0 / 3, 1 / 3, 2 / 3]),  # as Hugging Face and Megatron; the first update changes nothing
    ],
)
def test_the_first_conventions(first, rise):
    rates = Warmup(span="3 updates", first=first, then=Linear()).bind(peak=1.0, horizon=SEVEN)
    np.testing.assert_allclose(rates.all(), rise + LINE, rtol=1e-15)


def test_a_warmup_of_one_update():
    firsts = {"1/(W+1)": 0.5, "1/W": 1, "0": 0}
    for first, expected in firsts.items():
        rates = Warmup(span="1 updates", first=first, then=Constant()).bind(peak=1.0, horizon=SEVEN)
        assert rates.all().tolist() == [expected, 1, 1, 1, 1, 1, 1]


def test_a_warmup_rises_to_where_its_schedule_begins():
    rates = Warmup(span="3 updates", then=Cyclic(low=0.5, period="2 updates")).bind(peak=1.0, horizon=SEVEN)
    np.testing.assert_allclose(rates.all(), [0.125, 0.25, 0.375, 0.5, 1, 0.5, 1], rtol=1e-15)


def test_percentages_after_a_warmup_are_of_what_is_left():
    # T = 100, W = 20: 50% of the other 80 are 40, so the cycle peaks at 20 + 40 - 1.
    schedule = Warmup(span="20%", then=OneCycle(rise="50%"))
    rates = schedule.bind(peak=1.0, horizon=Horizon(updates=100, updates_per_epoch=10))
    assert rates.all().argmax() == 59


def test_epochs_after_a_warmup_are_the_same_epochs():
    schedule = Warmup(span="2 epochs", then=OneCycle(rise="3 epochs"))
    rates = schedule.bind(peak=1.0, horizon=Horizon(updates=100, updates_per_epoch=10))
    assert rates.all().argmax() == 20 + 30 - 1


def test_the_budget_includes_the_warmup():
    rates = Warmup(span="3 updates", then=Cosine(end="closed")).bind(peak=1.0, horizon=SEVEN)
    assert rates([6, 7, 70]).tolist() == [0, 0, 0]
