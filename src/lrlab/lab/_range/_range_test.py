"""A range test over rates that is widened while its best lies on the edge, whoever trains."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from ...errors import ScheduleError, StudyError
from ...schedules import Span
from ...spec import HIGHEST_RATE, LOWEST_RATE, OPTIMIZERS, RangeTest
from ...stats import RangeAnswer, range_test

PER_DECADE = 4
DECADES = 3  # that a range may grow by on either side
BEYOND_USUAL = 10.0  # how far the first range reaches beyond the usual peaks
PART = 8  # of the training meant: how long each short one is
FEWEST_UPDATES, USUAL_UPDATES = 10, 200
TELLING_UPDATES = 100  # in fewer, rates that are too large do not yet show it


class MeasuredRates(NamedTuple):
    """What short trainings gave: losses by rate, seed by seed (None: diverged), and before training, by seed.

    untrained: None where it is not known; then the losses at the lowest rates stand for it.
    """

    losses: Mapping[float, Sequence[float | None]]
    untrained: Sequence[float] | None


class SweepSubject(NamedTuple):
    """What was trained, as a range test names it; the fields are those of `RangeTest`."""

    of: str
    optimizer: str
    measured: str
    updates: int
    length: int
    seeds: tuple[int, ...]
    optimizer_from: Literal["", "task"] = ""
    highest: float = HIGHEST_RATE


def highest_rate(optimizer: str, decays: bool = False) -> float:
    """The highest rate that is worth a training under an optimizer: those above train alike, or cannot be given.

    decays: whether the rate is also that of a weight decay, so that none train alike.
    """
    kind = OPTIMIZERS.get(optimizer)
    return HIGHEST_RATE if kind is None or kind.highest is None or decays else kind.highest


def usual_rates(optimizer: str, decays: bool = False) -> tuple[float, ...]:
    """The rates to begin with under an optimizer; decays as in `highest_rate`.

    >>> usual_rates("sgd")[0], usual_rates("sgd")[-1], len(usual_rates("sgd"))
    (0.001, 3.162, 15)
    >>> usual_rates("adafactor")[-1], usual_rates("adafactor", decays=True)[-1]
    (1.0, 10.0)
    """
    highest = highest_rate(optimizer, decays)
    return tuple(rate for rate in rates_around(OPTIMIZERS[optimizer].peaks) if rate <= highest)


def rates_around(peaks: Sequence[float]) -> tuple[float, ...]:
    """Four rates to a decade, from a decade below the lowest of the usual peaks to one above the highest."""
    low, high = math.log10(min(peaks) / BEYOND_USUAL), math.log10(max(peaks) * BEYOND_USUAL)
    return tuple(_tidy_rate(step / PER_DECADE) for step in range(round(low * PER_DECADE), round(high * PER_DECADE) + 1))


def checked_rates(rates: Sequence[float]) -> tuple[float, ...]:
    """The rates, ascending. Raises StudyError for fewer than three, and for one that is none."""
    wrong = [rate for rate in rates if not (math.isfinite(rate) and LOWEST_RATE <= rate <= HIGHEST_RATE)]
    if wrong:
        raise StudyError(f"rates lie from {LOWEST_RATE:g} to {HIGHEST_RATE:g}, but got {wrong[0]:g}; leave it out")
    if len(set(rates)) < 3:
        raise StudyError(
            f"a range test needs 3 different rates or more, but got {len(set(rates))}; "
            f"write some like 0.001,0.01,0.1,1, or leave them out"
        )
    return tuple(sorted(set(rates)))


def checked_count(name: str, value: int, least: int, why: str) -> int:
    """A number that is not too small. Raises StudyError."""
    if value < least:
        raise StudyError(f"{name} must be at least {least}, but got {value}; {why}")
    return value


def lengths_of(updates: int | None, length: int | None) -> tuple[int, int]:
    """The updates of each short training, and of the training meant.

    Where one is given the training meant is 8 times as long; but the short ones have no fewer than 100 updates, or half
    of it where it is that short.

    Raises StudyError where they are too few.

    >>> lengths_of(None, 8000), lengths_of(None, 400), lengths_of(None, 80), lengths_of(100, None)
    ((1000, 8000), (100, 400), (40, 80), (100, 800))
    """
    if updates is None:
        updates = USUAL_UPDATES if length is None else _usual_part(length)
    checked_count("updates", updates, FEWEST_UPDATES, f"fewer say nothing; leave it out for {USUAL_UPDATES}")
    length = PART * updates if length is None else length
    checked_count(
        "length", length, updates, "a range test is no longer than the training it is for; give fewer updates"
    )
    return updates, length


def _usual_part(length: int) -> int:
    return max(length // PART, min(TELLING_UPDATES, length // 2), FEWEST_UPDATES)


def checked_span(length: str) -> str:
    """The length of a training, as a span. Raises StudyError."""
    try:
        span = Span.parse(length)
    except ScheduleError:
        raise StudyError(
            f'length is a number and its unit, but got {length!r}; write "30 epochs" or "2000 updates"'
        ) from None
    if span.unit == "%":
        raise StudyError(
            f'length is that of the training meant, but got {length!r}; write "30 epochs" or "2000 updates"'
        )
    return str(span)


def sweep_rates(
    rates: Sequence[float], measure: Callable[[Sequence[float]], MeasuredRates], what: SweepSubject
) -> RangeTest:
    """Measure the rates, and more of them decade by decade while the best, or an end of the interval, is not in sight.

    rates: to begin with, ascending. measure: trains at rates, and gives what came of it. what: was trained.
    """
    measured, grown = measure(rates), {"lower": 0, "higher": 0}
    losses = dict(measured.losses)
    while True:
        tried = sorted(losses)
        untrained = _losses_at_lowest(losses) if measured.untrained is None else measured.untrained
        numbers = [_as_numbers(losses[rate]) for rate in tried]
        stretch, alike = max(what.length / what.updates, 1.0), what.highest <= tried[-1] < HIGHEST_RATE
        answer = range_test(tried, numbers, untrained, stretch=stretch, all_above_alike=alike)
        beyond = [rate for way in _ways_on(answer) for rate in _rates_beyond(tried, way, grown)]
        more = {min(rate, what.highest) for rate in beyond} - losses.keys()
        if not more:
            return _range_test_of(answer, losses, untrained, rates, what)
        losses |= measure(sorted(more)).losses


def _losses_at_lowest(losses: Mapping[float, Sequence[float | None]]) -> list[float]:
    """Of each seed, the loss at the lowest rate at which it did not diverge. Raises StudyError where there is none."""
    by_seed = zip(*(losses[rate] for rate in sorted(losses)), strict=True)
    finite = [[loss for loss in each if loss is not None] for each in by_seed]
    if not all(finite):
        raise StudyError(
            f"a seed diverged at every rate from {min(losses):g} to {max(losses):g}, and its loss before training is "
            f"not known; look at loss, data and initial weights, or give lower rates"
        )
    return [each[0] for each in finite]


def _as_numbers(losses: Sequence[float | None]) -> list[float]:
    return [math.nan if loss is None else loss for loss in losses]


def _ways_on(answer: RangeAnswer) -> tuple[str, ...]:
    """Where more rates are wanted."""
    if answer.reason == "flat":  # rates that are all too low, or all too high
        return ("lower",) if answer.diverged.any() else ("lower", "higher")
    lower = answer.reason in ("diverged", "lower") or answer.open_low
    higher = answer.reason == "higher" or answer.open_high
    return ("lower",) * lower + ("higher",) * higher


def _rates_beyond(tried: Sequence[float], way: str, grown: dict[str, int]) -> list[float]:
    """The rates of one decade more, as far apart as the outermost are; none where the range has grown enough."""
    if grown[way] == DECADES:
        return []
    grown[way] += 1
    end, next_one = (tried[0], tried[1]) if way == "lower" else (tried[-1], tried[-2])
    count = max(round(1 / abs(math.log10(end / next_one))), 1)
    sign = -1 if way == "lower" else 1
    added = [_tidy_rate(math.log10(end) + sign * step / count) for step in range(1, count + 1)]
    return [rate for rate in added if LOWEST_RATE <= rate <= HIGHEST_RATE and rate not in tried]


def _tidy_rate(logarithm: float) -> float:
    return float(f"{10.0**logarithm:.4g}")


def _range_test_of(
    answer: RangeAnswer,
    losses: Mapping[float, Sequence[float | None]],
    untrained: Sequence[float],
    asked: Sequence[float],
    what: SweepSubject,
) -> RangeTest:
    tried = sorted(losses)
    return RangeTest(
        **what._asdict(),
        rates=tuple(tried),
        losses=tuple(tuple(losses[rate]) for rate in tried),
        untrained=tuple(untrained),
        smooth=tuple(answer.smooth.tolist()),
        low=_none_for_nan(answer.low.tolist()),
        high=_none_for_nan(answer.high.tolist()),
        diverged=tuple(answer.diverged.tolist()),
        suggestion=None if answer.suggestion is None else float(f"{answer.suggestion:.2g}"),
        reason=answer.reason,
        interval=answer.interval and (float(f"{answer.interval[0]:.2g}"), float(f"{answer.interval[1]:.2g}")),
        open_low=answer.open_low,
        open_high=answer.open_high,
        asked=tuple(asked),
    )


def _none_for_nan(values: Sequence[float]) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else value for value in values)
