"""One run, all decays: models merged from a run at constant rate, compared with runs that were cooled down."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil
from typing import NamedTuple

import numpy as np

from ..errors import RunError, StudyError, TimeUp
from ..schedules import Constant, Horizon, Merged, Schedule, Span, Warmup, Wsd
from ..spec import (
    LAYOUT_KINDS,
    OPTIMIZERS,
    DecayRow,
    DecayTest,
    Ended,
    Failed,
    JobEvent,
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
    make_optimizer,
    make_study,
    optimizer_fields,
    suggestion_sentence,
    takes_suggestion,
)
from ..stats import PairedDifference, Verdict, generator, judge, paired, rounded_step
from ._find import RangeCrew
from ._phases import confirm_trials
from ._prepare import OpenedTask, Prepared, crew_of, prepare, setup_of
from ._stack_plans import setup_for
from ._stacks import run_missing

PHASE = "decays"
POINT, PART = 0.01, 0.05  # the usual margin: of a share, and of any other metric


class DecayPlan(NamedTuple):
    """What is asked. peak: None: a usual one of the optimizer. budget: of the constant run, a span.

    curves, cooldowns: of `wsd`; horizons: spans of the run.
    warmup: before all of them, a span in epochs or updates; "": none. margin: in the unit of tables; None: usual.
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


def compare_decays(task: OpenedTask, plan: DecayPlan, crew: RangeCrew) -> DecayTest:
    """Train what is missing, and compare. Each record is stored as it comes; what is stored is not trained again.

    Raises StudyError where plan and task do not fit, RunError where trials failed, TimeUp where time was up.
    """
    if task.loop is not None:
        raise StudyError(
            f"{task.name} is a loop of your own, whose weights are not seen here, so none are merged; write a task, as "
            f"in net.py:task"
        )
    prepared = prepare(_study_of(task, plan), task)
    _check_optimizer(prepared.study.optimizer.name)
    decays = _decays_of(plan, prepared.horizon)
    bases = confirm_trials(prepared.study, task.data)
    cooled = {decay: [_cooled_trial(base, decay) for base in bases] for decay in decays}
    merged = {decay: [_merged_trial(base, decay.cooled, decay, prepared) for base in bases] for decay in decays}
    plain = {decay: [_merged_trial(base, decay.plain, decay, prepared) for base in bases] for decay in decays}
    once = [trial for group in (merged, plain) for trials in group.values() for trial in trials]
    every = [trial for trials in cooled.values() for trial in trials]
    for trial in once:
        assert trial.average is not None
        trial.average.fit(prepared.horizon)  # before anything is measured or trained
    setup = setup_of(prepared, crew.store, crew.executor, crew.engine, crew.device, crew.listen)
    missing = _missing(every, crew)
    _begin(prepared.study, len(once) + len(every), len(_missing(once, crew)) + len(missing), crew)
    _train_once(once, prepared, setup, crew)
    run_missing(missing, crew.store, crew_of(prepared, crew.executor, setup, crew.until), crew.listen)
    records = crew.store.get(trial.key for trial in (*once, *every))

    def of(groups: Mapping[_Decay, Sequence[Trial]]) -> dict[_Decay, list[Record]]:
        return {decay: [records[trial.key] for trial in trials] for decay, trials in groups.items()}

    trained = prepared.horizon.updates, sum(decay.updates for decay in decays)
    return _answer(prepared.study, plan, of(plain), of(merged), of(cooled), trained)


def _check_optimizer(name: str) -> None:
    """Raise StudyError for an optimizer that evaluates other weights than those it trains."""
    if OPTIMIZERS[name].evaluates:
        raise StudyError(f"{name} evaluates an average of its own, of which nothing is merged; take sgd or adamw")


def _study_of(task: OpenedTask, plan: DecayPlan) -> Study:
    """The constant run on its seeds, as a study: so are its fields checked."""
    fields = optimizer_fields(plan.optimizer, task.suggested)
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
    """Every curve, cooldown and horizon. Raises StudyError for what is not a span of the run."""
    found: list[_Decay] = []
    for end, cooldown, curve in product(plan.horizons, plan.cooldowns, plan.curves):
        updates = Span.parse(end).updates(horizon)
        if updates > horizon.updates:
            raise StudyError(f"a horizon lies within the run of {horizon.updates} updates, but got {end}; shorten it")
        wsd = Wsd(cooldown=cooldown, curve=curve)  # pyright: ignore[reportArgumentType]  # it checks the word
        cooled, plain = _warmed(wsd, plan.warmup), _warmed(Constant(), plan.warmup)
        found.append(_Decay(curve, str(Span.parse(cooldown)), str(Span.parse(end)), updates, cooled, plain))
    if not found:
        raise StudyError("a decay has a curve, a cooldown and a horizon, but one of them is missing; give one of each")
    return list(dict.fromkeys(found))


