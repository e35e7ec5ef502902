"""The pasted lines, run with torch: update by update the same rates, and the optimizer that was asked for."""

import ast
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from lrlab.errors import LabError, ScheduleError
from lrlab.export import torch_lines
from lrlab.export._curves import curve
from lrlab.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Floored,
    Horizon,
    Linear,
    OneCycle,
    Product,
    Rates,
    Repeat,
    Scale,
    Schedule,
    Sequence,
    Staircase,
    Stretch,
    Warmup,
)
from support.pasted import pasted, values_used
from support.schedules import EXAMPLES, HORIZON, VARIANTS
from support.strategies import bound

ALL = EXAMPLES | VARIANTS


def lines(schedule: Schedule = EXAMPLES["cosine"], optimizer: str = "sgd", **settings: Any) -> str:
    return torch_lines(schedule, peak=0.1, horizon=HORIZON, optimizer=optimizer, settings=settings)


def check(rates: Rates) -> None:
    text = torch_lines(
        rates.schedule, peak=rates.peak, horizon=rates.horizon, optimizer="sgd", settings={"momentum": 0.9}
    )
    t = np.arange(rates.horizon.updates + 3)  # a little longer than planned
    used, momentum = np.transpose(values_used(text, len(t)))
    np.testing.assert_allclose(used, rates(t), rtol=1e-12, atol=1e-300)
    moved = rates.momentum(t)
    expected = np.full(len(t), 0.9) if moved is None else np.where(np.isnan(moved), 0.9, moved)
    np.testing.assert_allclose(momentum, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_every_schedule_has_a_writer(name):
    assert SCHEDULES[name] in curve.registry, f"{name} has no writer in _curves.py"


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_examples_give_the_same_rates(name):
    check(ALL[name].bind(peak=0.3, horizon=HORIZON))


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - {"warmup"}))
@pytest.mark.parametrize("first", ["1/(W+1)", "1/W", "0"])
def test_a_warmup_before_any_schedule_gives_the_same_rates(name, first):
    check(Warmup(span="20%", first=first, then=EXAMPLES[name]).bind(peak=0.3, horizon=HORIZON))


CYCLE = OneCycle(rise="50%", momenta=(0.95, 0.8))
MOVING = {
    "alone": OneCycle(momenta=(0.95, 0.85)),
    "3 phases": OneCycle(momenta=(0.95, 0.85), phases=3, anneal="linear"),
    "after a warm-up": Warmup(span="20%", then=CYCLE),
    "under a warm-up": Warmup(span="20%", mode="product", then=CYCLE),
    "before a prefix": Warmup(span="20%", mode="prefix", then=CYCLE),
    "late": Sequence(of=(Constant(), CYCLE), at=("50%",)),
    "early": Sequence(of=(CYCLE, Linear()), at=("50%",)),
    "the second factor": Product(of=(Cosine(), Scale(of=CYCLE, by=0.5))),
    "a late factor": Product(of=(Cosine(), Sequence(of=(Constant(), CYCLE), at=("50%",)))),
    "again and again": Repeat(of=Floored(of=CYCLE, floor=0.1), every="50%"),
    "step by step": Staircase(of=CYCLE, every="3 updates"),
    "late, step by step": Staircase(of=Sequence(of=(Constant(), CYCLE), at=("50%",)), every="3 updates"),
    "stretched": Stretch(of=CYCLE, length="10 updates"),
}


@pytest.mark.parametrize("case", MOVING)
def test_the_momentum_moves_too(case):
    rates = MOVING[case].bind(peak=0.3, horizon=HORIZON)
    assert rates.momentum(np.arange(HORIZON.updates)) is not None
    check(rates)


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_the_momentum_of_adam_is_its_first_beta(optimizer):
    rates = OneCycle(momenta=(0.95, 0.85)).bind(peak=0.1, horizon=HORIZON)
    text = lines(rates.schedule, optimizer, beta2=0.98)
    assert "betas=(momentum(0), 0.98)" in text
    momentum = [value for _, value in values_used(text, 20)]
    np.testing.assert_allclose(momentum, rates.momentum(np.arange(20)), rtol=1e-12)


RISES = [{}, {"start": 0.1}, {"curve": "cosine"}, {"curve": "log"}, {"curve": "exponential", "start": 0.1}]


@pytest.mark.parametrize("fields", RISES, ids=str)
def test_a_stretched_warmup_does_not_pass_the_peak(fields):
    """Update 7 of 20 is at 4.55 of 13: beyond the last of 5 updates of warm-up, where 1/W is above 1."""
    schedule = Stretch(of=Warmup(span="5 updates", first="1/W", then=Constant(), **fields), length="13 updates")
    check(schedule.bind(peak=0.3, horizon=HORIZON))
    assert max(rate for rate, _ in values_used(lines(schedule), 20)) <= 0.1 * (1 + 1e-15)


def test_a_run_of_any_length_is_written_at_once():
    """A billion updates were laid out only to learn whether momentum moves."""
    horizon = Horizon(updates=10**12, updates_per_epoch=10**6)
    for schedule in (Cosine(), OneCycle(momenta=(0.95, 0.85)), MOVING["a late factor"]):
        text = torch_lines(schedule, peak=0.1, horizon=horizon, optimizer="sgd", settings={"momentum": 0.9})
        assert ("momentum(0)" in text) == (schedule != Cosine())


@settings(deadline=None, max_examples=100)
@given(bound())
def test_any_schedule_gives_the_same_rates(rates):
    check(rates)


