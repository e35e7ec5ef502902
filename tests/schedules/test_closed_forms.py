"""The closed form of every entry, as its source prints it, with 50 digits: every rate agrees to 1e-12, relative.

T = 997 updates, 83 an epoch, so 13 epochs, the last of one update; fields of no special value. Formulas are written
here from the sources, not with the code: t is the update, u its progress t / T, v its closed progress t / (T - 1).
"""

import numpy as np
import pytest
from mpmath import mp, mpf

from lrlab.schedules import SCHEDULES, Horizon, parse

T, E = 997, 83
HORIZON = Horizon(updates=T, updates_per_epoch=E)
mp.dps = 50


def lift(floor, x):
    return mpf(floor) + (1 - mpf(floor)) * x


def fall(x):
    return (1 + mp.cos(mp.pi * x)) / 2


def triangle(t, period, rise):
    x = mpf(t % period) / period
    return min(x / mpf(rise), (1 - x) / (1 - mpf(rise)))


def slide(start, end, share):
    """torch's cosine annealing from one value to another."""
    return end + (start - end) / 2 * (1 + mp.cos(mp.pi * share))


def two_phases(t):
    top, start, end = mpf(30) * T / 100 - 1, mpf(0.04), mpf(4e-6)
    return slide(start, 1, t / top) if t <= top else slide(1, end, (t - top) / (T - 1 - top))


def three_phases(t):
    top, start, end = mpf(30) * T / 100 - 1, mpf(0.1), mpf(0.01)
    if t <= top:
        return start + (1 - start) * t / top
    if t <= 2 * top:
        return 1 + (start - 1) * (t - top) / top
    return start + (end - start) * (t - 2 * top) / (T - 1 - 2 * top)


def restarts(t, first, growth, decay, floor):
    start, length, peak = mpf(0), mpf(first), mpf(1)
    while t >= start + length:
        start, length, peak = start + length, length * mpf(growth), peak * mpf(decay)
    return lift(floor, peak * fall((t - start) / length))


def cooldown(curve, length, floor=0):
    def at(t):
        q = max(mpf(0), mpf(t - (T - length)) / length)
        return lift(floor, curve(q))

    return at


def interpolated(t, knots, values):
    for start, end, low, high in zip(knots[:-1], knots[1:], values[:-1], values[1:], strict=True):
        if t <= end:
            return mpf(low) + (mpf(high) - mpf(low)) * (t - start) / (end - start)
    return mpf(values[-1])


def warmed(rise, span=100):
    """A warm-up, then a straight line over what is left."""
    return lambda t: rise(mpf(t)) if t < span else 1 - mpf(t - span) / (T - span)


