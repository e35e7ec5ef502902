"""`plan`: how many seeds, and how long, for a difference that is worth knowing of."""

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import StoreError, StudyError
from ..lab import (
    Cost,
    OpenedTask,
    Prepared,
    Spread,
    Wanted,
    Workshop,
    comparison_study,
    given_spread,
    open_task,
    pilot_study,
    plan_seeds,
    prepare,
    seconds_of,
    setup_of,
    spread_of_study,
    spread_of_values,
    stored_results,
)
from ..spec import (
    ArmPlan,
    Optimizer,
    Said,
    SeedPlan,
    StudyResults,
    read_arm,
    seed_trainings,
    spoken,
    suggestion_sentence,
    tuning_trainings,
)
from ..store import Store
from ._checks import check_kinds, check_peaks, check_required, check_schedules, check_task
from ._names import refuse_no_schedules
from ._options import ProgressOption, RunOptions, opened, read_run_options
from ._planned import Planned
from ._question import fields_of, length_of, study_name
from ._training import train_and_answer

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task

USUAL_EPOCHS = 10.0
BATCH_SIZE, TUNING_SEEDS, ENGINE, DEVICE = 32, 2, "auto", "cpu"  # unless the caller says others
Source = Path | str | Sequence[Path | str]  # where a spread is taken from
SQLITE = b"SQLite format 3\x00"  # how such a file begins


def plan(
    task: "str | Path | Task | OwnLoop | None" = None,
    schedules: Sequence[str | ArmPlan] = (),
    *,
    arms: int | None = None,
    questions: int | None = None,
    difference: float | None = None,
    sd: float | None = None,
    source: Path | str | Sequence[Path | str] | None = None,
    pilot: bool = False,
    seeds: int | None = None,
    power: float = 0.8,
    epochs: float | None = None,
    updates: int | None = None,
    peaks: Sequence[float] | None = None,
    optimizer: str | Mapping[str, object] | Optimizer | None = None,
    batch_size: int = BATCH_SIZE,
    tuning_seeds: int = TUNING_SEEDS,
    store: Path | str | None = None,
    workers: int | None = None,
    engine: str = ENGINE,
    device: str = DEVICE,
    data_dir: Path | str | None = None,
    progress: ProgressOption = True,
) -> Planned:
    """Say how many seeds a comparison needs and how long it takes, before anything is trained.

    task, schedules: as for `compare`. Without a task only numbers are computed, and torch is not loaded.
    arms: how many schedules to compare, if you do not name them.
    questions: how many to ask. Default: 2 arms - 3.
    difference: the smallest one that matters, in the unit of the tables: points, for an accuracy.
    sd: the standard deviation of the paired differences, in that unit. Default: that of `source` or `pilot`, else of
    the last study of the task in the store.
    source: a store, or runs made anywhere, as `judge` reads them, to take `sd` from.
    pilot: train 8 seeds of each schedule at the middle of the peaks, to measure `sd`.
    seeds: a number of seeds to ask about.
    power: in what share of repetitions the difference should be decided.
    epochs, updates: the length of a trial, for the time: one of the two. Default: that of the study that the spread is
    from, or 10 epochs; a loop that does not say what an epoch is needs updates.

    The other arguments are those of `compare`, and like `epochs` for a task alone. Raises a LabError: StudyError,
    StatisticsError, RunsError, StoreError for wrong arguments.
    """
    options = read_run_options(
        store=store,
        workers=workers,
        engine=engine,
        device=device,
        data_dir=data_dir,
        progress=progress,
    )
    check_kinds(arms=arms, questions=questions, difference=difference, sd=sd, seeds=seeds, epochs=epochs)
    check_required(power=power, pilot=pilot)
    check_required(batch_size=batch_size, tuning_seeds=tuning_seeds)
    check_kinds(optimizer=optimizer)
    given = check_schedules(schedules)
    labels = tuple(str(read_arm(each) if isinstance(each, str) else each) for each in given)
    if arms and labels and arms != len(labels):
        raise StudyError(f"arms are {arms}, but {len(labels)} schedules are named; leave one of the two out")
    wanted = Wanted("", labels, arms or len(labels), questions, difference, float(power), seeds)
    _refuse_two_spreads(sd is not None, source is not None, pilot)
    if task is None:
        chosen = {"epochs": epochs, "updates": updates, "peaks": peaks, "optimizer": optimizer, "workers": workers}
        changed = {"batch_size": batch_size != BATCH_SIZE, "tuning_seeds": tuning_seeds != TUNING_SEEDS}
        changed |= {"engine": options.engine != ENGINE, "device": options.device != DEVICE}
        _refuse_training(
            [*(name for name, value in chosen.items() if value is not None), *filter(changed.get, changed)]
        )
        return Planned(_plan_numbers(wanted, sd, source, pilot))
    asked, length = check_task(task), length_of(epochs, updates)
    if not labels:
        refuse_no_schedules(asked, "plan")
    comparison = _PlannedComparison(
        wanted,
        asked,
        given,
        study_name(task),
        length,
        check_peaks(peaks),
        fields_of(optimizer),
        int(tuning_seeds),
        int(batch_size),
    )
    with opened(options) as workshop:
        return Planned(_plan_task(comparison, sd, source, pilot, workshop, options))


