"""The curves of schedules that hold others: a function for each inside, its constants its own."""

import re
from collections.abc import Callable
from collections.abc import Sequence as Lines
from textwrap import wrap

from ..schedules import (
    Floored,
    Horizon,
    Product,
    Repeat,
    Scale,
    Schedule,
    Sequence,
    Span,
    Staircase,
    Stretch,
    Warmup,
)
from ._curves import HALF_COSINE, FunctionBody, above, curve

WIDTH = 110  # of a line with a comment or a long list
PLACES = {"1/(W+1)": ("t + 1", "W + 1"), "1/W": ("t + 1", "W"), "0": ("t", "W")}


def function(name: str, title: str, lines: Lines[str]) -> tuple[str, ...]:
    """A function of t with a docstring of one line."""
    return f"def {name}(t):", f'    """{title}"""', *indented(lines)


def indented(lines: Lines[str]) -> tuple[str, ...]:
    """Lines one level deeper; empty ones stay empty."""
    return tuple(f"    {line}" if line else "" for line in lines)


def spaced(*functions: Lines[str], between: int) -> tuple[str, ...]:
    """Functions one after another, with so many empty lines between."""
    lines = [line for body in functions if body for line in (*[""] * between, *body)]
    return tuple(lines[between:])


def named(constants: Lines[tuple[str, object, str]]) -> tuple[str, ...]:
    """Constants as lines, each with what it is; long lists over several."""
    return tuple(line for constant in constants for line in _constant_lines(*constant))


def _constant_lines(name: str, value: object, meaning: str) -> list[str]:
    line = f"{name} = {value}  # {meaning}"
    if len(line) <= WIDTH or not isinstance(value, list):
        return [line]
    members = wrap(", ".join(map(str, value)), WIDTH, break_long_words=False, break_on_hyphens=False)
    return [f"{name} = [  # {meaning}", *indented(members), "]"]


def part(
    name: str, schedule: Schedule, horizon: Horizon, write: Callable[[Schedule, Horizon, str], FunctionBody] = curve
) -> tuple[str, ...]:
    """A schedule inside another as a function of its own, constants and helpers inside it.

    name: the function's. horizon: of this part. write: what makes its body, the curve or the momentum.
    """
    constants, body, helpers = write(schedule, horizon, "T")
    uses_run = any(re.search(r"\bT\b", line.partition("#")[0]) for line in (*body, *helpers, *named(constants)))
    text = str(schedule)
    lines = (
        *((f"T = {horizon.updates}  # updates of this part",) if uses_run else ()),
        *named(constants),
        *(("", *helpers, "") if helpers else ()),
        *body,
    )
    return function(name, f"{text if len(text) <= 60 else schedule.name}, over {horizon.updates} updates.", lines)