def seq4(n):
    return (1 - mpf((n - 1) % 10) / 10) / (n // 10 + 1) if n else mpf(1)


FORMS = {
    "constant": lambda t: mpf(1),
    "cosine(floor=0.03)": lambda t: lift(0.03, fall(mpf(t) / T)),
    "cosine(floor=0.03, end=closed)": lambda t: lift(0.03, fall(mpf(t) / (T - 1))),
    "cosine(power=1.7)": lambda t: fall(mpf(t) / T) ** mpf(1.7),
    "cosine_cycles(cycles=6)": lambda t: (mp.cos(mp.pi * (t % 167) / 167) + 1) / 2,
    "cosine_cycles(cycles=4, per=epoch)": lambda t: (mp.cos(mp.pi * (t // E % 4) / 4) + 1) / 2,
    "cyclic(period=13 updates, rise=0.3, low=0.05)": lambda t: lift(0.05, triangle(t, 13, 0.3)),
    "cyclic(period=130 updates, decay=halving)": lambda t: lift(0.1, triangle(t, 130, 0.5) / 2 ** (t // 130)),
    "cyclic(period=130 updates, low=0, decay=0.99)": lambda t: triangle(t, 130, 0.5) * mpf(0.99) ** t,
    "exponential(gamma=0.02, every=130 updates)": lambda t: mpf(0.02) ** (mpf(t) / 130),
    "flat_cosine(flat=700 updates, floor=0.1)": cooldown(fall, 297, 0.1),
    "floored(of=exponential, floor=0.2)": lambda t: max(mpf(0.01) ** (mpf(t) / T), mpf(0.2)),
    "hard_restarts(cycles=3)": lambda t: (1 + mp.cos(mp.pi * (mpf(3 * t % T) / T))) / 2,
    "inverse_sqrt(timescale=40 updates)": lambda t: 1 / mp.sqrt((t + mpf(40)) / 40),
    "inverse_time(decay=0.3)": lambda t: 1 / (1 + mpf(0.3) * t),
    "inverse_time(decay=0.001, per=epoch)": lambda t: 1 / (1 + mpf(0.001) * (t // E) * E),
    "inverse_time(decay=peak/epochs)": lambda t: 1 / (1 + mpf(0.3) / 13 * t),
    "knee(explore=500 updates)": cooldown(lambda q: 1 - q, 497),
    "linear": lambda t: 1 - mpf(t) / T,
    "linear(floor=0.1, end=closed)": lambda t: lift(0.1, 1 - mpf(t) / (T - 1)),
    "multi_step(at=[300 updates, 5 epochs, 800 updates], gamma=0.3)": (
        lambda t: mpf(0.3) ** ((t >= 300) + (t >= 415) + (t >= 800))
    ),
    "natural_exponential(decay=0.7, every=2 epochs)": lambda t: mp.exp(-mpf(0.7) * t / 166),
    "noam(width=384, rise=90 updates)": (
        lambda t: mpf(384) ** -0.5 * min(mpf(t + 1) ** -0.5, (t + 1) * mpf(90) ** -1.5)
    ),
    "one_cycle": two_phases,
    "one_cycle(start=0.1, final=0.01, anneal=linear, phases=3)": three_phases,
    "piecewise_constant(at=[200 updates, 600 updates], values=[0.2, 3, 0.7])": (
        lambda t: mpf(0.2 if t < 200 else 3 if t < 600 else 0.7)
    ),
    "piecewise_linear(at=[200 updates, 997 updates], values=[0.2, 3, 0])": (
        lambda t: interpolated(t, [0, 200, 997], [0.2, 3, 0])
    ),
    "polynomial(power=0.9, floor=0.01)": lambda t: lift(0.01, (1 - mpf(t) / T) ** mpf(0.9)),
    "power_law(exponent=0.51, timescale=70 updates)": lambda t: (1 + mpf(t) / 70) ** -mpf(0.51),
    "product(of=[linear, step(gamma=0.5, every=2 epochs)])": lambda t: (1 - mpf(t) / T) / 2 ** (t // 166),
    "repeat(of=cosine, every=100 updates)": lambda t: fall(mpf(t % 100) / 100),
    "rex(floor=0.02)": lambda t: lift(0.02, (1 - mpf(t) / T) / (1 - mpf(t) / T / 2)),
    "scale(of=linear, by=0.7)": lambda t: mpf(0.7) * (1 - mpf(t) / T),
    "seq1": lambda t: mpf(1) / max(t // E, 1),
    "seq2": lambda t: 1 / mp.sqrt(max(t // E, 1)),
    "seq3": lambda t: mpf("0.9") ** (t // E),
    "seq4": lambda t: seq4(t // E),
    "sequence(of=[constant, rex, scale(of=cosine, by=0.5)], at=[300 updates, 600 updates])": (
        lambda t: (
            mpf(1)
            if t < 300
            else (1 - mpf(t - 300) / 300) / (1 - mpf(t - 300) / 600)
            if t < 600
            else fall(mpf(t - 600) / 397) / 2
        )
    ),
    "sgdr(first=60 updates)": lambda t: restarts(t, 60, 2, 1, 0),
    "sgdr(first=40 updates, growth=1.5, decay=0.7, floor=0.01)": lambda t: restarts(t, 40, 1.5, 0.7, 0.01),
    "sgdr(first=40 updates, growth=1, decay=0.9)": lambda t: restarts(t, 40, 1, 0.9, 0),
    "slanted_triangular(rise=99 updates)": (
        lambda t: (1 + (mpf(t) / 99 if t < 99 else 1 - mpf(t - 99) / (99 * (mpf(T) / 99 - 1))) * 31) / 32
    ),
    "staircase(of=cosine(floor=0.03), every=7%)": lambda t: lift(0.03, fall(mpf(t // 70 * 70) / T)),
    "staircase(of=linear)": lambda t: 1 - mpf(t // E * E) / T,
    "staircase(of=polynomial(power=5), every=2 epochs)": lambda t: (1 - mpf(t // 166 * 166) / T) ** 5,
    "step(gamma=0.7, every=13 updates)": lambda t: mpf(0.7) ** (t // 13),
    "stretch(of=multi_step(at=[30 updates, 60 updates]), length=90 updates)": (
        lambda t: mpf(0.1) ** ((mpf(t) * 90 / T >= 30) + (mpf(t) * 90 / T >= 60))
    ),
    "tanh(lower=-6, upper=3)": lambda t: (1 - mp.tanh(-6 * (1 - mpf(t) / T) + 3 * mpf(t) / T)) / 2,
    "warmup(span=100 updates)+linear": warmed(lambda t: (t + 1) / 101),
    "warmup(span=100 updates, first=1/W)+linear": warmed(lambda t: (t + 1) / 100),
    "warmup(span=100 updates, first=0, curve=cosine, start=0.1)+linear": warmed(lambda t: lift(0.1, 1 - fall(t / 100))),
    "warmup(span=100 updates, curve=exponential, start=0.001)+linear": (
        warmed(lambda t: mpf(0.001) ** (1 - (t + 1) / 101))
    ),
    "warmup(span=100 updates, first=0, curve=log)+linear": warmed(lambda t: mp.log(t + 1) / mp.log(101)),
    "warmup(span=100 updates, curve=constant, start=0.2)+linear": warmed(lambda t: mpf(0.2)),
    "warmup(span=100 updates, mode=product)+linear": (
        lambda t: min(mpf(t + 1) / 101, 1) * (1 - mpf(t) / T) if t < 100 else 1 - mpf(t) / T
    ),
    "warmup(span=100 updates, mode=prefix)+linear": (
        lambda t: mpf(t + 1) / 101 if t < 100 else 1 - mpf(t - 100) / T
    ),
    "wsd(cooldown=200 updates)": cooldown(lambda q: 1 - q, 200),
    "wsd(cooldown=200 updates, curve=1-sqrt)": cooldown(lambda q: 1 - mp.sqrt(q), 200),
    "wsd(cooldown=200 updates, curve=cosine)": cooldown(fall, 200),
    "wsd(cooldown=200 updates, curve=square)": cooldown(lambda q: 1 - q**2, 200),
    "wsd(cooldown=200 updates, curve=exponential, floor=0.1)": cooldown(lambda q: 2 * mpf(0.5) ** q - 1, 200, 0.1),
}  # fmt: skip


def test_every_entry_has_its_closed_form():
    assert {parse(text).name for text in FORMS} == SCHEDULES.keys()


@pytest.mark.parametrize("text", FORMS)
def test_the_closed_form(text):
    rates = parse(text).bind(peak=0.3, horizon=HORIZON).all()
    expected = np.array([float(mpf(0.3) * FORMS[text](t)) for t in range(T)])
    np.testing.assert_allclose(rates, expected, rtol=1e-12, atol=1e-40)


# The published sequences, over epochs 0 to 21 at r0 = 0.01.
PUBLISHED = {
    "seq1": {0: 0.01, 1: 0.01, 2: 0.005, 4: 0.0025},
    "seq2": {0: 0.01, 1: 0.01, 2: 0.00707106781186547, 4: 0.005},
    "seq3": {0: 0.01, 1: 0.009, 2: 0.0081},
    "seq4": {0: 0.01, 1: 0.01, 2: 0.009, 9: 0.002, 10: 0.0005, 11: 0.005, 20: 0.01 / 30, 21: 0.01 / 3},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_sequences(name):
    rates = parse(name).bind(peak=0.01, horizon=Horizon(updates=22 * 7, updates_per_epoch=7))
    for epoch, expected in PUBLISHED[name].items():
        np.testing.assert_allclose(rates(np.arange(7) + 7 * epoch), expected, rtol=1e-12)


def test_the_published_time_based_decay():
    # 0.1 over 100 epochs of 391 updates: 0.0719 in epoch 1 and 0.00252 in epoch 99, as the published text has it.
    horizon = Horizon(updates=39_100, updates_per_epoch=391)
    rates = parse("inverse_time(decay=peak/epochs, per=epoch)").bind(peak=0.1, horizon=horizon)
    assert rates.resolved == parse("inverse_time(decay=0.001, per=epoch)")
    np.testing.assert_allclose(rates([390, 391, 781, 99 * 391]), [0.1, 0.0719, 0.0719, 0.00252], rtol=2e-3)


@pytest.mark.parametrize(
    ("text", "power"),
    [("staircase(of=linear, every=1 epochs)", 1), ("staircase(of=polynomial(power=5), every=1 epochs)", 5)],
)
def test_the_published_falls_by_epoch(text, power):
    # initial_lr * (1 - epoch / total)^power, the same in each of the 391 updates of epochs 0 to 99.
    rates = parse(text).bind(peak=0.1, horizon=Horizon(updates=39_100, updates_per_epoch=391)).all()
    by_epoch = [float(mpf("0.1") * (1 - mpf(epoch) / 100) ** power) for epoch in range(100)]
    np.testing.assert_allclose(rates, np.repeat(by_epoch, 391), rtol=1e-12)
    assert (np.diff(rates.reshape(100, 391)) == 0).all()


def test_the_published_cosine_cycles():
    # 100 epochs, 6 cycles: cycles of 17 epochs, the last of 15; epochs counted from 1 in the source.
    horizon = Horizon(updates=1000, updates_per_epoch=10)
    rates = parse("cosine_cycles(cycles=6, per=epoch)").bind(peak=0.1, horizon=horizon)
    by_epoch = [0.1 / 2 * (np.cos(np.pi * ((epoch - 1) % 17) / 17) + 1) for epoch in range(1, 101)]
    np.testing.assert_allclose(rates.all()[::10], by_epoch, rtol=1e-12, atol=1e-16)
    assert (np.diff(rates.all().reshape(100, 10)) == 0).all()
