"""A warm-up under a rule: its rise is over its span, and the rule watches from the first epoch without any of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.rules import parse_rule, simulate, warmup_updates
from lrlab.schedules import Horizon, parse
from support.strategies import law

HALVES = "step(gamma=0.5, every=1 epochs)"


def rates(text, losses, updates, per_epoch):
    horizon = Horizon(updates=updates, updates_per_epoch=per_epoch)
    return simulate(parse_rule(text), losses, peak=1.0, horizon=horizon).round(12).tolist()


def test_by_epoch_counts_from_the_end_of_a_warmup_of_whole_epochs():
    # epoch      0           1         2         3
    # update     0    1      2  3      4  5      6  7
    # rise     1/3  2/3
    # n          0    0      0  0      1  1      2  2
    expected = [1 / 3, 2 / 3, 1, 1, 0.5, 0.5, 0.25, 0.25]
    assert rates(f"by_epoch+warmup(span=1 epochs)+{HALVES}", [0] * 4, 8, 2) == pytest.approx(expected)


def test_by_epoch_after_a_warmup_that_ends_in_the_middle_of_an_epoch():
    # epoch      0                1                2             epoch 1 holds the end of the warm-up, so epoch 2
    # update     0    1    2      3    4    5      6    7    8   is the first one watched, and the next one moves on
    # rise     1/5  2/5  3/5    4/5
    # n          0    0    0      0    0    0      0    0    0
    expected = [0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5]
    assert rates(f"by_epoch+warmup(span=4 updates)+{HALVES}", [0] * 4, 12, 3) == pytest.approx(expected)


def test_losses_of_the_warmup_are_not_compared():
    # epoch     0    1     2    3    4
    losses = [0.1, 5.0, 6.0, 5.0, 5.5]
    # warm-up   x                         so the first loss seen is 5.0, and the second, 6.0, rises
    # n         0    0     0    1    1
    text = f"by_oscillation+warmup(span=1 epochs)+{HALVES}"
    assert rates(text, losses, 5, 1) == [0.5, 1, 1, 0.5, 0.5]
    # A plateau that had seen 0.1 would have cut epoch 2 already.
    assert rates("plateau(patience=0)+warmup(span=1 epochs)+constant", losses, 5, 1) == [0.5, 1, 1, 0.1, 0.01]


def test_plateau_plays_the_warmup_and_what_follows_update_by_update():
    # update                      0    1    2    3    4    5
    expected = np.array([1 / 3, 2 / 3, 1.0, 0.75, 0.5, 0.25])
    # epochs of 2; watched from epoch 1 on: its loss is the first, that of epoch 2 would cut epoch 3
    assert rates("plateau(patience=0)+warmup(span=2 updates)+linear", [1, 1, 1], 6, 2) == pytest.approx(expected)


@pytest.mark.parametrize("mode", ["included", "prefix", "product"])
def test_whatever_the_warmup_does_to_the_horizon_by_epoch_begins_where_it_ends(mode):
    then = f"warmup(span=2 epochs, mode={mode})+{HALVES}"
    horizon = Horizon(updates=20, updates_per_epoch=4)
    ruled = simulate(parse_rule(f"by_epoch+{then}"), [0] * 5, peak=1.0, horizon=horizon)
    np.testing.assert_array_equal(ruled, parse(then).bind(peak=1.0, horizon=horizon).all())


@law
@given(
    span=st.integers(1, 30), per_epoch=st.integers(1, 9), epochs=st.integers(4, 40), rule=st.sampled_from(["by_epoch",
    "by_cutoff(cutoff=100)", "by_oscillation", "plateau(patience=0)"])
)  # fmt: skip
def test_the_warmup_is_never_touched(span, per_epoch, epochs, rule):
    horizon = Horizon(updates=epochs * per_epoch, updates_per_epoch=per_epoch)
    if span >= horizon.updates:
        return
    then = f"warmup(span={span} updates)+{HALVES}"
    losses = np.arange(float(epochs))  # rising: every rule moves as soon as it may
    ruled = simulate(parse_rule(f"{rule}+{then}"), losses, peak=1.0, horizon=horizon)
    alone = parse(then).bind(peak=1.0, horizon=horizon).all()
    np.testing.assert_array_equal(ruled[:span], alone[:span])
    drive = parse_rule(f"{rule}+{then}").bind(peak=1.0, horizon=horizon)
    first = drive.first_watched
    assert (first - 1) * per_epoch < span <= first * per_epoch
    # The first epoch watched still uses what the warm-up has risen to; only its loss can change the next one's.
    watched = ruled[first * per_epoch : (first + 1) * per_epoch]
    assert (
        watched == (1.0 if not rule.startswith("plateau") else alone[first * per_epoch : (first + 1) * per_epoch])
    ).all()


def test_the_length_of_a_warmup_is_that_of_the_schedule_it_begins_with():
    horizon = Horizon(updates=40, updates_per_epoch=4)
    assert warmup_updates(parse("warmup(span=10%)+cosine"), horizon) == 4
    assert warmup_updates(parse("floored(of=scale(of=warmup+cosine, by=0.5), floor=0.1)"), horizon) == 4
    assert warmup_updates(parse("cosine"), horizon) == 0


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("sequence(of=[warmup(span=8 updates)+constant, linear], at=[50%])", 8),
        ("sequence(of=[warmup(span=50%)+constant, linear], at=[50%])", 10),
        ("sequence(of=[constant, warmup+linear], at=[50%])", 0),
        ("product(of=[warmup(span=8 updates)+constant, warmup(span=3 updates)+linear])", 8),
        ("repeat(of=warmup(span=3 updates)+cosine, every=10 updates)", 3),
        ("staircase(of=warmup(span=7 updates)+constant, every=4 updates)", 8),
        ("stretch(of=warmup(span=3 updates)+constant, length=10 updates)", 12),
        ("warmup(span=3 updates)+sequence(of=[warmup(span=2 updates)+constant, linear], at=[50%])", 5),
        ("warmup(span=3 updates, mode=product)+scale(of=warmup(span=2 updates)+constant, by=0.5)", 3),
    ],
)
def test_a_warmup_inside_a_composition_is_not_touched_either(text, length):
    horizon = Horizon(updates=40, updates_per_epoch=2)
    schedule = parse(text)
    assert warmup_updates(schedule, horizon) == length
    rule = parse_rule(f"plateau(patience=0)+{text}")
    ruled = simulate(rule, [1.0, *[2.0] * 19], peak=1.0, horizon=horizon)
    alone = schedule.bind(peak=1.0, horizon=horizon).all()
    untouched = 2 * rule.bind(peak=1.0, horizon=horizon).first_watched
    assert length <= untouched < length + 2
    np.testing.assert_array_equal(ruled[: untouched + 2], alone[: untouched + 2])
    np.testing.assert_allclose(ruled[untouched + 4 : untouched + 6], 0.1 * alone[untouched + 4 : untouched + 6])
