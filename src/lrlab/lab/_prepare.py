"""Before a study runs: its task loaded and checked, its pace measured, the epochs a budget of seconds allows."""

import re
from collections.abc import Mapping
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from .. import __version__
from ..errors import ScheduleError, StudyError, shortened
from ..execution import Executor, kind_of
from ..rules import Plan, Rule
from ..schedules import Horizon, is_own
from ..spec import (
    LAYOUT_KINDS,
    PLAIN_LOOP,
    Listener,
    Optimizer,
    Said,
    Setup,
    Study,
    Trial,
    alike,
    duration,
    horizon_of,
    plan_of,
)
from ._average_fit import arms_no_loop_runs, average_misfits
from ._calibrate import SPARE, Workload, calibrate
from ._optimizer_fit import optimizer_misfits
from ._own_loops import check_budget, loop_misfits, loop_setup, loop_study
from ._phases import confirm_trials
from ._remember import machine_kind, note, recall
from ._stacking import Crew
from ._tuning import fit_search, settings_of_search
from ._workshop import Workshop

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task

PRELOAD = ("torch", "lrlab.engine", "lrlab.tasks")  # what a worker needs, loaded once
LAST_LOOKS = 2  # validation and test, at the end
MOST_STACKED = {"cpu": 32, "cuda": 256}
LONG = 1_000_000  # updates from which a trial's length is compared with the memory
MEASURED = 0.1  # the share of a budget that measuring may take
LEAST_SECONDS = 1.0  # that a stack trains for, however little time there is


class OpenedTask(NamedTuple):
    """A task that was loaded and checked: its name in records, its place, its fingerprint, its training examples.

    validated: whether it has validation data. notes: what is worth a word before training. program: of a user's task, a
    hash of each part, "the data" among them. loop: a training loop of the user's own, which has no examples.
    suggested: the optimizer that trains it where nobody names one. class_names: as they are now; None: not known.
    """

    name: str
    where: str
    data: str
    examples: int
    validated: bool = True
    notes: tuple[str, ...] = ()
    program: Mapping[str, str] = {}
    loop: "OwnLoop | None" = None
    suggested: Optimizer | None = None
    class_names: tuple[str, ...] | None = None


class Prepared(NamedTuple):
    """A study that fits its task: ready to run."""

    study: Study
    task: OpenedTask
    horizon: Horizon


def open_task(asked: "str | Task | OwnLoop", send: bool = True) -> OpenedTask:
    """Load and check a task, or a loop of the user's own: named as the user wrote it, or made in their program.

    send: whether workers in other processes will train it. Raises UnknownName or TaskError.
    """
    from ..loops import OwnLoop, open_loop

    opened = open_loop(asked, send) if isinstance(asked, str | OwnLoop) else None
    if opened is not None:
        return OpenedTask(opened.name, opened.where, opened.data, 0, program=opened.program, loop=opened.loop)
    assert not isinstance(asked, OwnLoop)
    from .. import tasks  # torch is loaded here, not before

    place = tasks.resolve(asked) if isinstance(asked, str) else tasks.by_value(asked, send=send)
    task = tasks.get_as_it_is(place.where)
    tasks.remember_facts(place.where, task)
    parts = {**task.program, "the data": task.arrays} if task.program else {}
    return OpenedTask(
        place.name,
        place.where,
        task.fingerprint,
        task.examples,
        task.validation is not None,
        task.notes,
        parts,
        suggested=task.optimizer,
        class_names=task.class_names,
    )


def sent_away(task: OpenedTask) -> OpenedTask:
    """A task or loop as workers on other machines find it: the user's own by value, ours by name. Raises TaskError."""
    from .. import tasks

    if task.loop is not None:
        from ..loops import loop_sent_away

        return task._replace(where=loop_sent_away(task.loop, task.name))
    if not tasks.is_user_task(task.where):
        return task
    return task._replace(where=tasks.sent_away(tasks.get(task.where), task.name))


def check_device(device: str) -> None:
    """Raise StudyError where torch cannot run there."""
    if device == "cpu":
        return
    number = device.partition(":")[2]
    if not re.fullmatch(r"cuda(:[0-9]{1,4})?", device):
        raise StudyError(
            f'a device is "cpu", "cuda" or "cuda:1", but got {shortened(device, 100)!r}; leave out --device for "cpu"'
        )
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(number or 0) >= count:
        seen = f"only {count} of them" if count else "none"
        raise StudyError(
            f"{device} is a graphics card, and torch {torch.__version__} sees {seen} here; leave out --device"
        )


def seen_devices(device: str) -> tuple[str, ...]:
    """The cards that workers share: all that torch sees for "cuda", else the one named; none for "cpu".

    >>> seen_devices("cpu"), seen_devices("cuda:1")
    ((), ('cuda:1',))
    """
    if device != "cuda":
        return () if device == "cpu" else (device,)
    import torch

    return tuple(f"cuda:{number}" for number in range(torch.cuda.device_count()))


