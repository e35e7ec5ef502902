"""What schedules check about their fields, when built and when bound; each refusal says the way out."""

import re
from collections.abc import Sequence as Members
from dataclasses import fields
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError, UnknownName
from ._base import Schedule, is_number
from ._clock import End, Horizon, Span
from ._entry import CatalogueEntry
from ._registry import DEEPEST, too_deep

MOST = 100  # members of a list; longer ones are data, not a schedule one can read


def set_field(schedule: CatalogueEntry, field: str, value: object) -> None:
    """Give a field of a schedule under construction its canonical value."""
    object.__setattr__(schedule, field, value)


def canonical_span(schedule: CatalogueEntry, field: str) -> None:
    """Rewrite a span field in its one canonical text, so that "20 %" and "20%" are the same schedule."""
    set_field(schedule, field, _canonical_text(schedule, field, getattr(schedule, field)))


def canonical_spans(schedule: Schedule, field: str) -> None:
    """Rewrite each member of a list of spans so; at least one."""
    members = _list_members(schedule, field, "spans", '["30%", "60%"]')
    set_field(schedule, field, tuple(_canonical_text(schedule, field, member) for member in members))


def _canonical_text(schedule: CatalogueEntry, field: str, value: object) -> str:
    try:
        return str(Span.parse(value))
    except ScheduleError as error:
        raise ScheduleError(f"{schedule.name}: `{field}`: {error}") from None


def span_updates(schedule: CatalogueEntry, field: str, horizon: Horizon) -> int:
    """A span field in whole updates of the horizon."""
    return _count_updates(schedule, field, getattr(schedule, field), horizon)


def _count_updates(schedule: CatalogueEntry, field: str, span: str, horizon: Horizon) -> int:
    try:
        return Span.parse(span).updates(horizon)
    except ScheduleError as error:
        raise ScheduleError(f"{schedule.name}: `{field}`: {error}") from None


def span_before_end(schedule: Schedule, field: str, horizon: Horizon) -> int:
    """A span field in whole updates of the horizon; refused where it leaves no update after it."""
    total = horizon.updates
    if total == 1:
        raise ScheduleError(
            f"{schedule.name}: `{field} < run` must hold, but the run is 1 update; lengthen the run by 1 update"
        )
    length = span_updates(schedule, field, horizon)
    if length >= total:
        span = getattr(schedule, field)
        raise ScheduleError(
            f'{schedule.name}: `{field} < run` must hold, but "{span}" is {length} of {total} updates; shorten it by '
            f"at least {length - total + 1} updates{_or_lengthen(span, length - total + 1)}"
        )
    return length


def _or_lengthen(span: str, updates: int) -> str:
    """The second way out of a span that is too long; none where the span grows with the run."""
    return "" if span.endswith("%") else f" or lengthen the run by {updates} updates"


def milestones(schedule: Schedule, field: str, horizon: Horizon) -> NDArray[np.float64]:
    """A list of spans from the start, each in whole updates."""
    return np.array(
        [_count_updates(schedule, field, span, horizon) for span in getattr(schedule, field)], dtype=np.float64
    )


def fit_milestones(schedule: Schedule, field: str, horizon: Horizon, *, last: int) -> None:
    """Refuse milestones that do not increase, or lie after the update `last`.

    schedule: whose field they are. field: the name of its list of spans. horizon: what they are counted over.
    """
    spans = getattr(schedule, field)
    if last < 1:
        raise ScheduleError(
            f"{schedule.name}: a run of {len(spans) + 1} updates is needed for what is in `{field}`, but got "
            f"{horizon.updates}; lengthen the run by {len(spans)} updates"
        )
    at = milestones(schedule, field, horizon).astype(int).tolist()
    for n, (span, place) in enumerate(zip(spans, at, strict=True)):
        if place > last:
            mend = f'write at most "{last} updates"{_or_lengthen(span, place - last)}'
            if n and at[n - 1] >= last:  # no update is left for it
                longer = _or_part(spans[n - 1], span) or _or_lengthen(span, place - last)
                mend = f"leave one of them out{'' if _is_whole_run(span) else longer}"
            raise ScheduleError(
                f'{schedule.name}: `{field} <= {last} updates` must hold, but "{span}" is {place} of '
                f"{horizon.updates} updates; {mend}"
            )
    for (first, before), (second, here) in pairwise(zip(spans, at, strict=True)):
        if here <= before:
            mend = "put them in order" if here < before else f"leave one of them out{_or_part(first, second)}"
            raise ScheduleError(
                f'{schedule.name}: `{field}` must increase, but "{first}" and "{second}" are updates {before} and '
                f"{here} of {horizon.updates}; {mend}"
            )


def _is_whole_run(span: str) -> bool:
    """Whether it is 100 % or more, which no longer run has room for."""
    parsed = Span.parse(span)
    return parsed.unit == "%" and parsed.amount >= 100


def _or_part(first: str, second: str) -> str:
    """The second way out of two spans of one update; none unless they are parts of the run."""
    one, other = Span.parse(first), Span.parse(second)
    if one.unit != "%" or other.unit != "%" or other.amount <= one.amount:
        return ""
    return f" or lengthen the run to {ceil(100 / (other.amount - one.amount)) + 1} updates"