def _refuse_two_spreads(sd: bool, source: bool, pilot: bool) -> None:
    """Raise StudyError where the spread is told in two ways, of which one would be dropped."""
    told = "given by sd" if sd else "taken from source (--from)"
    if pilot and (sd or source):
        raise StudyError(f"the spread is {told}, so no pilot is trained for it; leave one of the two out")
    if sd and source:
        raise StudyError(f"the spread is {told}, so none is taken from source (--from); leave one of the two out")


def _refuse_training(options: Sequence[str]) -> None:
    """Raise StudyError for options that say how trials run, where there is no task that could be trained."""
    if options:
        says, it = ("says", "it") if len(options) == 1 else ("say", "them")
        raise StudyError(
            f"{', '.join(options)} {says} how trials of a task run, and no task is named; name one with its schedules, "
            f"or leave {it} out"
        )


def _plan_numbers(wanted: Wanted, sd: float | None, source: Source | None, pilot: bool) -> SeedPlan:
    """The plan without a task."""
    if pilot:
        raise StudyError("a pilot needs a task and schedules to train; name them, or give sd")
    found = None if source is None else _read_source(source)
    if found is not None and not wanted.arms:
        wanted = wanted._replace(arms=found.arms)
    spread = given_spread(sd) if sd is not None else None if found is None else found.spread
    cost, notes = Cost(0, None if found is None else found.seconds), _notes_of(wanted, spread)
    if cost.seconds is not None:
        notes = (*notes, "The time is that of trainings one after the other.")
    return plan_seeds(wanted, spread, cost, notes)


class _PlannedComparison(NamedTuple):
    """What a plan for a task is of. schedules: as given. length: of a trial; "": not said. optimizer: its fields."""

    wanted: Wanted
    task: "str | Task | OwnLoop"
    schedules: Sequence[str | ArmPlan]
    name: str
    length: str
    peaks: list[float] | None
    optimizer: Mapping[str, object] | None
    tuning_seeds: int
    batch_size: int

    def prepare(self, task: OpenedTask, budget: str) -> Prepared:
        """The study that `compare` would run, at this length, fitted to its task."""
        draft = comparison_study(
            task.name,
            self.schedules,
            name=self.name,
            budget=budget,
            optimizer=self.optimizer,
            suggested=task.suggested,
            peaks=self.peaks if self.peaks is not None or task.loop is None else task.loop.peaks,
            tuning_seeds=self.tuning_seeds,
            batch_size=self.batch_size,
        )
        return prepare(draft, task)


def _plan_task(
    comparison: _PlannedComparison,
    sd: float | None,
    source: Source | None,
    pilot: bool,
    workshop: Workshop,
    options: RunOptions,
) -> SeedPlan:
    """The plan for a task: spread from the user, a source, a pilot or the store; time by its pace here."""
    task = open_task(comparison.task, send=options.workers != 0)
    wanted, notes, past = comparison.wanted._replace(task=task.name), list[str](), None
    found = None if source is None else _read_source(source)
    spread = given_spread(sd) if sd is not None else None if found is None else found.spread
    if spread is None and not pilot:
        past = _last_study(task, workshop.store)
        spread = None if past is None else spread_of_study(past)
    budget = comparison.length or (past.study.budget if past else found.budget if found else "")
    if not budget:
        budget = f"{USUAL_EPOCHS:g} epochs"
        notes.append(f"The time is that of trials of {spoken(budget)}; --epochs says otherwise.")
    prepared = comparison.prepare(task, budget)
    if pilot:
        past = train_and_answer(prepare(pilot_study(prepared.study), task), workshop, options).findings
        spread = spread_of_study(past)
    if suggestion := suggestion_sentence(prepared.study):
        notes.append(f"{suggestion[0].upper()}{suggestion[1:]}.")
    seconds = _pace_of(prepared, past, workshop)
    study = prepared.study
    shared = len(study.labels) - seed_trainings(study)
    cost = Cost(tuning_trainings(study), seconds, study.rival_trials / len(study.confirm.seeds), shared)
    if tuning_trainings(study) < study.tuning_trials or shared:
        notes.append("Arms that differ in their average of weights alone share a training, which counts once.")
    if cost.rivals:
        notes.append("Trainings of refined grids and rival peaks are estimates: how many there are, tuning shows.")
    return plan_seeds(wanted, spread, cost, (*notes, *_notes_of(wanted, spread)))


