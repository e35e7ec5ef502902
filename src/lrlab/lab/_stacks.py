"""Trials grouped into stacks: planned, written down, run, stored."""

import base64
import warnings
from collections.abc import Iterable, Iterator, Sequence
from time import monotonic
from typing import Any, NamedTuple

import numpy as np

from ..errors import LabWarning, RunError, TimeUp
from ..execution import Done, Executor, Failure, Limit
from ..spec import Precision, Record, Setup, StackPlan, Trial, alike
from ..store import Store
from ._litter import checkpoint
from ._watch import Watch

RUN_STACK = "lrlab.engine:run_stack"
RUN_TRIALS = "lrlab.engine:run_trials"
GRACE = 20.0  # seconds beyond its time after which a worker hangs: it was long enough for a checkpoint
DEATHS = 3  # runs in a row in which a stack's processes may be ended while it gets no further
Arrays = dict[str, bytes]


class Crew(NamedTuple):
    """Who runs stacks, how, where the task lies, and until when (as `time.monotonic` counts; None: to the end).

    least: seconds each stack that begins is trained for in any case. piece: seconds that may pass between two
    checkpoints, whatever the time: of an update, or a look at the data.
    """

    executor: Executor
    setup: Setup
    where: str
    until: float | None = None
    least: float = 0.0
    piece: float = 0.0

    @property
    def limit(self) -> Limit | None:
        """What the executor is told."""
        return None if self.until is None else Limit(self.until, GRACE + self.least + 3 * self.piece)


def plan_stacks(trials: Sequence[Trial], setup: Setup) -> list[StackPlan]:
    """Trials that are alike, seed by seed, in stacks of at most the setup's size, shared out evenly over its processes.

    Trials of one seed share their batches, so they stand together. First seeds come first, whatever the optimizer, so
    that a run cut short leaves whole seeds.
    """
    groups: dict[str, list[Trial]] = {}
    for trial in sorted(trials, key=lambda trial: trial.seed):
        groups.setdefault(alike(trial), []).append(trial)
    parts = [group[part] for group in groups.values() for part in _parts(len(group), setup, group[0].precision)]
    parts.sort(key=lambda part: part[0].seed)
    return [StackPlan(trials=tuple(trial.key for trial in part), setup=setup) for part in parts]


