"""What a scheduler follows, as a value: which schedule for which field of which groups, over which horizon."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, NamedTuple, TypeAlias, get_args

import numpy as np

from .. import rules
from ..errors import ScheduleError, UnknownName
from ..rules import Drive, Rule, counts_epochs
from ..schedules import After, Horizon, Rates, Schedule, checked_peak, from_dict, parts_of
from ._fingerprint import fingerprint_own_classes
from ._function_schedule import ENDLESS, FunctionSchedule

ScheduleLike: TypeAlias = Schedule | str | Callable[[int], float]
ScheduleSource: TypeAlias = ScheduleLike | Rule
FieldSource: TypeAlias = ScheduleLike | Mapping[int, ScheduleLike]
FORMS = 'write "cosine" or {1: "cosine"}, a schedule for group 1 alone'


class FieldSchedule(NamedTuple):
    """One field of some groups, and what it follows."""

    field: str
    schedule: Schedule | Rule
    groups: list[int]


@dataclass(frozen=True, kw_only=True)
class SchedulePlan:
    """Schedule, horizon and all else by which a resumed run is recognised as the same.

    peak: the rate of the fastest group where the schedule is 1; None leaves each group its own.
    fields: for each further field, one schedule for all groups (key None) or one for each group named.
    """

    schedule: Schedule | Rule
    horizon: Horizon
    peak: float | None
    fields: Mapping[str, Mapping[int | None, Schedule]]
    after: After

    def __post_init__(self) -> None:
        if self.after not in get_args(After):
            raise UnknownName("word for what comes after the horizon", str(self.after), get_args(After))
        if self.after == "repeat" and isinstance(self.schedule, Rule):
            raise ScheduleError(f'after="repeat" is for schedules, but got {self.schedule}; write after="hold"')
        if self.peak is not None:
            _check_peak(self.peak)
            object.__setattr__(self, "peak", checked_peak(self.peak))
        for _, _, schedule in self.curves():
            schedule.fit(self.horizon)

    @property
    def extent(self) -> int:
        """How many updates the rate's curve is drawn over: T, or more after a prefixed warm-up."""
        curve = self.schedule.then if isinstance(self.schedule, Rule) else self.schedule
        return curve.extent(self.horizon)

    @property
    def watches(self) -> bool:
        """Whether the rates depend on a metric."""
        return isinstance(self.schedule, Rule) and self.schedule.watches != "nothing"

    def curves(self) -> Iterator[tuple[str, int | None, Schedule | Rule]]:
        """Field, group (None: every group not named for this field) and schedule, the rate's first."""
        yield "lr", None, self.schedule
        for field, schedules in self.fields.items():
            for group, schedule in schedules.items():
                yield field, group, schedule

    def names(self, field: str, group: int) -> bool:
        """Whether a field of a group is among `fields`."""
        return not {None, group}.isdisjoint(self.fields.get(field, {}))

    def field_schedules(self, groups: int) -> Iterator[FieldSchedule]:
        """What each field of so many groups follows. Raises ScheduleError where a named group does not exist."""
        for field, group, schedule in self.curves():
            if group is None:
                named = self.fields.get(field, {})
                yield FieldSchedule(field, schedule, [index for index in range(groups) if index not in named])
            elif group < groups:
                yield FieldSchedule(field, schedule, [group])
            else:
                raise ScheduleError(
                    f"`fields[{field!r}]` names group {group}, but the optimizer has groups 0 to {groups - 1}; "
                    f"name one of these, or add the group first"
                )

    def renumber(self, places: Sequence[int | None]) -> "SchedulePlan":
        """The plan where groups were removed or moved. places: for each group of now, where it was."""
        if all(group is None or places[group : group + 1] == [group] for _, group, _ in self.curves()):
            return self
        now = {None: None} | {was: at for at, was in enumerate(places) if was is not None}
        fields = {field: {now[at]: one for at, one in by.items() if at in now} for field, by in self.fields.items()}
        return replace(self, fields={field: schedules for field, schedules in fields.items() if schedules})

    def to_json(self) -> str:
        """One canonical line: equal plans have equal text, and `from_json` reads it back."""
        fields = {
            field: {"all" if group is None else str(group): schedule.to_dict() for group, schedule in schedules.items()}
            for field, schedules in self.fields.items()
        }
        plan = {
            "schedule": self.schedule.to_dict(),
            "updates": self.horizon.updates,
            "updates_per_epoch": self.horizon.updates_per_epoch,
            "peak": self.peak,
            "fields": fields,
            "after": self.after,
        }
        code = fingerprint_own_classes([schedule for _, _, schedule in self.curves()])
        if code is not None:
            plan["code"] = code
        return json.dumps(plan, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "SchedulePlan":
        """The inverse of `to_json`, except for functions and for schedules that are not registered: an UnknownName."""
        data: dict[str, Any] = json.loads(text)
        return cls(
            schedule=rules.from_dict(data["schedule"]),
            horizon=Horizon(updates=data["updates"], updates_per_epoch=data["updates_per_epoch"]),
            peak=data["peak"],
            fields={
                field: {None if group == "all" else int(group): from_dict(value) for group, value in schedules.items()}
                for field, schedules in data["fields"].items()
            },
            after=data["after"],
        )

    def __str__(self) -> str:
        peak = "" if self.peak is None else f" at peak {self.peak:g}"
        named = ((field, "" if group is None else f" of group {group}", text) for field, group, text in self.curves())
        others = "".join(f", {field}{where} {text}" for field, where, text in list(named)[1:])
        epoch = self.horizon.updates_per_epoch
        epochs = "" if epoch == self.horizon.updates else f" ({epoch} to the epoch)"
        over = f"over {self.horizon.updates} updates{epochs}" if self.horizon.updates < ENDLESS else "without end"
        return f"{self.schedule}{peak} {over}{others}"


def make_plan(
    schedule: ScheduleSource,
    updates: int | None,
    epochs: int | None,
    updates_per_epoch: int | None,
    *,
    peak: float | None,
    fields: Mapping[str, FieldSource] | None,
    after: After,
) -> SchedulePlan:
    """The plan these arguments of `Scheduler` make. Raises ScheduleError or UnknownName.

    schedule: of the rate. updates: the horizon; or epochs and updates_per_epoch, which spans in epochs need. peak: the
    rate of the fastest group where the schedule is 1. fields: further fields of the groups. after: what updates beyond
    the horizon get.
    """
    main = rules.parse(schedule) if isinstance(schedule, str) else schedule
    if not isinstance(main, Rule):
        main = _read_schedule(main, "schedule")
    others = {field: _schedules_by_group(field, source) for field, source in (fields or {}).items()}
    if None in others.get("lr", {}):
        raise ScheduleError("`fields` must not give the rate of every group again; give it as `schedule`")
    if updates is None and epochs is None and isinstance(main, FunctionSchedule):
        updates = ENDLESS
    horizon = _make_horizon(updates, epochs, updates_per_epoch)
    if updates_per_epoch is None:
        _refuse_epochs("lr", main, horizon)
        for field, schedules in others.items():
            for curve in schedules.values():
                _refuse_epochs(field, curve, horizon)
    return SchedulePlan(schedule=main, horizon=horizon, peak=peak, fields=others, after=after)


def _check_peak(peak: object) -> None:
    """Refuse what is no plain number, such as a tensor or one number for each group."""
    if isinstance(peak, list | tuple | Mapping):
        raise ScheduleError(
            f"`peak` must be one plain number, that of the fastest group, but got {peak!r}; for a peak of each group's "
            f"own, give the groups their lr, and leave peak out"
        )
    if isinstance(peak, bool) or not isinstance(peak, Real):
        raise ScheduleError(f"`peak` must be a plain number, but got {peak!r}; write peak=0.1, or float(...) of it")


def _refuse_epochs(field: str, schedule: Schedule | Rule, horizon: Horizon) -> None:
    if not isinstance(schedule, FunctionSchedule) and counts_epochs(schedule, horizon):
        raise ScheduleError(
            f"{field}: {schedule} counts epochs, but no `updates_per_epoch` was given; "
            f"write updates_per_epoch=len(loader)"
        )


def _read_schedule(source: object, where: str) -> Schedule:
    if isinstance(source, Schedule):
        for part in parts_of(source):
            _check_own(type(part))
        return source
    if isinstance(source, str):
        source = rules.parse(source)
        if isinstance(source, Schedule):
            return source
    if isinstance(source, Rule):
        raise ScheduleError(
            f"`{where}` must be a schedule, but {source.name} is a rule, which drives every group's rate: give it as "
            f'the schedule itself, and write "{source.then}" here'
        )
    if isinstance(source, Rates | Drive):
        raise ScheduleError(
            f"`{where}` must be a schedule that is not bound yet, but got {source!r}; give the schedule itself, and "
            f"its peak and horizon by peak= and updates="
        )
    if callable(source) and not isinstance(source, type):
        return FunctionSchedule(function=source)  # pyright: ignore[reportArgumentType]
    raise ScheduleError(
        f'`{where}` must be a schedule or its text, but got {source!r}; write Cosine() or "warmup(span=5%)+cosine", '
        f"or give a function from update t to the fraction of the peak"
    )


def _check_own(cls: type) -> None:
    """Refuse a class that has no name, or whose fields nobody can see, so that another could not be told from it."""
    if "__init__" in vars(cls) and "__dataclass_fields__" not in vars(cls):
        raise ScheduleError(
            f"{cls.__name__} must be a frozen dataclass, so that its fields are saved; write "
            f"@dataclass(frozen=True, kw_only=True) above the class, and its fields in place of __init__"
        )
    if not hasattr(cls, "name"):
        raise ScheduleError(
            f'{cls.__name__} has no name; write @register("{cls.__name__.lower()}") above it, or '
            f'name = "{cls.__name__.lower()}" in it'
        )


def _schedules_by_group(field: object, source: object) -> dict[int | None, Schedule]:
    if not isinstance(field, str):
        raise ScheduleError(f'`fields` must name each field by a word, but got {field!r}; write "weight_decay"')
    if not isinstance(source, Mapping):
        return {None: _read_schedule(source, f"fields[{field!r}]")}
    for group in source:
        if isinstance(group, bool) or not isinstance(group, int | np.integer) or group < 0:
            raise ScheduleError(f"`fields[{field!r}]` must number its groups from 0, but got {group!r}; {FORMS}")
    if not source:
        raise ScheduleError(f"`fields[{field!r}]` must name at least one group, but got {source!r}; {FORMS}")
    return {int(group): _read_schedule(source[group], f"fields[{field!r}][{group}]") for group in sorted(source)}


def _make_horizon(updates: int | None, epochs: int | None, updates_per_epoch: int | None) -> Horizon:
    """The horizon; without epochs, the whole run counts as one."""
    ways = "write updates=T, or epochs=E with updates_per_epoch=len(loader)"
    if (updates is None) == (epochs is None):
        got = "neither" if updates is None else f"updates={updates!r} and epochs={epochs!r}"
        raise ScheduleError(f"the horizon must be given once, by `updates` or by `epochs`, but got {got}; {ways}")
    if updates is not None:
        _check_updates(updates)
        return Horizon(updates=updates, updates_per_epoch=updates if updates_per_epoch is None else updates_per_epoch)
    if updates_per_epoch is None:
        raise ScheduleError(f"`epochs` must come with `updates_per_epoch`, but got epochs={epochs!r} alone; {ways}")
    for name, value in (("epochs", epochs), ("updates_per_epoch", updates_per_epoch)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ScheduleError(f"`{name}` must be at least 1, a whole number, but got {value!r}; {ways}")
    epoch = Horizon(updates=updates_per_epoch, updates_per_epoch=updates_per_epoch)
    return Horizon(updates=int(epochs or 0) * epoch.updates, updates_per_epoch=epoch.updates)


def _check_updates(updates: object) -> None:
    """Refuse what libraries give as the number of updates where they count something else."""
    try:
        Horizon(updates=updates, updates_per_epoch=1)  # type: ignore[arg-type]
    except ScheduleError as misfit:
        raise ScheduleError(
            f"{misfit}; `updates` is the number of optimizer steps of the whole run: math.ceil(len(loader) / "
            f"accumulated_batches) * epochs. In transformers, max_steps is -1 where num_train_epochs counts: use this "
            f"formula; a run without end has a schedule only if it is told how long it is to last"
        ) from misfit
