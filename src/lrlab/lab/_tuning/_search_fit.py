"""A search on its task: spans that fit its lengths, batches that fit the data, samplers that are there."""

from collections.abc import Callable, Iterator
from typing import Any

from ...errors import ScheduleError, StudyError
from ...schedules import Horizon, Span
from ...search import check_sampler
from ...spec import SETTING, Axis, Search, Study, check_moved_settings, corners_of, read_axis

Horizons = Callable[[Study], tuple[Horizon, ...]]


def fit_search(study: Study, horizons: Horizons) -> tuple[Study, list[str]]:
    """The study with its search as it can be run, and what of it cannot, a line each.

    A span that begins below one update begins at one. horizons: of the trials of a study, whose batch size may be
    searched. Raises StudyError where a sampler is not installed, or a batch size does not fit the data.
    """
    search = study.tune.search
    if search is None:
        return study, []
    check_sampler(search)
    lengths = [length for changed in _batch_sizes(study) for length in horizons(changed)]
    shortest = min(lengths, key=lambda length: length.updates)
    study = _change_ranges(study, lambda text: _lift_span(text, shortest))
    return study, [misfit for label in study.labels for misfit in _misfits_of(study, label, lengths)]


def settings_of_search(study: Study) -> set[str]:
    """The settings of a loop of the user's own that are searched."""
    search = study.tune.search
    names = [*search.space, *(name for own in search.own.values() for name in own)] if search else []
    return {name.removeprefix(SETTING) for name in names if name.startswith(SETTING)}


def sample_of_search(study: Study) -> dict[str, Any]:
    """A candidate of each schedule in the middle of what is searched, by label."""
    middles = {label: {name: axis.middle for name, axis in study.space_of(label).items()} for label in study.labels}
    return {
        label: study.candidate_at(label, middles[label] | {"batch_size": study.batch_size}) for label in study.labels
    }


def _batch_sizes(study: Study) -> Iterator[Study]:
    """The study with the smallest and the largest batches that it searches, or as it is."""
    spaces = [study.space_of(label) for label in study.labels]
    sizes = {int(end) for space in spaces for end in (space["batch_size"].ends if "batch_size" in space else ())}
    for size in sorted(sizes) or [study.batch_size]:
        yield study.model_copy(update={"batch_size": size})


def _change_ranges(study: Study, change: Callable[[str], str]) -> Study:
    """The study with every range of its search changed."""
    search = study.tune.search
    assert search is not None
    space = {name: change(text) for name, text in search.space.items()}
    own = {label: {name: change(text) for name, text in each.items()} for label, each in search.own.items()}
    return with_search(study, search.model_copy(update={"space": space, "own": own}))


def with_search(study: Study, search: Search) -> Study:
    """The study with another search."""
    return study.model_copy(update={"tune": study.tune.model_copy(update={"search": search})})


def _lift_span(text: str, horizon: Horizon) -> str:
    """A range of spans that begins at one update, where it begins below that."""
    axis = read_axis(text)
    if not axis.unit or axis.choices or _updates_of(axis, axis.low, horizon) >= 1:
        return text
    least = {"%": 100 / horizon.updates, "epochs": 1 / horizon.updates_per_epoch, "updates": 1}[axis.unit]
    least = float(f"{least:.3g}")
    if least >= axis.high:
        return text  # which the schedule refuses, with the way out
    rest = text.partition("..")[2]
    return f"{least:g}{'%' if axis.unit == '%' else f' {axis.unit}'}..{rest.strip()}"


def _updates_of(axis: Axis, amount: float, horizon: Horizon) -> float:
    """How many updates so long a span is."""
    return Span(amount, axis.unit).length(horizon) if amount > 0 else 0.0  # pyright: ignore[reportArgumentType]


def _misfits_of(study: Study, label: str, lengths: list[Horizon]) -> list[str]:
    """What of a schedule's space does not fit its trials: the first of its corners that does not."""
    space = study.space_of(label)
    for length in lengths:
        for corner in corners_of(space):
            misfit = _misfit_of(study, label, corner, length)
            if misfit:
                fields = ", ".join(f"{name} = {value}" for name, value in corner.items() if "." in name)
                return [f"{label} with {fields}: {misfit}; narrow its range" if fields else f"{label}: {misfit}"]
    return []


def _misfit_of(study: Study, label: str, corner: Any, length: Horizon) -> str:
    try:
        candidate = study.candidate_at(label, corner)
        candidate.schedule.fit(length)
        if candidate.average is not None:
            candidate.average.fit(length)
        check_moved_settings(candidate.optimizer or study.optimizer, length)
    except (ScheduleError, StudyError) as error:
        return str(error)
    return ""
