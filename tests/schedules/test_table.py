"""Schedules are data: value[field, trial, update]."""

import numpy as np
import pytest

from lrlab.errors import ScheduleError
from lrlab.schedules import FIELDS, Constant, Cosine, Horizon, Linear, OneCycle, Sequence, _table, table
from support.schedules import EXAMPLES, HORIZON

FIVE = Horizon(updates=5, updates_per_epoch=2)
RATES = [Cosine().bind(peak=0.1, horizon=FIVE), Linear().bind(peak=0.5, horizon=FIVE)]


def test_a_row_per_field_and_trial():
    rows = table(RATES, [0.9, 0], [0, 1e-4])
    assert rows.horizon == FIVE
    assert rows.value.shape == (len(FIELDS), 2, 5)
    assert rows.value.dtype == np.float64
    assert FIELDS == ("rate", "momentum", "weight_decay")
    np.testing.assert_array_equal(rows.value[0], [rates.all() for rates in RATES])
    np.testing.assert_array_equal(rows.value[1], [[0.9] * 5, [0] * 5])
    np.testing.assert_array_equal(rows.value[2], [[0] * 5, [1e-4] * 5])


def test_a_trial_has_the_same_row_alone_and_among_others():
    together = table(RATES, [0.9, 0.8], [0, 1e-4]).value
    for trial, rates in enumerate(RATES):
        alone = table([rates], [(0.9, 0.8)[trial]], [(0, 1e-4)[trial]]).value
        np.testing.assert_array_equal(together[:, trial], alone[:, 0])


def test_a_schedule_that_moves_momentum_writes_that_row():
    moving = OneCycle(rise="2 updates", momenta=(0.95, 0.85)).bind(peak=0.1, horizon=FIVE)
    late = Sequence(of=(Constant(), OneCycle(rise="2 updates", momenta=(0.8, 0.6))), at=("2 updates",))
    rows = table([*RATES, moving, late.bind(peak=0.1, horizon=FIVE)], [0.9] * 4, [0] * 4)
    assert (rows.value[1, :2] == 0.9).all()
    np.testing.assert_array_equal(rows.value[1, 2], moving.momentum(np.arange(5)))
    np.testing.assert_allclose(rows.value[1, 2, [0, 1, 4]], [0.95, 0.85, 0.95], rtol=1e-15)
    np.testing.assert_allclose(rows.value[1, 3], [0.9, 0.9, 0.8, 0.6, 0.8], rtol=1e-15)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_table_made_in_blocks_is_what_its_schedules_say(name, monkeypatch):
    monkeypatch.setattr(_table, "BLOCK", 7)
    rates = EXAMPLES[name].bind(peak=0.3, horizon=HORIZON)
    np.testing.assert_array_equal(table([rates], [0], [0]).value[0, 0], rates.all())


def test_trials_share_one_horizon():
    other = Cosine().bind(peak=0.1, horizon=Horizon(updates=6, updates_per_epoch=2))
    with pytest.raises(ScheduleError, match=r"trial 0 has .*updates=5.* trial 2 has .*updates=6.*; put them in tables"):
        table([*RATES, other], [0] * 3, [0] * 3)


@pytest.mark.parametrize(("rates", "momentum", "decay"), [([], [], []), (RATES, [0.9], [0, 0]), (RATES, [0, 0], [0])])
def test_every_trial_has_its_constants(rates, momentum, decay):
    with pytest.raises(ScheduleError, match="one momentum and one weight decay per trial must be given"):
        table(rates, momentum, decay)


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_constants_are_finite_and_not_negative(value):
    with pytest.raises(ScheduleError, match="`momentum >= 0` must hold for every trial, but got"):
        table(RATES, [0, value], [0, 0])
    with pytest.raises(ScheduleError, match="`weight_decay >= 0` must hold for every trial, but got"):
        table(RATES, [0, 0], [0, value])
