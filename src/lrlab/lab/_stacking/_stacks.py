"""Trials grouped into stacks: planned, written down, run, stored."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from math import inf
from time import monotonic
from typing import NamedTuple, TypeAlias

from ...errors import LabWarning, RunError, TimeUp
from ...execution import Executor, Limit
from ...spec import (
    LAYOUT_KINDS,
    ONE_BY_ONE,
    PLAIN_LOOP,
    Begun,
    Ended,
    Failed,
    Job,
    JobEvent,
    LayoutName,
    Listener,
    Paused,
    Record,
    Resources,
    RunLoop,
    SetApart,
    Setup,
    StackPlan,
    TrainedTrial,
    TrainStack,
    TrainTrial,
    Trial,
    TrialsFailed,
    TrialsStored,
    Warned,
    counted,
)
from ...store import Store
from ._deaths import Deaths, StackFailure, is_single
from ._halves import within_memory
from ._litter import checkpoint, loop_folder, remove_checkpoint_of
from ._stack_plans import count_trainings, find_planned, plan_fresh, plan_stacks, plan_survivors

GRACE = 20.0  # seconds beyond its time after which a worker hangs: it was long enough for a checkpoint
STALL = 1800.0  # seconds without an event of a stack, and
SLOWER = 50.0  # times as long as an epoch was measured to take, after which it hangs
Falls: TypeAlias = Callable[[StackPlan, Failed], bool]
OUTPUTS = ("validation", "test")  # arrays of what a model gives for each example


class Crew(NamedTuple):
    """Who runs stacks, how, where the task lies, and until when (as `time.monotonic` counts; None: to the end).

    least: seconds each stack that begins is trained for in any case. piece: seconds that may pass between two
    checkpoints, whatever the time: of an update, or a look at the data. epoch: seconds that one takes each trial of a
    stack, looks included, as it was measured. timeout: seconds that a trial may take; a stack
    may take as many for each of its trials. None: any time.
    loop: it is no task but a loop of the user's own. validated: its trials must report validation values.
    tried: some trial has ended before, so that not all fail alike. rung: where trials are to stop; "": at their end.
    outputs: keep the final outputs for validation and test data, which ensembles are made of; they are most of a store.
    """

    executor: Executor
    setup: Setup
    where: str
    until: float | None = None
    least: float = 0.0
    piece: float = 0.0
    epoch: float = inf
    loop: bool = False
    tried: bool = False
    validated: bool = False
    timeout: float | None = None
    rung: str = ""
    outputs: bool = False

    @property
    def limit(self) -> Limit | None:
        """What the executor is told."""
        return None if self.until is None else Limit(self.until, GRACE + self.least + 3 * self.piece)


def run_missing(missing: Sequence[Trial], store: Store, crew: Crew, listen: Listener) -> dict[str, Record]:
    """Train what is missing and store it as it comes; stacks that were planned before are run as they were planned.

    missing: the trials. store: where records and plans go. crew: who trains. listen: is told every event.

    Those that come to the crew's rung have no record, but a standing in the store.

    Raises RunError where trials failed, TimeUp where time was up; both after all that ended was stored.
    """
    if not missing:
        return {}
    known = {trial.key: trial for trial in missing}
    stacks = find_planned(known, store, crew.setup, crew.rung)
    begun = {key for stack in stacks for key in stack.trials}
    fallen = store.failures(known)
    waiting = {key: trial for key, trial in known.items() if key not in begun}
    going_on = plan_survivors({key: trial for key, trial in waiting.items() if key not in fallen}, store, crew.rung)
    begun |= {key for stack in going_on for key in stack.trials}
    rest = [trial for key, trial in waiting.items() if key not in begun]
    fresh = plan_fresh(rest, fallen, within_memory(crew.setup, rest, store))
    fresh = [*going_on, *(stack.model_copy(update={"rung": crew.rung}) for stack in fresh)]
    store.add_stacks(fresh)
    run = _StackRun(store, crew, listen, known)
    failed = run.run_stacks(sorted([*stacks, *fresh], key=lambda stack: any(key in fallen for key in stack.trials)))
    rounds: tuple[tuple[LayoutName, Falls], ...] = ((ONE_BY_ONE, _fell_over), (PLAIN_LOOP, _does_not_fit))
    for layout, falls in rounds:
        fell = [pair for pair in failed if falls(*pair)]
        failed = [pair for pair in failed if pair not in fell] + run.run_apart(fell, layout)
    _note_failures(run, failed)
    _raise_failures(run, failed, len(missing))
    for stack in (*stacks, *fresh, *run.deaths.halves.values()):
        for key in stack.begin_from:  # all of its trials that go on have done so
            remove_checkpoint_of(store, key)
    return run.records


class _StackRun:
    """Stacks under way: what came of them so far."""

    def __init__(self, store: Store, crew: Crew, listen: Listener, known: dict[str, Trial]) -> None:
        self.store, self.crew, self.listen = store, crew, listen
        self.known = dict(known)
        self.records: dict[str, Record] = {}
        self.paused = self.unkept = self.unsaved = self.stood = 0
        self.begun = False
        self.deaths = Deaths(store, self.known, self._share_done)

    def run_stacks(self, stacks: Sequence[StackPlan]) -> list[StackFailure]:
        """Run the stacks, as many at once as each one's setup says; those that failed, and why.

        One whose processes were ended goes on from its checkpoint, as it was planned, as long as it gets further; else,
        and where memory ran out, it is cut in two.
        """
        failed, ended = self._run_side_by_side(stacks), list[StackFailure]()
        while failed:
            why = failed[0][1].message
            again, stuck = self.deaths.sort(failed)
            halves, given_up = self.deaths.cut(stuck, bool(self.records or self.stood))
            ended += given_up
            failed = (self._run_once_more(again, why) if again else []) + self._run_side_by_side(halves)
        return ended

    def run_apart(self, fell: Sequence[StackFailure], layout: LayoutName) -> list[StackFailure]:
        """Run the trials of stacks that fell over one by one, so that one cannot take the others with it."""
        again = [self.known[key] for stack, _ in fell for key in stack.trials if key in self.known]
        if not again:
            return []
        why = fell[0][1].message
        self.listen(SetApart(trials=len(again), reason=why))
        singly = self.crew.setup.model_copy(update={"layout": layout, "size": 1, "why": why})
        singles = plan_stacks(again, singly, share=False)
        singles = [stack.model_copy(update={"rung": self.crew.rung}) for stack in singles]
        self.store.add_stacks(singles)
        return self.run_stacks(singles)

    def _share_done(self, stack: StackPlan) -> float:
        """How much of a stack, or of a trial of a user's own loop, its checkpoint holds, 0 to 1."""
        if self.crew.loop:
            from ...loops import share_saved

            return share_saved(loop_folder(self.store, self._find_trial(stack.trials[0])))
        from ...engine import share_done

        return share_done(checkpoint(self.store, stack.key))

    def _run_once_more(self, stacks: Sequence[StackPlan], why: str) -> list[StackFailure]:
        """Run stacks that died; those that got no further one at a time, as memory may have run out."""
        count = sum(len(stack.trials) for stack in stacks)
        warnings.warn(f"stacks of {count} trials go on from their checkpoints: {why}", LabWarning, stacklevel=2)
        stuck = [stack for stack in stacks if self.deaths.is_stuck(stack)]
        failed = self._run_side_by_side([stack for stack in stacks if stack not in stuck])
        for stack in stuck:
            failed += self._run_side_by_side([stack])
        return failed

    def _run_side_by_side(self, stacks: Sequence[StackPlan]) -> list[StackFailure]:
        """Run the stacks once; those that failed, and why."""
        failed: list[StackFailure] = []
        for processes in sorted({stack.setup.processes for stack in stacks}, reverse=True):
            chosen = [stack for stack in stacks if stack.setup.processes == processes]
            for wave in self._waves(chosen, processes):
                failed += self._run_wave(wave)
                if self._is_untried() and len(failed) >= min(processes, len(stacks)):
                    return failed  # a loop that nobody has tried yet fails everywhere
        return failed

    def _is_untried(self) -> bool:
        """Whether it is a loop of the user's own of which no trial has ended yet."""
        return self.crew.loop and not self.crew.tried and not self.records

    def _waves(self, stacks: Sequence[StackPlan], processes: int) -> Iterable[Sequence[StackPlan]]:
        """As many stacks at a time as may run; of a loop of the user's own first a few, for it may fail at its end."""
        slots = self.crew.executor.slots
        first = min(processes, slots) if self._is_untried() else 0
        yield from _split_into_waves(stacks[:first], processes, slots)
        yield from _split_into_waves(stacks[first:], processes, slots)

    def _run_wave(self, stacks: Sequence[StackPlan]) -> list[StackFailure]:
        """Run stacks that may all run at once; those whose turn comes after time is up wait for another run."""
        limit, by_name = self.crew.limit, {stack.key: stack for stack in stacks}
        if limit is not None and self.begun and monotonic() >= limit.until:
            self.paused += len(stacks)
            return []
        self.begun = self.begun or bool(stacks)
        failed: list[StackFailure] = []
        for event in self.crew.executor.run([self._make_job(stack) for stack in stacks], limit):
            assert isinstance(event, JobEvent)
            failed += self._take_event(by_name[event.job], event)
        return failed

    def _make_job(self, stack: StackPlan) -> Job:
        """What a worker is asked for a stack."""
        timeout = None if self.crew.timeout is None else self.crew.timeout * len(stack.trials)
        stall = max(STALL, SLOWER * self.crew.epoch * len(stack.trials))
        limits = {"timeout": timeout, "stall": None if stall == inf else stall}
        return self._choose_job(stack).model_copy(update=limits)

    def _choose_job(self, stack: StackPlan) -> Job:
        setup, trials = stack.setup, [self._find_trial(key) for key in stack.trials]
        resources = Resources(cores=setup.threads, device=setup.device)
        if self.crew.loop:
            return self._make_loop_job(stack.key, trials[0], resources)
        if LAYOUT_KINDS[setup.layout].plain:
            return TrainTrial(
                name=stack.key,
                resources=resources,
                trial=trials[0],
                where=self.crew.where,
                checkpoint=str(checkpoint(self.store, stack.key)),
                until=self.crew.until,
                least=self.crew.least,
            )
        return TrainStack(
            name=stack.key,
            resources=resources,
            trials=tuple(trials),
            where=self.crew.where,
            layout=setup.layout,
            graph=setup.graph,
            ratio=setup.ratio,
            checkpoint=str(checkpoint(self.store, stack.key)),
            until=self.crew.until,
            least=self.crew.least,
            rung=stack.rung,
            begin_from=tuple(str(checkpoint(self.store, key)) for key in stack.begin_from),
        )

    def _make_loop_job(self, name: str, trial: Trial, resources: Resources) -> RunLoop:
        return RunLoop(
            name=name,
            resources=resources,
            trial=trial,
            where=self.crew.where,
            folder=str(loop_folder(self.store, trial)),
            until=self.crew.until,
            least=self.crew.least,
            validated=self.crew.validated,
            rung=self.crew.rung,
        )

    def _find_trial(self, key: str) -> Trial:
        return self.known[key] if key in self.known else self.store.get([key])[key].trial

    def _take_event(self, stack: StackPlan, event: JobEvent) -> list[StackFailure]:
        """Store what has ended, count what waits, pass everything on; the stack with its failure where it failed."""
        if isinstance(event, Begun):
            wanted = [self.known[key] for key in stack.trials if key in self.known]
            noted = {"trials": tuple(trial.key for trial in wanted), "trainings": count_trainings(wanted, stack.setup)}
            event = event.model_copy(update=noted)
        self.listen(event)
        if isinstance(event, Warned):
            warnings.warn(event.text, LabWarning, stacklevel=2)
        elif isinstance(event, Ended):
            self._store_trials(stack, event)
        elif isinstance(event, Paused):
            self.paused += 1
            self.unkept += event.at_rung
            self.unsaved += event.unsaved
        return [(stack, event)] if isinstance(event, Failed) else []

    def _kept(self, trained: TrainedTrial) -> dict[str, bytes]:
        """The arrays of a trial that are kept."""
        if self.crew.outputs or trained.record.trial.snapshots:
            return dict(trained.arrays)
        return {name: array for name, array in trained.arrays.items() if name not in OUTPUTS}

    def _store_trials(self, stack: StackPlan, end: Ended) -> None:
        """Store what a stack gave; its checkpoint is wanted no more, but of trials that can go on from a rung."""
        from ...loops import remove_folder

        new = [(trial.record, self._kept(trial)) for trial in end.trained if trial.record.trial.key in self.known]
        self.store.add_all(new)
        self.store.add_standings(end.standings)
        self.stood += len(end.standings)
        if not end.standings:
            remove_checkpoint_of(self.store, stack.key)
        for record, _ in new if self.crew.loop and not self.store.behind else ():
            remove_folder(loop_folder(self.store, record.trial))
        self.records |= {record.trial.key: record for record, _ in new}
        if new:
            self.listen(TrialsStored(records=tuple(record for record, _ in new)))


