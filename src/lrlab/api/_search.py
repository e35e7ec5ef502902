"""What a caller says of a search: names with ranges, a sampler, a number of trials."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from ..errors import StudyError, shortened
from ..lab import SearchFields, StudyFields, TuneFields, usual_space
from ..schedules import plain_name, split_outside
from ..spec import OPTIMIZERS, SETTING, ArmPlan, Optimizer, complete_optimizer_fields, cut_ranges
from ._checks import check_kinds

Tuned = str | Sequence[str] | Mapping[str, str | None]


def search_of(
    tune: Tuned | None,
    search: str | None,
    trials: int | None,
    schedules: Sequence[str | ArmPlan],
    peaks: Sequence[float] | None,
    settings: Mapping[str, object] | None,
    scale_rate: str | None = None,
) -> TuneFields | None:
    """The fields of a tuning phase that searches, as far as they are known before a loop is opened; None: it does not.

    A peak of range "" is to have the usual one; beside peaks, these are what it is chosen from. The arguments are those
    of `compare`. Raises StudyError.
    """
    check_kinds(search=search, trials=trials, scale_rate=scale_rate)
    names = names_of(tune)
    written = any(cut_ranges(each).ranges for each in schedules if isinstance(each, str))
    if scale_rate is not None and "batch_size" not in names and "accumulate" not in names:
        raise StudyError('scale_rate goes with a search over batch_size; write tune="peak,batch_size" (--tune)')
    if tune is None and search is None and trials is None and not written:
        return None
    if settings:
        name, values = next((name, cast("Sequence[object]", values)) for name, values in settings.items())
        way = f"{SETTING}{name}={'|'.join(map(str, values))}"
        raise StudyError(f"with a search, settings are searched too; write {way} in tune (--tune) in its place")
    if peaks is None:
        names = names if "peak" in names else {"peak": "", **names}
    elif names.pop("peak", ""):  # without a range, the peaks are its choices
        raise StudyError(
            f"the peak has a range in tune (--tune), and peaks are {list(peaks)} (--peaks); leave out one of them"
        )
    found = SearchFields(space=names)
    if search is not None:
        found["sampler"] = search
    if trials is not None:
        found["trials"] = trials
    if scale_rate is not None:
        found["scale_rate"] = scale_rate
    return {"search": found}


def names_of(tune: Tuned | None) -> dict[str, str]:
    """What is tuned, by name, with its range as text, "" where none is said. Raises StudyError.

    >>> names_of("peak, multi-step.gamma=0.1..0.5")
    {'peak': '', 'multi_step.gamma': '0.1..0.5'}
    """
    if tune is None:
        return {}
    pairs = _pairs_of(tune)
    names = [name if name.startswith(SETTING) else plain_name(name) for name, _ in pairs]
    again = next((name for name in names if names.count(name) > 1), None)
    if again is not None:
        raise StudyError(f"{again} is tuned twice; leave one of them out")
    return dict(zip(names, (text for _, text in pairs), strict=True))


def _pairs_of(tune: object) -> list[tuple[str, str]]:
    """Names and ranges as they are written. Raises StudyError."""
    if isinstance(tune, Mapping):
        items = cast("Mapping[object, object]", tune).items()
        pairs = [(name, "" if text is None else text) for name, text in items]
    elif not isinstance(tune, Iterable):
        raise _no_names(tune)
    else:
        texts = [tune] if isinstance(tune, str) else list(cast("Iterable[object]", tune))
        if not all(isinstance(text, str) for text in texts):
            raise _no_names(texts)
        parts = [part.strip() for text in texts for part in split_outside(str(text), ",")]
        pairs = [(name.strip(), text.strip()) for name, _, text in (part.partition("=") for part in parts)]
    if not all(isinstance(name, str) and name and isinstance(text, str) for name, text in pairs):
        raise _no_names(pairs)
    return cast("list[tuple[str, str]]", pairs)


def _no_names(tune: object) -> StudyError:
    return StudyError(
        f"what is tuned are names with ranges or without, but got {shortened(repr(tune), 100)}; "
        'write "peak,warmup.span=0%..20%", or {"peak": "0.01..1"}'
    )


def with_usual_ranges(
    fields: StudyFields,
    schedules: Sequence[str | ArmPlan],
    peaks: Sequence[float] | None,
    suggested: Optimizer | None = None,
) -> StudyFields:
    """The fields of a comparison with the ranges that its search leaves open.

    peaks: of the loop, None for a task. suggested: the task's optimizer.
    """
    tune = fields["tune"]
    if tune is None or "search" not in tune:
        return fields
    searched, search, filled = tune.copy(), tune["search"].copy(), fields.copy()
    suggested = None if "optimizer" in search["space"] else suggested
    kind = OPTIMIZERS.get(str(complete_optimizer_fields(fields["optimizer"], suggested)["name"]).strip().lower())
    usual = peaks if peaks is not None else kind.peaks if kind else ()
    search["space"] = usual_space(search["space"], schedules, usual)
    searched["search"] = search
    if "peak" in search["space"]:
        searched["peaks"] = []
    filled["tune"] = searched
    return filled
