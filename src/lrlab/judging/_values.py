"""The value that each run counts with, from its curve or its only row."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import RunsError
from ..spec import counted
from ..trackers import RunTable
from ._options import JudgeOptions

if TYPE_CHECKING:
    import polars

FEW = 5  # runs that a message names


class RunCurve(NamedTuple):
    """One run's values of a metric, in the order of its steps. steps: NaN where there are none."""

    arm: str
    seed: str
    steps: NDArray[np.float64]
    values: NDArray[np.float64]
    where: str

    @property
    def words(self) -> str:
        """The run, for messages."""
        return f"arm {self.arm}, seed {self.seed} ({self.where})"

    @property
    def last_step(self) -> float:
        """Its last step."""
        return float(self.steps[-1])


class RunValue(NamedTuple):
    """value: what a run counts with; None where it has none. otherwise: what it has instead, which is no better."""

    value: float | None
    otherwise: float | None = None


class RunValues(NamedTuple):
    """The value of every run by arm and seed. what: in words. higher_is_better: of the values.

    of_ends: whether they are those that runs ended with, which a run that diverged has not, whatever stands there.
    """

    values: dict[str, dict[str, RunValue]]
    what: str
    higher_is_better: bool
    notes: tuple[str, ...] = ()
    of_ends: bool = False


def read_curves(table: RunTable, metric: str) -> list[RunCurve]:
    """The curve of each run, in the order of the table.

    Raises RunsError where a run does not have the metric.
    """
    import polars

    runs = table.frame.select("arm", "seed").unique(maintain_order=True)
    rows = table.frame.filter(polars.col("metric") == metric).sort("step", nulls_last=False, maintain_order=True)
    groups = rows.group_by("arm", "seed", maintain_order=True).agg("step", "value", polars.col("where").last())
    joined = runs.join(groups, on=["arm", "seed"], how="left", maintain_order="left")
    _check_all_there(table, metric, joined)
    numbers = joined.with_columns(polars.col("step").list.eval(polars.element().fill_null(float("nan"))))
    return [
        RunCurve(arm, seed, np.array(steps, dtype=np.float64), np.array(values, dtype=np.float64), where)
        for arm, seed, steps, values, where in numbers.iter_rows()
    ]


def _check_all_there(table: RunTable, metric: str, joined: "polars.DataFrame") -> None:
    lacking = joined.filter(joined["where"].is_null())
    if not lacking.height:
        return
    first = table.frame.join(lacking.select("arm", "seed"), on=["arm", "seed"], how="semi")
    places = first.unique(["arm", "seed"], keep="first", maintain_order=True)
    named = [f"arm {arm}, seed {seed} ({where})" for arm, seed, where in places["arm", "seed", "where"].iter_rows()]
    raise RunsError(
        f"every run needs {metric}, but {counted(len(named), 'run')} of {joined.height} lack it: {list_few(named)}; "
        f"take these runs out, write NaN where they diverged, or name another metric"
    )