def test_a_long_run_keeps_its_digits_at_the_end():
    text = torch_lines(
        Cosine(), peak=1.0, horizon=Horizon(updates=100_000, updates_per_epoch=10), optimizer="sgd", settings={}
    )
    factor = pasted(text)[0]["factor"]
    rates = Cosine().bind(peak=1.0, horizon=Horizon(updates=100_000, updates_per_epoch=10))
    t = np.arange(99_900, 100_003)
    np.testing.assert_allclose([factor(k) for k in t.tolist()], rates(t), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_lines_need_torch_and_math_alone(name):
    tree = ast.parse(lines(ALL[name]))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert "torch" in imported
    assert ("math" in imported) == ("math." in lines(ALL[name]))
    assert imported <= {"torch", "math"}
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_lines_are_short_and_say_what_they_are(name):
    text = lines(ALL[name], "adamw", momentum=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01)
    assert f" {ALL[name]}, over 20 updates\n" in text.replace("\n# ", " ")  # a long one is wrapped
    assert "T = 20  # updates in the run\n" in text
    assert ("\nW = " in text) == isinstance(ALL[name], Warmup)
    assert "optimizer.step()\nscheduler.step()  # once per update, not per epoch\n" in text
    assert text.endswith("not per epoch\n") or "momentum(scheduler.last_epoch)" in text
    assert all(len(line) <= 120 for line in text.splitlines())


@pytest.mark.parametrize(
    ("optimizer", "settings", "expected"),
    [
        ("sgd", {"momentum": 0.9, "weight_decay": 5e-4, "nesterov": True},
         "SGD(model.parameters(), lr=PEAK, momentum=0.9, weight_decay=0.0005, nesterov=True)"),
        ("sgd", {}, "SGD(model.parameters(), lr=PEAK)"),
        ("sgd", {"momentum": 0, "beta2": 0.999, "eps": 1e-8}, "SGD(model.parameters(), lr=PEAK, momentum=0.0)"),
        ("adam", {"momentum": 0.8, "beta2": 0.99, "eps": 1e-6, "nesterov": False},
         "Adam(model.parameters(), lr=PEAK, betas=(0.8, 0.99), eps=1e-06)"),
        ("adamw", {"momentum": 0.8}, "AdamW(model.parameters(), lr=PEAK, betas=(0.8, 0.999))"),
        ("adamw", {"beta2": 0.95, "weight_decay": 1},
         "AdamW(model.parameters(), lr=PEAK, betas=(0.9, 0.95), weight_decay=1.0)"),
    ],
)  # fmt: skip
def test_the_optimizer_is_the_one_asked_for(optimizer, settings, expected):
    text = lines(optimizer=optimizer, **settings)
    assert f"optimizer = torch.optim.{expected}\n" in text
    built = pasted(text)[0]["optimizer"]
    assert type(built).__name__.lower() == optimizer
    group = built.param_groups[0]
    asked = {"momentum": group.get("momentum", group.get("betas", [0])[0]), **group}
    assert all(asked[name] == value for name, value in settings.items() if name in asked)


@pytest.mark.parametrize(
    ("optimizer", "settings", "message"),
    [
        ("adam-w", {}, r"unknown optimizer 'adam-w'; did you mean adamw or radamw\?"),
        ("sgd", {"momentun": 0.9}, r"unknown optimizer setting 'momentun'; did you mean momentum\?"),
        ("sgd", {"lr": 0.1}, "unknown optimizer setting 'lr'; known: accumulate, alpha, beta2, clip, "),
        ("sgd", {"momentum": "0.9"}, "export: `momentum` must be a finite number, but got '0.9'; write 0.9 or 1e-4"),
        ("sgd", {"momentum": True}, "`momentum` must be a finite number, but got True"),
        ("adam", {"eps": float("nan")}, "`eps` must be a finite number, but got nan"),
        ("sgd", {"nesterov": 1}, "`nesterov` must be True or False, but got 1"),
    ],
)
def test_settings_that_cannot_be_written(optimizer, settings, message):
    with pytest.raises(LabError, match=message):
        lines(optimizer=optimizer, **settings)


def test_what_cannot_be_bound_cannot_be_written():
    with pytest.raises(ScheduleError, match="a peak rate must lie in"):
        torch_lines(Linear(), peak=0, horizon=HORIZON, optimizer="sgd", settings={})
    one = Horizon(updates=1, updates_per_epoch=1)
    with pytest.raises(ScheduleError, match="lengthen the run by 2"):
        torch_lines(EXAMPLES["one_cycle"], peak=0.1, horizon=one, optimizer="sgd", settings={})


def test_a_shorter_factor_keeps_its_last_momentum():
    inner = Repeat(of=OneCycle(rise="5 updates", momenta=(0.95, 0.85)), every="10 updates")
    longer = Warmup(span="5 updates", mode="prefix", then=Linear())
    rates = Product(of=(inner, longer)).bind(peak=0.1, horizon=Horizon(updates=20, updates_per_epoch=5))
    text = torch_lines(rates.schedule, peak=0.1, horizon=rates.horizon, optimizer="sgd", settings={"momentum": 0.9})
    _, momentum = np.transpose(values_used(text, 28))
    np.testing.assert_allclose(momentum, rates.momentum(np.arange(28)), rtol=1e-12)


def test_nesterov_begins_where_the_schedules_momentum_is_0():
    settings = {"momentum": 0.9, "nesterov": True}
    schedule = OneCycle(momenta=(0.0, 0.5))
    rates = schedule.bind(peak=0.1, horizon=HORIZON)
    _, momentum = np.transpose(
        values_used(torch_lines(schedule, peak=0.1, horizon=HORIZON, optimizer="sgd", settings=settings), 9)
    )
    np.testing.assert_allclose(momentum, rates.momentum(np.arange(9)), atol=1e-15)
