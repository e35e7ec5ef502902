"""How the lab runs one part of a published study: all that this room knows of driving it."""

from collections.abc import Callable, Sequence
from time import monotonic

from ..execution import Executor
from ..lab import (
    LEAST_SECONDS,
    Batch,
    Engine,
    Outcome,
    Prepared,
    Progress,
    crew_of,
    run_phases,
    seconds_for,
    setup_of,
)
from ..report import plan_sentence
from ..spec import Listener, PhaseBegun, Record, Said, SetApart, Setup, StudyCut, TrialsStored
from ..store import Store


def measure_setup(
    part: Prepared, store: Store, executor: Executor, engine: Engine, device: str, listen: Listener
) -> Setup:
    """How the part's trials are best run here. The arguments are `lab.setup_of`'s."""
    text = f"measuring this machine: how {part.study.task} trains fastest"
    return setup_of(part, store, executor, engine, device, say=lambda: listen(Said(text=text)))


def describe_plan(part: Prepared, done: Progress, setup: Setup | None) -> str:
    """What is about to run of a part, and how long it will take. setup: None where nothing is to be run."""
    study, seconds = part.study, None
    if setup is not None:
        splits = part.task.validated + (study.watch == "test")
        seconds = seconds_for(setup, done.missing, part.horizon, study.evaluate_every, splits)
    return plan_sentence(study, stored=done.stored, missing=done.missing, seconds=seconds, setup=setup)


def run_part(
    part: Prepared, store: Store, executor: Executor, setup: Setup | None, until: float | None, listen: Listener
) -> Outcome:
    """Run what is missing of a part; its choices and records. Raises as `lab.run_study` does.

    part: its study and task. store: where records go. executor: who trains. setup: how; None where nothing is to be
    run. until: when training pauses, as `time.monotonic` has it. listen: is told every event.
    """
    return run_phases(part, store, crew_of(part, executor, setup, until), _ListeningWatch(listen), request="")


def say_if_late(until: float | None, listen: Listener) -> None:
    """Say it where time is up before anything can be trained."""
    if until is not None and until - monotonic() < LEAST_SECONDS:
        text = (
            f"--max-seconds are nearly over before training begins; what begins trains for {LEAST_SECONDS:g} s all the "
            f"same, so that each call gets further"
        )
        listen(Said(text=text))


class _ListeningWatch:
    """Tells a listener what a watch sees."""

    def __init__(self, listen: Listener) -> None:
        self._listen = listen

    def batch(self, batch: Batch, missing: int) -> None:
        self._listen(PhaseBegun(phase=batch.phase, trials=len(batch.trials), missing=missing))

    def under_way(self, through: Callable[[], float]) -> None:
        pass

    def ended(self, records: Sequence[Record]) -> None:
        self._listen(TrialsStored(records=tuple(records)))

    def cut(self, words: str, total: int) -> None:
        self._listen(StudyCut(text=words, trials=total))

    def set_apart(self, trials: int, why: str) -> None:
        self._listen(SetApart(trials=trials, reason=why))