def _split_into_waves(stacks: Sequence[StackPlan], processes: int, slots: int) -> Iterable[Sequence[StackPlan]]:
    """All stacks at once where every slot may be used; else as many at a time as there may be processes."""
    step = len(stacks) if processes >= slots else processes
    return (stacks[start : start + step] for start in range(0, len(stacks), max(step, 1)))


def _fell_over(stack: StackPlan, failure: Failed) -> bool:
    """Whether the stack's trials may fare better one by one."""
    return not (is_single(stack) or _was_ended(failure))


def _does_not_fit(stack: StackPlan, failure: Failed) -> bool:
    """Whether one trial alone showed, on its way, what its layout cannot train; the plain loop trains anything."""
    return failure.unstackable and not LAYOUT_KINDS[stack.setup.layout].plain


def _was_ended(failure: Failed) -> bool:
    """Whether a job was ended from outside, so that its trials one by one would fare no better: unless for memory."""
    return failure.timed_out or (failure.died and not failure.memory)


def _note_failures(run: _StackRun, failed: Sequence[StackFailure]) -> None:
    """Write down which trials failed, and why."""
    for stack, failure in failed:
        keys = [key for key in stack.trials if key in run.known]
        run.store.add_failure(keys, failure.message, failure.traceback)
        run.listen(TrialsFailed(trials=tuple(run.known[key] for key in keys), message=failure.message))


