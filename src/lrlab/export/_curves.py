"""Each schedule's curve as the body of a Python function, written with `math` alone.

The letters are those of the schedule's docstring. A writer gets the horizon and the name under which its number of
updates is known: T, or N after a warm-up. t is at least 0 and at most that number.
"""

from functools import singledispatch
from typing import NamedTuple

from ..errors import ScheduleError
from ..schedules import (
    Constant,
    Cosine,
    Cyclic,
    Exponential,
    Horizon,
    Linear,
    OneCycle,
    Polynomial,
    Schedule,
    Span,
    Step,
)

FLOOR = "the lowest rate, as a fraction of the peak"
HALF_COSINE = "math.sin(math.pi / 2 * {}) ** 2  # half a cosine"


class Curve(NamedTuple):
    """Constants, each a name, a value and what it is; and the lines of a function of t that returns the fraction."""

    constants: tuple[tuple[str, object, str], ...]
    lines: tuple[str, ...]


@singledispatch
def curve(schedule: Schedule, horizon: Horizon, run: str) -> Curve:  # noqa: ARG001
    """The curve of a schedule over the horizon, whose updates are called `run`. A ScheduleError without a writer."""
    raise ScheduleError(
        f"export: {schedule.name} has no writer; use its rates as a list, schedule.bind(peak=..., horizon=...).all()"
    )


@curve.register
def _constant(schedule: Constant, horizon: Horizon, run: str) -> Curve:  # noqa: ARG001
    return Curve((), ("return 1.0",))


@curve.register
def _cosine(schedule: Cosine, horizon: Horizon, run: str) -> Curve:  # noqa: ARG001
    lines = _left(schedule.end, run), f"return {_above('FLOOR', HALF_COSINE.format('left'))}"
    return Curve((("FLOOR", schedule.floor, FLOOR),), lines)


@curve.register
def _linear(schedule: Linear, horizon: Horizon, run: str) -> Curve:  # noqa: ARG001
    return Curve((("FLOOR", schedule.floor, FLOOR),), (_left(schedule.end, run), f"return {_above('FLOOR', 'left')}"))


@curve.register
def _polynomial(schedule: Polynomial, horizon: Horizon, run: str) -> Curve:  # noqa: ARG001
    constants = ("FLOOR", schedule.floor, FLOOR), ("POWER", schedule.power, "above 1 falls early, below 1 late")
    return Curve(constants, (_left(schedule.end, run), f"return {_above('FLOOR', 'left**POWER')}"))


@curve.register
def _step(schedule: Step, horizon: Horizon, run: str) -> Curve:
    every = Span.parse(schedule.every).updates(horizon)
    constants = (
        ("GAMMA", schedule.gamma, "each cut"),
        ("S", every, f"updates between cuts{_share(schedule.every, run)}"),
    )
    return Curve(constants, ("return GAMMA ** (t // S)",))


@curve.register
def _exponential(schedule: Exponential, horizon: Horizon, run: str) -> Curve:
    every = Span.parse(schedule.every).updates(horizon)
    constants = (
        ("GAMMA", schedule.gamma, "the fall over S updates"),
        ("S", every, f"updates{_share(schedule.every, run)}"),
    )
    return Curve(constants, ("return GAMMA ** (t / S)",))


@curve.register
def _one_cycle(schedule: OneCycle, horizon: Horizon, run: str) -> Curve:
    rise = Span.parse(schedule.rise).length(horizon)
    ease = HALF_COSINE if schedule.anneal == "cosine" else "{}"
    constants = (
        ("START", schedule.start, "the first rate, as a fraction of the peak"),
        ("FINAL", schedule.final, "the last one"),
        ("R", int(rise) if rise == int(rise) else rise, f"updates of the rise{_share(schedule.rise, run)}"),
    )
    lines = (
        "if t <= R - 1:",
        "    done = t / (R - 1)  # of the rise",
        f"    return {_above('START', ease.format('done'))}",
        f"left = max({run} - 1 - t, 0) / ({run} - R)  # of the fall; 0 at the last update",
        f"return {_above('FINAL', ease.format('left'))}",
    )
    return Curve(constants, lines)


@curve.register
def _cyclic(schedule: Cyclic, horizon: Horizon, run: str) -> Curve:
    constants = (
        ("LOW", schedule.low, FLOOR),
        ("P", Span.parse(schedule.period).updates(horizon), f"updates of a period{_share(schedule.period, run)}"),
        ("RISE", schedule.rise, "the part of a period that goes up"),
    )
    lines = (
        "k = t % P  # updates into this period",
        "up, down = k / (RISE * P), (P - k) / ((1 - RISE) * P)",
        f"return {_above('LOW', 'min(up, down)')}",
    )
    return Curve(constants, lines)


def _above(low: str, x: str) -> str:
    return f"{low} + (1 - {low}) * {x}"


def _left(end: str, run: str) -> str:
    """What is left of the run: to 0 at the update after the last (open) or at the last (closed)."""
    if end == "open":
        return f"left = ({run} - t) / {run}  # of the run; not yet 0 at the last update"
    return f"left = max({run} - 1 - t, 0) / ({run} - 1)  # of the run; 0 at the last update"


def _share(span: str, run: str) -> str:
    """What a span is a part of, as a remark, where it is one."""
    return f": {span} of {run}" if span.endswith("%") else f": {span}" if span.endswith("epochs") else ""
