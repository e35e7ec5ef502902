"""Jobs: what a driver asks of a worker, wherever that is. Frozen, and JSON like every noun."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from ._layouts import LayoutName
from ._noun import Noun
from ._trial import Trial

CHECKPOINT_SECONDS = 30.0  # between two checkpoints at most, where writing one takes less than a fortieth of that
KEPT_IN = ("checkpoint", "folder")  # fields that name what a job keeps on the disk, to go on from
SENT = ("value:", "loop-value:")  # how the place of a task or loop begins that stands in a file, by value


class Resources(Noun):
    """What a job needs of the place where it runs.

    cores: threads of its own. memory: bytes; None: not known. device: "cpu", "cuda" for any graphics card, or one of
    them, "cuda:1".
    """

    cores: int = Field(default=1, ge=1)
    memory: int | None = None
    device: str = "cpu"


class Job(Noun):
    """What a driver asks of a worker.

    entry: the function that does it, as `module:function`. Called with the job and the number of the attempt, it yields
    the job's events, `Begun` first and `Ended` or `Paused` last; what it raises is a failure.
    own_group: whether it may start processes of its own, which end with the one that does it, however that ends.
    name: tells the job from those beside it; every event bears it. timeout: seconds after which it is ended from
    outside and fails; None: it may take for ever. stall: seconds that may pass between two of its events; then it is
    taken to hang, and begun once more as one whose process died; None: any.
    """

    entry: ClassVar[str] = "lrlab.engine:perform"
    own_group: ClassVar[bool] = False

    name: str
    resources: Resources = Resources()
    timeout: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    stall: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    def on(self, device: str) -> Self:
        """The same job on this device."""
        resources = self.resources.model_copy(update={"device": device})
        return self.model_copy(update={"resources": resources})

    def kept_in(self) -> str | None:
        """The file or folder in which it keeps how far it is; of a file, those of its stem beside it too. None: none.

        Whoever runs the job on another machine takes that along, and brings it back.
        """
        places = [getattr(self, name) for name in KEPT_IN if hasattr(self, name)]
        return next(filter(None, places), None)

    def read_from(self) -> tuple[str, ...]:
        """The files that it reads and does not change, with those of their stems."""
        where = getattr(self, "where", "")
        sent = tuple(where.removeprefix(head) for head in SENT if where.startswith(head))
        return (*sent, *getattr(self, "begin_from", ()))

    def moved(self, places: Mapping[str, str]) -> Self:
        """The same job where those files lie at other places: new ones by the old."""
        changed: dict[str, object] = {}
        for name in KEPT_IN:
            place: str | None = getattr(self, name, None)
            if place is not None and place in places:
                changed[name] = places[place]
        if hasattr(self, "begin_from"):
            changed["begin_from"] = tuple(places.get(file, file) for file in self.begin_from)  # pyright: ignore
        where = getattr(self, "where", "")
        head = next((head for head in SENT if where.startswith(head)), "")
        if head and where.removeprefix(head) in places:
            changed["where"] = head + places[where.removeprefix(head)]
        return self.model_copy(update=changed)

    def shifted(self, seconds: float) -> Self:
        """The same job for a clock that is so many seconds ahead: `time.monotonic` counts differently elsewhere."""
        until: float | None = getattr(self, "until", None)
        return self if until is None else self.model_copy(update={"until": until + seconds})


class TrainStack(Job):
    """Train trials as one stack; its end has the trials in this order.

    where: the task's place. graph: replay recorded updates. ratio: how many times faster than one by one it is, for the
    records. checkpoint: the file it goes on from, and writes on its way; None: nowhere. every: the most seconds between
    two checkpoints, as long as they are cheap.
    until: when it pauses, in seconds as `time.monotonic` counts on this machine; None: at its end. least: seconds that
    it trains in any case, one update at least, so that the shortest of times brings it forward.
    rung: the span after which it ends, at the nearest epoch's end; "": the trials' own end. begin_from: files of stacks
    that ended at a rung before, or that it is a part of, in which its trials are found while it has no checkpoint.
    """

    kind: Literal["train_stack"] = "train_stack"
    trials: tuple[Trial, ...] = Field(min_length=1)
    where: str
    layout: LayoutName
    graph: bool = False
    ratio: float | None = None
    checkpoint: str | None = None
    every: float = CHECKPOINT_SECONDS
    until: float | None = None
    least: float = 0.0
    rung: str = ""
    begin_from: tuple[str, ...] = ()


class TrainOnce(Job):
    """Train trials that differ in seed and average alone as one stack, each training once for all of its averages.

    They are evaluated at their end alone. Its end has the trials in this order. It keeps no checkpoint: stopped, it
    begins again. where, layout: as in `TrainStack`.
    """

    kind: Literal["train_once"] = "train_once"
    trials: tuple[Trial, ...] = Field(min_length=1)
    where: str
    layout: LayoutName


class TrainTrial(Job):
    """Train one trial by the plain loop. where: the task's place.

    checkpoint, every, until and least are as in `TrainStack`, but looked at only when an epoch has ended.
    """

    kind: Literal["train_trial"] = "train_trial"
    trial: Trial
    where: str
    checkpoint: str | None = None
    every: float = CHECKPOINT_SECONDS
    until: float | None = None
    least: float = 0.0


class RunLoop(Job):
    """Run a training loop of the user's own, which is one trial.

    where: the loop's place. folder: for its checkpoints; what stands there is of an attempt before. until, least: when
    it is told to stop, as in `TrainStack`; one that does not look goes on to its end. validated: whether it must report
    validation values, because a choice looks at them. rung: as in `TrainStack`; it is told to stop there.
    """

    entry: ClassVar[str] = "lrlab.loops:perform_loop"
    own_group: ClassVar[bool] = True

    kind: Literal["run_loop"] = "run_loop"
    trial: Trial
    where: str
    folder: str
    until: float | None = None
    least: float = 0.0
    validated: bool = False
    rung: str = ""


class MeasurePace(Job):
    """Time trials as one stack, for about so many seconds, and throw them away. Its end has a `Timing`."""

    kind: Literal["measure_pace"] = "measure_pace"
    trials: tuple[Trial, ...] = Field(min_length=1)
    where: str
    layout: LayoutName
    graph: bool = False
    seconds: float = 0.0


AnyJob = Annotated[TrainStack | TrainOnce | TrainTrial | RunLoop | MeasurePace, Field(discriminator="kind")]
