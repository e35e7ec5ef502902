"""A schedule that moves the momentum, under a rule: on the rule's clock, never scaled."""

from dataclasses import dataclass

import numpy as np
import pytest

from lrlab.rules import moves_momentum, parse_rule
from lrlab.rules import parse as parse_plan
from lrlab.schedules import Schedule, parse
from support.rules import ALL, HORIZON

CYCLE = "one_cycle(momenta=[0.95, 0.85])"
T = np.arange(HORIZON.updates)


def bound(text, peak=1.0):
    return parse_rule(text).bind(peak=peak, horizon=HORIZON)


def test_a_plateau_cuts_the_rate_and_leaves_the_momentum():
    drive, alone = bound(f"plateau(patience=0)+{CYCLE}"), parse(CYCLE).bind(peak=1.0, horizon=HORIZON)
    state = drive.init()
    for epoch in range(3):
        state = drive.update(state, 1.0, epoch)
    np.testing.assert_array_equal(drive.momentum(state, T), alone.momentum(T))
    np.testing.assert_allclose(drive(state, T), 0.01 * alone(T))


def test_by_epoch_holds_the_momentum_for_an_epoch_as_it_does_the_rate():
    drive, alone = bound(f"by_epoch+{CYCLE}"), parse(CYCLE).bind(peak=1.0, horizon=HORIZON)
    state = drive.init()
    for epoch in range(HORIZON.epochs):
        t = drive.updates(epoch)
        np.testing.assert_array_equal(drive.momentum(state, t), np.full(t.shape, alone.momentum(t[0])))
        np.testing.assert_array_equal(drive(state, t), np.full(t.shape, alone(t[0])))
        state = drive.update(state, None, epoch)


@pytest.mark.parametrize("name", sorted(ALL))
def test_alone_equals_together(name):
    peaks = [0.1, 0.2, 0.4]
    together, alone = (ALL[name].bind(peak=peak, horizon=HORIZON) for peak in (peaks, 0.1))
    moved, mine = together.momentum(together.init(), T), alone.momentum(alone.init(), T)
    assert (moved is None) == (mine is None) == ("momentum" not in name)
    if moved is not None:
        np.testing.assert_array_equal(moved, np.broadcast_to(mine, (3, len(T))))
        assert alone.momentum(alone.init(), 3).shape == ()


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("one_cycle", False),
        (CYCLE, True),
        (f"plateau+warmup+{CYCLE}", True),
        (f"sequence(of=[constant, {CYCLE}], at=[900 epochs])", True),  # longer than the horizon
        (f"product(of=[cosine, scale(of={CYCLE}, by=2)])", True),
        ("one_cycle(rise=1 updates, momenta=[0.95, 0.85])", True),  # which fits no horizon
        ("product(of=[cosine, linear])", False),
    ],
)
def test_whether_momentum_moves(text, moves):
    assert moves_momentum(parse_plan(text), HORIZON) is moves


def test_a_class_of_ones_own_that_moves_it_beside_what_it_holds():
    @dataclass(frozen=True, kw_only=True)
    class Own(Schedule):
        of: Schedule

        def shape(self, t, horizon):
            return self.of.shape(t, horizon)

        def momentum(self, t, horizon):
            return np.full(t.shape, 0.5)

    @dataclass(frozen=True, kw_only=True)
    class Broken(Own):
        def momentum(self, t, horizon):
            raise RuntimeError

    assert moves_momentum(Own(of=parse("cosine")), HORIZON)
    assert not moves_momentum(Broken(of=parse("cosine")), HORIZON)  # refused where it is bound
