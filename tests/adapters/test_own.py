"""Functions and schedules of the user's own run and resume; another function is not taken for the one saved."""

import functools
import random
import subprocess
import sys
import types
from array import array
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars
import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import LambdaLR

from lrlab.adapters import Scheduler
from lrlab.adapters._fingerprint import fingerprint
from lrlab.errors import ScheduleError
from lrlab.schedules import SCHEDULES, Cosine, Horizon, Schedule, parse, register
from support import updates

SCALE = 0.5


def half(t):
    return SCALE / (1 + t)


def decay(gamma):
    return lambda t: gamma**t


class Callable:
    def __init__(self, gamma):
        self.gamma = gamma

    def __call__(self, t):
        return self.gamma**t

    def method(self, t):
        return self.gamma * t


@dataclass(frozen=True, kw_only=True)
class Mine(Schedule):
    name = "mine"

    by: float = 1.0

    def shape(self, t, horizon):
        return 1 / (self.by + t)


@dataclass(frozen=True, kw_only=True)
class Changed(Mine):
    name = "mine"

    def shape(self, t, horizon):
        return 2 / (2 + t)


def build(schedule, **options):
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    return Scheduler(optimizer, schedule, **({"updates": 10} | options))


def train(scheduler, count):
    return updates.train(scheduler.optimizer, scheduler, count)


