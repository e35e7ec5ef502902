"""The study behind `lrlab compare`: some schedules on one task, each at its best peak, on fresh paired seeds."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NotRequired, TypedDict

from ..spec import (
    OPTIMIZERS,
    ArmPlan,
    Halving,
    Optimizer,
    SettingValue,
    Study,
    complete_optimizer_fields,
    make_study,
    parts_of_arm,
    read_arm,
    settled_arm,
    takes_suggestion,
)
from ._seeds import usual_seeds

# Measured on 11,200 real trials: regret .05 points instead of .31, worst schedule of a study .28 instead of 1.6.
WELL_TUNED = {"refine": 2.0, "choose": "auto", "finalists": 2, "final_seeds": 4}


class SearchFields(TypedDict):
    """A search, as `lrlab.spec.Search` has it; a range "" is to be the usual one."""

    space: dict[str, str]
    sampler: NotRequired[str]
    trials: NotRequired[int]
    scale_rate: NotRequired[str]


class TuneFields(TypedDict, total=False):
    """What is said of a tuning phase, as `lrlab.spec.Tune` has it."""

    peaks: Sequence[float]
    extend: int
    refine: float | None
    finalists: int
    final_seeds: Sequence[int]
    halving: Halving
    search: SearchFields


class ConfirmFields(TypedDict, total=False):
    """What is said of a confirm phase, as `lrlab.spec.Confirm` has it."""

    seeds: object
    looks: str | Sequence[object]
    margin: float
    rivals: bool


class StudyFields(TypedDict):
    """What is said of a comparison beside its task, schedules, length and peaks, as `comparison_study` takes it."""

    name: str
    optimizer: Mapping[str, object] | None
    tuning_seeds: int
    confirm_seeds: int | None
    batch_size: int
    tune: TuneFields | None
    confirm: ConfirmFields | None


def comparison_study(
    task: str,
    schedules: Sequence[str | ArmPlan],
    *,
    name: str,
    budget: str,
    title: str = "",
    optimizer: Mapping[str, object] | None = None,
    suggested: Optimizer | None = None,
    peaks: Sequence[float] | None = None,
    tuning_seeds: int = 2,
    confirm_seeds: int | None = None,
    batch_size: int = 32,
    settings: Mapping[str, Sequence[SettingValue]] | None = None,
    tune: TuneFields | None = None,
    confirm: ConfirmFields | None = None,
) -> Study:
    """Tune each schedule's peak on validation data over `tuning_seeds`, then confirm on `confirm_seeds` fresh seeds.

    The grid of peaks is refined to a factor of 2 around the best of each schedule, the best two peaks are tried on 4
    more seeds before one is chosen, by the validation loss where the metric is a share; and peaks that this could not
    tell from the chosen one are confirmed too.

    task: its name. schedules: in the notation of the command line, such as "warmup(span=5%)+cosine", or made in Python.
    name, title: the study's. budget: the length of every trial, as a span. optimizer: the fields of
    `lrlab.spec.Optimizer`; where they name none, the one that the task suggests (`suggested`), else SGD.
    peaks: the grid to begin with; the optimizer's usual ones unless given.
    tuning_seeds: how many. confirm_seeds: how many; unless given 10, or as many as the questions of that many schedules
    need with room for a seed that disagrees, whatever leads. batch_size: examples of an update. settings: of a loop of
    the user's own, values to try of each, tuned with the peak: every schedule is an arm of all their combinations.
    tune, confirm: further fields of the two phases, as `lrlab.spec.Tune` and `lrlab.spec.Confirm` have them.

    Raises StudyError, listing every mistake.
    """
    suggests = takes_suggestion(optimizer, suggested) and not _tunes_optimizer(tune)
    fields = complete_optimizer_fields(optimizer, suggested if suggests else None)
    if suggests:  # what is suggested is for that optimizer alone: one that an arm names has what the user says
        schedules = [settled_arm(arm, optimizer or {}) for arm in schedules]
    kind = OPTIMIZERS.get(str(fields["name"]).strip().lower())
    usual = () if kind is None else kind.peaks
    grid = list(usual if peaks is None else peaks)
    seeds = usual_seeds(2 * len(schedules) - 3) if confirm_seeds is None else confirm_seeds
    what = {"arms": _arms_of(schedules, grid, settings)} if settings else {"schedules": list(schedules)}
    return make_study(
        {
            "name": name,
            "title": title,
            "task": task,
            **what,
            "optimizer": fields,
            "optimizer_from": "task" if suggests else "",
            "batch_size": batch_size,
            "budget": budget,
            "tune": {"peaks": [] if settings else grid, "seeds": tuning_seeds, **WELL_TUNED} | dict(tune or {}),
            "confirm": {"seeds": seeds, "rivals": True} | dict(confirm or {}),
        }
    )


def _tunes_optimizer(tune: TuneFields | None) -> bool:
    """Whether a search chooses among optimizers."""
    search = None if tune is None else tune.get("search")
    return search is not None and "optimizer" in search["space"]


def _arms_of(
    schedules: Sequence[str | ArmPlan],
    peaks: Sequence[float],
    settings: Mapping[str, Sequence[SettingValue]],
) -> list[dict[str, object]]:
    """An arm for each schedule, with every peak and every combination of settings as its candidates."""
    combinations = [dict(zip(settings, values, strict=True)) for values in product(*settings.values())]
    return [
        {
            "label": str(arm),
            "candidates": [
                {**parts_of_arm(arm), "peak": peak, "settings": values} for values in combinations for peak in peaks
            ],
        }
        for arm in map(_read_text, schedules)
    ]


def _read_text(arm: str | ArmPlan) -> ArmPlan:
    return read_arm(arm) if isinstance(arm, str) else arm
