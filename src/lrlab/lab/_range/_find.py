"""The range test of a task: short trainings at constant rates, as stacks, stored like any trial."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...errors import StudyError
from ...schedules import Constant, Horizon
from ...spec import (
    Candidate,
    Listener,
    PhaseBegun,
    RangeTest,
    Record,
    Said,
    Setup,
    StudyBegun,
    TrialsFound,
    complete_optimizer_fields,
    counted,
    duration,
    make_optimizer,
    suggestion_sentence,
)
from .._batch import Batch
from .._comparison_study import comparison_study
from .._prepare import OpenedTask, Prepared, crew_of, prepare, seconds_of, setup_of
from .._range_notes import note_range_test
from .._run import stored_of
from .._stacking import run_missing
from .._tuning import tuning_trials
from .._workshop import Workshop
from ._range_test import (
    FEWEST_UPDATES,
    MeasuredRates,
    SweepSubject,
    checked_span,
    highest_rate,
    lengths_of,
    rates_around,
    sweep_rates,
    usual_rates,
)

PHASE = "range test"
MOST = 2000  # updates of each training, where a budget decides


class RangePlan(NamedTuple):
    """What is asked of a range test.

    rates: to begin with; none: around what is usual for the optimizer, or the loop's peaks. seeds: how many.
    optimizer: fields that the user says; where they name none, the one that the task suggests trains, else SGD.
    updates: of each training, None: an eighth of `length`, the span of the training meant, or as many as are usual.
    seconds: that the first rates may take; the updates are as many as fit, then, and no more than these.
    """

    rates: Sequence[float]
    seeds: int
    updates: int | None
    length: str | None
    optimizer: Mapping[str, object]
    batch_size: int
    seconds: float | None = None


def find_rate(task: OpenedTask, plan: RangePlan, workshop: Workshop) -> RangeTest:
    """The range test of a task. Each record is stored as it comes; what is stored is not trained again.

    Raises StudyError where plan and task do not fit, RunError where trials failed, TimeUp where time was up, after all
    that ended was stored.
    """
    plan = plan._replace(rates=plan.rates or _first_rates(task, plan))
    updates, length = _lengths_on(task, plan)
    prepared = _prepare_plan(task, plan, f"{updates} updates")
    setup = setup_of(prepared, workshop, plan.seconds)
    if plan.seconds is not None:
        updates = min(_updates_within(plan.seconds, setup, prepared), updates if plan.updates or plan.length else MOST)
        length = length if plan.length else lengths_of(updates, None)[1]
        prepared = _prepare_plan(task, plan, f"{updates} updates")
    if task.program:
        workshop.store.add_program(task.data, task.program)
    _say_plan(prepared, plan, setup, workshop.listen)
    test = sweep_rates(
        plan.rates, lambda rates: _measure_rates(rates, prepared, setup, workshop), _trained_of(prepared, length)
    )
    note_range_test(test, prepared.study, task.data, workshop.store)
    return test


def _first_rates(task: OpenedTask, plan: RangePlan) -> tuple[float, ...]:
    if task.loop is not None:
        return rates_around(task.loop.peaks)
    optimizer = make_optimizer(complete_optimizer_fields(plan.optimizer, task.suggested))
    return usual_rates(optimizer.name, optimizer.decays_by_rate)


def _lengths_on(task: OpenedTask, plan: RangePlan) -> tuple[int, int]:
    """The updates of each short training and of the training meant, on a task."""
    length = None if plan.length is None else _prepare_plan(task, plan, checked_span(plan.length)).horizon.updates
    return lengths_of(plan.updates, length)


def _prepare_plan(task: OpenedTask, plan: RangePlan, budget: str) -> Prepared:
    """The plan as the tuning phase of a study, for that is what it is trained as. budget: of each training, a span."""
    study = comparison_study(
        task.name,
        ["constant"],
        name="range-test",
        budget=budget,
        optimizer=plan.optimizer,
        suggested=task.suggested,
        peaks=plan.rates,
        tuning_seeds=plan.seeds,
        confirm_seeds=2,  # none of which is trained
        batch_size=plan.batch_size,
    )
    return prepare(study, task)


def _trained_of(prepared: Prepared, length: int) -> SweepSubject:
    study, updates = prepared.study, prepared.horizon.updates
    own = study.optimizer_from
    if prepared.task.loop is not None:
        return SweepSubject(study.task, "its own optimizer", "validation loss", updates, length, study.tune.seeds, own)
    name = study.optimizer.name
    seeds, highest = study.tune.seeds, highest_rate(name, study.optimizer.decays_by_rate)
    return SweepSubject(study.task, name, "validation loss", updates, length, seeds, own, highest)


def _updates_within(seconds: float, setup: Setup, prepared: Prepared) -> int:
    """How many updates each training can have, to two digits. Raises StudyError where these are too few."""
    if setup.update is None:
        raise StudyError(
            f"how long an update of {prepared.task.name} takes is not measured before it runs; write --updates 200 "
            f"in place of a budget"
        )
    trials, per_epoch = prepared.study.tuning_trials, prepared.horizon.updates_per_epoch

    def cost(updates: int) -> float:
        horizon = Horizon(updates=updates, updates_per_epoch=per_epoch)
        return seconds_of(prepared._replace(horizon=horizon), setup, trials)

    one, many = cost(1), cost(1001)
    each = max((many - one) / 1000, 1e-9)
    fit = int(float(f"{(seconds - one) / each:.2g}")) if seconds > one else 0
    if fit < FEWEST_UPDATES:
        raise StudyError(
            f"{duration(seconds)} allow {fit} updates at each of {len(prepared.study.tune.peaks)} rates and "
            f"{counted(len(prepared.study.tune.seeds), 'seed')}, and fewer than {FEWEST_UPDATES} say nothing; write "
            f"--budget {cost(FEWEST_UPDATES) * 1.2:.0f}s, or fewer --rates"
        )
    return fit


def _say_plan(prepared: Prepared, plan: RangePlan, setup: Setup, listen: Listener) -> None:
    study, updates = prepared.study, prepared.horizon.updates
    seconds = seconds_of(prepared, setup, study.tuning_trials)
    took = "" if setup.update is None else f", about {duration(seconds)}"
    text = (
        f"range test of {study.task}: {len(plan.rates)} rates x {counted(plan.seeds, 'seed')}, "
        f"{counted(updates, 'update')} each{took}, and more if the best is at the edge"
    )
    listen(Said(text=text))
    if suggestion := suggestion_sentence(study):
        listen(Said(text=f"- {suggestion}; --optimizer names another."))


def _measure_rates(rates: Sequence[float], prepared: Prepared, setup: Setup, workshop: Workshop) -> MeasuredRates:
    """Train what is missing of these rates."""
    study, data = prepared.study, prepared.task.data
    groups = {rate: tuning_trials(study, data, Candidate(schedule=Constant(), peak=rate)) for rate in rates}
    batch = Batch(PHASE, tuple(trial for group in groups.values() for trial in group))
    records = stored_of(batch, workshop.store)
    missing = [trial for trial in batch.trials if trial.key not in records]
    workshop.listen(StudyBegun(name=PHASE, stored=len(records), missing=len(missing)))
    workshop.listen(PhaseBegun(phase=PHASE, trials=len(batch.trials), missing=len(missing), study=study))
    if records:
        workshop.listen(TrialsFound(records=tuple(records.values())))
    who = crew_of(prepared, workshop.executor, setup, workshop.until)
    if prepared.task.loop is not None:  # the first alone: whether it reports a loss is known after one, not all
        records |= run_missing(missing[:1], workshop.store, who, workshop.listen)
        [_loss_of(record) for record in records.values()]
        missing = missing[1:]
    records |= run_missing(missing, workshop.store, who, workshop.listen)
    by_rate = {rate: [records[trial.key] for trial in group] for rate, group in groups.items()}
    losses = {rate: [_loss_of(record) for record in group] for rate, group in by_rate.items()}
    return MeasuredRates(losses, _untrained_losses(by_rate[min(rates)]))


def _loss_of(record: Record) -> float | None:
    """The validation loss after the last update; None where it diverged. Raises StudyError where none was reported."""
    if record.diverged:
        return None
    loss = None if record.validation is None else record.validation.loss
    if loss is None or not math.isfinite(loss):
        raise StudyError(
            f"{record.trial.task} reports no validation loss, which a range test looks at; write "
            f"run.report(epoch=..., validation_loss=...)"
        )
    return loss


def _untrained_losses(records: Sequence[Record]) -> list[float] | None:
    """The loss before training, seed by seed; None where that is not known, as with a loop of the user's own."""
    levels = [None if record.chance is None else record.chance.untrained.loss for record in records]
    known = [level for level in levels if level is not None]
    return known if len(known) == len(levels) else None
