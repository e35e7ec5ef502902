"""How the lab runs one part of a published study: all that this room knows of driving it."""

from ..execution import Executor
from ..lab import (
    Engine,
    Outcome,
    Prepared,
    Progress,
    crew_of,
    run_phases,
    seconds_of,
    setup_of,
)
from ..report import plan_sentence
from ..spec import Listener, Setup
from ..store import Store


def measure_setup(
    part: Prepared, store: Store, executor: Executor, engine: Engine, device: str, listen: Listener
) -> Setup:
    """How the part's trials are best run here. The arguments are `lab.setup_of`'s."""
    return setup_of(part, store, executor, engine, device, listen)


def describe_plan(part: Prepared, done: Progress, setup: Setup | None) -> str:
    """What is about to run of a part, and how long it will take. setup: None where nothing is to be run."""
    seconds = None if setup is None else seconds_of(part, setup, done.missing, done.trainings)
    return plan_sentence(part.study, stored=done.stored, missing=done.missing, seconds=seconds, setup=setup)


def run_part(
    part: Prepared, store: Store, executor: Executor, setup: Setup | None, until: float | None, listen: Listener
) -> Outcome:
    """Run what is missing of a part; its choices and records. Raises as `lab.run_study` does.

    part: its study and task. store: where records go. executor: who trains. setup: how; None where nothing is to be
    run. until: when training pauses, as `time.monotonic` has it. listen: is told every event.
    """
    crew = crew_of(part, executor, setup, until)._replace(outputs=True)  # ensembles are made of them
    return run_phases(part, store, crew, listen, request="")