FUNCTIONS = {
    "a lambda": lambda: lambda t: 1 / (1 + t),
    "a function with a global value": lambda: half,
    "a closure": lambda: decay(0.9),
    "a partial": lambda: functools.partial(pow, 0.5),
    "a callable": lambda: Callable(0.8),
    "a method": lambda: Callable(0.8).method,
    "one that takes whole numbers alone": lambda: lambda t: [1.0, 0.5, 0.25][min(t, 2)],
    "one of numpy": lambda: lambda t: np.exp(-t / 10),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_what_lambdalr_makes_of_it(name):
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    assert train(build(FUNCTIONS[name]()), 10) == train(LambdaLR(optimizer, FUNCTIONS[name]()), 10)


@pytest.mark.parametrize("make", [*FUNCTIONS.values(), Mine, lambda: Mine(by=3.0)])
def test_a_run_resumes(make):
    whole = train(build(make()), 10)
    scheduler = build(make())
    train(scheduler, 4)
    again = build(make())
    again.load_state_dict(scheduler.state_dict())
    assert train(again, 6) == whole[4:]


OTHERS = [
    (lambda: lambda t: 1 / (1 + t), lambda: lambda t: 1 / (2 + t)),
    (lambda: decay(0.9), lambda: decay(0.8)),
    (lambda: Callable(0.9), lambda: Callable(0.8)),
    (lambda: functools.partial(pow, 0.5), lambda: functools.partial(pow, 0.6)),
    (lambda: Mine(), lambda: Changed()),
    (lambda: Mine(), lambda: Mine(by=2.0)),
    (lambda: half, lambda: "linear"),
    (lambda: "linear", lambda: half),
]


@pytest.mark.parametrize(("make", "other"), OTHERS)
def test_another_function_is_refused_or_chosen(make, other):
    scheduler = build(make())
    train(scheduler, 4)
    with pytest.raises(ScheduleError, match=r'build it as it was.*on_change="rescale" .*, at update 4 of 10'):
        build(other()).load_state_dict(scheduler.state_dict())
    chosen = build(other(), on_change="rescale")
    chosen.load_state_dict(scheduler.state_dict())
    assert chosen.t == 4


def test_a_global_value_that_changed_is_seen(monkeypatch):
    state = build(half).state_dict()
    monkeypatch.setitem(half.__globals__, "SCALE", 0.25)
    with pytest.raises(ScheduleError, match="has other code or other values in it"):
        build(half).load_state_dict(state)


def test_a_registered_schedule_resumes_by_name_and_its_changed_code_is_seen():
    try:
        first = register("mine_registered")(dataclass(frozen=True, kw_only=True)(type("First", (Mine,), {})))
        state = build("mine_registered").state_dict()
        build(first()).load_state_dict(state)
        kept = build("linear", on_change="keep")
        kept.load_state_dict(state)
        assert kept.schedule == first()
        SCHEDULES.remove("mine_registered")
        register("mine_registered")(dataclass(frozen=True, kw_only=True)(type("First", (Changed,), {})))
        with pytest.raises(ScheduleError, match=r"its code is another, .*; build it as it was"):
            build("mine_registered").load_state_dict(state)
    finally:
        SCHEDULES.remove("mine_registered")


def test_a_function_may_change_as_it_goes():
    scale = {"by": 1.0}
    scheduler = build(lambda t: scale["by"])
    train(scheduler, 2)
    scale["by"] = 0.5
    assert train(scheduler, 2) == [1.0, 0.5]


def test_a_function_needs_no_horizon():
    scheduler = build(lambda t: 0.5 ** (t // 1000), updates=None)
    scheduler.step(updates=5000)
    assert scheduler.get_last_lr() == [0.5**5]
    assert "without end" in repr(scheduler)
    assert "function test_a_function_needs_no_horizon" in repr(scheduler)


def test_a_function_for_a_further_field_or_one_group():
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0, weight_decay=0.1)
    scheduler = Scheduler(optimizer, "linear", updates=4, fields={"weight_decay": {0: lambda t: 1 / (1 + t)}})
    scheduler.step(updates=1)
    assert optimizer.param_groups[0]["weight_decay"] == 0.05


@pytest.mark.parametrize("value", [None, "high", float("nan"), float("inf"), [1, 2]])
def test_a_function_that_returns_no_number_is_refused(value):
    with pytest.raises(ScheduleError, match=r"must return the fraction of the peak, .* at t = 0 .*; return 1.0 for"):
        build(lambda t: value)


def test_a_shape_that_is_no_number_is_refused():
    @dataclass(frozen=True, kw_only=True)
    class Broken(Schedule):
        name = "broken"

        def shape(self, t, horizon):
            return np.where(t == 3, np.nan, 1.0)

    with pytest.raises(ScheduleError, match="gives nan at update 3; its shape must be a finite number"):
        build(Broken())


@pytest.mark.parametrize(
    "given", [Cosine, StopIteration, 3, Cosine().bind(peak=1.0, horizon=Horizon(updates=3, updates_per_epoch=3))]
)
def test_what_is_neither_is_refused(given):
    with pytest.raises(ScheduleError, match=r"give a function from update t|give the schedule itself, and its peak"):
        build(given)


DECAY = """
def decay(gamma):
    return lambda t: gamma**t if t in {1, 2, "a", "b"} else max(t, 1)
"""


def test_a_fingerprint_is_the_same_in_another_process():
    space = {}
    exec(DECAY, space)
    values = [space["decay"](0.9), space["decay"](0.8), {"b": 1, "a": {3, "x", "y", "z"}}]
    here = [fingerprint(value) for value in values]
    code = (
        f"{DECAY}\nfrom lrlab.adapters._fingerprint import fingerprint\n"
        "values = [decay(0.9), decay(0.8), {'a': {'z', 'y', 'x', 3}, 'b': 1}]\n"
        "print(*[fingerprint(value) for value in values])"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    assert there.stdout.split() == here
    assert len(set(here)) == 3


def test_a_fingerprint_ends_for_values_that_hold_themselves():
    value = []
    value.append(value)
    assert len(fingerprint(lambda t: value)) == 16


def test_inside_a_trace_the_way_out_is_said(library):
    jax = library("jax")
    rates = parse("cosine").bind(peak=0.1, horizon=Horizon(updates=10, updates_per_epoch=10))
    with pytest.raises(ScheduleError, match=r"table = jnp.asarray\(rates\(np.arange\(T \+ 1\)\)\), schedule = lambda"):
        jax.jit(rates)(3)
    table = jax.numpy.asarray(rates(np.arange(11)))
    optax = library("optax")
    optimizer = optax.sgd(lambda t: table[jax.numpy.minimum(t, 10)])
    weight, used = jax.numpy.ones(()), []
    state = optimizer.init(weight)
    for _ in range(12):
        change, state = jax.jit(optimizer.update)(jax.numpy.ones(()), state)
        used.append(-float(change))
    np.testing.assert_allclose(used, [*rates.all(), 0.0, 0.0], rtol=1e-6, atol=1e-8)


class Slotted:
    __slots__ = ("power",)

    def __init__(self, power):
        self.power = power


@dataclass(slots=True)
class SlottedData:
    power: float


VALUES = {
    "tensor": torch.tensor,
    "tensor of half the width": lambda value: torch.tensor(value, dtype=torch.bfloat16),
    "tensor of rank 2": lambda value: torch.full((2, 2), value),
    "parameter": lambda value: torch.nn.Parameter(torch.tensor(value)),
    "slots": Slotted,
    "dataclass with slots": SlottedData,
    "fraction": Fraction,
    "decimal": Decimal,
    "range": lambda value: range(int(4 * value)),
    "deque": lambda value: deque([value]),
    "deque of a length": lambda value: deque([1.0], maxlen=int(4 * value)),
    "array": lambda value: array("d", [value]),
    "time": lambda value: timedelta(seconds=value),
    "path": lambda value: Path(f"rates/{value}"),
}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("inside", [False, True])
def test_a_value_of_any_kind_tells_one_function_from_another(kind, inside):
    def build(value):
        held = VALUES[kind](value)
        held = {"held": [held]} if inside else held
        return lambda t: (held, t)

    prints = [fingerprint(build(value)) for value in (0.5, 1.5, 0.5)]
    assert prints[0] == prints[2] != prints[1]


def test_the_weights_of_a_model_do_not_make_a_function_another():
    model = torch.nn.BatchNorm1d(2)
    before = fingerprint(lambda t: model.momentum * t)
    with torch.no_grad():
        model.weight.add_(1)
        model.running_mean.add_(1)
    assert fingerprint(lambda t: model.momentum * t) == before


def test_what_generators_have_drawn_does_not_make_a_function_another():
    drawn = [np.random.default_rng(0), np.random.RandomState(0), random.Random(0), torch.Generator()]
    before = fingerprint(lambda t: drawn)
    for one in drawn[:3]:
        one.random()
    torch.rand(1, generator=drawn[3])
    assert fingerprint(lambda t: drawn) == before


def test_what_an_installed_package_has_counts_by_its_name(monkeypatch):
    before = fingerprint(lambda t: polars.DataFrame)
    monkeypatch.setattr(polars.DataFrame, "extra", 3, raising=False)
    assert fingerprint(lambda t: polars.DataFrame) == before
    assert fingerprint(lambda t: polars.Series) != before


PROGRAM = """
{docs}
import helpers
FLOOR = {floor}
class Rate:
    {docs}
    def __call__(self, t):
        {docs}
        return max(self.fraction(t), FLOOR)
    def fraction(self, t):
        return 1.0 / (1.0 + t)
def half(t):
    {docs}
    return 0.5
def generated(t):
    return max(FLOOR if t else 1.0 for _ in range(1))
def inside(t):
    def deeper():
        return FLOOR
    return deeper()
def helped(t):
    return helpers.scale(t)
call = Rate()
"""
HELPERS = "RATE = {rate}\ndef scale(t):\n    return RATE * t\n"


def fingerprint_in(name, tmp_path, monkeypatch, *, docs="", floor=0.1, rate=0.5):
    helpers = types.ModuleType("helpers")
    exec(HELPERS.format(rate=rate), vars(helpers))
    monkeypatch.setitem(sys.modules, "helpers", helpers)
    space = {"__name__": "program"}
    exec(compile(PROGRAM.format(docs=docs, floor=floor), str(tmp_path / "program.py"), "exec"), space)
    return fingerprint(space[name])


@pytest.mark.parametrize("name", ["half", "call", "generated", "inside", "helped"])
def test_what_a_function_reads_is_in_its_fingerprint_and_its_docstring_is_not(name, tmp_path, monkeypatch):
    first = fingerprint_in(name, tmp_path, monkeypatch)
    assert fingerprint_in(name, tmp_path, monkeypatch, docs='"""What it does."""') == first
    assert (fingerprint_in(name, tmp_path, monkeypatch, floor=0.2) == first) == (name in ("half", "helped"))
    assert (fingerprint_in(name, tmp_path, monkeypatch, rate=0.7) == first) == (name != "helped")


def test_values_seen_by_the_thousand():
    def build(last):
        values = [[at] for at in range(5_000)] + [[last]]
        return lambda t: values[t]

    prints = [fingerprint(build(last)) for last in (1, 2, 1)]
    assert prints[0] == prints[2] != prints[1]
