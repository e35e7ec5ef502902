"""Golden rates from other libraries, where they have the same curve: transformers, optax, Keras. Torch: test_golden.

A library that is not installed skips its tests; with LRLAB_REQUIRE_LIBRARIES=1 it fails them. What differs by
convention is said by arguments: `first=0` for warm-ups that begin at rate 0, `floor` for ends.
"""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from lrlab.schedules import Horizon, parse
from support import libraries
from support.updates import train

PEAK, T, W = 0.3, 97, 12
HORIZON = Horizon(updates=T, updates_per_epoch=10)
pytestmark = pytest.mark.filterwarnings("ignore")  # theirs, at import


def library(name: str) -> Any:
    """The library, or a skip that says what is missing."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return libraries.load(name)


def ours(text: str) -> np.ndarray:
    return parse(text).bind(peak=PEAK, horizon=HORIZON).all()


TRANSFORMERS: dict[str, Callable[[Any, Any], Any]] = {
    "constant": lambda lib, opt: lib.get_constant_schedule(opt),
    "warmup(span=12 updates, first=0)+constant": lambda lib, opt: lib.get_constant_schedule_with_warmup(opt, W),
    "warmup(span=12 updates, first=0)+linear": lambda lib, opt: lib.get_linear_schedule_with_warmup(opt, W, T),
    "warmup(span=12 updates, first=0)+cosine": lambda lib, opt: lib.get_cosine_schedule_with_warmup(opt, W, T),
    "warmup(span=12 updates, first=0)+hard_restarts(cycles=3)": (
        lambda lib, opt: lib.get_cosine_with_hard_restarts_schedule_with_warmup(opt, W, T, num_cycles=3)
    ),
    "warmup(span=12 updates, first=0)+polynomial(power=1.5, floor=0.1)": (
        lambda lib, opt: lib.get_polynomial_decay_schedule_with_warmup(opt, W, T, lr_end=0.1 * PEAK, power=1.5)
    ),
    "warmup(span=12 updates, first=0)+inverse_sqrt(timescale=12 updates)": (
        lambda lib, opt: lib.get_inverse_sqrt_schedule(opt, W)
    ),
    "inverse_sqrt(timescale=40 updates)": lambda lib, opt: lib.get_inverse_sqrt_schedule(opt, 0, timescale=40),
    "warmup(span=12 updates, first=0)+wsd(cooldown=30 updates)": (
        lambda lib, opt: lib.get_wsd_schedule(opt, W, 30, num_training_steps=T, decay_type="linear")
    ),
    "warmup(span=12 updates, first=0)+wsd(cooldown=30 updates, curve=1-sqrt)": (
        lambda lib, opt: lib.get_wsd_schedule(opt, W, 30, num_training_steps=T, decay_type="1-sqrt")
    ),
    "warmup(span=12 updates, first=0)+flat_cosine(flat=55 updates)": (
        lambda lib, opt: lib.get_wsd_schedule(opt, W, 30, num_training_steps=T, decay_type="cosine")
    ),
    "warmup(span=12 updates, first=0, curve=cosine)+wsd(cooldown=30 updates, curve=cosine)": (
        lambda lib, opt: lib.get_wsd_schedule(opt, W, 30, num_training_steps=T, warmup_type="cosine")
    ),
    "warmup(span=12 updates, first=0)+cosine(floor=0.1)": (
        lambda lib, opt: lib.get_cosine_with_min_lr_schedule_with_warmup(opt, W, T, min_lr_rate=0.1)
    ),
}


@pytest.mark.parametrize("text", TRANSFORMERS)
def test_transformers(text):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    expected = np.array(train(optimizer, TRANSFORMERS[text](library("transformers"), optimizer), T))
    if "floor=0.1" in text and "+cosine" in text:  # its floor also lifts the warm-up, from 0 to 0.1: compare after it
        expected[:W] = ours(text)[:W]
    np.testing.assert_allclose(ours(text), expected, rtol=1e-9, atol=1e-12)


OPTAX: dict[str, Callable[[Any], Any]] = {
    "constant": lambda lib: lib.constant_schedule(PEAK),
    "linear(floor=0.1)": lambda lib: lib.linear_schedule(PEAK, 0.1 * PEAK, T),
    "polynomial(power=1.5, floor=0.1)": lambda lib: lib.polynomial_schedule(PEAK, 0.1 * PEAK, 1.5, T),
    "cosine(floor=0.1, power=1.5)": lambda lib: lib.cosine_decay_schedule(PEAK, T, alpha=0.1, exponent=1.5),
    "exponential(gamma=0.3, every=40 updates)": lambda lib: lib.exponential_decay(PEAK, 40, 0.3),
    "step(gamma=0.3, every=40 updates)": lambda lib: lib.exponential_decay(PEAK, 40, 0.3, staircase=True),
    "staircase(of=exponential(gamma=0.3, every=60 updates), every=60 updates)": (
        lambda lib: lib.exponential_decay(PEAK, 60, 0.3, staircase=True)
    ),
    "floored(of=exponential(gamma=0.1, every=40 updates), floor=0.02)": (
        lambda lib: lib.exponential_decay(PEAK, 40, 0.1, end_value=0.02 * PEAK)
    ),
    "multi_step(at=[30 updates, 60 updates], gamma=0.2)": (
        lambda lib: lib.piecewise_constant_schedule(PEAK, {30: 0.2, 60: 0.2})
    ),
    "piecewise_linear(at=[30 updates, 60 updates], values=[1, 0.2, 0.1])": (
        lambda lib: lib.piecewise_interpolate_schedule("linear", PEAK, {30: 0.2, 60: 0.5})
    ),
    "warmup(span=12 updates, first=0)+cosine(floor=0.1)": (
        lambda lib: lib.warmup_cosine_decay_schedule(0.0, PEAK, W, T, end_value=0.1 * PEAK)
    ),
    "warmup(span=12 updates, first=0, start=0.1)+exponential(gamma=0.3, every=40 updates)": (
        lambda lib: lib.warmup_exponential_decay_schedule(0.1 * PEAK, PEAK, W, 40, 0.3)
    ),
    "sequence(of=[cosine, scale(of=linear, by=0.5)], at=[40 updates])": (
        lambda lib: lib.join_schedules(
            [lib.cosine_decay_schedule(PEAK, 40), lib.linear_schedule(0.5 * PEAK, 0.0, T - 40)], [40]
        )
    ),
    "sequence(of=[cosine, scale(of=warmup(span=7 updates, first=0)+cosine, by=0.5)], at=[40 updates])": (
        lambda lib: lib.sgdr_schedule(
            [
                {"init_value": PEAK, "peak_value": PEAK, "warmup_steps": 0, "decay_steps": 40},
                {"init_value": 0.0, "peak_value": 0.5 * PEAK, "warmup_steps": 7, "decay_steps": T - 40},
            ]
        )
    ),
}


@pytest.mark.parametrize("text", OPTAX)
def test_optax(text):
    schedule = OPTAX[text](library("optax"))
    with library("jax").enable_x64(True):
        theirs = [float(schedule(library("jax.numpy").asarray(t))) for t in range(T)]
    np.testing.assert_allclose(ours(text), theirs, rtol=1e-9, atol=1e-12)


KERAS: dict[str, Callable[[Any], Any]] = {
    "cosine(floor=0.1)": lambda lib: lib.CosineDecay(PEAK, T, alpha=0.1),
    "warmup(span=12 updates, first=0)+cosine": (
        lambda lib: lib.CosineDecay(0.0, T - W, warmup_target=PEAK, warmup_steps=W)
    ),
    "sgdr(first=20 updates, growth=2, decay=0.5, floor=0.1)": (
        lambda lib: lib.CosineDecayRestarts(PEAK, 20, t_mul=2.0, m_mul=0.5, alpha=0.1)
    ),
    "exponential(gamma=0.3, every=40 updates)": lambda lib: lib.ExponentialDecay(PEAK, 40, 0.3),
    "step(gamma=0.3, every=40 updates)": lambda lib: lib.ExponentialDecay(PEAK, 40, 0.3, staircase=True),
    "inverse_time(decay=0.05)": lambda lib: lib.InverseTimeDecay(PEAK, 20, 1.0),
    "inverse_time(decay=0.05, per=epoch)": lambda lib: lib.InverseTimeDecay(PEAK, 10, 0.5, staircase=True),
    "staircase(of=inverse_time(decay=0.05), every=20 updates)": (
        lambda lib: lib.InverseTimeDecay(PEAK, 20, 1.0, staircase=True)
    ),
    "polynomial(power=1.5, floor=0.1)": lambda lib: lib.PolynomialDecay(PEAK, T, 0.1 * PEAK, power=1.5),
    # Keras uses each value for one update longer: update 30 still has the first.
    "piecewise_constant(at=[31 updates, 61 updates], values=[1, 0.2, 0.1])": (
        lambda lib: lib.PiecewiseConstantDecay([30, 60], [PEAK, 0.2 * PEAK, 0.1 * PEAK])
    ),
}


@pytest.mark.parametrize("text", KERAS)
def test_keras(text):
    schedule = KERAS[text](library("keras").optimizers.schedules)
    theirs = [float(schedule(t)) for t in range(T)]  # single precision
    np.testing.assert_allclose(ours(text), theirs, rtol=1e-6, atol=1e-6 * PEAK)


def test_a_missing_library_is_skipped_with_the_reason_or_failed(monkeypatch):
    monkeypatch.setenv("LRLAB_REQUIRE_LIBRARIES", "0")
    with pytest.raises(pytest.skip.Exception, match=r"no_such_library is not .*; LRLAB_REQUIRE_LIBRARIES=1"):
        library("no_such_library")
    monkeypatch.setenv("LRLAB_REQUIRE_LIBRARIES", "1")
    with pytest.raises(pytest.fail.Exception, match="no_such_library is not installed"):
        library("no_such_library")