def prepare(study: Study, task: OpenedTask) -> Prepared:
    """The study on its task. Raises StudyError where batch or schedules do not fit, listing every one."""
    study = study.model_copy(update={"task": task.name})  # records carry its name, never the path the user typed
    study = study if task.loop is None else loop_study(study)
    horizon, shortest = _horizons(study, task)
    study, misfits = fit_search(study, lambda changed: _horizons(changed, task))
    misfits = [*_loop_misfits(study, task, horizon), *misfits, *average_misfits(study, (horizon, shortest))]
    misfits += optimizer_misfits(study, (horizon, shortest))
    for label, schedule in _labelled_plans(study):
        try:
            for length in (horizon, shortest):
                schedule.fit(length)
                if is_own(type(schedule)):  # looked at here as where it trains
                    schedule.bind(peak=1.0, horizon=length)
        except ScheduleError as error:
            misfits.append(f"{label}: {error}")
        if not task.validated and isinstance(schedule, Rule) and schedule.watches != "nothing":
            misfits.append(
                f"{label} watches the validation loss, and {task.name} has no validation data; set some aside"
            )
    if not task.validated and study.grid_trials:
        misfits.append(f"tuning needs validation data, and {task.name} has none; set some aside, or tune nothing")
    if misfits:
        raise StudyError("\n".join(misfits))
    return Prepared(study, task, horizon)


def _horizons(study: Study, task: OpenedTask) -> tuple[Horizon, Horizon]:
    """The horizons of a trial that confirms and of one that tunes."""
    return _horizon(study, task, study.budget), _horizon(study, task, study.tune.budget or study.budget)