def _cooled_trial(base: Trial, decay: _Decay) -> Trial:
    """The run that is cooled down, from the same seed: up to its decay it is the constant run."""
    values = base.to_dict() | {"schedule": decay.cooled, "budget": f"{decay.updates} updates"}
    return Trial.model_validate(values)


def _merged_trial(base: Trial, of: Schedule, decay: _Decay, prepared: Prepared) -> Trial:
    """The constant run, of which a merged model is evaluated at its end; of a plain one, its weights at the horizon."""
    average = Merged(of=of, end=f"{decay.updates} updates")
    return base.varied(average=average, evaluate_every=prepared.horizon.epochs)


def _missing(trials: Sequence[Trial], crew: RangeCrew) -> list[Trial]:
    there = crew.store.get(trial.key for trial in trials)
    return list({trial.key: trial for trial in trials if trial.key not in there}.values())


def _begin(study: Study, trials: int, missing: int, crew: RangeCrew) -> None:
    """Tell whoever listens what is to be trained."""
    if suggestion := suggestion_sentence(study):
        crew.listen(Said(text=f"- {suggestion}; --optimizer names another."))
    crew.listen(StudyBegun(name=PHASE, stored=trials - missing, missing=missing))
    crew.listen(PhaseBegun(phase=PHASE, trials=trials, missing=missing, study=study))


def _train_once(trials: Sequence[Trial], prepared: Prepared, setup: Setup, crew: RangeCrew) -> None:
    """Train the constant run of each seed of which a merged model is missing, once for all of them."""
    missing = _missing(trials, crew)
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
    limit = crew_of(prepared, crew.executor, setup, crew.until).limit
    for event in crew.executor.run(jobs, limit):
        assert isinstance(event, JobEvent)
        crew.listen(event)
        if isinstance(event, Failed):
            raise RunError(f"the runs at constant rate failed: {event.message}", [event.message])
        if isinstance(event, Paused):
            raise TimeUp(
                "time is up: what ended is stored, and the same call goes on; a run of all decays begins again"
            )
        if isinstance(event, Ended):
            kept = [(trained.record, {"rates": trained.arrays["rates"]}) for trained in event.trained]
            crew.store.add_all(kept)
            crew.listen(TrialsStored(records=tuple(trained.record for trained in event.trained)))


Groups = Mapping[_Decay, Sequence[Record]]


def _answer(
    study: Study, plan: DecayPlan, plain: Groups, merged: Groups, cooled: Groups, trained: tuple[int, int]
) -> DecayTest:
    """The differences, judged together."""
    metric = next(iter(cooled.values()))[0].metric
    rng = generator(study.key, "decays")
    pairs = {decay: paired(_scores(merged[decay]), _scores(cooled[decay]), rng=rng) for decay in cooled}
    margin = _margin(plan, metric.in_percent, [pair.mean_b for pair in pairs.values()])
    verdicts = judge(list(pairs.values()), margin=margin, shared=True, rng=rng)
    rows = [
        _row_of(decay, verdict, float(np.mean(_scores(plain[decay]))), metric.higher_is_better)
        for decay, verdict in zip(pairs, verdicts, strict=True)
    ]
    return DecayTest(
        task=study.task,
        optimizer=study.optimizer.name,
        peak=study.arms[0].candidates[0].peak,
        updates=trained[0],
        seeds=study.confirm.seeds,
        metric=metric,
        margin=margin,
        trained=trained,
        rows=tuple(rows),
    )


def _scores(records: Sequence[Record]) -> list[float]:
    """The test scores; of a diverged trial that of its untrained weights."""
    return [float(record.test.score or 0.0) for record in records]


def _margin(plan: DecayPlan, is_share: bool, means: Sequence[float]) -> float:
    if plan.margin is not None:
        return plan.margin / 100 if is_share else plan.margin
    return POINT if is_share else rounded_step(PART * max(float(np.mean(np.abs(means))), 1e-12))


def _row_of(decay: _Decay, verdict: Verdict[PairedDifference], plain: float, higher_is_better: bool) -> DecayRow:
    pair = verdict.difference
    better = {"a": "merged", "b": "cooled"} if higher_is_better else {"a": "cooled", "b": "merged"}
    return DecayRow(
        curve=decay.curve,
        cooldown=decay.cooldown,
        horizon=decay.horizon,
        plain=plain,
        merged=pair.mean_a,
        cooled=pair.mean_b,
        difference=pair.difference,
        low=pair.low,
        high=pair.high,
        adjusted_p=verdict.adjusted_p,
        verdict=(better | {"equal": "within", "none": "undecided"})[verdict.claim],  # pyright: ignore[reportArgumentType]
    )
