"""Each schedule's curve as the body of a Python function, written with `math` alone.

The letters are those of the schedule's docstring. A writer gets the horizon and the name under which its number of
updates is known: T, or N after a warm-up. t is at least 0 and at most that number.
"""

from functools import singledispatch
from typing import NamedTuple

from ..schedules import (
    Constant,
    Cosine,
    CosineCycles,
    Cyclic,
    Exponential,
    FlatCosine,
    HardRestarts,
    Horizon,
    InverseSqrt,
    InverseTime,
    Knee,
    Linear,
    MultiStep,
    NaturalExponential,
    Noam,
    OneCycle,
    PiecewiseConstant,
    PiecewiseLinear,
    Polynomial,
    PowerLaw,
    Rex,
    Schedule,
    Seq1,
    Seq2,
    Seq3,
    Seq4,
    Sgdr,
    SlantedTriangular,
    Span,
    Step,
    Tanh,
    Wsd,
    parts_of,
)

FLOOR = "the lowest rate, as a fraction of the peak"
HALF_COSINE = "math.sin(math.pi / 2 * {}) ** 2  # half a cosine"
COOLDOWNS = {
    "linear": "left",
    "1-sqrt": "left / (1 + math.sqrt(1 - left))  # 1 - sqrt of what is done",
    "cosine": HALF_COSINE.format("left"),
    "square": "left * (2 - left)  # 1 - the square of what is done",
    "exponential": "math.expm1(left * math.log(2))  # 2 * 0.5**done - 1",
}


class FunctionBody(NamedTuple):
    """A function of t, in three pieces.

    constants: each a name, a value and what it is. lines: the body. helpers: functions that the body calls.
    """

    constants: tuple[tuple[str, object, str], ...]
    lines: tuple[str, ...]
    helpers: tuple[str, ...] = ()


