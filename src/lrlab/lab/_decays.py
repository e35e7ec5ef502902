"""One run, all decays: models merged from a run at constant rate, compared with runs that were cooled down."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import ceil
from typing import NamedTuple

import numpy as np

from ..errors import RunError, ScheduleError, StudyError, TimeUp
from ..schedules import Constant, Horizon, Merged, Schedule, Span, Warmup, Wsd
from ..spec import (
    LAYOUT_KINDS,
    OPTIMIZERS,
    Begun,
    DecayRow,
    DecayTest,
    Ended,
    Failed,
    JobEvent,
    Metric,
    Optimizer,
    Paused,
    PhaseBegun,
    Record,
    Resources,
    Said,
    Setup,
    Study,
    StudyBegun,
    TrainOnce,
    Trial,
    TrialsStored,
    asked_margin,
    complete_optimizer_fields,
    counted,
    make_optimizer,
    make_study,
    metric_of,
    suggestion_sentence,
    takes_suggestion,
)
from ..stats import PairedDifference, Verdict, generator, judge, paired, reach_of, rounded_step
from ..trackers import point_of
from ._compare import learned
from ._phases import confirm_trials
from ._prepare import OpenedTask, Prepared, crew_of, prepare, setup_of
from ._stacking import run_missing, setup_for
from ._workshop import Workshop

PHASE = "decays"
POINT = 0.01  # the usual margin of a share


class DecayPlan(NamedTuple):
    """What is asked. peak: None: a usual one of the optimizer. budget: of the constant run, a span.

    curves, cooldowns: of `wsd`; horizons: spans of the run.
    warmup: before all of them, a span in epochs or updates; "": none. margin: in points of a share; None: usual.
    optimizer: fields that the user says; where they name none, the one that the task suggests trains, else SGD.
    """

    peak: float | None
    budget: str
    curves: Sequence[str]
    cooldowns: Sequence[str]
    horizons: Sequence[str]
    seeds: int
    optimizer: Mapping[str, object]
    batch_size: int
    warmup: str = ""
    margin: float | None = None


class _Decay(NamedTuple):
    """One decay: as it is written, its horizon in updates, the schedule that cools down, the constant one."""

    curve: str
    cooldown: str
    horizon: str
    updates: int
    cooled: Schedule
    plain: Schedule


def compare_decays(task: OpenedTask, plan: DecayPlan, workshop: Workshop) -> DecayTest:
    """Train what is missing, and compare. Each record is stored as it comes; what is stored is not trained again.

    Raises StudyError where plan and task do not fit, RunError where trials failed, TimeUp where time was up.
    """
    if task.loop is not None:
        raise StudyError(
            f"{task.name} is a loop of your own, whose weights are not seen here, so none are merged; write a task, as "
            f"in net.py:task"
        )
    prepared = prepare(_study_of(task, plan), task)
    _check_optimizer(prepared.study.optimizer)
    decays = _decays_of(plan, prepared.horizon)
    bases = confirm_trials(prepared.study, task.data)
    cooled = {decay: [_cooled_trial(base, decay) for base in bases] for decay in decays}
    merged = {decay: [_merged_trial(base, decay.cooled, decay, prepared) for base in bases] for decay in decays}
    plain = {decay: [_merged_trial(base, decay.plain, decay, prepared) for base in bases] for decay in decays}
    once = _each_once(trial for group in (merged, plain) for trials in group.values() for trial in trials)
    every = _each_once(trial for trials in cooled.values() for trial in trials)
    missing, missing_once = _missing(every, workshop), _missing(once, workshop)
    if missing or missing_once:
        _say_reach(len(bases), len(decays), workshop)
    setup = setup_of(prepared, workshop)
    trainings = len({trial.seed for trial in missing_once}) + len(missing)
    _begin(prepared.study, len(once) + len(every), len(missing_once) + len(missing), trainings, workshop)
    _train_once(once, prepared, setup, workshop)
    run_missing(missing, workshop.store, crew_of(prepared, workshop.executor, setup, workshop.until), workshop.listen)
    records = workshop.store.get(trial.key for trial in (*once, *every))

    def of(groups: Mapping[_Decay, Sequence[Trial]]) -> dict[_Decay, list[Record]]:
        return {decay: [records[trial.key] for trial in trials] for decay, trials in groups.items()}

    trained = prepared.horizon.updates, sum(decay.updates for decay in decays)
    return _answer(prepared.study, plan, of(plain), of(merged), of(cooled), trained)


def _check_optimizer(optimizer: Optimizer) -> None:
    """Raise StudyError where other weights are evaluated than trained, or more than the rate moves with the horizon."""
    name = optimizer.name
    if OPTIMIZERS[name].evaluates:
        raise StudyError(f"{name} evaluates an average of its own, of which nothing is merged; take sgd or adamw")
    moving = [field for field in ("momentum_schedule", "decay_schedule") if getattr(optimizer, field) is not None]
    if moving:
        raise StudyError(
            f"a run that is cooled down is the constant run until its decay begins, but {moving[0]}="
            f"{getattr(optimizer, moving[0])} moves over the horizon of each; leave it out"
        )


def _study_of(task: OpenedTask, plan: DecayPlan) -> Study:
    """The constant run on its seeds, as a study: so are its fields checked."""
    fields = complete_optimizer_fields(plan.optimizer, task.suggested)
    peaks = OPTIMIZERS[make_optimizer(fields).name].peaks
    peak = peaks[len(peaks) // 2] if plan.peak is None else plan.peak
    base = {"schedule": _warmed(Constant(), plan.warmup), "peak": peak}
    return make_study(
        {
            "name": "decays",
            "task": task.name,
            "arms": [{"label": "constant", "candidates": [base]}],
            "optimizer": fields,
            "optimizer_from": "task" if takes_suggestion(plan.optimizer, task.suggested) else "",
            "batch_size": plan.batch_size,
            "budget": plan.budget,
            "confirm": {"seeds": plan.seeds},
        }
    )


def _warmed(schedule: Schedule, warmup: str) -> Schedule:
    return Warmup(span=warmup, then=schedule) if warmup else schedule


def _decays_of(plan: DecayPlan, horizon: Horizon) -> list[_Decay]:
    """Every curve, cooldown and horizon, each once: spans of as many updates are one, as they were first written.

    Raises StudyError or ScheduleError for what does not fit the run.
    """
    for name in ("curves", "cooldowns", "horizons"):
        if not getattr(plan, name):
            raise StudyError(
                f"a decay has a curve, a cooldown and a horizon, but {name} is empty; give one or more of each"
            )
    if plan.warmup and Span.parse(plan.warmup).unit == "%":
        raise StudyError(
            f'warmup is the same for every horizon, so it is in epochs or updates, but got "{plan.warmup}"; write '
            f'"{Span.parse(plan.warmup).updates(horizon)} updates"'
        )
    found: dict[tuple[str, int, int], _Decay] = {}
    for end, cooldown, curve in product(plan.horizons, plan.cooldowns, plan.curves):
        own = Horizon(updates=_count("horizons", end, horizon), updates_per_epoch=horizon.updates_per_epoch)
        length = _count("cooldowns", cooldown, own)
        decay = _decay_of(plan, own, end, cooldown, curve)
        found.setdefault((curve, length, own.updates), decay)
    return list(found.values())


def _count(name: str, span: str, horizon: Horizon) -> int:
    """A span in updates. Raises StudyError for what is none, and for one longer than the horizon."""
    try:
        updates = Span.parse(span).updates(horizon)
    except ScheduleError as error:
        raise StudyError(f"{name}: {error}") from None
    if updates > horizon.updates:
        raise StudyError(
            f"{name}: each lies within {'the run' if name == 'horizons' else 'its horizon'} of {horizon.updates} "
            f'updates, but "{span}" is {updates}; shorten it, or lengthen the run'
        )
    return updates


def _decay_of(plan: DecayPlan, own: Horizon, end: str, cooldown: str, curve: str) -> _Decay:
    """One decay, at its own horizon. Raises StudyError where nothing falls, or a warm-up reaches into its fall."""
    down, up = Span.parse(cooldown).updates(own), Span.parse(plan.warmup).updates(own) if plan.warmup else 0
    if down == 1:
        raise StudyError(
            f'cooldowns: the first update of each still has the peak, but "{cooldown}" of {own.updates} updates is 1, '
            f'so that nothing falls; write "2 updates" or more, or lengthen the run'
        )
    if up + down > own.updates:
        raise StudyError(
            f"warm-up and cooldown must fit the horizon one after the other, but {up} and {down} updates are more than "
            f'the {own.updates} of "{end}"; shorten one of them, or lengthen the run'
        )
    written = f"{down} updates" if up else cooldown  # after a warm-up, a percentage would be of what is left
    wsd = Wsd(cooldown=written, curve=curve)  # pyright: ignore[reportArgumentType]  # it checks the word
    cooled, plain = _warmed(wsd, plan.warmup), _warmed(Constant(), plan.warmup)
    return _Decay(curve, str(Span.parse(cooldown)), str(Span.parse(end)), own.updates, cooled, plain)


def _cooled_trial(base: Trial, decay: _Decay) -> Trial:
    """The run that is cooled down, from the same seed: up to its decay it is the constant run."""
    values = base.to_dict() | {"schedule": decay.cooled, "budget": f"{decay.updates} updates"}
    return Trial.model_validate(values)


def _merged_trial(base: Trial, of: Schedule, decay: _Decay, prepared: Prepared) -> Trial:
    """The constant run, of which a merged model is evaluated at its end; of a plain one, its weights at the horizon."""
    average = Merged(of=of, end=f"{decay.updates} updates")
    return base.varied(average=average, evaluate_every=prepared.horizon.epochs)


def _each_once(trials: Iterable[Trial]) -> list[Trial]:
    """Each trial once: decays of one horizon have one run without a decay."""
    return list({trial.key: trial for trial in trials}.values())


def _missing(trials: Sequence[Trial], workshop: Workshop) -> list[Trial]:
    there = workshop.store.get(trial.key for trial in trials)
    return [trial for trial in trials if trial.key not in there]


def _say_reach(seeds: int, decays: int, workshop: Workshop) -> None:
    """Say before anything is trained what these seeds cannot answer, and how many can."""
    if wrong := reach_of(seeds, decays).words:
        workshop.listen(Said(text=f"{counted(decays, 'decay')} ask as many questions, and {wrong}", important=True))


def _begin(study: Study, trials: int, missing: int, trainings: int, workshop: Workshop) -> None:
    """Tell whoever listens what is to be trained. trainings: that the missing trials come from."""
    if suggestion := suggestion_sentence(study):
        workshop.listen(Said(text=f"- {suggestion}; --optimizer names another."))
    workshop.listen(StudyBegun(name=PHASE, stored=trials - missing, missing=missing, trainings=trainings))
    workshop.listen(PhaseBegun(phase=PHASE, trials=trials, missing=missing, study=study, trainings=trainings))


def _train_once(trials: Sequence[Trial], prepared: Prepared, setup: Setup, workshop: Workshop) -> None:
    """Train the constant run of each seed of which a merged model is missing, once for all of them."""
    missing = _missing(trials, workshop)
    seeds = list(dict.fromkeys(trial.seed for trial in missing))
    if not seeds:
        return
    own = setup_for(missing[0], setup)
    layout = "loop" if LAYOUT_KINDS[own.layout].plain else own.layout
    parts = max(ceil(len(seeds) / own.size), min(own.processes, len(seeds)))
    jobs = [
        TrainOnce(
            name=f"decays {number}",
            resources=Resources(cores=own.threads, device=own.device),
            trials=tuple(trial for trial in missing if trial.seed in set(part.tolist())),
            where=prepared.task.where,
            layout=layout,
        )
        for number, part in enumerate(np.array_split(np.array(seeds), parts))
    ]
    limit = crew_of(prepared, workshop.executor, setup, workshop.until).limit
    for event in workshop.executor.run(jobs, limit):
        assert isinstance(event, JobEvent)
        if isinstance(event, Begun):
            part = next(job.trials for job in jobs if job.name == event.job)
            noted = {"trials": tuple(trial.key for trial in part), "trainings": len({trial.seed for trial in part})}
            event = event.model_copy(update=noted)
        workshop.listen(event)
        if isinstance(event, Failed):
            raise RunError(f"the runs at constant rate failed: {event.message}", [event.message])
        if isinstance(event, Paused):
            raise TimeUp(
                "time is up: what ended is stored, and the same call goes on; a run of all decays begins again"
            )
        if isinstance(event, Ended):
            kept = [(trained.record, {"rates": trained.arrays["rates"]}) for trained in event.trained]
            workshop.store.add_all(kept)
            workshop.listen(TrialsStored(records=tuple(trained.record for trained in event.trained)))


Groups = Mapping[_Decay, Sequence[Record]]


def _answer(
    study: Study, plan: DecayPlan, plain: Groups, merged: Groups, cooled: Groups, trained: tuple[int, int]
) -> DecayTest:
    """The differences, judged together. Raises StudyError where runs diverged and none learned."""
    metric = metric_of(next(iter(cooled.values())))
    peak = study.arms[0].candidates[0].peak
    compared = [record for group in (*merged.values(), *cooled.values()) for record in group]
    diverged = sum(record.diverged for record in compared)
    if diverged and not any(record.learned for record in compared):
        raise StudyError(
            f"at peak {peak:g} nothing was learned, merged or cooled down, and {diverged} of "
            f"{counted(len(compared), 'model')} diverged; give a lower peak (--peak)"
        )
    rng = generator(study.key, "decays")
    pairs = {decay: paired(_scores(merged[decay]), _scores(cooled[decay]), rng=rng) for decay in cooled}
    margin = _margin(plan, metric, [pair.mean_b for pair in pairs.values()])
    verdicts = judge(list(pairs.values()), margin=margin, shared=True, rng=rng)
    rows = [
        _row_of(decay, _learned_claim(verdict, merged[decay], cooled[decay]), plain[decay], metric.higher_is_better)
        for decay, verdict in zip(pairs, verdicts, strict=True)
    ]
    return DecayTest(
        task=study.task,
        optimizer=study.optimizer.name,
        peak=peak,
        updates=trained[0],
        seeds=study.confirm.seeds,
        metric=metric,
        margin=margin,
        trained=trained,
        rows=tuple(rows),
        failed=len({record.trial.seed for record in compared if not record.learned}),
    )


def _learned_claim(
    verdict: Verdict[PairedDifference], merged: Sequence[Record], cooled: Sequence[Record]
) -> Verdict[PairedDifference]:
    """The verdict on merged minus cooled, without a claim that those make which mostly learned nothing."""
    higher = merged[0].metric.higher_is_better
    better = {"a": merged, "b": cooled} if higher else {"a": cooled, "b": merged}
    holds = learned(better[verdict.claim]) if verdict.claim in better else learned(merged) and learned(cooled)
    return verdict if holds else replace(verdict, claim="none")


def _scores(records: Sequence[Record]) -> list[float]:
    """The test scores; of a diverged trial that of its untrained weights."""
    return [float(record.test.score or 0.0) for record in records]


def _margin(plan: DecayPlan, metric: Metric, means: Sequence[float]) -> float:
    point = POINT if metric.in_percent else point_of(metric.name, means)
    if plan.margin is not None:
        return asked_margin(plan.margin, point, metric.in_percent).value
    return point or rounded_step(metric.usual_part * max(float(np.mean(np.abs(means))), 1e-12))


def _row_of(
    decay: _Decay, verdict: Verdict[PairedDifference], plain: Sequence[Record], higher_is_better: bool
) -> DecayRow:
    pair = verdict.difference
    better = {"a": "merged", "b": "cooled"} if higher_is_better else {"a": "cooled", "b": "merged"}
    return DecayRow(
        curve=decay.curve,
        cooldown=decay.cooldown,
        horizon=decay.horizon,
        plain=float(np.mean(_scores(plain))),
        merged=pair.mean_a,
        cooled=pair.mean_b,
        difference=pair.difference,
        low=pair.low,
        high=pair.high,
        adjusted_p=verdict.adjusted_p,
        verdict=(better | {"equal": "within", "none": "undecided"})[verdict.claim],  # pyright: ignore[reportArgumentType]
    )
