"""What a comparison asks, from a caller's words: checked before anything is opened."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import StudyError
from ..lab import ConfirmFields, OpenedTask, StudyFields, TuneFields, comparison_study
from ..spec import ArmPlan, Optimizer, SettingValue, Study, make_optimizer, read_optimizer
from ._checks import (
    check_kinds,
    check_peaks,
    check_required,
    check_schedules,
    check_settings,
    check_task,
    checked_seeds,
)
from ._durations import seconds_of
from ._search import with_usual_ranges

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task

USUAL_BUDGET = "5m"
MOST_EPOCHS = 30  # of a trial, where a budget of seconds decides


class Question(NamedTuple):
    """What a comparison asks.

    length: of a trial, as a span; "": not said. seconds: the budget; None where none was given, or none is needed.
    fields: of the study, as they are.
    """

    task: "str | Task | OwnLoop"
    schedules: list[str | ArmPlan]
    length: str
    seconds: float | None
    peaks: list[float] | None
    settings: dict[str, list[SettingValue]] | None
    fields: StudyFields

    def draft(self, task: OpenedTask | None = None) -> Study:
        """The study, as far as it is known before its task is opened; then a loop has its own usual peaks.

        task: the task, opened; it may suggest an optimizer. One that is built in does so by its name.
        """
        from ..tasks import suggestion_of  # loads no torch

        loop = None if task is None else task.loop
        suggested = suggestion_of(self.task) if task is None else task.suggested
        return comparison_study(
            self.task if isinstance(self.task, str) else "task",
            self.schedules,
            budget=self.length or f"{MOST_EPOCHS} epochs",
            peaks=self.peaks if self.peaks is not None or loop is None else loop.peaks,
            settings=self.settings,
            suggested=suggested,
            **with_usual_ranges(self.fields, self.schedules, None if loop is None else loop.peaks, suggested),
        )


def length_of(epochs: float | None, updates: int | None) -> str:
    """The length of a trial as a span, or "". Raises StudyError where both are given, or nothing is left of it."""
    check_kinds(epochs=epochs, updates=updates)
    if epochs is not None and updates is not None:
        raise StudyError(f"a trial has one length, but got epochs={epochs} and updates={updates}; leave out one")
    for name, length in {"epochs": epochs, "updates": updates}.items():
        if length is not None and length <= 0:
            raise StudyError(f"{name} (--{name}) is the length of a trial, above 0, but got {length:g}; give another")
    if updates is not None:
        return f"{updates} updates"
    return "" if epochs is None else f"{epochs} epochs"


def ask(
    task: object,
    schedules: object,
    budget: str | float | None,
    length: str,
    peaks: object,
    settings: object,
    fields: StudyFields,
) -> Question:
    """The question that a caller's words ask. Raises StudyError, TaskError, UnknownName for what cannot be.

    task, schedules, budget, peaks, settings: as `compare` has them. length, fields: as in `Question`.
    """
    budget = USUAL_BUDGET if budget is None and not length else budget
    question = Question(
        check_task(task),
        check_schedules(schedules),
        length,
        None if budget is None else seconds_of(budget),
        check_peaks(peaks),
        check_settings(settings),
        fields,
    )
    _check_draft(question)
    return question


def _check_draft(question: Question) -> None:
    """Raise StudyError for what cannot be asked, as far as that is known before the task is opened.

    What a search may be over depends on the optimizer, and a file of the user's may suggest one: that is told later.
    """
    from ..tasks import may_suggest  # loads no torch

    try:
        question.draft()
    except StudyError:
        optimizer: Mapping[str, object] = question.fields["optimizer"] or {}
        tune: TuneFields = question.fields["tune"] or {}
        if "name" in optimizer or "search" not in tune or not may_suggest(question.task):
            raise


def study_fields(
    name: str,
    optimizer: str | Mapping[str, object] | Optimizer | None,
    batch_size: int,
    tuning_seeds: int,
    seeds: int | None,
    confirm: ConfirmFields | None = None,
) -> StudyFields:
    """Fields of a comparison's study, of its tuning phase none yet. Raises StudyError for what cannot be."""
    check_kinds(optimizer=optimizer)
    check_required(batch_size=batch_size, tuning_seeds=tuning_seeds)
    return {
        "name": name,
        "optimizer": fields_of(optimizer),
        "tuning_seeds": int(tuning_seeds),
        "confirm_seeds": None if seeds is None else checked_seeds(seeds, "as many as are needed"),
        "batch_size": int(batch_size),
        "tune": None,
        "confirm": confirm,
    }


def study_name(task: "str | Path | Task | OwnLoop", given: str | None = None) -> str:
    """The name of a comparison: the one given, or one from its task's. Raises StudyError for what is not text.

    >>> study_name("digits/convnet"), study_name("any/folder/mine.py:task")
    ('compare-digits-convnet', 'compare-mine-task')
    """
    check_kinds(name=given)
    if given:
        return given
    text = str(task) if isinstance(task, str | Path) else _made_name(task)
    own = (":" in text or text.endswith(".py")) and not text.startswith("hub:")
    short = re.sub(r"\.py(:|$)", r"\1", text).rpartition("/")[2] if own else text
    return f"compare-{re.sub(r'[^A-Za-z0-9_]+', '-', short).strip('-')}"[:80]


def _made_name(made: "Task | OwnLoop") -> str:
    """The name of a task or loop that was made in this program."""
    from ..tasks import Task, task_name  # torch is loaded here, not before

    return f"task:{task_name(made)}" if isinstance(made, Task) else f"loop:{made.name}"


def fields_of(optimizer: str | Mapping[str, object] | Optimizer | None) -> Mapping[str, object] | None:
    """The fields of an optimizer that a caller gives by name, as text with fields, by fields or whole; None: none."""
    if isinstance(optimizer, Optimizer):
        return optimizer.to_dict()
    if isinstance(optimizer, str):
        return read_optimizer(optimizer, {}).to_dict() if "(" in optimizer else {"name": optimizer}
    return optimizer


def checked_fields(optimizer: str | Mapping[str, object] | Optimizer | None) -> Mapping[str, object]:
    """The fields that the caller says, none of which is wrong by itself. Raises StudyError."""
    fields = fields_of(optimizer) or {}
    if "name" in fields:
        return make_optimizer(fields).to_dict()
    return fields
