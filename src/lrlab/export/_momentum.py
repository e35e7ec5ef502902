"""The momentum a schedule moves, as the body of a Python function; written like the curves of the rates."""

from functools import singledispatch

import numpy as np

from ..rules import moves_momentum
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
from ._compositions import function, named, part, spaced
from ._curves import FunctionBody, has_formula
from ._values import values_body

ALONE = FunctionBody((), ("return MOMENTUM  # left alone",))


def momentum_function(rates: Rates, alone: str) -> tuple[str, ...]:
    """A function `momentum` of t, its constants inside it; none where the schedule leaves it alone all along.

    alone: the optimizer's own momentum, where the schedule leaves it alone for a while. MOMENTUM stands for it.
    """
    if not moves_momentum(rates.resolved, rates.horizon):
        return ()
    extent = rates.resolved.extent(rates.horizon)
    title = "The momentum (beta1) of update t."
    if not has_formula(rates.resolved):
        moved = rates.momentum(np.arange(extent + 1))
        assert moved is not None
        body = values_body(np.where(np.isnan(moved), float(alone), moved), "momenta")
        return function("momentum", title, (*named(body.constants), *body.lines))
    head, _, *lines = part("momentum", rates.resolved, rates.horizon, cycle)
    return head, f'    """{title}"""', f"    t = min(t, {extent})  # held after the run", *lines


def first_momentum(rates: Rates, alone: str) -> float | None:
    """The momentum of the first update, where the schedule moves it at some update; None where it never does."""
    if not moves_momentum(rates.resolved, rates.horizon):
        return None
    moved = rates.momentum(0)
    return float(alone) if moved is None or np.isnan(moved) else float(moved)


@singledispatch
def cycle(schedule: Schedule, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    """The momentum of a schedule over the horizon, whose updates are called `run`."""
    return ALONE


@cycle.register
def _write_one_cycle(schedule: OneCycle, horizon: Horizon, run: str) -> FunctionBody:
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
    return FunctionBody(constants, lines)


@cycle.register
def _write_warmup(schedule: Warmup, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    length = Span.parse(schedule.span).updates(horizon)
    place = "t" if schedule.mode == "product" else f"max(t - {length}, 0)"
    return FunctionBody((), (f"return inner({place})",), part("inner", schedule.then, schedule.rest(horizon), cycle))


@cycle.register
def _write_sequence(schedule: Sequence, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    parts = schedule.parts(horizon)
    lines: list[str] = []
    for n, (start, _) in enumerate(parts[1:]):
        lines += [f"if t < {start}:", f"    return part_{n}(t - {parts[n][0]})"]
    last = len(parts) - 1
    functions = [part(f"part_{n}", inside, parts[n][1], cycle) for n, inside in enumerate(schedule.of)]
    return FunctionBody((), (*lines, f"return part_{last}(t - {parts[last][0]})"), spaced(*functions, between=1))


@cycle.register
def _write_product(schedule: Product, horizon: Horizon, run: str) -> FunctionBody:
    moving = next((factor for factor in schedule.of if moves_momentum(factor, horizon)), None)
    if moving is None:
        return ALONE
    extent = moving.extent(horizon)
    if extent == schedule.extent(horizon):
        return cycle(moving, horizon, run)
    return FunctionBody((), (f"return inner(min(t, {extent}))",), part("inner", moving, horizon, cycle))


@cycle.register(Scale)
@cycle.register(Floored)
def _write_same(schedule: Scale | Floored, horizon: Horizon, run: str) -> FunctionBody:
    return cycle(schedule.of, horizon, run)


@cycle.register
def _write_repeat(schedule: Repeat, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    every = schedule.round(horizon)
    return FunctionBody((), (f"return inner(t % {every.updates})",), part("inner", schedule.of, every, cycle))


@cycle.register
def _write_stretch(schedule: Stretch, horizon: Horizon, run: str) -> FunctionBody:
    published = schedule.published(horizon)
    return FunctionBody(
        (), (f"return inner(t * {published.updates} / {run})",), part("inner", schedule.of, published, cycle)
    )


@cycle.register
def _write_staircase(schedule: Staircase, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    every = Span.parse(schedule.every).updates(horizon)
    return FunctionBody((), (f"return inner(t // {every} * {every})",), part("inner", schedule.of, horizon, cycle))