@curve.register
def _write_sequence(schedule: Sequence, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    members = [(f"part_{n}", *entry) for n, entry in enumerate(zip(schedule.of, schedule.parts(horizon), strict=True))]
    constants = tuple(
        (f"BEGIN_{n}", start, f"where part_{n} begins: {span}")
        for n, ((_, _, (start, _)), span) in enumerate(zip(members[1:], schedule.at, strict=True), start=1)
    )
    calls = ["part_0(t)", *(f"part_{n}(t - BEGIN_{n})" for n in range(1, len(members)))]
    lines: list[str] = []
    for n, call in enumerate(calls[:-1], start=1):
        lines += [f"if t < BEGIN_{n}:", f"    return {call}"]
    functions = [part(name, inside, rest) for name, inside, (_, rest) in members]
    return FunctionBody(constants, (*lines, f"return {calls[-1]}"), spaced(*functions, between=1))


@curve.register
def _write_product(schedule: Product, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    longest, calls = schedule.extent(horizon), []
    for n, factor in enumerate(schedule.of):
        extent = factor.extent(horizon)
        calls.append(f"factor_{n}(t)" if extent == longest else f"factor_{n}(min(t, {extent}))")
    functions = [part(f"factor_{n}", factor, horizon) for n, factor in enumerate(schedule.of)]
    return FunctionBody((), (f"return {' * '.join(calls)}",), spaced(*functions, between=1))


@curve.register
def _write_scale(schedule: Scale, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    constants = (("BY", schedule.by, "times the schedule inside"),)
    return FunctionBody(constants, ("return BY * inner(t)",), part("inner", schedule.of, horizon))


@curve.register
def _write_floored(schedule: Floored, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    constants = (("LEAST", schedule.floor, "as a fraction of the peak"),)
    return FunctionBody(constants, ("return max(inner(t), LEAST)",), part("inner", schedule.of, horizon))


@curve.register
def _write_repeat(schedule: Repeat, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    every = schedule.round(horizon)
    constants = (("P", every.updates, f"updates of a round: {schedule.every}"),)
    return FunctionBody(constants, ("return inner(t % P)",), part("inner", schedule.of, every))


@curve.register
def _write_stretch(schedule: Stretch, horizon: Horizon, run: str) -> FunctionBody:
    published = schedule.published(horizon)
    constants = (("L", published.updates, f"updates the schedule was published for: {schedule.length}"),)
    return FunctionBody(constants, (f"return inner(t * L / {run})",), part("inner", schedule.of, published))


@curve.register
def _write_staircase(schedule: Staircase, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    every = Span.parse(schedule.every).updates(horizon)
    constants = (("S", every, f"updates of a step: {schedule.every}"),)
    lines = ("return inner(t // S * S)  # of the first update of the step",)
    return FunctionBody(constants, lines, part("inner", schedule.of, horizon))


@curve.register
def _write_warmup(schedule: Warmup, horizon: Horizon, run: str) -> FunctionBody:
    length, rest = Span.parse(schedule.span).updates(horizon), schedule.rest(horizon)
    constants, body, helpers = curve(schedule.then, rest, "N" if schedule.mode == "included" else run)
    lengths = (("W", length, "updates of warm-up, the first of them"),)
    if schedule.mode == "included":
        lengths += (("N", f"{run} - W", "updates after the warm-up"),)
    starts = (("RISE_FROM", schedule.start, "as a fraction of what follows"),) if schedule.start else ()
    name, title = "after_warmup", "The fraction, t updates after the warm-up."
    warming, warm = f"{name}(0)", f"{name}(t - W)"
    if schedule.mode == "product":
        name, title = "unwarmed", "The fraction of update t without the warm-up."
        warming = warm = f"{name}(t)"
    lines = "if t < W:", *indented(_rise_lines(schedule, warming)), f"return {warm}"
    return FunctionBody((*lengths, *starts, *constants), lines, spaced(function(name, title, body), helpers, between=1))


def _rise_lines(schedule: Warmup, then: str) -> tuple[str, ...]:
    """What an update of the warm-up returns."""
    n, last = PLACES[schedule.first]
    place, many = f"{_in_brackets(n)} / {_in_brackets(last)}", n
    if schedule.first == "1/W":  # `stretch` asks for places between updates, where it passes 1
        place, many = f"min({place}, 1)", f"min({n}, {last})"
    if schedule.curve == "constant":
        return (f"return RISE_FROM * {then}",)
    if schedule.curve == "exponential":
        return (f"return RISE_FROM ** (1 - {place}) * {then}",)
    if schedule.curve == "linear" and not schedule.start:
        return (f"return {place} * {then}",)
    x = {
        "linear": place,
        "cosine": HALF_COSINE.format("(" + place + ")"),
        "log": f"math.log1p({many}) / math.log1p({last})",
    }[schedule.curve]
    rise = f"rise = {above('RISE_FROM', x) if schedule.start else x}"
    return rise, f"return rise * {then}"


def _in_brackets(sum_: str) -> str:
    return f"({sum_})" if " " in sum_ else sum_
