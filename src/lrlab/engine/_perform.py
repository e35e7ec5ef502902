"""The engine as an executor calls it: a job in, its events out, in any process."""

from collections.abc import Generator, Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from ..spec import (
    Begun,
    Ended,
    JobEvent,
    MeasurePace,
    Paused,
    Timing,
    TrainedTrial,
    TrainOnce,
    TrainStack,
    TrainTrial,
    npy_bytes,
)
from ..tasks import Task, get
from ._checkpoint import share_done
from ._malloc import keep_freed_memory
from ._pace import time_stack
from ._patience import Patience
from ._records import Trained
from ._reference import trial_steps
from ._torch_settings import torch_settings
from ._train_once import once_steps
from ._train_stack import stack_steps

EngineJob: TypeAlias = TrainStack | TrainOnce | TrainTrial | MeasurePace


def perform(job: EngineJob, attempt: int = 1) -> Iterator[JobEvent]:
    """Do a job; yields its events as they happen, `Begun` first and `Ended` or `Paused` last.

    Torch has the job's threads until it ends, and its own again afterwards. A consumer may draw random numbers between
    two events: those of the trials are their own. Closed before its end, it leaves its last checkpoint and no half of a
    file. Whatever goes wrong is raised; what did not end the job is a LabWarning.
    """
    with closing(_begin_and_do(job)) as events:
        for event in events:
            yield event.model_copy(update={"job": job.name, "attempt": attempt})


def _begin_and_do(job: EngineJob) -> Generator[JobEvent, None, None]:
    """The events of a job, its name left out."""
    kept = None if isinstance(job, MeasurePace | TrainOnce) else job.checkpoint
    yield Begun(job="", share=0.0 if kept is None else share_done(Path(kept)))
    keep_freed_memory()
    with torch_settings(job.resources.cores):
        yield from _do(job)


def _do(job: EngineJob) -> Generator[JobEvent, None, None]:
    task = _load_task(job.where, job.resources.device)
    if isinstance(job, TrainStack):
        yield from _train_stack(job, task)
    elif isinstance(job, TrainTrial):
        yield from _train_trial(job, task)
    elif isinstance(job, TrainOnce):
        trained = yield from once_steps(job.trials, task, job.layout)
        yield Ended(job="", trained=tuple(map(_pack_trained, trained)))
    else:
        yield Ended(job="", timing=_measure_pace(job, task))


def _patience_of(job: TrainStack | TrainTrial) -> Patience:
    checkpoint = None if job.checkpoint is None else Path(job.checkpoint)
    return Patience(checkpoint, job.until, job.every, job.least)


def _train_trial(job: TrainTrial, task: Task) -> Generator[JobEvent, None, None]:
    trained = yield from trial_steps(job.trial, task, _patience_of(job))
    yield Paused(job="") if trained is None else Ended(job="", trained=(_pack_trained(trained),))


def _train_stack(job: TrainStack, task: Task) -> Generator[JobEvent, None, None]:
    patience = _patience_of(job)._replace(rung=job.rung, begin_from=tuple(map(Path, job.begin_from)))
    end = yield from stack_steps(job.trials, task, job.layout, patience, job.ratio, job.graph)
    if end is None or not end.kept:
        yield Paused(job="", at_rung=end is not None)
    else:
        yield Ended(job="", trained=tuple(map(_pack_trained, end.trained)), standings=tuple(end.standings))


def _measure_pace(job: MeasurePace, task: Task) -> Timing:
    return time_stack(job.trials, task, job.layout, job.seconds, job.graph)


def _load_task(where: str, device: str) -> Task:
    return get(where) if device == "cpu" else _on_device(get(where), device)


@lru_cache(maxsize=4)
def _on_device(task: Task, device: str) -> Task:
    return task.to(device)


def _pack_trained(trained: Trained) -> TrainedTrial:
    arrays = {name: npy_bytes(array) for name, array in trained.arrays.items()}
    return TrainedTrial(record=trained.record, arrays=arrays)
