"""A schedule as lines for a plain PyTorch training loop."""

from collections.abc import Mapping
from math import isfinite
from textwrap import wrap
from typing import Any

import numpy as np

from ..errors import ScheduleError, UnknownName
from ..schedules import Horizon, Schedule
from ._compositions import function, named, spaced
from ._curves import curve
from ._momentum import momentum_function

WIDTH = 110  # of a comment
CLASSES = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
TAKEN = {"sgd": ("momentum", "weight_decay", "nesterov"), "rmsprop": ("alpha", "eps", "weight_decay", "momentum")}
SETTINGS = ("momentum", "beta2", "eps", "weight_decay", "nesterov", "alpha", "clip")


def torch_lines(
    schedule: Schedule, *, peak: float, horizon: Horizon, optimizer: str, settings: Mapping[str, Any]
) -> str:
    """Lines of plain PyTorch that give each update the rate of the schedule bound to this peak and horizon.

    optimizer: "sgd", "adam", "adamw" or "rmsprop". settings: momentum (or Adam's beta1), beta2, eps, weight_decay,
    nesterov, alpha and clip, as a study gives them; those this optimizer does not take are left out, those not given
    are torch's.

    >>> from lrlab.schedules import Linear
    >>> horizon = Horizon(updates=100, updates_per_epoch=20)
    >>> print(torch_lines(Linear(), peak=0.1, horizon=horizon, optimizer="sgd", settings={"momentum": 0.9}))
    import torch
    <BLANKLINE>
    # linear, over 100 updates
    PEAK = 0.1  # the highest rate
    T = 100  # updates in the run
    FLOOR = 0.0  # the lowest rate, as a fraction of the peak
    <BLANKLINE>
    <BLANKLINE>
    def factor(t):
        \"\"\"The rate of update t, counted from 0, as a fraction of the peak.\"\"\"
        t = min(t, T)  # held after the run
        left = (T - t) / T  # of the run; not yet 0 at the last update
        return FLOOR + (1 - FLOOR) * left
    <BLANKLINE>
    <BLANKLINE>
    optimizer = torch.optim.SGD(model.parameters(), lr=PEAK, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    <BLANKLINE>
    # in the training loop, after loss.backward():
    optimizer.step()
    scheduler.step()  # once per update, not per epoch
    <BLANKLINE>
    """
    rates = schedule.bind(peak=peak, horizon=horizon)
    given = _spelled(settings)
    momentum, own = (), ()
    if rates.momentum(np.arange(rates.resolved.extent(horizon))) is not None:
        momentum = momentum_function(rates)
        alone = given.get("momentum", "0.0" if optimizer in TAKEN else "0.9")
        own = (("MOMENTUM", alone, "where the schedule leaves it alone"),) if "MOMENTUM" in " ".join(momentum) else ()
        given["momentum"] = "momentum(0)"
    inside, body, helpers = curve(rates.resolved, horizon, "T")
    constants = ("PEAK", rates.peak, "the highest rate"), ("T", horizon.updates, "updates in the run"), *own, *inside
    extent = rates.resolved.extent(horizon)
    clamp = f"t = min(t, {'T' if extent == horizon.updates else extent})  # held after the run"
    factor = function("factor", "The rate of update t, counted from 0, as a fraction of the peak.", (clamp, *body))
    title = f"{schedule}, over {horizon.updates} updates"
    functions = spaced(factor, _apart(helpers), momentum, between=2)
    lines = (
        *(("import math", "") if any("math." in line for line in functions) else ()),
        "import torch",
        "",
        *(f"# {line}" for line in wrap(title, WIDTH, break_long_words=False, break_on_hyphens=False)),
        *named(constants),
        "",
        "",
        *functions,
        "",
        "",
        _optimizer(optimizer, given),
        "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)",
        "",
        "# in the training loop, after loss.backward():",
        *clip_lines(settings),
        "optimizer.step()",
        "scheduler.step()  # once per update, not per epoch",
        *(_momentum_step(optimizer) if momentum else ()),
    )
    return "\n".join(lines) + "\n"


def optimizer_line(optimizer: str, settings: Mapping[str, Any]) -> str:
    """The line that makes the optimizer, at the rate PEAK. Raises ScheduleError or UnknownName for a wrong setting."""
    return _optimizer(optimizer, _spelled(settings))


def clip_lines(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The line that scales down a gradient longer than `clip`, where that is given."""
    clip = settings.get("clip")
    return () if clip is None else (f"torch.nn.utils.clip_grad_norm_(model.parameters(), {_checked('clip', clip)})",)


def _optimizer(optimizer: str, given: dict[str, str]) -> str:
    arguments = ", ".join(["model.parameters()", "lr=PEAK", *_arguments(optimizer, given)])
    return f"optimizer = torch.optim.{CLASSES[optimizer]}({arguments})"


def _spelled(settings: Mapping[str, Any]) -> dict[str, str]:
    given = {name: value for name, value in settings.items() if name != "clip" or value is not None}
    return {name: _checked(name, value) for name, value in given.items()}


def _apart(helpers: tuple[str, ...]) -> tuple[str, ...]:
    """Functions at the top of a file: two empty lines before each but the first."""
    lines: list[str] = []
    for line in helpers:
        starts_another = line.startswith("def ") and lines
        lines += ["", line] if starts_another else [line]
    return tuple(lines)


def _momentum_step(optimizer: str) -> tuple[str, str]:
    """What the loop does to give the next update its momentum."""
    moved = "momentum(scheduler.last_epoch)"
    value = f'group["momentum"] = {moved}' if optimizer in TAKEN else f'group["betas"] = ({moved}, group["betas"][1])'
    return "for group in optimizer.param_groups:", f"    {value}"


def _arguments(optimizer: str, given: dict[str, str]) -> list[str]:
    """The settings, spelled, as torch's keyword arguments. Raises UnknownName."""
    if optimizer not in CLASSES:
        raise UnknownName("optimizer", optimizer, CLASSES)
    if optimizer not in TAKEN and ("momentum" in given or "beta2" in given):
        given |= {"betas": f"({given.get('momentum', '0.9')}, {given.get('beta2', '0.999')})"}
    taken = TAKEN.get(optimizer, ("betas", "eps", "weight_decay"))
    return [f"{name}={given[name]}" for name in taken if name in given]


def _checked(name: str, value: object) -> str:
    """The value of a setting as Python writes it."""
    if name not in SETTINGS:
        raise UnknownName("optimizer setting", name, SETTINGS)
    if name == "nesterov":
        if not isinstance(value, bool):
            raise ScheduleError(f"export: `nesterov` must be True or False, but got {value!r}")
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ScheduleError(f"export: `{name}` must be a finite number, but got {value!r}; write 0.9 or 1e-4")
    return repr(float(value))
