"""How the lab runs one part of a published study: all that this room knows of driving it."""

from ..lab import Outcome, Prepared, Progress, Workshop, crew_of, run_phases, seconds_of
from ..report import plan_sentence
from ..spec import Setup


def describe_plan(part: Prepared, done: Progress, setup: Setup | None) -> str:
    """What is about to run of a part, and how long it will take. setup: None where nothing is to be run."""
    seconds = None if setup is None else seconds_of(part, setup, done.missing, done.trainings)
    return plan_sentence(part.study, stored=done.stored, missing=done.missing, seconds=seconds, setup=setup)


def run_part(part: Prepared, workshop: Workshop, setup: Setup | None) -> Outcome:
    """Run what is missing of a part; its choices and records. Raises as `lab.run_study` does.

    part: its study and task. workshop: who trains, and where records go. setup: how; None where nothing is to be run.
    """
    crew = crew_of(part, workshop.executor, setup, workshop.until)
    with_outputs = crew._replace(outputs=True)  # ensembles are made of them
    return run_phases(part, workshop.store, with_outputs, workshop.listen, request="")