def list_few(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - FEW
    return "; ".join(names[:FEW]) + (f"; and {more} more" if more > 0 else "")


def value_runs(curves: Sequence[RunCurve], higher_is_better: bool, options: JudgeOptions) -> RunValues:
    """The value that each run counts with. higher_is_better: of the metric. Raises RunsError where a run has none."""
    if options.target is not None:
        return _steps_to_target(_checked_steps(curves, "target"), options.target, higher_is_better)
    if options.at_step is not None:
        step = options.at_step
        values = _by_arm(_checked_steps(curves, "at_step"), lambda curve: _value_at(curve, step))
        return RunValues(values, f"value at step {step:g}", higher_is_better)
    if options.area:
        return _mean_heights(_checked_steps(curves, "area"), higher_is_better)
    values = _by_arm(curves, lambda curve: RunValue(_finite(float(curve.values[-1]))))
    return RunValues(values, "final value", higher_is_better, _unlike_ends(curves), of_ends=True)


def has_steps(curves: Sequence[RunCurve]) -> bool:
    """Whether any run has more than one step."""
    return any(len(curve.steps) > 1 for curve in curves)


def _checked_steps(curves: Sequence[RunCurve], option: str) -> Sequence[RunCurve]:
    without = [curve.words for curve in curves if np.isnan(curve.steps).any()]
    if without:
        raise RunsError(
            f"{option} needs steps, but {counted(len(without), 'run')} have none: {list_few(without)}; name the column "
            f"with step=, or leave {option} out"
        )
    return curves


def _by_arm(curves: Sequence[RunCurve], of: Callable[[RunCurve], RunValue]) -> dict[str, dict[str, RunValue]]:
    values: dict[str, dict[str, RunValue]] = {}
    for curve in curves:
        values.setdefault(curve.arm, {})[curve.seed] = of(curve)
    return values


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _measured(curve: RunCurve) -> RunCurve:
    """The curve without the steps at which a run that did not diverge has no value: it was not measured there."""
    there = np.isfinite(curve.values)
    return curve._replace(steps=curve.steps[there], values=curve.values[there]) if there[-1] else curve


def _value_at(curve: RunCurve, step: float) -> RunValue:
    curve = _measured(curve)
    here = np.flatnonzero(curve.steps == step)
    if len(here):
        return RunValue(_finite(float(curve.values[here[-1]])))
    if curve.last_step < step and np.isnan(curve.values[-1]):  # it diverged before
        return RunValue(None)
    nearest = sorted({float(each) for each in curve.steps}, key=lambda each: abs(each - step))[:2]
    places = " and ".join(f"{each:g}" for each in sorted(nearest))
    raise RunsError(
        f"every run needs a value at step {step:g}, but {curve.words} has none; its nearest are at "
        f"{places}; write at_step={nearest[0]:g}, or another that all have"
    )


def _steps_to_target(curves: Sequence[RunCurve], target: float, higher_is_better: bool) -> RunValues:
    """The first step at which each run is at the target or past it; never is no better than the last step of all.

    Runs are followed as far as the shortest that did not get there: of that one nobody knows whether it would have been
    sooner than those that arrive later. A run that diverged will not arrive, and shortens nothing.
    """
    arrivals = {(curve.arm, curve.seed): _arrival(curve, target, higher_is_better) for curve in curves}
    missed = [curve for curve in curves if arrivals[curve.arm, curve.seed] is None and np.isfinite(curve.values[-1])]
    longest = max(curve.last_step for curve in curves)
    shortest = min(missed, key=lambda curve: curve.last_step, default=None)
    end = longest if shortest is None else shortest.last_step
    there = [step for step in arrivals.values() if step is not None]
    if shortest is not None and there and min(there) > end:
        raise RunsError(
            f"{shortest.words} ends at step {end:g} without reaching {target:g}, before any other run reaches it (step "
            f"{min(there):g}), so nobody knows which is sooner; ask for a target that some reach by then, or take the "
            f"short runs out"
        )

    def reach(curve: RunCurve) -> RunValue:
        step = arrivals[curve.arm, curve.seed]
        return RunValue(None, end) if step is None or step > end else RunValue(step)

    values = _by_arm(curves, reach)
    return RunValues(values, f"steps to {target:g}", False, _missed_words(values, target, shortest, longest))


def _arrival(curve: RunCurve, target: float, higher_is_better: bool) -> float | None:
    """The first step at which a run is at the target or past it."""
    with np.errstate(invalid="ignore"):
        there = curve.values >= target if higher_is_better else curve.values <= target
    return float(curve.steps[there.argmax()]) if there.any() else None


def _missed_words(
    values: dict[str, dict[str, RunValue]], target: float, shortest: RunCurve | None, longest: float
) -> tuple[str, ...]:
    """What is to be said of runs that did not get there, and of runs that end at different steps."""
    end = None if shortest is None or shortest.last_step == longest else shortest.last_step
    by, counts_as = ("", "the last step of all runs") if end is None else (f" by step {end:g}", "that step")
    missed = {arm: sum(run.value is None for run in runs.values()) for arm, runs in values.items()}
    notes = [
        f"{arm} did not reach {target:g}{by} in {count} of {counted(len(values[arm]), 'run')}; each counts as "
        f"{counts_as}"
        for arm, count in missed.items()
        if count
    ]
    if shortest is not None and end is not None:
        notes.append(
            f"runs end at different steps, up to {longest:g}, and {shortest.words} ends at {end:g} "
            f"without reaching {target:g}; so all are compared up to there, and what is reached later does not count"
        )
    return tuple(notes)


def _mean_heights(curves: Sequence[RunCurve], higher_is_better: bool) -> RunValues:
    """The area under each curve over the steps that all have, by the length of these: the curve's mean height.

    A run that diverged has no area, and does not cut that of the others short.
    """
    curves = [_measured(curve) for curve in curves]
    whole = [curve for curve in curves if np.isfinite(curve.values[-1])] or curves
    start, end = max(float(curve.steps[0]) for curve in whole), min(curve.last_step for curve in whole)
    if not start < end:
        raise RunsError(
            f"the area needs steps that all runs have, but one begins at {start:g} and one ends at {end:g}; take the "
            f"short runs out, or leave area out"
        )

    def height(curve: RunCurve) -> RunValue:
        if not np.isfinite(curve.values[-1]) or curve.steps[0] > start or curve.last_step < end:
            return RunValue(None)
        inside = (curve.steps > start) & (curve.steps < end)
        steps = np.concatenate([[start], curve.steps[inside], [end]])
        values = np.interp(steps, curve.steps, curve.values)
        return RunValue(_finite(float(np.trapezoid(values, steps)) / (end - start)))

    note = f"areas are divided by their length, from step {start:g} to {end:g}, so they are mean heights of the curves"
    return RunValues(_by_arm(curves, height), "area under the curve", higher_is_better, (note,))


def _unlike_ends(curves: Sequence[RunCurve]) -> tuple[str, ...]:
    """What is to be said where runs that have a final value end at different steps."""
    ends = {curve.last_step for curve in curves if np.isfinite(curve.values[-1]) and not np.isnan(curve.last_step)}
    if len(ends) < 2:
        return ()
    return (
        f"runs end at different steps, {min(ends):g} to {max(ends):g}, and count with their last value; --at-step "
        f"compares all at one",
    )