def fit_end(schedule: Schedule, end: End, horizon: Horizon) -> None:
    """Refuse a closed end over one update: it would have to use the peak and the end value both."""
    if end == "closed" and horizon.updates == 1:
        raise ScheduleError(
            f'{schedule.name}: `updates >= 2` must hold with end="closed", but got 1; '
            f'write end="open" or lengthen the run by 1 update'
        )


def check_number(schedule: CatalogueEntry, field: str, low: float, high: float, *, open_low: bool = False) -> None:
    """Refuse a field of a schedule that is not a number in [low, high], or (low, high] with open_low."""
    set_field(schedule, field, _checked_number(schedule, field, getattr(schedule, field), (low, high), open_low))


def check_numbers(
    schedule: Schedule, field: str, low: float, high: float, *, open_high: bool = False, example: str = "[1, 0.1, 0.01]"
) -> None:
    """The same for a field with a list of numbers; at least one, each in [low, high], or [low, high) with open_high.

    schedule: whose it is. example: such a list.
    """
    members = _list_members(schedule, field, "numbers", example)
    for member in members if open_high else ():
        if not is_number(member) or not low <= member < high:  # pyright: ignore
            raise ScheduleError(
                f"{schedule.name}: `{field}` must hold numbers in [{low:g}, {high:g}), but got {member!r}; "
                f"write as in: {example}"
            )
    numbers = [_checked_number(schedule, field, member, (low, high), False, "hold") for member in members]
    set_field(schedule, field, tuple(numbers))


def _checked_number(
    schedule: CatalogueEntry, field: str, value: object, bounds: tuple[float, float], open_low: bool, be: str = "be"
) -> float:
    low, high = bounds
    if not is_number(value) or not low <= value <= high or (open_low and value == low):  # pyright: ignore
        bracket, what = "(" if open_low else "[", "a number" if be == "be" else "numbers"
        raise ScheduleError(
            f"{schedule.name}: `{field}` must {be} {what} in {bracket}{low:g}, {high:g}], but got {value!r}"
            f"{_number_way(value)}"
        )
    return float(value) + 0.0  # pyright: ignore  # + 0.0: minus zero would be equal, with another text


def _number_way(value: object) -> str:
    """The way out where a text is given for a number: "5%" is 0.05, and "2" is 2; "" for any other value."""
    found = re.fullmatch(r"\s*([+-]?[0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*(%?)\s*", str(value).lower())
    if not isinstance(value, str) or found is None:
        return ""
    return f"; write {float(found[1]) / 100:.12g}" if found[2] else f"; write {found[1]} without quotes"


def check_whole(schedule: CatalogueEntry, field: str, low: int, high: int) -> None:
    """Refuse a field of a schedule that is not a whole number from low to high; 5.0 becomes 5."""
    value = getattr(schedule, field)
    if not is_number(value) or not low <= value <= high or value != int(value):
        raise ScheduleError(
            f"{schedule.name}: `{field}` must be a whole number from {low} to {high}, but got {value!r}; write {low}"
        )
    set_field(schedule, field, int(value))


def check_word(schedule: CatalogueEntry, field: str, words: tuple[str, ...]) -> None:
    """Refuse a field that is not one of the words."""
    value = getattr(schedule, field)
    if not isinstance(value, str):
        quoted = " or ".join(f'"{word}"' for word in words)
        raise ScheduleError(f"{schedule.name}: `{field}` must be a word, but got {value!r}; write {quoted}")
    if value not in words:
        raise UnknownName(f"{schedule.name} {field}", value, words)


def check_schedule(schedule: Schedule, field: str) -> None:
    """Refuse a field that is not a schedule, or has too many inside one another."""
    value = getattr(schedule, field)
    if not isinstance(value, Schedule):
        raise ScheduleError(
            f"{schedule.name}: `{field}` must be a schedule, such as Cosine(), but got {value!r}; "
            f"write as in: {schedule.written}"
        )
    if depth(schedule) > DEEPEST:
        raise too_deep(schedule.name)


def check_schedules(schedule: Schedule, field: str) -> None:
    """Refuse a field that is not a list of schedules; at least two."""
    members = _list_members(schedule, field, "schedules", schedule.written)
    if len(members) < 2 or not all(isinstance(member, Schedule) for member in members):
        raise ScheduleError(
            f"{schedule.name}: `{field}` must hold two schedules or more, but got {list(members)!r}; "
            f"write as in: {schedule.written}"
        )
    set_field(schedule, field, tuple(members))
    if depth(schedule) > DEEPEST:
        raise too_deep(schedule.name)


def depth(schedule: Schedule) -> int:
    """How many schedules stand inside one another: 1 for a plain one.

    >>> from lrlab.schedules import parse
    >>> depth(parse("warmup+cosine"))
    2
    """
    values = [getattr(schedule, field.name) for field in fields(schedule)]
    inside = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
    return 1 + max((depth(part) for part in inside if isinstance(part, Schedule)), default=0)


def _list_members(schedule: Schedule, field: str, what: str, example: str) -> Members[object]:
    """The members of a list field, as given."""
    value = getattr(schedule, field)
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST:
        raise ScheduleError(
            f"{schedule.name}: `{field}` must be a list of 1 to {MOST} {what}, but got {value!r}; "
            f"write as in: {example}"
        )
    return value
