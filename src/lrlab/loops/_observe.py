"""A trial of the user's own loop with the eyes open: what it read, used, reported and left, whatever became of it."""

import hashlib
import pickle
import random
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field

from ..spec import Begun, Ended, Job, JobEvent, Trial
from ._course import LoopCourse, Place
from ._leftovers import Surroundings
from ._perform import cores_taken, loop_horizon, run_function
from ._place import load_loop
from ._run import Run

SCRAMBLE = 7919  # what the seeds of global generators are multiples of, so that no two trials begin alike


class ObserveLoop(Job):
    """Run a loop for a trial that nobody needs, and look at it.

    where: the loop's place. folder: for its checkpoints. number: of the trial among those beside it; global generators
    begin with another state in each. stop_after: how many looks at `should_stop` say no, before the others say yes;
    None: all.
    """

    entry: ClassVar[str] = "lrlab.loops:observe_loop"
    own_group: ClassVar[bool] = True

    kind: Literal["observe_loop"] = "observe_loop"
    trial: Trial
    where: str
    folder: str
    number: int
    stop_after: int | None = None


class LoopObserved(Ended):
    """What a loop did.

    became: how it ended. message, traceback: what it raised. asked: the rates of its schedule, by update. rates:
    those of the updates it made; source: who says so: torch's optimizer, the loop itself (`record_rate`), or what it
    was handed by `rate(t)`. others: the rates of other torch optimizers. reports: number of the epoch, updates made,
    values. final: what it finished with. at_finish: the updates made by then. read: the names of `run` that it used.
    looks: at `should_stop`. left: the files in its folder. changed: what it left changed around it. states: of each
    global generator, by the call that seeds it, a digest of its state before and after.
    """

    model_config = ConfigDict(allow_inf_nan=True)

    became: Literal["finished", "diverged", "returned", "stopped", "raised"]
    message: str = ""
    traceback: str = ""
    asked: tuple[float, ...] = ()
    rates: tuple[float, ...] = ()
    source: Literal["optimizer", "recorded", "handed out", ""] = ""
    reports: tuple[tuple[int, int | None, dict[str, float]], ...] = ()
    final: dict[str, float] | None = None
    at_finish: int = 0
    read: tuple[str, ...] = ()
    looks: int = 0
    others: tuple[tuple[float, ...], ...] = ()
    left: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    states: dict[str, tuple[str, str]] = Field(default_factory=dict)


class _ObservedRun(Run):
    """A run that notes which of its names are used, and when `finish` is called."""

    def __init__(self, course: LoopCourse, stop_after: int | None, made: Callable[[], int]) -> None:
        super().__init__(course)
        self._stop_after, self._made = stop_after, made
        self._looks = self._at_finish = 0
        self._read: set[str] = set()

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and "_read" in self.__dict__:
            self._read.add(name)
        return super().__getattribute__(name)

    @property
    def should_stop(self) -> bool:
        """Whether to stop: after so many looks it is."""
        self._looks += 1
        if self._stop_after is not None and self._looks > self._stop_after:
            self._course.told = True
        return self._course.is_over()

    def finish(self, **values: Any) -> None:
        """Note how many updates were made by then."""
        self._at_finish = self._made()
        super().finish(**values)


def observe_loop(job: ObserveLoop, attempt: int = 1) -> Generator[JobEvent, None, None]:
    """Run the user's loop and look at it: yields `Begun` and `LoopObserved`, whatever the loop does."""
    said: Any = {"job": job.name, "attempt": attempt}
    yield Begun(**said)
    with cores_taken(job.resources.cores):
        yield _look_at(job, said)


def _look_at(job: ObserveLoop, said: dict[str, Any]) -> LoopObserved:
    loop = load_loop(job.where)
    horizon = loop_horizon(loop, job.trial.budget)
    place = Place(Path(job.folder).absolute(), None, job.resources.device)
    course = LoopCourse(loop.declared, job.trial, horizon, place, lambda *_: None)
    steps = _TorchSteps()
    run = _ObservedRun(course, job.stop_after, lambda: len(steps.rates) or course.used.made or course.taken.made)
    _scramble_generators(job.number)
    before, around = _generator_states(), Surroundings(loop.function)
    try:
        failure = run_function(loop, run, course, said)
    finally:
        steps.stop()
    after, changed = _generator_states(), around.changed()
    course.save()
    rates, source = _rates_of(course, steps)
    return LoopObserved(
        **said,
        spent=bool(changed),
        changed=changed,
        became=_end_of(course, failure is not None),
        message="" if failure is None else failure.message,
        traceback="" if failure is None else failure.traceback,
        asked=tuple(course.asked.all_known().tolist()),
        rates=rates,
        source=source,
        others=tuple(tuple(other) for other in steps.others.values()),
        reports=tuple((row.number, row.update, dict(row.values)) for row in course.reports.rows),
        final=course.reports.final,
        at_finish=run._at_finish,
        read=tuple(sorted(run._read)),
        looks=run._looks,
        left=tuple(sorted(file.name for file in run.folder.iterdir())),
        states={name: (state, after[name]) for name, state in before.items() if name in after},
    )


def _end_of(course: LoopCourse, failed: bool) -> Any:
    """How a trial ended."""
    if failed:
        return "raised"
    if course.diverged_at is not None:
        return "diverged"
    if course.finished:
        return "finished"
    return "stopped" if course.told else "returned"


def _rates_of(course: LoopCourse, steps: "_TorchSteps") -> tuple[tuple[float, ...], Any]:
    """The rates of the updates that were made, and who says so."""
    if steps.rates:
        return tuple(steps.rates), "optimizer"
    for rates, source in ((course.used, "recorded"), (course.taken, "handed out")):
        if rates.made:
            known = rates.rates.tolist()[: rates.made]
            known += [float("nan")] * (rates.made - len(known))
            if course.reports.went_on:  # what was made before is of another attempt
                known = known[rates.first :] if rates.first >= 0 else []
            return tuple(known), source
    return (), ""


class _TorchSteps:
    """The rate of each step of the torch optimizer that steps first, whether the loop has it watched or not.

    others: those of each optimizer that steps beside it.
    """

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.others: dict[int, list[float]] = {}
        self._first: Any = None
        self._held: list[Any] = []  # so that no other optimizer takes the address of one
        self._handle: Any = None
        if "torch" in sys.modules:
            from torch.optim.optimizer import register_optimizer_step_pre_hook

            self._handle = register_optimizer_step_pre_hook(self._note)

    def stop(self) -> None:
        """Look no more."""
        if self._handle is not None:
            self._handle.remove()

    def _note(self, optimizer: Any, *_: Any) -> None:
        self._first = self._first if self._first is not None else optimizer
        rate = float(max(group["lr"] for group in optimizer.param_groups))
        if optimizer is self._first:
            self.rates.append(rate)
            return
        if id(optimizer) not in self.others:
            self._held.append(optimizer)
        self.others.setdefault(id(optimizer), []).append(rate)


def _scramble_generators(number: int) -> None:
    """Give the global generators states as a new process has them: others each time."""
    seed = SCRAMBLE * (number + 1)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  # it is the generator that programs use without seeding it
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


def _generator_states() -> dict[str, str]:
    """A digest of the state of each global generator, by the call that seeds it."""
    states: dict[str, Any] = {
        "random.seed": random.getstate(),
        "np.random.seed": np.random.get_state(),  # noqa: NPY002
    }
    if "torch" in sys.modules:
        states["torch.manual_seed"] = sys.modules["torch"].get_rng_state().numpy().tobytes()
    return {name: hashlib.sha256(pickle.dumps(state)).hexdigest() for name, state in states.items()}