def _parts(trials: int, setup: Setup, precision: Precision) -> list[slice]:
    """Where so many trials are cut. In lanes at whole registers, for a part of one takes as long as all of it."""
    block = 1
    if setup.layout == "lanes":
        from ..engine import register_lanes

        block = register_lanes(precision)
        block = block if setup.size % block == 0 else 1
    blocks, stacks = -(-trials // block), -(-trials // setup.size)
    stacks = min(-(-stacks // setup.processes) * setup.processes, blocks)
    return [slice(part[0] * block, (part[-1] + 1) * block) for part in np.array_split(np.arange(blocks), stacks)]


def run_missing(missing: Sequence[Trial], store: Store, crew: Crew, watch: Watch) -> dict[str, Record]:
    """Train what is missing and store it as it comes; stacks that were planned before are run as they were planned.

    Raises RunError where trials failed, TimeUp where time was up; both after all that ended was stored.
    """
    if not missing:
        return {}
    known = {trial.key: trial for trial in missing}
    stacks = _planned(known, store, crew.setup)
    begun = {key for stack in stacks for key in stack.trials}
    fresh = plan_stacks([trial for key, trial in known.items() if key not in begun], crew.setup)
    store.add_stacks(fresh)
    run = _Run(store, crew, watch, known)
    failed = run.all([*stacks, *fresh])
    fell = [(stack, failure) for stack, failure in failed if not _singly(stack) and not failure.died]
    again = [key for stack, _ in fell for key in stack.trials if key in run.known]
    if again:  # a stack fell over: its trials one by one, so that one cannot take the others with it
        why = fell[0][1].message
        watch.set_apart(len(again), why)
        singly = crew.setup.model_copy(update={"layout": "loop", "size": 1, "why": why})
        singles = plan_stacks([run.known[key] for key in again], singly)
        store.add_stacks(singles)
        failed = [one for one in failed if one not in fell] + run.all(singles)
    _raise(run, failed, len(missing))
    return run.records


class _Run:
    """Stacks under way: what came of them so far."""

    def __init__(self, store: Store, crew: Crew, watch: Watch, known: dict[str, Trial]) -> None:
        self.store, self.crew, self.watch = store, crew, watch
        self.known = dict(known)
        self.records: dict[str, Record] = {}
        self.paused = 0
        self.begun = False
        self.deaths: dict[str, int] = {}  # in a row, of stacks by their keys
        self.shares: dict[str, float] = {}  # of stacks that died: what was done then

    def all(self, stacks: Sequence[StackPlan]) -> list[tuple[StackPlan, Failure]]:
        """Run the stacks, as many at once as each one's setup says; those that failed, and why.

        One whose processes were ended goes on from its checkpoint, as it was planned, as long as it gets further.
        """
        self.watch.under_way(lambda: self._through(stacks))
        failed, ended = self._side_by_side(stacks), []
        while failed:
            died = [stack for stack, failure in failed if failure.died and self._died(stack) < DEATHS]
            ended += [(stack, _told(failure)) for stack, failure in failed if stack not in died]
            failed = self._once_more(died, failed[0][1].message) if died else []
        return ended

    def _died(self, stack: StackPlan) -> int:
        """How many times in a row the stack has died by now without getting further."""
        from ..engine import share_done

        share = share_done(checkpoint(self.store, stack))
        further = share > self.shares.get(stack.key, share)
        self.shares[stack.key] = share
        self.deaths[stack.key] = 1 if further else self.deaths.get(stack.key, 0) + 1
        return self.deaths[stack.key]

    def _once_more(self, stacks: Sequence[StackPlan], why: str) -> list[tuple[StackPlan, Failure]]:
        """Run stacks that died; those that got no further one at a time, as memory may have run out."""
        count = sum(len(stack.trials) for stack in stacks)
        warnings.warn(f"stacks of {count} trials go on from their checkpoints: {why}", LabWarning, stacklevel=2)
        stuck = [stack for stack in stacks if self.deaths[stack.key] > 1]
        failed = self._side_by_side([stack for stack in stacks if stack not in stuck])
        for stack in stuck:
            failed += self._side_by_side([stack])
        return failed

    def _side_by_side(self, stacks: Sequence[StackPlan]) -> list[tuple[StackPlan, Failure]]:
        """Run the stacks once; those that failed, and why."""
        failed: list[tuple[StackPlan, Failure]] = []
        for processes in sorted({stack.setup.processes for stack in stacks}, reverse=True):
            chosen = [stack for stack in stacks if stack.setup.processes == processes]
            for wave in _waves(chosen, processes, self.crew.executor.slots):
                failed += self._wave(wave)
        return failed

    def _wave(self, stacks: Sequence[StackPlan]) -> list[tuple[StackPlan, Failure]]:
        failed = []
        for function in (RUN_STACK, RUN_TRIALS):
            chosen = [stack for stack in stacks if (stack.setup.layout == "reference") == (function == RUN_TRIALS)]
            for end in self._ends(function, chosen):
                failed += self._collect(chosen[end.position], end)
        return failed

    def _ends(self, function: str, stacks: Sequence[StackPlan]) -> Iterator[Done]:
        """The ends of these stacks; those whose turn comes after time is up wait for another run."""
        limit = self.crew.limit
        if limit is None:
            return self.crew.executor.call_all(function, [self._payload(stack) for stack in stacks])
        if self.begun and monotonic() >= limit.until:
            return iter([Done(place, None, None) for place in range(len(stacks))])
        self.begun = self.begun or bool(stacks)
        return self.crew.executor.call_all(function, [self._payload(stack) for stack in stacks], limit)

    def _through(self, stacks: Sequence[StackPlan]) -> float:
        """How many trials' worth of these stacks their checkpoints hold; ended ones have none."""
        from ..engine import share_done

        asked = [sum(key in self.known for key in stack.trials) for stack in stacks]
        shares = [share_done(checkpoint(self.store, stack)) for stack in stacks]
        return sum(count * share for count, share in zip(asked, shares, strict=True))

    def _payload(self, stack: StackPlan) -> dict[str, Any]:
        setup = stack.setup
        return {
            "trials": [self._trial(key).to_dict() for key in stack.trials],
            "where": self.crew.where,
            "layout": setup.layout,
            "threads": setup.threads,
            "device": setup.device,
            "graph": setup.graph,
            "ratio": setup.ratio,
            "checkpoint": str(checkpoint(self.store, stack)),
            "until": self.crew.until,
            "least": self.crew.least,
        }

    def _trial(self, key: str) -> Trial:
        return self.known[key] if key in self.known else self.store.get([key])[key].trial

    def _collect(self, stack: StackPlan, end: Done) -> list[tuple[StackPlan, Failure]]:
        """Store what a stack gave; its failure where it gave nothing."""
        from ..engine import remove_checkpoint

        if end.failure is not None:
            return [(stack, end.failure)]
        if not end.result:
            self.paused += 1
            return []
        ended = [_unpacked(trained) for trained in end.result["trained"]]
        new = [(record, arrays) for record, arrays in ended if record.trial.key in self.known]
        self.store.add_all(new)
        remove_checkpoint(checkpoint(self.store, stack))
        self.records |= {record.trial.key: record for record, _ in new}
        self.watch.ended([record for record, _ in new])
        return []


def _told(failure: Failure) -> Failure:
    """A failure, with what became of a stack that died."""
    if not failure.died:
        return failure
    more = f"it got no further in {DEATHS} runs from its checkpoint; mend that, and the same command goes on from it"
    return failure._replace(message=f"{failure.message}; {more}")


def _singly(stack: StackPlan) -> bool:
    """Whether it is one trial as any machine trains it; lanes are not compiled everywhere."""
    return len(stack.trials) == 1 and stack.setup.layout != "lanes"


def _planned(known: dict[str, Trial], store: Store, setup: Setup) -> list[StackPlan]:
    """Stacks planned by an earlier run whose trials are all at hand; the plain loop plans none worth following."""
    if setup.layout == "reference":
        return []
    found = [stack for stack in store.stacks(known) if _holds(stack, store)]
    return [stack for stack in found if all(key in known or store.get([key]) for key in stack.trials)]


def _holds(stack: StackPlan, store: Store) -> bool:
    """Whether a plan is to be followed here and now.

    Not one in lanes where there are none. Nor a trial that was set apart after a failure and has not begun: what failed
    then, such as a library that could not be loaded, may have been mended since.
    """
    from ..engine import has_lanes

    if stack.setup.layout == "lanes":
        return has_lanes()
    set_apart = stack.setup.layout == "loop" and bool(stack.setup.why)
    return stack.setup.layout != "reference" and not (set_apart and not checkpoint(store, stack).exists())


def _waves(stacks: Sequence[StackPlan], processes: int, slots: int) -> Iterable[Sequence[StackPlan]]:
    """All stacks at once where every slot may be used; else as many at a time as there may be processes."""
    step = len(stacks) if processes >= slots else processes
    return (stacks[start : start + step] for start in range(0, len(stacks), max(step, 1)))


def _unpacked(trained: dict[str, Any]) -> tuple[Record, Arrays]:
    arrays = {name: base64.b64decode(text) for name, text in trained["arrays"].items()}
    return Record.model_validate(trained["record"]), arrays


def _raise(run: _Run, failed: list[tuple[StackPlan, Failure]], asked: int) -> None:
    """RunError for trials that failed, TimeUp for stacks whose time was up."""
    if failed:
        stack, failure = failed[0]
        trial = run.known[stack.trials[0]]
        lost = sum(len(stack.trials) for stack, _ in failed)
        error = RunError(
            f"{lost} of {asked} trials failed; the others are stored. The first, {trial.schedule} at "
            f"{trial.peak:g}, seed {trial.seed}: {failure.message}"
        )
        error.add_note(failure.traceback)
        raise error
    if run.paused:
        raise TimeUp(
            f"time is up: {len(run.records)} of {asked} trials ended and are stored, the others wait in checkpoints; "
            f"the same command goes on"
        )
