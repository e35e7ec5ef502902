"""Before a study runs: its task loaded and checked, its pace measured, the epochs a budget of seconds allows."""

from typing import NamedTuple

from ..errors import RunError, ScheduleError, StudyError
from ..execution import Executor
from ..schedules import Constant, Horizon
from ..spec import Optimizer, Record, Study, Trial, horizon_of

RUN_TRIAL = "lrlab.engine:run_trial"
PRELOAD = ("torch", "sklearn.datasets", "lrlab.engine")  # what a worker needs, loaded once
PROBE_EPOCHS = 2
USUAL_EPOCHS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30)  # what a budget is spent on; more must be asked for
CAUTION = 0.8  # the share of a budget that is planned: paces vary, and grids grow


class OpenedTask(NamedTuple):
    """A task that was loaded and checked: its name in records, its place, its fingerprint, its training examples."""

    name: str
    where: str
    data: str
    examples: int


class Prepared(NamedTuple):
    """A study that fits its task: ready to run."""

    study: Study
    task: OpenedTask
    horizon: Horizon


class Pace(NamedTuple):
    """Seconds one process needs: for an epoch of training, and for a look at one split."""

    epoch: float
    look: float

    def trial(self, epochs: float, evaluate_every: int) -> float:
        """Seconds of one trial: its epochs, its validations, and the last look at validation and test."""
        return epochs * self.epoch + (epochs / evaluate_every + 2) * self.look


def open_task(name: str) -> OpenedTask:
    """Load and check a task, named as the user wrote it. Raises UnknownName or TaskError."""
    from ..tasks import get, resolve  # torch is loaded here, not before

    place = resolve(name)
    task = get(place.where)
    return OpenedTask(place.name, place.where, task.fingerprint, len(task.train.inputs))


def prepare(study: Study, task: OpenedTask) -> Prepared:
    """The study on its task. Raises StudyError where batch or schedules do not fit, listing every one."""
    if study.batch_size > task.examples:
        raise StudyError(
            f"batch_size must be at most the {task.examples} training examples of {task.name}, "
            f"but got {study.batch_size}"
        )
    horizon = horizon_of(study.budget, task.examples // study.batch_size)
    misfits = []
    for label, schedule in zip(study.labels, study.schedules, strict=True):
        try:
            schedule.fit(horizon)
        except ScheduleError as error:
            misfits.append(f"{label}: {error}")
    if misfits:
        raise StudyError("\n".join(misfits))
    # Records carry the task's name, never the path the user typed.
    return Prepared(study.model_copy(update={"task": task.name}), task, horizon)


def measure_pace(task: OpenedTask, optimizer: Optimizer, batch_size: int, executor: Executor) -> Pace:
    """Train a short trial in every slot at once and take the slowest."""
    trial = Trial(
        task=task.name,
        data=task.data,
        optimizer=optimizer,
        schedule=Constant(),
        peak=1e-6,
        seed=0,
        budget=f"{PROBE_EPOCHS} epochs",
        batch_size=min(batch_size, task.examples),
    )
    payload = {"trial": trial.to_dict(), "where": task.where}
    ends = []
    for _ in range(2):  # the first call in a worker loads the task and warms up; the second is measured
        ends = list(executor.run(RUN_TRIAL, [payload] * executor.slots))
    failure = next((end.failure for end in ends if end.failure), None)
    if failure is not None:
        raise RunError(f"{task.name} cannot be trained: {failure.message}\n{failure.traceback}".rstrip())
    found = [Record.model_validate(end.result["record"]) for end in ends if end.result]
    return Pace(
        epoch=max(record.train_seconds for record in found) / PROBE_EPOCHS,
        look=max(record.evaluate_seconds for record in found) / (PROBE_EPOCHS + 2),
    )


def affordable_epochs(seconds: float, trials: int, pace: Pace, slots: int) -> int:
    """The most epochs, of the usual numbers, with which that many trials fit into a budget of seconds.

    Raises StudyError, with the budget it takes, where not even one epoch fits.
    """
    rounds = -(-trials // slots)
    fitting = [epochs for epochs in USUAL_EPOCHS if rounds * pace.trial(epochs, 1) <= CAUTION * seconds]
    if not fitting:
        needed = rounds * pace.trial(1, 1) / CAUTION
        raise StudyError(
            f"{trials} trials of one epoch need a budget of about {needed:.0f} s on {slots} processes, but it is "
            f"{seconds:.0f} s; raise --budget, or take fewer schedules, --peaks or --seeds"
        )
    return fitting[-1]
