"""Before a study runs: its task loaded and checked, its pace measured, the epochs a budget of seconds allows."""

from collections.abc import Mapping
from typing import NamedTuple

from ..errors import ScheduleError, StudyError
from ..execution import Executor
from ..rules import Plan, Rule
from ..schedules import Horizon
from ..spec import Setup, Study, Trial, alike, horizon_of
from ..store import Store
from ._calibrate import Engine, Job, calibrate
from ._phases import confirm_trials, planned_trials

PRELOAD = ("torch", "sklearn.datasets", "lrlab.engine")  # what a worker needs, loaded once
LAST_LOOKS = 2  # validation and test, at the end
MOST_STACKED = {"cpu": 32, "cuda": 256}
USUAL_EPOCHS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30)  # what a budget is spent on; more must be asked for
CAUTION = 0.8  # the share of a budget that is planned: paces vary, and grids grow


class OpenedTask(NamedTuple):
    """A task that was loaded and checked: its name in records, its place, its fingerprint, its training examples.

    validated: whether it has validation data. program: of a user's task, a hash of each part, "the data" among them.
    """

    name: str
    where: str
    data: str
    examples: int
    validated: bool = True
    program: Mapping[str, str] = {}


class Prepared(NamedTuple):
    """A study that fits its task: ready to run."""

    study: Study
    task: OpenedTask
    horizon: Horizon


def open_task(name: str) -> OpenedTask:
    """Load and check a task, named as the user wrote it. Raises UnknownName or TaskError."""
    from ..tasks import get, resolve  # torch is loaded here, not before

    place = resolve(name)
    task = get(place.where)
    parts = {**task.program, "the data": task.arrays} if task.program else {}
    examples, validated = len(task.train.inputs), task.validation is not None
    return OpenedTask(place.name, place.where, task.fingerprint, examples, validated, parts)


def check_device(device: str) -> None:
    """Raise StudyError where torch cannot run there."""
    if device == "cpu":
        return
    name, _, number = device.partition(":")
    if name != "cuda" or not (number.isdigit() or device == "cuda"):
        raise StudyError(f'a device is "cpu", "cuda" or "cuda:1", but got {device!r}')
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(number or 0) >= count:
        seen = f"only {count} of them" if count else "none"
        raise StudyError(
            f"{device} is a graphics card, and torch {torch.__version__} sees {seen} here; leave out --device"
        )


def prepare(study: Study, task: OpenedTask) -> Prepared:
    """The study on its task. Raises StudyError where batch or schedules do not fit, listing every one."""
    if study.batch_size > task.examples:
        raise StudyError(
            f"batch_size must be at most the {task.examples} training examples of {task.name}, "
            f"but got {study.batch_size}"
        )
    horizon = horizon_of(study.budget, task.examples // study.batch_size)
    shortest = horizon_of(study.tune.budget or study.budget, task.examples // study.batch_size)
    misfits = []
    for label, schedule in _plans(study):
        try:
            schedule.fit(horizon)
            schedule.fit(shortest)
        except ScheduleError as error:
            misfits.append(f"{label}: {error}")
        if not task.validated and isinstance(schedule, Rule) and schedule.watches != "nothing":
            misfits.append(
                f"{label} watches the validation loss, and {task.name} has no validation data; set some aside"
            )
    if not task.validated and planned_trials(study) > len(study.labels) * len(study.confirm.seeds):
        misfits.append(f"tuning needs validation data, and {task.name} has none; set some aside, or tune nothing")
    if misfits:
        raise StudyError("\n".join(misfits))
    # Records carry the task's name, never the path the user typed.
    return Prepared(study.model_copy(update={"task": task.name}), task, horizon)


def _plans(study: Study) -> list[tuple[str, Plan]]:
    """Every schedule of a study, with what errors call it."""
    own = [(f"{arm.label}: {one.schedule}", one.schedule) for arm in study.arms for one in arm.candidates]
    return own or list(zip(study.labels, study.schedules, strict=True))


def setup_of(
    prepared: Prepared,
    store: Store,
    executor: Executor,
    engine: Engine = "auto",
    device: str = "cpu",
    seconds: float | None = None,
) -> Setup:
    """How the study's trials are best run here: measured the first time, then as the store remembers it.

    seconds: the budget, where epochs are still to be chosen to fill it.

    The same task, optimizer and batch size take the same time per update, whatever the budget is. What was measured
    without lanes is measured anew with them, and the other way round; and what was cut short for a study with fewer
    updates is looked at again.
    """
    from ..engine import has_lanes

    study, task = prepared.study, prepared.task
    sample = _largest_group(confirm_trials(study, task.data))
    total = planned_trials(study)
    common = alike(sample[0].model_copy(update={"budget": "1 epochs", "evaluate_every": 1}))
    most = min(-(-total // executor.slots), MOST_STACKED[device.partition(":")[0]])
    key = f"{common} {engine} {device} {executor.slots} slots, {most} each" + ", lanes" * has_lanes()
    known = store.setup(key)
    if known is not None and (known.enough_for is None or total * prepared.horizon.updates <= known.enough_for):
        return known
    job = Job(sample, total, prepared.horizon.updates, task.where, device, seconds)
    setup = calibrate(job, executor, engine)
    store.add_setup(key, setup)
    return setup


def _largest_group(trials: list[Trial]) -> list[Trial]:
    """The trials of which most can be stacked: arms may have optimizers of their own."""
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(alike(trial), []).append(trial)
    return max(groups.values(), key=len)


def seconds_for(setup: Setup, trials: int, horizon: Horizon, evaluate_every: int = 1, splits: int = 1) -> float:
    """About how long so many trials take, the last looks included; full stacks are reckoned.

    splits: how many are looked at after every `evaluate_every` epochs.
    """
    rounds = -(-trials // (setup.processes * setup.size))
    looks = splits * horizon.epochs / evaluate_every + LAST_LOOKS
    return rounds * setup.size * (horizon.updates * (setup.update or 0.0) + looks * (setup.look or 0.0))


def affordable_epochs(seconds: float, trials: int, setup: Setup, updates_per_epoch: int) -> int:
    """The most epochs, of the usual numbers, with which that many trials fit into a budget of seconds.

    Raises StudyError, with the budget it takes, where not even one epoch fits.
    """

    def needed(epochs: int) -> float:
        horizon = Horizon(updates=epochs * updates_per_epoch, updates_per_epoch=updates_per_epoch)
        return seconds_for(setup, trials, horizon) / CAUTION

    fitting = [epochs for epochs in USUAL_EPOCHS if needed(epochs) <= seconds]
    if not fitting:
        raise StudyError(
            f"{trials} trials of one epoch need a budget of about {needed(1):.0f} s on {setup.processes} processes, "
            f"but it is {seconds:.0f} s; raise --budget, or take fewer schedules, --peaks or --seeds"
        )
    return fitting[-1]