def _horizon(study: Study, task: OpenedTask, budget: str) -> Horizon:
    """The horizon of so long a trial. Raises StudyError where there is none."""
    if task.loop is not None:
        from ..loops import loop_horizon

        check_budget(study, task.loop, budget)
        return loop_horizon(task.loop, budget)
    size = study.batch_size * study.optimizer.accumulate
    if size > task.examples:
        many = f"{study.optimizer.accumulate} times " if study.optimizer.accumulate > 1 else ""
        raise StudyError(
            f"batch_size must be at most the {task.examples} training examples of {task.name}, "
            f"but got {many}{study.batch_size}"
        )
    horizon = horizon_of(budget, task.examples // size)
    _check_length(horizon)
    return horizon


def _loop_misfits(study: Study, task: OpenedTask, horizon: Horizon) -> list[str]:
    """What a loop of the user's own cannot do; of a task, the settings that only such a loop has."""
    if task.loop is not None:
        return [*loop_misfits(study, task.loop, _labelled_plans(study), horizon), *arms_no_loop_runs(study)]
    given = sorted({name for arm in study.arms for each in arm.candidates for name in each.settings})
    given += sorted(settings_of_search(study))
    if not given:
        return []
    way = "give options of the optimizer, or arms with optimizers of their own"
    return [f"settings ({', '.join(given)}) are for a loop of your own, and {task.name} is none; {way}"]


def _check_length(horizon: Horizon) -> None:
    """Raise StudyError where the memory does not even hold what one trial writes down of its course."""
    if horizon.updates < LONG:
        return
    import torch

    from ..engine import course_bytes, free_bytes

    room = SPARE * free_bytes(torch.device("cpu"))
    needed = course_bytes(horizon)
    if needed > room:
        fit = int(horizon.updates * room / needed)
        raise StudyError(
            f"a trial of {horizon.updates:.3g} updates takes {needed / 1e9:.3g} GB for its rates and what is measured "
            f"on its way, but {room / 1e9:.3g} GB can be used here; about {fit:.2g} updates fit, or "
            f"{fit / horizon.updates_per_epoch:.2g} epochs"
        )


def _labelled_plans(study: Study) -> list[tuple[str, Plan]]:
    """Every schedule of a study, with what errors call it."""
    own = [
        (f"{arm.label}: {candidate.schedule}", candidate.schedule) for arm in study.arms for candidate in arm.candidates
    ]
    return own or list(zip(study.labels, map(plan_of, study.schedules), strict=True))


def setup_of(prepared: Prepared, workshop: Workshop, seconds: float | None = None) -> Setup:
    """How the study's trials are best run here: measured the first time, then as store or machine remember it.

    prepared: the study. workshop: who trains, and how; its store notes setups, and who listens is told before anything
    is measured. seconds: the budget, where epochs are still to be chosen to fill it; measuring takes a tenth of it at
    most, or what one update takes.

    The same task, optimizer and batch size take the same time per update, whatever the budget is. What was measured
    without lanes is measured again with them, and the other way round; so is what another version of lrlab measured, or
    a machine of another kind; and what was cut short for a study with fewer updates is looked at again.
    """
    store, executor, listen, engine, device, _ = workshop
    if prepared.task.loop is not None:
        return loop_setup(prepared.task.loop, executor, device)
    from ..engine import is_available

    work = workload_of(prepared, device, seconds)
    common = alike(work.sample[0].model_copy(update={"budget": "1 epochs", "evaluate_every": 1}))
    slots = min(executor.slots, work.total)
    most = min(-(-work.total // slots), MOST_STACKED[device.partition(":")[0]])
    most = 1 << most.bit_length() - 1  # roughly: one schedule more is no reason to measure again
    key = f"{common} {engine} {device} {slots} slots, {most} each" + ", lanes" * is_available("lanes")
    kind = kind_of(executor)
    key += f", on {kind}" * bool(kind) + f", lrlab {__version__}"  # another may take more models, or be faster
    in_store = f"{key}, {kind or machine_kind()}"
    for known in (store.setup(in_store), recall(key, kind)):
        if known is not None and (known.enough_for is None or work.total * work.updates <= known.enough_for):
            store.add_setup(in_store, known)
            return known
    most = "" if seconds is None else f", for {duration(MEASURED * seconds)} at most"
    where = "its nodes" if kind else "this machine"
    listen(Said(text=f"measuring {where}{most}: how {prepared.study.task} trains fastest"))
    setup = calibrate(work, executor, engine)
    store.add_setup(in_store, setup)
    note(key, setup, kind)
    return setup


def workload_of(prepared: Prepared, device: str, seconds: float | None = None) -> Workload:
    """What is to be measured for a study."""
    study, task = prepared.study, prepared.task
    sample, total = _largest_group(confirm_trials(study, task.data)), study.planned_trials
    share = inf if seconds is None else MEASURED * seconds
    return Workload(sample, total, prepared.horizon.updates, task.where, device, seconds, share)


def _largest_group(trials: list[Trial]) -> list[Trial]:
    """The trials of which most can be stacked: arms may have optimizers of their own."""
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(alike(trial), []).append(trial)
    return max(groups.values(), key=len)


def seconds_of(prepared: Prepared, setup: Setup, trials: int, trainings: int | None = None) -> float:
    """About how long so many trials of a study take, the last looks included; full stacks are reckoned.

    setup: how they are run. trainings: that the trials come from, each of which is looked at by itself; None: one each.
    """
    horizon = prepared.horizon
    trained = trials if trainings is None or LAYOUT_KINDS[setup.layout].plain else trainings
    rounds = -(-trained // (setup.processes * setup.size))
    looks = looks_of(prepared, horizon.epochs) * (trials / trained if trained else 1)
    return rounds * setup.size * (horizon.updates * (setup.update or 0.0) + looks * (setup.look or 0.0))


def looks_of(prepared: Prepared, epochs: float) -> float:
    """How often a trial of so many epochs looks at a split, on its way and at its end."""
    return _splits_watched(prepared) * epochs / prepared.study.evaluate_every + LAST_LOOKS


def _splits_watched(prepared: Prepared) -> int:
    """How many splits are looked at on the way: the validation data, where there are any, and watched test data."""
    return prepared.task.validated + (prepared.study.watch == "test")


def crew_of(prepared: Prepared, executor: Executor, setup: Setup | None, until: float | None) -> Crew:
    """Who runs a study, and until when.

    prepared: the study, and its task. executor: who trains. setup: how; None where nothing is to be run. until: as in
    `Crew`.
    """
    if setup is None:
        return Crew(executor, Setup(layout=PLAIN_LOOP), prepared.task.where, until)
    study, task = prepared.study, prepared.task
    if task.loop is not None:
        validated = study.tuning_trials > 0
        return Crew(executor, setup, task.where, until, LEAST_SECONDS, inf, loop=True, validated=validated)
    if not setup.update:
        return Crew(executor, setup, task.where, until, LEAST_SECONDS, inf)
    looks = (_splits_watched(prepared) + LAST_LOOKS) * (setup.look or 0.0)
    epoch = prepared.horizon.updates_per_epoch * setup.update + looks
    plain = LAYOUT_KINDS[setup.layout].plain  # it looks at the time when an epoch has ended
    piece = epoch if plain else setup.size * (setup.update + looks) + setup.kind.compiling
    return Crew(executor, setup, task.where, until, LEAST_SECONDS, piece, epoch)


def say_if_late(until: float | None, listen: Listener) -> None:
    """Say it where time is up before anything can be trained."""
    if until is not None and until - monotonic() < LEAST_SECONDS:
        text = (
            f"--max-seconds are nearly over before training begins; what begins trains for {LEAST_SECONDS:g} s all the "
            f"same, so that each call gets further"
        )
        listen(Said(text=text))
