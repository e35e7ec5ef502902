"""Events: what a job says while it runs, and what a driver says of a run. Losing some loses nothing.

Of a job: `Begun`, then any number of `EpochMeasured`, `Checkpointed` and `Warned`, then one of `Ended`, `Failed` and
`Paused`. The end carries everything; what comes before it is for those who look on.
"""

import io
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from ._epochs import Epoch
from ._halving import Standing
from ._noun import Noun
from ._record import Record
from ._study import Study
from ._trial import Trial


class TrainedTrial(Noun):
    """What a trial leaves: its record, and the arrays beside it in numpy's file format, by name."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    record: Record
    arrays: dict[str, bytes] = Field(default_factory=dict)


def npy_bytes(array: NDArray[Any]) -> bytes:
    """An array in numpy's file format."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


class Timing(Noun):
    """How fast a layout is, in seconds per trial; or why it does not hold the model.

    update: of one update, the median, by which layouts are told apart. mean: the mean, which is what a run takes, on a
    busy machine far more. look: of a look at one split, the longer of validation and test. build: until the stack was
    ready. trial_bytes: what a trial takes. free_bytes: what was free before.
    graph: whether updates were recorded and replayed.
    refused: why the layout cannot hold the model; the numbers then say nothing. missing: it is not there at all.
    """

    update: float = 0.0
    mean: float = 0.0
    look: float = 0.0
    build: float = 0.0
    trial_bytes: int = 1
    free_bytes: int = 0
    graph: bool = False
    refused: str = ""
    missing: bool = False


class Event(Noun):
    """Something that happened in a run."""


class JobEvent(Event):
    """Something that happened to a job. job: its name. attempt: counted from 1; a worker that dies costs one.

    spent: of an end, whether the job left its process as no other job should find it, so that it is given none.
    """

    job: str
    attempt: int = Field(default=1, ge=1)
    spent: bool = False


class Begun(JobEvent):
    """A worker has begun. share: how much of it a checkpoint had done already, from 0 to 1.

    trials: the keys of those that are wanted of it, as the driver notes them. trainings: that they come from; None: one
    each.
    """

    share: float = 0.0
    trials: tuple[str, ...] = ()
    trainings: int | None = None


class EpochMeasured(JobEvent):
    """Trials have ended an epoch. number: which, counted from 1. share: how much of the job is done, from 0 to 1.

    epochs: what was measured, by the key of the trial.
    """

    number: int = Field(ge=1)
    share: float
    epochs: dict[str, Epoch]


class Checkpointed(JobEvent):
    """The job can go on from here. share: how much of it is done, from 0 to 1."""

    share: float


class Warned(JobEvent):
    """Something did not end the job that the user is told of: a `LabWarning`, in words."""

    text: str


class Ended(JobEvent):
    """The job is done. trained: of each of its trials, in order. timing: of a measurement.

    standings: of a job that ends at a rung, those of the trials that can go on from there; trained has the others.
    """

    trained: tuple[TrainedTrial, ...] = ()
    timing: Timing | None = None
    standings: tuple[Standing, ...] = ()


class Failed(JobEvent):
    """The job has no result. message: why, in one line. traceback: where there is one.

    died: the process was ended from outside or by a crash; the job itself raised nothing. timed_out: it took longer
    than its `timeout`. memory: memory ran out, as far as is known. unstackable: the layout cannot train the model.
    """

    message: str
    traceback: str = ""
    died: bool = False
    timed_out: bool = False
    memory: bool = False
    unstackable: bool = False


class Paused(JobEvent):
    """Time was up, perhaps before it began; what it has done waits in its checkpoint.

    at_rung: it came to a rung whose state the disk does not take, and waits, whatever the time. unsaved: a loop of the
    user's own left nothing to go on from, so it begins again.
    """

    at_rung: bool = False
    unsaved: bool = False


class Said(Event):
    """A sentence about the run, for people. important: it should be seen."""

    text: str
    important: bool = False


class StudyBegun(Event):
    """A study is about to run. name: the study's. stored, missing: its trials in the store, and still to run.

    trainings: that the missing ones come from; None: one each.
    """

    name: str
    stored: int
    missing: int
    trainings: int | None = None


class PhaseBegun(Event):
    """Trials of one phase of a study are next. missing: how many of them are not in the store yet. study: theirs.

    trainings: that the missing ones come from; None: one each.
    """

    phase: str
    trials: int
    missing: int
    study: Study | None = None
    trainings: int | None = None


class TrialsFound(Event):
    """Trials of the phase that has begun were in the store before: their records."""

    records: tuple[Record, ...]


class TrialsStored(Event):
    """Trials have ended, and their records are in the store."""

    records: tuple[Record, ...]


class TrialsFailed(Event):
    """Trials have no result, however often they were tried. message: why, in one line."""

    trials: tuple[Trial, ...]
    message: str


class StudyCut(Event):
    """The study was made smaller, to so many trials, and is gone through once more. text: why, in words.

    trainings: that are still to run; None: one for each trial.
    """

    text: str
    trials: int
    trainings: int | None = None


class SetApart(Event):
    """Stacks of so many trials failed, the first for this reason; the trials go on one by one."""

    trials: int
    reason: str


Listener: TypeAlias = Callable[[Event], None]
