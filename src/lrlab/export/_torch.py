"""A schedule as lines for a plain PyTorch training loop."""

from collections.abc import Mapping
from textwrap import wrap
from typing import Any, NamedTuple

import numpy as np

from ..schedules import Horizon, Rates, Schedule
from ._compositions import WIDTH, function, named, spaced
from ._curves import FunctionBody, curve, has_formula
from ._momentum import first_momentum, momentum_function
from ._optimizers import momentum_lines, momentum_of, optimizer_line, step_lines, takes_momentum
from ._values import values_body


def torch_lines(
    schedule: Schedule, *, peak: float, horizon: Horizon, optimizer: str, settings: Mapping[str, Any]
) -> str:
    """Lines of plain PyTorch that give each update the rate of the schedule bound to this peak and horizon.

    optimizer: its name, such as "sgd". settings: momentum (or Adam's beta1), beta2, eps, weight_decay,
    nesterov, alpha and clip, as a study gives them; those this optimizer does not take are left out, those not given
    are torch's. A schedule without a formula here, as one of a class of the user's own, becomes a table of its values.

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
    alone = momentum_of(optimizer, settings)
    momentum = momentum_function(rates, alone) if takes_momentum(optimizer) else ()
    script = _Script(rates, _write_curve(rates), momentum, optimizer, settings)
    return "\n".join(line for write in SECTIONS for line in write(script)) + "\n"


class _Script(NamedTuple):
    """What the sections of a script are written from. momentum: the lines of its function, none where it stands."""

    rates: Rates
    curve: FunctionBody
    momentum: tuple[str, ...]
    optimizer: str
    settings: Mapping[str, Any]


def _write_curve(rates: Rates) -> FunctionBody:
    """The fraction of the peak as a function of t: by its formula, or by a table where there is none."""
    extent = rates.resolved.extent(rates.horizon)
    if not has_formula(rates.resolved):
        values = rates.resolved.shape(np.arange(extent + 1.0), rates.horizon)
        return values_body(values, "fractions of the peak")
    constants, lines, helpers = curve(rates.resolved, rates.horizon, "T")
    clamp = f"t = min(t, {'T' if extent == rates.horizon.updates else extent})  # held after the run"
    return FunctionBody(constants, (clamp, *lines), helpers)


def _write_imports(script: _Script) -> tuple[str, ...]:
    text = "\n".join(_function_lines(script))
    modules = tuple(f"import {module}" for module in ("bisect", "math") if f"{module}." in text)
    return (*modules, *(("",) if modules else ()), "import torch", "")


def _write_title(script: _Script) -> tuple[str, ...]:
    title = f"{script.rates.schedule}, over {script.rates.horizon.updates} updates"
    return tuple(f"# {line}" for line in wrap(title, WIDTH, break_long_words=False, break_on_hyphens=False))


def _write_constants(script: _Script) -> tuple[str, ...]:
    alone = momentum_of(script.optimizer, script.settings)
    constants = (
        ("PEAK", script.rates.peak, "the highest rate"),
        ("T", script.rates.horizon.updates, "updates in the run"),
        *((("MOMENTUM", alone, "where the schedule leaves it alone"),) if _names_momentum(script) else ()),
        *script.curve.constants,
    )
    return (*named(constants), "", "")


def _write_functions(script: _Script) -> tuple[str, ...]:
    return (*_function_lines(script), "", "")


def _write_optimizer(script: _Script) -> tuple[str, ...]:
    momentum = "momentum(0)" if script.momentum else None
    moved = first_momentum(script.rates, momentum_of(script.optimizer, script.settings))
    return (
        optimizer_line(script.optimizer, script.settings, momentum, moved=moved),
        "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)",
        "",
    )


def _write_loop(script: _Script) -> tuple[str, ...]:
    return (*step_lines(script.settings), *(momentum_lines(script.optimizer) if script.momentum else ()))


SECTIONS = (_write_imports, _write_title, _write_constants, _write_functions, _write_optimizer, _write_loop)


def _function_lines(script: _Script) -> tuple[str, ...]:
    """Every function of the script."""
    title = "The rate of update t, counted from 0, as a fraction of the peak."
    factor = function("factor", title, script.curve.lines)
    return spaced(factor, _space_helpers(script.curve.helpers), script.momentum, between=2)


def _names_momentum(script: _Script) -> bool:
    return "MOMENTUM" in " ".join(script.momentum)


def _space_helpers(helpers: tuple[str, ...]) -> tuple[str, ...]:
    """Functions at the top of a file: two empty lines before each but the first."""
    lines: list[str] = []
    for line in helpers:
        starts_another = line.startswith("def ") and lines
        lines += ["", line] if starts_another else [line]
    return tuple(lines)
