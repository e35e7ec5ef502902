"""A schedule as lines for a plain PyTorch training loop."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from ..errors import ScheduleError, UnknownName
from ..schedules import Horizon, Schedule, Warmup
from ._curves import Curve, curve

CLASSES = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}
SETTINGS = ("momentum", "beta2", "eps", "weight_decay", "nesterov")
RISES = {"1/(W+1)": "(t + 1) / (W + 1)", "1/W": "(t + 1) / W", "0": "t / W"}


def torch_lines(
    schedule: Schedule, *, peak: float, horizon: Horizon, optimizer: str, settings: Mapping[str, Any]
) -> str:
    """Lines of plain PyTorch that give each update the rate of the schedule bound to this peak and horizon.

    optimizer: "sgd", "adam" or "adamw". settings: momentum (SGD's, or Adam's beta1), beta2, eps, weight_decay and
    nesterov, as a study gives them; those this optimizer does not take are left out, those not given are torch's.

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
    arguments = ", ".join(["model.parameters()", "lr=PEAK", *_arguments(optimizer, settings)])
    drawn = _warmed_up(schedule, horizon) if isinstance(schedule, Warmup) else _whole(schedule, horizon)
    constants = ("PEAK", rates.peak, "the highest rate"), ("T", horizon.updates, "updates in the run"), *drawn.constants
    uses_math = any("math." in line for line in drawn.lines)
    lines = (
        *(("import math", "") if uses_math else ()),
        "import torch",
        "",
        f"# {schedule}, over {horizon.updates} updates",
        *(f"{name} = {value}  # {meaning}" for name, value, meaning in constants),
        "",
        "",
        *drawn.lines,
        "",
        "",
        f"optimizer = torch.optim.{CLASSES[optimizer]}({arguments})",
        "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)",
        "",
        "# in the training loop, after loss.backward():",
        "optimizer.step()",
        "scheduler.step()  # once per update, not per epoch",
    )
    return "\n".join(lines) + "\n"


def _whole(schedule: Schedule, horizon: Horizon) -> Curve:
    """A schedule that has the run to itself: its constants, and `factor` complete."""
    constants, body = curve(schedule, horizon, "T")
    return Curve(constants, _factor(*body))


def _warmed_up(schedule: Warmup, horizon: Horizon) -> Curve:
    """A schedule after its warm-up: the constants of both, and two functions, the second of them `factor`."""
    rest = schedule.rest(horizon)
    constants, body = curve(schedule.then, rest, "N")
    lengths = (
        ("W", horizon.updates - rest.updates, "updates of warm-up, the first of them"),
        ("N", "T - W", "updates after the warm-up"),
    )
    after = (
        "def after_warmup(t):",
        '    """The fraction, t updates after the warm-up."""',
        *(f"    {line}" for line in body),
    )
    factor = _factor(
        "if t < W:",
        f"    return {RISES[schedule.first]} * after_warmup(0)",
        "return after_warmup(t - W)",
    )
    return Curve((*lengths, *constants), (*factor, "", "", *after))


def _factor(*body: str) -> tuple[str, ...]:
    return (
        "def factor(t):",
        '    """The rate of update t, counted from 0, as a fraction of the peak."""',
        "    t = min(t, T)  # held after the run",
        *(f"    {line}" for line in body),
    )


def _arguments(optimizer: str, settings: Mapping[str, Any]) -> list[str]:
    """The settings as torch's keyword arguments. Raises UnknownName or ScheduleError."""
    if optimizer not in CLASSES:
        raise UnknownName("optimizer", optimizer, CLASSES)
    given = {name: _checked(name, value) for name, value in settings.items()}
    if optimizer == "sgd":
        taken = ("momentum", "weight_decay", "nesterov")
    else:
        if "momentum" in given or "beta2" in given:
            given["betas"] = f"({given.get('momentum', '0.9')}, {given.get('beta2', '0.999')})"
        taken = ("betas", "eps", "weight_decay")
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