def _pace_of(prepared: Prepared, past: StudyResults | None, workshop: Workshop) -> Callable[[int], float] | None:
    """How long so many trainings take: as measured here; of a user's loop, as its earlier trials took."""
    setup = setup_of(prepared, workshop)
    if setup.update:
        return lambda count: seconds_of(prepared, setup, count)
    if past is None:
        workshop.listen(Said(text="how long trials take is not known before one has run"))
        return None
    return partial(operator.mul, _seconds_each(past) / setup.processes)


def _last_study(task: OpenedTask, store: Store) -> StudyResults | None:
    """The last study of a task, on the data that it has now, that is whole and has two arms or more."""
    for stored in reversed(store.studies()):
        if (stored.study.task, stored.data) == (task.name, task.data) and len(stored.study.labels) > 1:
            try:
                return stored_results(stored, store)
            except StoreError:  # not finished
                continue
    return None


class _Found(NamedTuple):
    """What a source tells.

    seconds: how long so many trainings take, one after the other; None: it does not say. budget: the length of its
    trials; "": it does not say.
    """

    spread: Spread
    arms: int
    seconds: Callable[[int], float] | None
    budget: str = ""


def _read_source(source: Source) -> _Found:
    """Spread, arms and pace of a store or of runs made anywhere. Raises a LabError where it tells no spread."""
    of_store = isinstance(source, str | Path) and _is_store(Path(source))
    found = _read_store(Path(source)) if isinstance(source, str | Path) and of_store else _read_table(source)
    if found is None:
        runs = "no study in it is finished and has two arms that" if of_store else "no two arms"
        raise StudyError(
            f"{source} tells no spread: {runs} share 3 seeds with values that differ; give --sd, or other runs"
        )
    return found


def _is_store(path: Path) -> bool:
    """Whether a file is a store of ours that notes studies."""
    try:
        with path.expanduser().open("rb") as file:
            if file.read(len(SQLITE)) != SQLITE:
                return False
        Store(path.expanduser()).close()
    except (OSError, StoreError):
        return False
    return True


def _read_store(path: Path) -> _Found | None:
    """The last whole study of a store."""
    with Store(path.expanduser()) as store:
        for stored in reversed(store.studies(needed=True)):
            try:
                findings = stored_results(stored, store)
            except StoreError:
                continue
            if (spread := spread_of_study(findings)) is not None:
                seconds = partial(operator.mul, _seconds_each(findings))
                return _Found(spread, len(findings.study.labels), seconds, findings.study.budget)
    return None


def _read_table(source: Source) -> _Found | None:
    """Runs made anywhere: the values that they would be judged by, as tables show them."""
    from ..judging import final_values
    from ..trackers import read_runs

    table = read_runs(source)
    metric, values = final_values(table)
    factor = 100 if metric.in_percent else 1
    shown = {arm: {seed: factor * value for seed, value in runs.items()} for arm, runs in values.items()}
    spread = spread_of_values(shown, metric.of_differences, ", ".join(table.sources) or "the runs given")
    return None if spread is None else _Found(spread, len(values), None)


def _seconds_each(findings: StudyResults) -> float:
    """The mean time of a training."""
    times = [record.train_seconds + record.evaluate_seconds for record in findings.confirmed]
    return sum(times) / len(times)


def _notes_of(wanted: Wanted, spread: Spread | None) -> tuple[str, ...]:
    """What would say more, and what is not counted."""
    notes = ["Trainings are those on fresh seeds; tuning comes before them."] if wanted.arms and not wanted.task else []
    if spread is None:
        pilot = ", or --pilot, which trains 8 seeds of each schedule" if wanted.task else ""
        notes.append(
            "How far differences spread is not known, so no difference can be named: give --sd, or --from a store or "
            f"runs{pilot}."
        )
    return tuple(notes)