@singledispatch
def curve(schedule: Schedule, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    """The curve of a schedule over the horizon, whose updates are called `run`. Ask `has_formula` first."""
    raise AssertionError(f"{schedule.name} has no writer")


def has_formula(schedule: Schedule) -> bool:
    """Whether the schedule, and every one inside it, has a writer of its own; one of the class it inherits is none."""
    return all(type(part) in curve.registry for part in parts_of(schedule))


@curve.register
def _write_constant(schedule: Constant, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    return FunctionBody((), ("return 1.0",))


@curve.register
def _write_cosine(schedule: Cosine, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    constants, fall = (("FLOOR", schedule.floor, FLOOR),), HALF_COSINE.format("left")
    if schedule.power != 1:
        constants += (("POWER", schedule.power, "above 1 falls early, below 1 late"),)
        fall = "math.sin(math.pi / 2 * left) ** (2 * POWER)"
    return FunctionBody(constants, (_left_of_run(schedule.end, run), f"return {above('FLOOR', fall)}"))


@curve.register
def _write_linear(schedule: Linear, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    return FunctionBody(
        (("FLOOR", schedule.floor, FLOOR),), (_left_of_run(schedule.end, run), f"return {above('FLOOR', 'left')}")
    )


@curve.register
def _write_polynomial(schedule: Polynomial, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    constants = ("FLOOR", schedule.floor, FLOOR), ("POWER", schedule.power, "above 1 falls early, below 1 late")
    return FunctionBody(constants, (_left_of_run(schedule.end, run), f"return {above('FLOOR', 'left**POWER')}"))


@curve.register
def _write_rex(schedule: Rex, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    lines = _left_of_run(schedule.end, run), f"return {above('FLOOR', '2 * left / (1 + left)')}"
    return FunctionBody((("FLOOR", schedule.floor, FLOOR),), lines)


@curve.register
def _write_tanh(schedule: Tanh, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    constants = (
        ("LOWER", schedule.lower, "where on the tangent the run begins"),
        ("UPPER", schedule.upper, "where it ends"),
    )
    lines = (
        _left_of_run(schedule.end, run),
        "return 1 / (1 + math.exp(2 * (LOWER * left + UPPER * (1 - left))))  # (1 - tanh) / 2",
    )
    return FunctionBody(constants, lines)


@curve.register
def _write_wsd(schedule: Wsd, horizon: Horizon, run: str) -> FunctionBody:
    constants = ("FLOOR", schedule.floor, FLOOR), _span_constant("D", schedule.cooldown, horizon, run, "of cooldown")
    lines = _left_of_fall(schedule.end, run, "D"), f"return {above('FLOOR', COOLDOWNS[schedule.curve])}"
    return FunctionBody(constants, lines)


@curve.register
def _write_knee(schedule: Knee, horizon: Horizon, run: str) -> FunctionBody:
    constants = (_span_constant("K", schedule.explore, horizon, run, "at the peak"),)
    return FunctionBody(constants, (_left_of_fall(schedule.end, run, f"({run} - K)"), "return left"))


@curve.register
def _write_flat_cosine(schedule: FlatCosine, horizon: Horizon, run: str) -> FunctionBody:
    constants = ("FLOOR", schedule.floor, FLOOR), _span_constant("K", schedule.flat, horizon, run, "at the peak")
    fall = _left_of_fall(schedule.end, run, f"({run} - K)")
    return FunctionBody(constants, (fall, f"return {above('FLOOR', HALF_COSINE.format('left'))}"))


@curve.register
def _write_step(schedule: Step, horizon: Horizon, run: str) -> FunctionBody:
    constants = ("GAMMA", schedule.gamma, "each cut"), _span_constant("S", schedule.every, horizon, run, "between cuts")
    return FunctionBody(constants, ("return GAMMA ** (t // S)",))


@curve.register
def _write_multi_step(schedule: MultiStep, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    constants = ("GAMMA", schedule.gamma, "each cut"), _milestone_constant(schedule.at, horizon)
    return FunctionBody(constants, ("return GAMMA ** sum(m <= t for m in M)",))


@curve.register
def _write_piecewise_constant(schedule: PiecewiseConstant, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    constants = (
        ("VALUES", list(schedule.values), "fractions of the peak"),
        _milestone_constant(schedule.at, horizon),
    )
    return FunctionBody(constants, ("return VALUES[sum(m <= t for m in M)]",))


@curve.register
def _write_piecewise_linear(schedule: PiecewiseLinear, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    name, knots, meaning = _milestone_constant(schedule.at, horizon)
    constants = ("VALUES", list(schedule.values), "fractions of the peak"), (name, [0, *knots], f"0; {meaning}")
    lines = (
        "t = min(t, M[-1])",
        "n = sum(m <= t for m in M[1:-1])",
        "return ((M[n + 1] - t) * VALUES[n] + (t - M[n]) * VALUES[n + 1]) / (M[n + 1] - M[n])",
    )
    return FunctionBody(constants, lines)


@curve.register
def _write_exponential(schedule: Exponential, horizon: Horizon, run: str) -> FunctionBody:
    constants = (
        ("GAMMA", schedule.gamma, "the fall over S updates"),
        _span_constant("S", schedule.every, horizon, run, ""),
    )
    return FunctionBody(constants, ("return GAMMA ** (t / S)",))


@curve.register
def _write_natural_exponential(schedule: NaturalExponential, horizon: Horizon, run: str) -> FunctionBody:
    constants = ("DECAY", schedule.decay, "over S updates"), _span_constant("S", schedule.every, horizon, run, "")
    return FunctionBody(constants, ("return math.exp(-DECAY * t / S)",))


@curve.register
def _write_inverse_time(schedule: InverseTime, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    decay = ("DECAY", schedule.decay, "per update")
    if schedule.per == "update":
        return FunctionBody((decay,), ("return 1 / (1 + DECAY * t)",))
    return FunctionBody(
        (decay, _epoch_constant(horizon)), ("return 1 / (1 + DECAY * (t // E * E))  # the same all through an epoch",)
    )


@curve.register
def _write_inverse_sqrt(schedule: InverseSqrt, horizon: Horizon, run: str) -> FunctionBody:
    constants = (_span_constant("TAU", schedule.timescale, horizon, run, "after which the rate is 0.71 of the peak"),)
    return FunctionBody(constants, ("return math.sqrt(TAU / (t + TAU))",))


@curve.register
def _write_power_law(schedule: PowerLaw, horizon: Horizon, run: str) -> FunctionBody:
    tau = _span_constant("TAU", schedule.timescale, horizon, run, "after which the rate has fallen by 2**-EXPONENT")
    return FunctionBody((("EXPONENT", schedule.exponent, "of the fall"), tau), ("return (1 + t / TAU) ** -EXPONENT",))


@curve.register
def _write_noam(schedule: Noam, horizon: Horizon, run: str) -> FunctionBody:
    constants = (
        ("WIDTH", schedule.width, "of the model"),
        _span_constant("R", schedule.rise, horizon, run, "of the rise"),
    )
    lines = "n = t + 1", "return WIDTH**-0.5 * min(n**-0.5, n * R**-1.5)"
    return FunctionBody(constants, lines)


@curve.register
def _write_one_cycle(schedule: OneCycle, horizon: Horizon, run: str) -> FunctionBody:
    rise = Span.parse(schedule.rise).length(horizon)
    ease = HALF_COSINE if schedule.anneal == "cosine" else "{}"
    constants = (
        ("START", schedule.start, "the first rate, as a fraction of the peak"),
        ("FINAL", schedule.final, "the last one"),
        ("R", int(rise) if rise == int(rise) else rise, f"updates of the rise{_remark_on_span(schedule.rise, run)}"),
    )
    lines = (
        "if t <= R - 1:",
        "    done = t / (R - 1)  # of the rise",
        f"    return {above('START', ease.format('done'))}",
    )
    if schedule.phases == 2:
        lines += (
            f"left = max({run} - 1 - t, 0) / ({run} - R)  # of the fall; 0 at the last update",
            f"return {above('FINAL', ease.format('left'))}",
        )
    else:
        lines += (
            "if t <= 2 * R - 2:",
            "    left = (2 * R - 2 - t) / (R - 1)  # of the way back",
            f"    return {above('START', ease.format('left'))}",
            f"left = max({run} - 1 - t, 0) / ({run} + 1 - 2 * R)  # of the last phase; 0 at the last update",
            f"return FINAL + (START - FINAL) * {ease.format('left')}",
        )
    return FunctionBody(constants, lines)


@curve.register
def _write_slanted_triangular(schedule: SlantedTriangular, horizon: Horizon, run: str) -> FunctionBody:
    constants = (
        ("RATIO", schedule.ratio, "of the highest rate to the lowest"),
        _span_constant("C", schedule.rise, horizon, run, "of the rise"),
    )
    return FunctionBody(
        constants, (f"p = min(t / C, ({run} - t) / ({run} - C))", "return (1 + p * (RATIO - 1)) / RATIO")
    )


@curve.register
def _write_cyclic(schedule: Cyclic, horizon: Horizon, run: str) -> FunctionBody:
    constants = (
        ("LOW", schedule.low, FLOOR),
        _span_constant("P", schedule.period, horizon, run, "of a period"),
        ("RISE", schedule.rise, "the part of a period that goes up"),
    )
    triangle = "min(up, down)"
    if schedule.decay == "halving":
        triangle += " * 0.5 ** (t // P)"
    elif schedule.decay != "none":
        constants += (("DECAY", schedule.decay, "of the height, at every update"),)
        triangle += " * DECAY**t"
    lines = (
        "k = t % P  # updates into this period",
        "up, down = k / (RISE * P), (P - k) / ((1 - RISE) * P)",
        f"return {above('LOW', triangle)}",
    )
    return FunctionBody(constants, lines)


@curve.register
def _write_cosine_cycles(schedule: CosineCycles, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    total, unit = (horizon.updates, "updates") if schedule.per == "update" else (horizon.epochs, "epochs")
    period = -(-total // schedule.cycles)
    constants = (
        ("P", period, f"{unit} of a cycle"),
        ("LAST", -(-total // period) - 1, "the last cycle, counted from 0"),
        *((_epoch_constant(horizon),) if schedule.per == "epoch" else ()),
    )
    lines = (
        "n = t // E  # the epoch" if schedule.per == "epoch" else "n = t",
        "left = (min(n // P, LAST) + 1) - n / P  # of this cycle",
        f"return {HALF_COSINE.format('left')}",
    )
    return FunctionBody(constants, lines)


@curve.register
def _write_hard_restarts(schedule: HardRestarts, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    lines = (
        f"left = ((min(CYCLES * t // {run}, CYCLES - 1) + 1) * {run} - CYCLES * t) / {run}  # of this cycle",
        f"return {HALF_COSINE.format('left')}",
    )
    return FunctionBody((("CYCLES", schedule.cycles, "in the run"),), lines)


@curve.register
def _write_sgdr(schedule: Sgdr, horizon: Horizon, run: str) -> FunctionBody:
    constants = (
        _span_constant("F", schedule.first, horizon, run, "of the first cycle"),
        ("GROWTH", schedule.growth, "of each cycle's length"),
        ("DECAY", schedule.decay, "of each cycle's height"),
        ("FLOOR", schedule.floor, FLOOR),
    )
    lines = (
        "start, length, height = 0, F, 1.0  # of this cycle",
        "while t + 1e-6 >= start + length:  # floats may put a whole start a rounding late",
        "    start, length, height = start + length, length * GROWTH, height * DECAY",
        "left = (start + length - t) / length",
        f"return FLOOR + (1 - FLOOR) * height * {HALF_COSINE.format('left')}",
    )
    return FunctionBody(constants, lines)


@curve.register(Seq1)
@curve.register(Seq2)
@curve.register(Seq3)
@curve.register(Seq4)
def _write_by_epoch(schedule: Schedule, horizon: Horizon, run: str) -> FunctionBody:  # noqa: ARG001
    epoch = "n = max(t // E, 1)  # the epoch; the first two are alike"
    lines = {
        "seq1": (epoch, "return 1 / n"),
        "seq2": (epoch, "return 1 / math.sqrt(n)"),
        "seq3": ("return 0.9 ** (t // E)",),
        "seq4": (epoch, "return (10 - (n - 1) % 10) / 10 / (n // 10 + 1)"),
    }
    return FunctionBody((_epoch_constant(horizon),), lines[schedule.name])


def above(low: str, x: str) -> str:
    """A curve x from 0 to 1, lifted above a low end."""
    return f"{low} + (1 - {low}) * {x}"


def _left_of_run(end: str, run: str) -> str:
    """What is left of the run: to 0 at the update after the last (open) or at the last (closed)."""
    if end == "open":
        return f"left = ({run} - t) / {run}  # of the run; not yet 0 at the last update"
    return f"left = max({run} - 1 - t, 0) / ({run} - 1)  # of the run; 0 at the last update"


def _left_of_fall(end: str, run: str, length: str) -> str:
    """What is left of a fall over the last updates."""
    if end == "open":
        return f"left = min(({run} - t) / {length}, 1)  # of the fall; not yet 0 at the last update"
    return f"left = min(max({run} - 1 - t, 0) / ({length} - 1), 1)  # of the fall; 0 at the last update"


def _span_constant(letter: str, span: str, horizon: Horizon, run: str, what: str) -> tuple[str, object, str]:
    """A span in updates under its letter."""
    return letter, Span.parse(span).updates(horizon), f"updates {what}".strip() + _remark_on_span(span, run)


def _milestone_constant(spans: tuple[str, ...], horizon: Horizon) -> tuple[str, list[int], str]:
    """Spans in updates, under the letter M."""
    return "M", [Span.parse(span).updates(horizon) for span in spans], f"updates: {', '.join(spans)}"


def _epoch_constant(horizon: Horizon) -> tuple[str, object, str]:
    return "E", horizon.updates_per_epoch, "updates of an epoch"


def _remark_on_span(span: str, run: str) -> str:
    """What a span is a part of, as a remark, where it is one."""
    return f": {span} of {run}" if span.endswith("%") else f": {span}" if span.endswith("epochs") else ""
