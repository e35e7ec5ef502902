"""The space of a search: what of a schedule, an optimizer and a study can be searched, and a candidate at a point."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, Literal, get_args, get_origin

from pydantic_core import PydanticCustomError

from ..errors import LabError, StudyError, did_you_mean
from ..rules import from_dict
from ..schedules import CatalogueEntry, parts_of, types_of_field, types_of_fields
from ._axis import Axis, AxisValue, read_axis
from ._candidate import Candidate
from ._noun import check_watched
from ._optimizers import OPTIMIZERS
from ._recipe import ArmPlan, Recipe, parts_of_arm, plan_of
from ._search import SETTING, Search
from ._trial import Optimizer, check_average, check_momentum

BY_RATIO = ("peak", "weight_decay", "eps")  # what is drawn by ratio unless `linear` is written
OPTIMIZER_FIELDS = {"optimizer": "name"} | {name: name for name in Optimizer.model_fields if name != "name"}
PLAIN_NAMES = ("peak", "batch_size", *OPTIMIZER_FIELDS)
WIDER = 3.0  # how far beyond the usual grid of peaks a search may go upwards
MOST_CORNERS = 256
WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*\.\.\s*[+-]?[0-9]+(?![0-9.eE])")  # a range of which both ends are written so
Values = Mapping[str, AxisValue]
Space = dict[str, Axis]


def plan_fields(plan: ArmPlan) -> dict[str, Any]:
    """The declared type of every field of a schedule, rule or average that a search can set, as `warmup.span`.

    >>> from lrlab.rules import parse
    >>> list(plan_fields(parse("warmup+linear")))[:3]
    ['warmup.span', 'warmup.first', 'warmup.curve']
    """
    return {
        f"{part.name}.{field}": hint
        for part in _entries_of(plan)
        for field, hint in types_of_fields(type(part)).items()
        if not any(_holds_more(kind) for kind in types_of_field(hint))
    }


def _entries_of(plan: ArmPlan) -> Iterator[CatalogueEntry]:
    """The schedules and rules inside one another, and the average."""
    yield from parts_of(plan_of(plan))
    if isinstance(plan, Recipe) and plan.average is not None:
        yield plan.average


def _holds_more(kind: Any) -> bool:
    """Whether it is a list or a schedule, which has fields of its own."""
    return get_origin(kind) is tuple or (isinstance(kind, type) and issubclass(kind, CatalogueEntry | tuple))


def searched_names(plans: Iterable[ArmPlan]) -> list[str]:
    """Every name that a search over these schedules may have, except for settings."""
    return [*PLAIN_NAMES, *dict.fromkeys(name for plan in plans for name in plan_fields(plan))]


def space_of(search: Search, peaks: tuple[float, ...], label: str, plan: ArmPlan) -> Space:
    """What is searched for one schedule: those of the names that it has, and several peaks as choices.

    An arm with an optimizer of its own has the usual peaks of that, unless it says a range itself.

    The peak, then the others by name: samplers draw in this order, and a study that was kept forgot how it was written.
    """
    ranges = {**search.space, **_own_peaks(plan, search), **search.own.get(label, {})}
    if isinstance(plan, Recipe) and plan.optimizer is not None:
        ranges.pop("optimizer", None)
    hints = plan_fields(plan)
    choices = {"peak": Axis("|".join(map(str, peaks)), choices=peaks)} if len(peaks) > 1 else {}
    named = choices | {
        name: _axis_of(name, text, hints.get(name))
        for name, text in ranges.items()
        if "." not in name or name in hints or name.startswith(SETTING)
    }
    return {name: named[name] for name in sorted(named, key=lambda name: (name != "peak", name))}


def _own_peaks(plan: ArmPlan, search: Search) -> dict[str, str]:
    """The usual range of the peak for an optimizer of its own, where the peak is searched over a range."""
    if "peak" not in search.space or not isinstance(plan, Recipe) or plan.optimizer is None:
        return {}
    return {"peak": usual_peak_range(OPTIMIZERS[plan.optimizer.name].peaks)}


def usual_peak_range(peaks: Sequence[float]) -> str:
    """The range that a search draws peaks from, of an optimizer or loop for which this grid is usual."""
    return f"{min(peaks):g}..{WIDER * max(peaks):g} log"


def _axis_of(name: str, text: str, hint: Any) -> Axis:
    """The range of a field: by ratio and in whole numbers where the field is so. Raises StudyError."""
    axis = read_axis(text)
    if axis.choices:
        return axis
    types = types_of_field(hint)
    counted = name == "batch_size" or (int in types and float not in types)
    whole = counted or (name.startswith(SETTING) and WHOLE.match(text) is not None)
    if whole and not _is_whole_range(axis):
        raise StudyError(f"{name} takes whole numbers, but got {text}; write {int(axis.low)}..{int(axis.high) + 1}")
    by_ratio = axis.log or (name in BY_RATIO and axis.low > 0 and axis.step is None and "linear" not in text)
    return axis._replace(whole=whole, log=by_ratio)


def _is_whole_range(axis: Axis) -> bool:
    return all(each is None or float(each).is_integer() for each in (axis.low, axis.high, axis.step))


def candidate_at(plan: ArmPlan, optimizer: Optimizer, peaks: tuple[float, ...], values: Values) -> Candidate:
    """The schedule with these values of what is searched. Raises a LabError where one cannot be.

    optimizer: the study's, in place of which a recipe may have its own.
    """
    arm = with_fields(plan, {name: value for name, value in values.items() if "." in name})
    own = parts_of_arm(arm)
    optimizer = own.get("optimizer") or optimizer
    told: dict[str, Any] = {field: values[name] for name, field in OPTIMIZER_FIELDS.items() if name in values}
    settings = {name.removeprefix(SETTING): value for name, value in values.items() if name.startswith(SETTING)}
    fields: dict[str, Any] = own | {
        "peak": values.get("peak", peaks[0] if peaks else None),
        "optimizer": optimizer.renamed(told) if told else own.get("optimizer"),
        "settings": settings,
        "batch_size": values.get("batch_size"),
    }
    return Candidate(**fields)


def with_fields(plan: ArmPlan, values: Values) -> ArmPlan:
    """The schedule with these fields, by names such as `warmup.span`; every part of that name gets them.

    >>> from lrlab.rules import parse
    >>> print(with_fields(parse("warmup+cosine"), {"warmup.span": "5%", "cosine.floor": 0.1}))
    warmup(span=5%)+cosine(floor=0.1)
    """
    if not isinstance(plan, Recipe):
        return from_dict(_put_values(plan.to_dict(), values))
    data = {name: _put_values(part, values) for name, part in plan.to_dict().items() if name != "optimizer"}
    return Recipe(**data, optimizer=plan.optimizer)


def _put_values(data: Any, values: Mapping[str, Any]) -> Any:
    """A schedule as JSON has it, with these values."""
    if isinstance(data, list):
        return [_put_values(member, values) for member in data]
    if not isinstance(data, dict):
        return data
    inside = {field: _put_values(value, values) for field, value in data.items()}
    return inside | {field: values[name] for field in data if (name := f"{data['name']}.{field}") in values}


@lru_cache(maxsize=4096)
def without_fields(plan: ArmPlan, names: frozenset[str]) -> str:
    """What stays of an arm when these fields are searched, as text: the same for all of its points."""
    data = plan.to_dict() if isinstance(plan, Recipe) else {"schedule": plan.to_dict()}
    optimizer = data.pop("optimizer", None) or {}
    searched = {field for name, field in OPTIMIZER_FIELDS.items() if name in names}
    own = {field: value for field, value in optimizer.items() if field not in searched}
    return repr(({name: _put_values(part, dict.fromkeys(names)) for name, part in data.items()}, own))


def grid_sizes(space: Space, trials: int) -> dict[str, int]:
    """How many values of each axis a grid of at most so many points has: as equal as they can be.

    Raises StudyError where two of each are already more.
    """
    sizes = {name: len(axis.choices) or min(2, int(min(axis.most, 2))) for name, axis in space.items()}
    if prod(sizes.values()) > trials:
        raise StudyError(
            f"a grid over {', '.join(space)} has {prod(sizes.values())} points or more, but trials are {trials}; "
            f"raise them, search fewer fields, or take tpe or sobol"
        )
    while True:
        fits = [
            name
            for name, axis in space.items()
            if sizes[name] < axis.most and prod(sizes.values()) // sizes[name] * (sizes[name] + 1) <= trials
        ]
        if not fits:
            return sizes
        sizes[min(fits, key=lambda name: sizes[name])] += 1


def points_in(search: Search, space: Space) -> int:
    """How many points of a space are tried."""
    return prod(grid_sizes(space, search.trials).values()) if search.sampler == "grid" else search.trials


def corners_of(space: Space) -> list[dict[str, AxisValue]]:
    """The points that show whether all of a space can be used: every combination of ends, or of very many the first.

    Spans that begin at nothing are looked at a little above.
    """
    ends = {name: tuple(map(_above_nothing, axis.ends)) for name, axis in space.items()}
    if prod(len(each) for each in ends.values()) <= MOST_CORNERS:
        return [dict(zip(ends, corner, strict=True)) for corner in product(*ends.values())]
    first = {name: each[0] for name, each in ends.items()}
    return [first | {name: value} for name, each in ends.items() for value in each]


def _above_nothing(end: AxisValue) -> AxisValue:
    return (
        f"0.001{end[1:]}"
        if isinstance(end, str) and end in ("0%", "0 epochs")
        else "1 updates"
        if (end == "0 updates")
        else end
    )


def check_search(search: Search, peaks: tuple[float, ...], plans: Mapping[str, ArmPlan], optimizer: Optimizer) -> None:
    """Raise a PydanticCustomError, with its place in the file, where a search does not go with these schedules.

    plans: the schedules by label. optimizer: the study's.
    """
    known = searched_names(plans.values())
    for name in search.space:
        if name not in known and not name.startswith(SETTING):
            raise mistake_at(("tune", "search", "space", name), _unknown_words(name, known))
    if peaks and any("peak" in ranges for ranges in (search.space, *search.own.values())):
        raise mistake_at(("tune", "peaks"), "the peak is searched over a range; leave out `peaks`, or its range")
    for label, plan in plans.items():
        _check_schedule_space(search, peaks, label, plan, optimizer)
    _check_told_apart(search, peaks, plans)


def _check_schedule_space(
    search: Search, peaks: tuple[float, ...], label: str, plan: ArmPlan, optimizer: Optimizer
) -> None:
    try:
        space = space_of(search, peaks, label, plan)
    except StudyError as error:
        raise mistake_at(("tune", "search", "space"), str(error)) from None
    if not peaks and "peak" not in space:
        text = "needs a range of the peak, as in `space: {peak: 0.01..1}`, or `peaks` to choose from"
        raise mistake_at(("tune", "search", "space"), text)
    if not space:
        text = f"{label} has none of the fields that are searched: a search space of one point; search its peak too"
        raise mistake_at(("tune", "search", "space"), text)
    try:
        points_in(search, space)
    except StudyError as error:
        raise mistake_at(("tune", "search", "trials"), str(error)) from None
    for name in space:
        for value in map(_above_nothing, space[name].ends):
            _check_point(plan, optimizer, peaks or (1.0,), {name: value}, ("tune", "search", "space", name))
    for corner in corners_of(space):
        _check_point(plan, optimizer, peaks or (1.0,), corner, ("tune", "search", "space"))


def _check_point(
    plan: ArmPlan, optimizer: Optimizer, peaks: tuple[float, ...], values: Values, place: tuple[str, ...]
) -> None:
    """Raise a mistake where there can be no such candidate."""
    try:
        candidate = candidate_at(plan, optimizer, peaks, values)
        check_watched(candidate.schedule, 1)
        if "optimizer" in values:
            check_average(candidate.average, candidate.optimizer)
            check_momentum(candidate.schedule, candidate.optimizer)
    except (LabError, ValueError) as error:
        what = ", ".join(f"{name} = {value}" for name, value in values.items())
        raise mistake_at(place, f"{plan} cannot have {what}: {error}; narrow the range") from None


def _check_told_apart(search: Search, peaks: tuple[float, ...], plans: Mapping[str, ArmPlan]) -> None:
    """Raise a mistake where two schedules are the same except for what is searched: no trial would say whose it is."""
    seen: dict[str, str] = {}
    for label, plan in plans.items():
        names = frozenset(space_of(search, peaks, label, plan))
        for other in seen:
            both = names | frozenset(space_of(search, peaks, other, plans[other]))
            if without_fields(plan, both) == without_fields(plans[other], both):
                text = f"{other} and {label} are the same except for what is searched; leave out one of them"
                raise mistake_at(("schedules",), text)
        seen[label] = label


def _unknown_words(name: str, known: list[str]) -> str:
    """What to say of a name that no schedule has."""
    plain = "peak" if name in ("lr", "rate", "learning_rate") else ""
    fields = [each for each in known if "." not in name and each.endswith(f".{name}")]
    way = f"did you mean {plain or ' or '.join(fields[:3])}?" if plain or fields else did_you_mean(name, known)
    return f"no schedule of the study has it; {way} (a setting of a loop of your own is written settings.{name})"


def mistake_at(place: tuple[str, ...], text: str) -> PydanticCustomError:
    """A mistake of a study as a whole that stands at one place of it."""
    return PydanticCustomError("misplaced", "{text}", {"text": text, "place": place})


def literal_words(hint: Any) -> tuple[str, ...]:
    """The words that a field of a few words may have; none for another.

    >>> literal_words(Literal["open", "closed"])
    ('open', 'closed')
    """
    return get_args(hint) if get_origin(hint) is Literal else ()
