"""Any torch scheduler as a curve; the run it belongs to goes on as if nothing had happened."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from torch.optim.swa_utils import SWALR

from lrlab.adapters import Scheduler, simulate
from lrlab.errors import ScheduleError

T, BEFORE = 30, 7
LOSSES = [1 / (1 + t) if t < 9 else 0.2 + math.sin(t) / 10 for t in range(T + BEFORE)]


class Halve:
    """A callable with a state, which a careless simulation would advance."""

    def __init__(self):
        self.calls = 0

    def __call__(self, t):
        self.calls += 1
        return 0.5 ** (self.calls / 10)


SCHEDULERS = {
    "ChainedScheduler": lambda o: ChainedScheduler([ConstantLR(o, 0.1, 4), ExponentialLR(o, 0.9)], o),
    "CosineAnnealingLR": lambda o: CosineAnnealingLR(o, 10, eta_min=0.01),
    "CosineAnnealingWarmRestarts": lambda o: CosineAnnealingWarmRestarts(o, 5, T_mult=2),
    "CyclicLR": lambda o: CyclicLR(o, 0.01, 0.1, 4, mode="triangular2"),
    "CyclicLR, a function": lambda o: CyclicLR(o, 0.01, 0.1, 4, scale_fn=lambda x: 0.9**x),
    "LambdaLR": lambda o: LambdaLR(o, lambda t: 0.95**t),
    "LambdaLR, with a state": lambda o: LambdaLR(o, Halve()),
    "LinearLR": lambda o: LinearLR(o, 0.1, total_iters=9),
    "MultiplicativeLR": lambda o: MultiplicativeLR(o, lambda t: 0.95),
    "MultiStepLR": lambda o: MultiStepLR(o, [3, 9, 20]),
    "OneCycleLR": lambda o: OneCycleLR(o, 0.5, total_steps=T + BEFORE),
    "ours": lambda o: Scheduler(o, "warmup+cosine", updates=T + BEFORE, fields={"momentum": "linear"}),
    "PolynomialLR": lambda o: PolynomialLR(o, 20, power=2),
    "ReduceLROnPlateau": lambda o: ReduceLROnPlateau(o, patience=1, cooldown=2, factor=0.5),
    "SequentialLR": lambda o: SequentialLR(o, [LinearLR(o, 0.1, total_iters=5), CosineAnnealingLR(o, 20)], [5]),
    "StepLR": lambda o: StepLR(o, 4, gamma=0.5),
    "SWALR": lambda o: SWALR(o, 0.05, anneal_epochs=6),
}


def advance(optimizer, scheduler, t):
    """One update of a real run, the weights included."""
    optimizer.zero_grad()
    sum((p**2).sum() for group in optimizer.param_groups for p in group["params"]).backward()
    optimizer.step()
    if isinstance(scheduler, ReduceLROnPlateau):
        scheduler.step(LOSSES[t])
    else:
        scheduler.step()


def rates_of_a_run(optimizer, scheduler, start, updates):
    rates = []
    for t in range(start, start + updates):
        rates.append([group["lr"] for group in optimizer.param_groups])
        if t < start + updates - 1:
            advance(optimizer, scheduler, t)
    return np.array(rates).T


def everything(optimizer, scheduler):
    """All there is to know of a run, as bytes."""
    state = {k: v for k, v in scheduler.state_dict().items() if k != "_schedulers"}
    parts = [part.state_dict() for part in getattr(scheduler, "_schedulers", [])]
    state = {k: v for k, v in state.items() if not callable(v)}
    parts = [{k: v for k, v in part.items() if not callable(v)} for part in parts]
    lambdas = [vars(f) for f in state.pop("lr_lambdas", []) if isinstance(f, Halve)]
    hooks = [len(optimizer._optimizer_step_pre_hooks), len(optimizer._optimizer_step_post_hooks)]
    weights = [p.detach().numpy().tobytes() for group in optimizer.param_groups for p in group["params"]]
    slots = [
        v.numpy().tobytes() if isinstance(v, torch.Tensor) else v for s in optimizer.state.values() for v in s.values()
    ]
    fields = [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]
    return pickle.dumps((repr(state), repr(parts), lambdas, hooks, weights, slots, repr(fields)))


def run(name, kind, count):
    weights = [torch.full((2,), 0.5, requires_grad=True) for _ in range(count)]
    groups = [{"params": [weight], "lr": 0.1 / 10**index} for index, weight in enumerate(weights)]
    optimizer = kind(groups, lr=0.1) if kind is AdamW else kind(groups, lr=0.1, momentum=0.9)
    return optimizer, SCHEDULERS[name](optimizer)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("kind", [SGD, AdamW])
@pytest.mark.parametrize("name", sorted(SCHEDULERS))
def test_a_live_scheduler_is_simulated_and_left_as_it_was(name, kind, count):
    optimizer, scheduler = run(name, kind, count)
    for t in range(BEFORE):
        advance(optimizer, scheduler, t)
    before, noise = everything(optimizer, scheduler), torch.get_rng_state()
    metrics = LOSSES[BEFORE:] if name == "ReduceLROnPlateau" else None
    curve = simulate(scheduler, T, metrics=metrics)
    assert everything(optimizer, scheduler) == before
    assert torch.equal(torch.get_rng_state(), noise)
    assert curve.dtype == np.float64
    assert curve.shape == ((T,) if count == 1 else (count, T))
    np.testing.assert_array_equal(curve, np.squeeze(rates_of_a_run(optimizer, scheduler, BEFORE, T)))


@pytest.mark.parametrize("name", sorted(SCHEDULERS))
def test_a_function_is_simulated_from_the_start(name):
    optimizer, scheduler = run(name, SGD, 2)
    curve = simulate(SCHEDULERS[name], T, lr=[0.1, 0.01], metrics=LOSSES if name == "ReduceLROnPlateau" else None)
    np.testing.assert_array_equal(curve, rates_of_a_run(optimizer, scheduler, 0, T))


def test_a_rate_in_a_tensor_is_not_shared():
    rate = torch.tensor(0.5)
    optimizer = SGD([torch.ones(1, requires_grad=True)], lr=rate)
    assert simulate(ExponentialLR(optimizer, 0.5), 3).tolist() == [0.5, 0.25, 0.125]
    assert rate.item() == 0.5


def test_simulating_twice_gives_the_same():
    _, scheduler = run("LambdaLR, with a state", SGD, 1)
    np.testing.assert_array_equal(simulate(scheduler, T), simulate(scheduler, T))


def test_a_simulated_scheduler_can_still_be_copied():
    optimizer, scheduler = run("SequentialLR", SGD, 1)
    simulate(scheduler, T)
    assert copy.deepcopy(scheduler).optimizer is not optimizer


@pytest.mark.parametrize(
    ("scheduler", "updates", "options", "way_out"),
    [
        (SCHEDULERS["StepLR"], 0, {}, "whole number, at least 1, but got 0"),
        (SCHEDULERS["StepLR"], 2.5, {}, "whole number, at least 1, but got 2.5"),
        (SCHEDULERS["ReduceLROnPlateau"], 5, {}, "but got 0; give `metrics` at least 4 values"),
        (SCHEDULERS["ReduceLROnPlateau"], 5, {"metrics": [1, 1, 1]}, "but got 3; give `metrics` at least 4 values"),
        (
            lambda o: OneCycleLR(o, 0.5, total_steps=4),
            6,
            {},
            "goes no further than 5 updates; ask for no more .*steps is 4",
        ),
        ("cosine", 5, {}, r"write lambda optimizer: StepLR\(optimizer, 30\)"),
        (lambda o: o, 5, {}, "let it return the scheduler it builds"),
    ],
)
def test_what_cannot_be_simulated_is_refused(scheduler, updates, options, way_out):
    with pytest.raises(ScheduleError, match=way_out):
        simulate(scheduler, updates, **options)
