"""A plan over the groups of one optimizer: which group follows which curve, and from which value."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch.optim import Optimizer, RMSprop

from ..errors import ScheduleError, UnknownName
from ..rules import moves_momentum
from ..schedules import checked_peak
from ._curves import Feedback, MomentumCurve, UpdateFunction, bind_fractions, evaluate_to_end
from ._function_schedule import FunctionSchedule
from ._groups import ParamGroup, initial_value, key_of, schedulable_fields
from ._nesting import unwrap_optimizer
from ._plan import FieldSchedule, SchedulePlan

ROUNDING = 1e-9  # below 0 by so little is a 0 that was rounded
LOOKED_AT = 1 << 16  # updates of a longer run, evenly over it
BLOCK = 1024  # updates evaluated at once: a whole run of 10^7 as Python floats would take 320 MB


@dataclass(kw_only=True)
class Track:
    """One field under one curve. members: (group, value where the curve is 1) of the groups that follow it.

    key: of the field in the group: "betas" for the momentum of an Adam-like optimizer.
    block: the curve at so many updates on from where it was loaded last.
    """

    key: str
    curve: UpdateFunction
    members: list[tuple[int, float]]
    block: list[float] = field(default_factory=list)

    def load(self, start: int, length: int, last: int) -> None:
        """Evaluate the block of so many updates that begins at update `start`.

        last: the last of the run. What the curve gives beyond need not be a rate.
        """
        updates = np.arange(start, start + length, dtype=np.float64)
        values = evaluate_to_end(self.curve, updates, last)
        if not np.isfinite(values).all():
            t = start + int(np.argmin(np.isfinite(values)))
            raise ScheduleError(
                f"`{self.key}`: the schedule gives {values[t - start]} at update {t}; its shape must be a finite "
                f"number for every update"
            )
        if self.key == "lr" and values.min() < -ROUNDING:
            t = start + int(np.argmax(values < -ROUNDING))
            raise ScheduleError(
                f"`lr`: the schedule gives {values[t - start]:g} of the peak at update {t}, below 0, so training would "
                f"go uphill; let it end at 0, as by max(0, ...)"
            )
        self._check_bounds(values, start)
        self.block = values.tolist()

    def _check_bounds(self, values: NDArray[np.float64], start: int) -> None:
        """Refuse a momentum outside [0, 1), or a weight decay below 0, of any group."""
        momentum = self.key in ("momentum", "betas")
        if not momentum and self.key != "weight_decay":
            return
        for _, peak in self.members:
            wrong = (values * peak < -ROUNDING) | (momentum & (values * peak >= 1))
            if wrong.any():
                t = start + int(np.argmax(wrong))
                rule = "0 <= momentum < 1" if momentum else "0 <= weight_decay"
                raise ScheduleError(
                    f"`{self.key}`: `{rule}` must hold, but the schedule gives {values[t - start] * peak:g} at update "
                    f"{t}: {values[t - start]:g} times {peak:g}; let it stay between 0 and 1, as the curves of the "
                    f"catalogue do, or begin with another value"
                )


@dataclass(frozen=True, kw_only=True)
class Tracks:
    """All of a plan. initial: each scheduled field's first value by (field, group). peaks: each group's peak rate.

    fastest: the first rate of the fastest group the run began with. rates, others: the tracks of the rate, and those of
    further fields. feedback: the rule, where the plan's schedule is one. length: how many updates are evaluated at
    once; one where a function of the user's may change as it goes.
    """

    rates: list[Track]
    others: list[Track]
    initial: dict[tuple[str, int], float]
    peaks: list[float]
    fastest: float
    feedback: Feedback | None
    length: int

    def lay_again(
        self,
        plan: SchedulePlan,
        groups: Sequence[ParamGroup],
        places: Sequence[int | None],
        fastest: float,
        *,
        same: bool,
    ) -> "Tracks":
        """A plan over the groups as they are now; where it is the same, a rule goes on from what it has seen.

        places: where each group was; None: it is new. fastest: as in `lay_tracks`.
        """
        known = {(name, places.index(was)): value for (name, was), value in self.initial.items() if was in places}
        tracks = lay_tracks(plan, groups, known, fastest)
        if same and tracks.feedback is not None and self.feedback is not None:
            tracks.feedback.go_on_from(self.feedback)
        return tracks


def lay_tracks(
    plan: SchedulePlan, groups: Sequence[ParamGroup], known: Mapping[tuple[str, int], float], fastest: float | None
) -> Tracks:
    """The plan over these groups, which stay as they are.

    known: initial values, for groups that have lost theirs. fastest: the first rate of the fastest group the run began
    with; None: that of these. It has the peak: the scale must not change when a faster one is added, or it is removed.

    Raises ScheduleError or UnknownName where a field or group does not exist, or would be scheduled to no effect.
    """
    first = {
        ("lr", index): initial_value(group, "lr", "lr", known.get(("lr", index))) for index, group in enumerate(groups)
    }
    started = [first["lr", index] for index in range(len(groups))]
    fastest = max(started) if fastest is None else fastest
    peak, peaks = peaks_by_group(plan, started, fastest)
    rates: list[Track] = []
    others: list[Track] = []
    feedback = None
    for follow in plan.field_schedules(len(groups)):
        if follow.field == "lr":
            curve = bind_fractions(follow.schedule, peak, plan.horizon, plan.after)
            feedback = curve if isinstance(curve, Feedback) else feedback
            rates.append(Track(key="lr", curve=curve, members=[(index, peaks[index]) for index in follow.groups]))
            brought = [index for index in follow.groups if not plan.names("momentum", index)]
            if brought and moves_momentum(follow.schedule, plan.horizon):
                keys, values = _initial_values("momentum", brought, groups, known)
                others += [
                    Track(key=keys[index], curve=MomentumCurve(curve, value), members=[(index, 1.0)])
                    for index, value in values.items()
                ]
                first |= {("momentum", index): value for index, value in values.items()}
        else:
            tracks, values = _lay_field(plan, follow, groups, known)
            others += tracks
            first |= {(follow.field, index): value for index, value in values.items()}
    length = 1 if any(isinstance(schedule, FunctionSchedule) for _, _, schedule in plan.curves()) else BLOCK
    return Tracks(
        rates=rates, others=others, initial=first, peaks=peaks, fastest=fastest, feedback=feedback, length=length
    )


def without_late_momentum(tracks: Tracks, optimizer: Optimizer, extent: int) -> Tracks:
    """The tracks; refused where torch's RMSprop would begin at momentum 0 and go on above it.

    It makes the buffer of the momentum at its first update or never. extent: so many updates the curves are drawn over.
    """
    optimizer = unwrap_optimizer(optimizer)
    if type(optimizer) is not RMSprop:
        return tracks
    updates = np.unique(np.linspace(0, extent, min(extent + 1, LOOKED_AT)).astype(np.int64)).astype(np.float64)
    for track in tracks.others:
        if track.key != "momentum":
            continue
        track.load(0, 1, extent)
        (first,) = track.block
        for at, peak in track.members:
            parameters = optimizer.param_groups[at]["params"]
            made = all("momentum_buffer" in optimizer.state.get(parameter, {}) for parameter in parameters)
            if made or peak * first > 0 or not (peak * track.curve(updates) > 0).any():
                continue
            raise ScheduleError(
                "`momentum`: torch's RMSprop cannot begin at momentum 0 and go on above it, as the schedule asks: it "
                "makes the buffer at its first update or never; begin with RMSprop(..., momentum=1e-12), or with a "
                "schedule that begins above 0, or take lrlab.engine.make_optimizer"
            )
    return tracks


def peaks_by_group(plan: SchedulePlan, rates: list[float], fastest: float) -> tuple[float, list[float]]:
    """The peak of the fastest group, and each group's own. Where all rates are 0, every group has the plan's peak."""
    if plan.peak is not None and fastest == 0:
        return plan.peak, [plan.peak] * len(rates)
    if fastest == 0:
        raise ScheduleError(
            "the optimizer's rate is 0 in every group, so it would stay 0; give the optimizer its peak, or write "
            "peak=0.1"
        )
    checked_peak(fastest)
    if plan.peak is None:
        return fastest, rates
    return plan.peak, [plan.peak * (rate / fastest) for rate in rates]


def _lay_field(
    plan: SchedulePlan, follow: FieldSchedule, groups: Sequence[ParamGroup], known: Mapping[tuple[str, int], float]
) -> tuple[list[Track], dict[int, float]]:
    """The tracks of a further field, and the values its groups begin with."""
    keys, values = _initial_values(follow.field, follow.groups, groups, known)
    if not any(values.values()):
        raise ScheduleError(
            f"`{follow.field}` is 0 in every group that {follow.schedule} is given, so it would stay 0; "
            f"give the optimizer its peak"
        )
    curve = bind_fractions(follow.schedule, max(values.values()), plan.horizon, plan.after)
    members = {key: [(index, values[index]) for index in values if keys[index] == key] for key in keys.values()}
    return [Track(key=key, curve=curve, members=those) for key, those in members.items()], values


def _initial_values(
    name: str, places: Iterable[int], groups: Sequence[ParamGroup], known: Mapping[tuple[str, int], float]
) -> tuple[dict[int, str], dict[int, float]]:
    """The key and the first value of a field, by group, of those groups that have it."""
    keys = {index: key for index in places if (key := key_of(name, groups[index])) is not None}
    if not keys:
        raise UnknownName("field of the optimizer's groups", name, schedulable_fields(groups))
    return keys, {
        index: initial_value(groups[index], name, key, known.get((name, index))) for index, key in keys.items()
    }
