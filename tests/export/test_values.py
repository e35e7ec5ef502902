"""A schedule without a formula here is written as a table, which run with torch gives the same rates."""

from dataclasses import dataclass

import numpy as np
import pytest

from lrlab.export import torch_lines
from lrlab.export._values import knots_of, values_body
from lrlab.schedules import Cosine, Horizon, Product, Repeat, Scale, Schedule, Stretch, Warmup
from support.own import Waves
from support.pasted import values_used

SIXTY = Horizon(updates=60, updates_per_epoch=6)


@dataclass(frozen=True, kw_only=True)
class Stairs(Schedule):
    """Ten updates at each height, the momentum half as high, and for a while left alone."""

    name = "stairs"

    def shape(self, t, horizon):
        return 1.0 - np.floor(t / 10) / 10

    def momentum(self, t, horizon):
        return np.where(t < 20, np.nan, self.shape(t, horizon) / 2)


@dataclass(frozen=True, kw_only=True)
class Steeper(Cosine):
    """What it inherits has a formula; its own has none."""

    def shape(self, t, horizon):
        return super().shape(t, horizon) ** 2


def own(**fields):
    Waves.name = "waves"
    return Waves(**fields)


SCHEDULES = {
    "a curve": lambda: own(),
    "stairs, with momentum": Stairs,
    "after a warm-up": lambda: Warmup(span="10 updates", then=own(low=0.3)),
    "before a prefix": lambda: Warmup(span="10 updates", mode="prefix", then=Stairs()),
    "again and again": lambda: Repeat(of=Scale(of=own(), by=0.5), every="25 updates"),
    "between two updates": lambda: Stretch(of=own(waves=1), length="7 epochs"),
    "a factor": lambda: Product(of=(Cosine(), Stairs())),
    "of an inherited formula": Steeper,
}


@pytest.mark.parametrize("case", SCHEDULES)
@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_the_table_gives_the_same_rates_and_momenta(case, optimizer):
    rates = SCHEDULES[case]().bind(peak=0.3, horizon=SIXTY)
    text = torch_lines(rates.schedule, peak=0.3, horizon=SIXTY, optimizer=optimizer, settings={"momentum": 0.8})
    t = np.arange(65)  # a little longer than planned
    used, momentum = np.transpose(values_used(text, len(t)))
    np.testing.assert_allclose(used, rates(t), rtol=1e-12, atol=1e-13)
    moved = rates.momentum(t)
    expected = np.full(len(t), 0.8) if moved is None else np.where(np.isnan(moved), 0.8, moved)
    np.testing.assert_allclose(momentum, expected, rtol=1e-12)
    assert all(len(line) <= 120 for line in text.splitlines())


def test_straight_lines_are_given_by_their_ends():
    assert knots_of(np.array([1.0, 1.0, 1.0, 1.0]), 0.0) == [0, 3]
    assert knots_of(np.array([1.0, 1.0, 0.5, 0.5, 0.25]), 0.0) == [0, 1, 2, 3, 4]
    assert knots_of(np.array([0.0, 1.0, 2.0, 3.0, 3.0, 3.0, 2.0]), 0.0) == [0, 3, 5, 6]


def test_a_long_smooth_curve_has_no_more_knots_than_can_be_read():
    values = np.cos(np.linspace(0, np.pi, 20_001))
    body = values_body(values, "fractions")
    (_, knots, meaning), (_, heights, _) = body.constants
    assert len(knots) < 1500
    assert meaning == "updates; straight lines lie between them, within 1e-06 of the highest"
    np.testing.assert_allclose(np.interp(np.arange(20_001), knots, heights), values, atol=1.1e-6)


def test_what_no_line_passes_is_given_value_by_value():
    values = np.random.default_rng(0).random(3000)
    body = values_body(values, "fractions")
    assert body.constants == (("VALUES", values.tolist(), "fractions, update by update"),)