def _waiting_words(run: _StackRun) -> str:
    """What the same command does with the trials that have not ended."""
    if not run.unsaved:
        return "the others wait in checkpoints; the same command goes on"
    begin = "begins" if run.unsaved == 1 else "begin"
    others = "" if run.unsaved == run.paused else " (the others wait in checkpoints)"
    return (
        f"but the loop left nothing in run.folder of {counted(run.unsaved, 'trial')}, which {begin} again{others}; "
        "save there when run.should_stop, or give more time (max_seconds)"
    )


def _raise_failures(run: _StackRun, failed: Sequence[StackFailure], asked: int) -> None:
    """RunError for trials that failed, TimeUp for stacks whose time was up."""
    if failed:
        # a stack that was planned before may have trials that are stored already
        own = [[run.known[key] for key in stack.trials if key in run.known] for stack, _ in failed]
        lines = [
            f"{trials[0].arm} at {trials[0].peak:g}, seed {trials[0].seed}: {failure.message}"
            for trials, (_, failure) in zip(own, failed, strict=True)
            if trials
        ]
        lost = sum(map(len, own))
        idle = asked - lost - len(run.records) - run.stood - run.paused if run.crew.loop else 0
        others = f"{idle} were not begun, for none has ended yet" if idle else "the others are stored"
        trace = failed[0][1].traceback
        shown = f"\n{trace.rstrip()}" if run.crew.loop and trace else ""  # the user's part of it alone
        error = RunError(f"{lost} of {asked} trials failed; {others}. The first, {lines[0]}{shown}", lines)
        error.add_note(trace)
        raise error
    if run.unkept:
        raise RunError(
            f"{counted(run.unkept, 'stack')} of trials stand at a rung that could not be kept, as the warnings say: "
            f"make room for checkpoints; {len(run.records)} of {asked} trials are stored, and the same command goes on"
        )
    if run.paused:
        raise TimeUp(f"time is up: {len(run.records)} of {asked} trials ended and are stored, {_waiting_words(run)}")
