"""A range test in words, in characters and as HTML."""

from typing import Any

import numpy as np

from ..spec import HIGHEST_RATE, LOWEST_RATE, RangeTest, counted
from ._curves import CurveArrays
from ._numbers import plain, rate
from ._templates import template_environment
from ._terminal import Axes, draw_in_frame

ACROSS = 1000  # steps of the drawn curve
USUAL_PART = 8  # of the training meant: how long a short one is that needs no lowering


def range_sentences(test: RangeTest) -> list[str]:
    """What a range test says, the answer first: never more than was measured."""
    return [_answer_sentence(test), *_interval_sentences(test), _basis_sentence(test), *_caution_sentences(test)]


def range_picture(test: RangeTest, width: int = 72, height: int = 12, *, unicode: bool = True) -> str:
    """The blurred loss against the rate, and where suggestion and interval lie, in characters."""
    log_R, smooth_R = np.log10(test.rates), np.array(test.smooth)
    low, span = float(smooth_R.min()), float(np.ptp(smooth_R)) or 1.0
    at_P = np.linspace(log_R[0], log_R[-1], 200)
    place_P = np.rint(np.linspace(0, ACROSS, 200)).astype(np.int64)
    curve = CurveArrays(_legend_words(test), place_P, (np.interp(at_P, log_R, smooth_R) - low) / span)
    ticks = (plain(low + span, 3), plain(low + span / 2, 3), plain(low, 3))
    axes = Axes(
        "loss", f"rate of {counted(test.updates, 'update')}", ticks, (rate(test.rates[0]), rate(test.rates[-1]))
    )
    lines = draw_in_frame([curve], axes, (ACROSS, 1.0), width, height, unicode=unicode).split("\n")
    gutter = max(len(axes.y), *map(len, ticks)) + 1
    marks = _marks_line(test, max(width, gutter + 22) - gutter - 1)
    return "\n".join([*lines[:-2], (" " * (gutter + 1) + marks).rstrip(), *lines[-2:]] if marks.strip() else lines)


def json_range(test: RangeTest) -> dict[str, Any]:
    """A range test as plain data, with its words."""
    return test.to_dict() | {"text": " ".join(range_sentences(test))}


def html_range(test: RangeTest, picture: str) -> str:
    """Sentences and picture as a piece of HTML that needs nothing else. picture: a PNG in base64."""
    template = template_environment().get_template("range_test.html")
    return template.render(sentences=range_sentences(test), picture=picture)


def _answer_sentence(test: RangeTest) -> str:
    if test.suggestion is not None:
        own = " (its own suggestion)" * (test.optimizer_from == "task")
        of = f"{test.of} with {test.optimizer}{own}"
        return f"Suggested rate: {rate(test.suggestion)}, for {of}, {_length_words(test)}."
    span = f"{rate(test.rates[0])} to {rate(test.rates[-1])}"
    more_below, more_above = _rates_beyond(test)
    reasons = {
        "diverged": f"every training diverged, at every rate from {span}; look at loss, data and initial weights, or "
        f"give lower rates",
        "flat": f"nothing was learned: no rate from {span} learned more than seeds differ by; give more updates or "
        f"seeds, or look at data, labels and loss: a model that can learn fits ten examples",
        "lower": f"the best rate is at the lower edge of {span}; {_way_beyond(test, 'lower', more_below)}",
        "higher": f"the best rate is at the upper edge of {span}; {_way_beyond(test, 'higher', more_above)}",
        "seeds": "the best rate moves by half a decade when one seed is left out; give more seeds or more updates",
    }
    return f"No suggestion: {reasons[test.reason]}."


def _rates_beyond(test: RangeTest) -> tuple[bool, bool]:
    """Whether there are lower rates that can be tried, and higher ones."""
    return test.rates[0] > LOWEST_RATE * 1.01, test.rates[-1] < min(test.highest, HIGHEST_RATE) / 1.01


def _way_beyond(test: RangeTest, way: str, more: bool) -> str:
    """How to go on where the best lies on an edge, to which the range has grown."""
    if not more:
        return "none beyond it can be tried; look at the loss, or scale it or the data"
    end = test.rates[0] if way == "lower" else test.rates[-1]
    factors = (0.001, 0.01, 0.1) if way == "lower" else (1, 10, 100)
    further = ",".join(rate(end * factor) for factor in factors if LOWEST_RATE <= end * factor <= HIGHEST_RATE)
    return f"give {way} rates, as in --rates {further}" if further.count(",") == 2 else f"give {way} rates"


def _length_words(test: RangeTest) -> str:
    return f"in a training of about {counted(test.length, 'update')}"


def _interval_sentences(test: RangeTest) -> list[str]:
    """The interval, and where the range was too short to show its ends."""
    if test.interval is None:
        return []
    low, high = map(rate, test.interval)
    text = f"Interval: {low} to {high}, from the lowest rate that keeps up with the best to the highest stable one."
    if test.highest < HIGHEST_RATE and test.interval[1] > test.highest / 1.01:
        text += f" {test.optimizer} trains with any rate above {rate(test.highest)} as with that one."
    more_below, more_above = _rates_beyond(test)
    open_ends = (("lower", test.open_low and more_below), ("higher", test.open_high and more_above))
    ends = [end for end, is_open in open_ends if is_open]
    if not ends:
        return [text]
    return [text, f"The range ended before the interval did: {' and '.join(ends)} rates may do as well."]


def _basis_sentence(test: RangeTest) -> str:
    learned = any(low is not None for low in test.low)
    start = plain(float(np.mean(test.untrained)), 3)
    after = f", {plain(min(test.smooth), 3)} at the best rate (blurred)" if learned else ""
    where = "at the lowest rate" if test.untrained == test.losses[0] else "before"
    added = test.added
    widened = f"; the range was widened by {counted(len(added), 'rate')}" if added else ""
    return (
        f"Measured: {counted(test.updates, 'update')} at each of {len(test.rates)} constant rates, "
        f"{counted(len(test.seeds), 'seed')}{widened}; {test.measured} {start} {where}{after}."
    )


def _caution_sentences(test: RangeTest) -> list[str]:
    """What is worth knowing before the suggestion is used."""
    stretch = test.length / test.updates
    if test.suggestion is None or stretch <= USUAL_PART * 1.1:
        return []
    return [
        f"Each short training is 1/{stretch:.0f} of the length, and short ones favour large rates: the suggestion was "
        f"lowered for it; more --updates tell more."
    ]


def _legend_words(test: RangeTest) -> str:
    marks = (", [ ] interval" if test.interval else "") + (", ^ suggestion" if test.suggestion else "")
    return f"blurred mean of seeds{marks}"


def _marks_line(test: RangeTest, columns: int) -> str:
    """Beneath the axis: brackets around the interval, a caret at the suggestion."""
    marks = [" "] * columns
    first, last = np.log10(test.rates[0]), np.log10(test.rates[-1])

    def put(value: float, mark: str) -> None:
        place = (np.log10(value) - first) / (last - first)
        marks[round(float(min(max(place, 0.0), 1.0)) * (columns - 1))] = mark

    if test.interval is not None:
        put(test.interval[0], "[")
        put(test.interval[1], "]")
    if test.suggestion is not None:
        put(test.suggestion, "^")
    return "".join(marks)
