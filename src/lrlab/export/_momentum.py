"""The momentum a schedule moves, as the body of a Python function; written like the curves of the rates."""

from functools import singledispatch

import numpy as np

from ..schedules import (
    Floored,
    Horizon,
    OneCycle,
    Product,
    Rates,
    Repeat,
    Scale,
    Schedule,
    Sequence,
    Span,
    Staircase,
    Stretch,
    Warmup,
)
from ._compositions import part, spaced
from ._curves import Curve

ALONE = Curve((), ("return MOMENTUM  # left alone",))


def momentum_function(rates: Rates) -> tuple[str, ...]:
    """A function `momentum` of t, its constants inside it; MOMENTUM stands for the optimizer's own."""
    extent = rates.resolved.extent(rates.horizon)
    head, _, *body = part("momentum", rates.resolved, rates.horizon, cycle)
    return head, '    """The momentum (beta1) of update t."""', f"    t = min(t, {extent})  # held after the run", *body


@singledispatch
def cycle(schedule: Schedule, horizon: Horizon, run: str) -> Curve:  # noqa: ARG001
    """The momentum of a schedule over the horizon, whose updates are called `run`."""
    return ALONE


@cycle.register
def _one_cycle(schedule: OneCycle, horizon: Horizon, run: str) -> Curve:
    if not schedule.momenta:
        return ALONE
    high, low = schedule.momenta
    constants = (
        ("HIGH", high, "where the rate is low"),
        ("LOW", low, "where the rate is high"),
        ("R", Span.parse(schedule.rise).length(horizon), f"updates of the rise: {schedule.rise}"),
    )
    end = f"{run} - 1" if schedule.phases == 2 else "2 * R - 2"
    ease = "math.sin(math.pi / 2 * away) ** 2" if schedule.anneal == "cosine" else "away"
    lines = (
        f"away = t / (R - 1) if t <= R - 1 else max({end} - t, 0) / ({end} - (R - 1))  # from HIGH",
        f"return HIGH + (LOW - HIGH) * {ease}",
    )
    return Curve(constants, lines)


@cycle.register
def _warmup(schedule: Warmup, horizon: Horizon, run: str) -> Curve:  # noqa: ARG001
    length = Span.parse(schedule.span).updates(horizon)
    place = "t" if schedule.mode == "product" else f"max(t - {length}, 0)"
    return Curve((), (f"return inner({place})",), part("inner", schedule.then, schedule.rest(horizon), cycle))


@cycle.register
def _sequence(schedule: Sequence, horizon: Horizon, run: str) -> Curve:  # noqa: ARG001
    parts = schedule.parts(horizon)
    lines: list[str] = []
    for n, (start, _) in enumerate(parts[1:]):
        lines += [f"if t < {start}:", f"    return part_{n}(t - {parts[n][0]})"]
    last = len(parts) - 1
    functions = [part(f"part_{n}", inside, parts[n][1], cycle) for n, inside in enumerate(schedule.of)]
    return Curve((), (*lines, f"return part_{last}(t - {parts[last][0]})"), spaced(*functions, between=1))


@cycle.register
def _product(schedule: Product, horizon: Horizon, run: str) -> Curve:
    every = np.arange(float(horizon.updates))  # a sequence among the factors may move it late
    found = (cycle(factor, horizon, run) for factor in schedule.of if factor.momentum(every, horizon) is not None)
    return next(found, ALONE)


@cycle.register(Scale)
@cycle.register(Floored)
def _same(schedule: Scale | Floored, horizon: Horizon, run: str) -> Curve:
    return cycle(schedule.of, horizon, run)


@cycle.register
def _repeat(schedule: Repeat, horizon: Horizon, run: str) -> Curve:  # noqa: ARG001
    every = schedule.round(horizon)
    return Curve((), (f"return inner(t % {every.updates})",), part("inner", schedule.of, every, cycle))


@cycle.register
def _stretch(schedule: Stretch, horizon: Horizon, run: str) -> Curve:
    published = schedule.published(horizon)
    return Curve((), (f"return inner(t * {published.updates} / {run})",), part("inner", schedule.of, published, cycle))


@cycle.register
def _staircase(schedule: Staircase, horizon: Horizon, run: str) -> Curve:  # noqa: ARG001
    every = Span.parse(schedule.every).updates(horizon)
    return Curve((), (f"return inner(t // {every} * {every})",), part("inner", schedule.of, horizon, cycle))
