"""Numbers from elsewhere: by hand, by the closed form in plain Python, and by torch's own scheduler (2.6 or later)."""

import math

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from lrlab.schedules import (
    Constant,
    Cosine,
    Cyclic,
    Exponential,
    Horizon,
    Linear,
    MultiStep,
    OneCycle,
    Polynomial,
    Product,
    Schedule,
    Sgdr,
    Staircase,
    Step,
    Warmup,
    table,
)
from support.updates import train

PEAK = 0.3


def ours(schedule: Schedule, updates: int) -> np.ndarray:
    return schedule.bind(peak=PEAK, horizon=Horizon(updates=updates, updates_per_epoch=10)).all()


def used_by_torch(make, updates: int) -> list[float]:
    """The rate each update of a plain loop uses: read, optimizer.step(), scheduler.step()."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    return train(optimizer, make(optimizer), updates)


# By hand, over T = 10 at peak 1. C[k] = cos(k pi / 10), from a table.
C = {1: 0.9510565162951535, 2: 0.8090169943749475, 3: 0.5877852522924731, 4: 0.30901699437494745}
BY_HAND = {
    "constant": (Constant(), [1] * 10),
    "linear": (Linear(), [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]),
    "linear, closed": (Linear(end="closed"), [k / 9 for k in range(9, -1, -1)]),
    "polynomial": (Polynomial(), [1, 0.81, 0.64, 0.49, 0.36, 0.25, 0.16, 0.09, 0.04, 0.01]),
    "cosine": (
        Cosine(),
        [1, *((1 + C[k]) / 2 for k in (1, 2, 3, 4)), 0.5, *((1 - C[k]) / 2 for k in (4, 3, 2, 1))],
    ),
    "cosine, closed": (Cosine(end="closed", floor=0.2), [0.6 + 0.4 * math.cos(k * math.pi / 9) for k in range(10)]),
    "step": (Step(), [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001]),
    "exponential": (Exponential(gamma=1 / 1024), [2.0**-k for k in range(10)]),
    "cyclic, even": (Cyclic(period="40%", low=0.2), [0.2, 0.6, 1, 0.6, 0.2, 0.6, 1, 0.6, 0.2, 0.6]),
    "cyclic, uneven": (
        Cyclic(period="50%", low=0, rise=0.2),
        [0, 1, 0.75, 0.5, 0.25, 0, 1, 0.75, 0.5, 0.25],
    ),
    "one cycle, linear": (
        OneCycle(rise="50%", anneal="linear", start=0.2, final=0),
        [0.2, 0.4, 0.6, 0.8, 1, 0.8, 0.6, 0.4, 0.2, 0],
    ),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_by_hand(case):
    schedule, expected = BY_HAND[case]
    np.testing.assert_allclose(ours(schedule, 10), PEAK * np.array(expected), rtol=1e-12, atol=1e-16)


# The closed form, one update at a time, in plain Python: fields of no special value, T = 997.
CLOSED_FORM = {
    "cosine": (Cosine(floor=0.03), lambda t, T: 0.03 + 0.97 * (1 + math.cos(math.pi * t / T)) / 2),
    "polynomial": (Polynomial(power=0.9), lambda t, T: (1 - t / T) ** 0.9),
    "exponential": (Exponential(gamma=0.02, every="13 updates"), lambda t, T: math.exp(math.log(0.02) * t / 13)),
    "step": (Step(gamma=0.7, every="13 updates"), lambda t, T: 0.7 ** (t // 13)),
    "cyclic": (
        Cyclic(period="13 updates", rise=0.3, low=0.05),
        lambda t, T: 0.05 + 0.95 * (1 - abs(t % 13 - 3.9) / (3.9 if t % 13 < 3.9 else 9.1)),
    ),
}


@pytest.mark.parametrize("case", CLOSED_FORM)
def test_the_closed_form(case):
    schedule, formula = CLOSED_FORM[case]
    expected = [PEAK * formula(t, 997) for t in range(997)]
    np.testing.assert_allclose(ours(schedule, 997), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("updates", [3, 1000, 1_000_000])
def test_the_last_update_of_a_decay_keeps_its_digits(updates):
    # sin(x)**2 with x = pi / 2T, by its series: x**2 - x**4 / 3 + 2 x**6 / 45 - ..., six terms are plenty for x < 0.53.
    x = math.pi / (2 * updates)
    terms = ((-1) ** (k + 1) * 2 ** (2 * k - 1) * x ** (2 * k) / math.factorial(2 * k) for k in range(1, 13))
    assert ours(Cosine(), updates)[-1] == pytest.approx(PEAK * sum(terms), rel=1e-12)
    assert ours(Linear(), updates)[-1] == pytest.approx(PEAK / updates, rel=1e-14)
    assert ours(Polynomial(power=0.5), updates)[-1] == pytest.approx(PEAK / math.sqrt(updates), rel=1e-14)


BY_TORCH = {
    "step": (
        Step(gamma=0.3, every="7 updates"),
        lambda optimizer, T: lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.3),
    ),
    "exponential": (
        Exponential(gamma=0.97, every="1 updates"),
        lambda optimizer, T: lr_scheduler.ExponentialLR(optimizer, gamma=0.97),
    ),
    "linear": (
        Linear(floor=0.1),
        lambda optimizer, T: lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=0.1, total_iters=T),
    ),
    "linear, closed": (
        Linear(floor=0.1, end="closed"),
        lambda optimizer, T: lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=0.1, total_iters=T - 1),
    ),
    "polynomial": (
        Polynomial(power=0.9),
        lambda optimizer, T: lr_scheduler.PolynomialLR(optimizer, total_iters=T, power=0.9),
    ),
    "cosine": (
        Cosine(floor=0.1),
        lambda optimizer, T: lr_scheduler.CosineAnnealingLR(optimizer, T_max=T, eta_min=0.1 * PEAK),
    ),
    "cosine, closed": (
        Cosine(end="closed"),
        lambda optimizer, T: lr_scheduler.CosineAnnealingLR(optimizer, T_max=T - 1),
    ),
    "cyclic": (
        Cyclic(period="10 updates", low=0.2),
        lambda optimizer, T: lr_scheduler.CyclicLR(
            optimizer, base_lr=0.2 * PEAK, max_lr=PEAK, step_size_up=5, cycle_momentum=False
        ),
    ),
    "cyclic, uneven": (
        Cyclic(period="10 updates", low=0.2, rise=0.3),
        lambda optimizer, T: lr_scheduler.CyclicLR(
            optimizer, base_lr=0.2 * PEAK, max_lr=PEAK, step_size_up=3, step_size_down=7, cycle_momentum=False
        ),
    ),
    "cyclic, halving": (
        Cyclic(period="10 updates", low=0.2, decay="halving"),
        lambda optimizer, T: lr_scheduler.CyclicLR(
            optimizer, base_lr=0.2 * PEAK, max_lr=PEAK, step_size_up=5, mode="triangular2", cycle_momentum=False
        ),
    ),
    "cyclic, exponential, uneven": (
        Cyclic(period="10 updates", low=0.2, rise=0.3, decay=0.98),
        lambda optimizer, T: lr_scheduler.CyclicLR(
            optimizer,
            base_lr=0.2 * PEAK,
            max_lr=PEAK,
            step_size_up=3,
            step_size_down=7,
            mode="exp_range",
            gamma=0.98,
            cycle_momentum=False,
        ),
    ),
    "multi-step": (
        MultiStep(at=("7 updates", "20 updates"), gamma=0.3),
        lambda optimizer, T: lr_scheduler.MultiStepLR(optimizer, milestones=[7, 20], gamma=0.3),
    ),
    "warm restarts": (
        Sgdr(first="9 updates", growth=1, floor=0.1),
        lambda optimizer, T: lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=9, eta_min=0.1 * PEAK),
    ),
    "warm restarts, growing": (
        Sgdr(first="5 updates", growth=3),
        lambda optimizer, T: lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=5, T_mult=3),
    ),
    "a low rate, then the peak": (
        Warmup(span="8 updates", curve="constant", start=0.25, then=Constant()),
        lambda optimizer, T: lr_scheduler.ConstantLR(optimizer, factor=0.25, total_iters=8),
    ),
    "warm-up from a third": (
        Warmup(span="8 updates", first="0", start=1 / 3, then=Constant()),
        lambda optimizer, T: lr_scheduler.LinearLR(optimizer, total_iters=8),
    ),
    "a product": (
        Product(of=(Exponential(gamma=0.9, every="1 updates"), Step(gamma=0.5, every="7 updates"))),
        lambda optimizer, T: lr_scheduler.ChainedScheduler(
            [lr_scheduler.ExponentialLR(optimizer, gamma=0.9), lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.5)]
        ),
    ),
    "warm-up and cosine": (
        Warmup(span="8 updates", then=Cosine()),
        lambda optimizer, T: lr_scheduler.SequentialLR(
            optimizer,
            [
                lr_scheduler.LinearLR(optimizer, start_factor=1 / 9, total_iters=8),
                lr_scheduler.CosineAnnealingLR(optimizer, T_max=T - 8),
            ],
            milestones=[8],
        ),
    ),
}


@pytest.mark.parametrize("updates", [40, 53])
@pytest.mark.parametrize("case", BY_TORCH)
@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step()`:UserWarning")  # SequentialLR's own call
def test_by_torch(case, updates):
    schedule, make = BY_TORCH[case]
    theirs = used_by_torch(lambda optimizer: make(optimizer, updates), updates)
    np.testing.assert_allclose(ours(schedule, updates), theirs, rtol=1e-9, atol=1e-12)


BY_TORCH_ONCE_AN_EPOCH = {
    "polynomial": (Polynomial(power=5), lambda optimizer, N: lr_scheduler.PolynomialLR(optimizer, N, power=5)),
    "cosine": (Cosine(), lambda optimizer, N: lr_scheduler.CosineAnnealingLR(optimizer, T_max=N)),
}


@pytest.mark.parametrize("case", BY_TORCH_ONCE_AN_EPOCH)
def test_torch_stepped_once_an_epoch_is_a_staircase(case):
    schedule, make = BY_TORCH_ONCE_AN_EPOCH[case]
    theirs = used_by_torch(lambda optimizer: make(optimizer, 6), 6)
    np.testing.assert_allclose(ours(Staircase(of=schedule), 60), np.repeat(theirs, 10), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("updates", [7, 10, 15, 97, 1000])
@pytest.mark.parametrize("percent", [30, 42.5, 80])
@pytest.mark.parametrize(("anneal", "strategy"), [("cosine", "cos"), ("linear", "linear")])
def test_one_cycle_by_torch(updates, percent, anneal, strategy):
    # Where percent of T is not whole, torch's peak falls between two updates, and so does ours.
    def make(optimizer):
        return lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=PEAK,
            total_steps=updates,
            pct_start=percent / 100,
            anneal_strategy=strategy,
            cycle_momentum=False,
        )

    theirs = used_by_torch(make, updates)
    np.testing.assert_allclose(ours(OneCycle(rise=f"{percent}%", anneal=anneal), updates), theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("updates", [8, 97, 1000])
@pytest.mark.parametrize("phases", [2, 3])
@pytest.mark.parametrize(("anneal", "strategy"), [("cosine", "cos"), ("linear", "linear")])
def test_one_cycle_moves_momentum_as_torch_does(updates, phases, anneal, strategy):
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    scheduler = lr_scheduler.OneCycleLR(
        optimizer, max_lr=PEAK, total_steps=updates, anneal_strategy=strategy, three_phase=phases == 3
    )
    theirs = []
    for update in range(updates):
        theirs.append((optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["betas"][0]))
        optimizer.step()
        if update < updates - 1:
            scheduler.step()
    schedule = OneCycle(anneal=anneal, phases=phases, momenta=(0.95, 0.85))
    rows = table([schedule.bind(peak=PEAK, horizon=Horizon(updates=updates, updates_per_epoch=10))], [0.5], [0])
    np.testing.assert_allclose(rows.value[:2, 0].T, theirs, rtol=0, atol=1e-12)


def test_a_staircase_holds_the_momentum_with_the_rate():
    # By hand, over T = 10: the rate is 1 and the momentum lowest at t = 4; read at t = 0, 3, 6 and 9.
    cycle = OneCycle(rise="50%", anneal="linear", start=0.2, final=0, momenta=(0.95, 0.85))
    rates = Staircase(of=cycle, every="3 updates").bind(peak=1, horizon=Horizon(updates=10, updates_per_epoch=10))
    rows = table([rates], [0.5], [0]).value[:2, 0]
    expected = np.repeat([[0.2, 0.8, 0.6, 0], [0.95, 0.875, 0.89, 0.95]], [3, 3, 3, 1], axis=1)
    np.testing.assert_allclose(rows, expected, rtol=0, atol=1e-15)


def test_after_the_end_ours_holds_where_torch_goes_back_up():
    rates = Cosine().bind(peak=PEAK, horizon=Horizon(updates=10, updates_per_epoch=10))
    theirs = used_by_torch(lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=10), 13)
    assert theirs[12] > theirs[11] > 0
    assert rates([10, 11, 12]).tolist() == [0, 0, 0]
