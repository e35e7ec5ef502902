"""`compare`: the shortest way to an answer."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import StudyError
from ..lab import (
    Budget,
    OpenedTask,
    comparison_study,
    fit_budget,
    kept_version,
    loop_keeper,
    open_task,
    prepare,
    usual_seed_words,
)
from ..rules import Rule
from ..schedules import Schedule
from ..spec import Optimizer, Said, SettingValue, Study
from ._checks import check_kinds, check_peaks, check_schedules, check_settings, check_task
from ._durations import seconds_of
from ._options import Opened, ProgressOption, RunOptions, check_options, opened, with_failures
from ._results import Results
from ._training import train_and_answer

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task

USUAL_BUDGET = "5m"
MOST_EPOCHS = 30  # of a trial, where a budget of seconds decides


def compare(
    task: "str | Path | Task | OwnLoop",
    schedules: Sequence[str | Schedule | Rule],
    *,
    budget: str | float | None = None,
    epochs: float | None = None,
    updates: int | None = None,
    peaks: Sequence[float] | None = None,
    optimizer: str | Mapping[str, object] | Optimizer = "sgd",
    batch_size: int = 32,
    settings: Mapping[str, SettingValue | Sequence[SettingValue]] | None = None,
    tuning_seeds: int = 2,
    seeds: int | None = None,
    name: str | None = None,
    store: Path | str | None = None,
    workers: int | None = None,
    engine: str = "auto",
    device: str = "cpu",
    max_seconds: float | None = None,
    keep: bool = False,
    data_dir: Path | str | None = None,
    trial_timeout: str | float | None = None,
    retry_failed: bool = False,
    progress: ProgressOption = True,
    began: float | None = None,
) -> Results:
    """Find out which of these schedules is best on a task, each at its own best peak, and how sure that is.

    Each schedule's peak is tuned on validation data; the best settings are trained again on fresh seeds, paired across
    schedules, and compared on test data. Every record is stored as it comes: the same call after an interruption goes
    on, and trains nothing twice.

    task: a name (`"digits/convnet"`), a file of your own (`"net.py:task"`), or a `Task` made in your program, which is
    sent to the workers as it is; or a training loop of your own, under `@lrlab.trial`, by file (`"train.py:train"`) or
    as it is. schedules: texts such as `"warmup(span=5%)+cosine"`, or schedules and rules.
    budget: how long all of it may take: seconds, or `"90s"`, `"5m"`, `"1h30m"`; 5 minutes unless something is given.
    epochs, updates: the length of a trial, instead; a loop of your own needs one of them, and is kept within a budget
    beside it.
    peaks: peak rates to try; the optimizer's usual ones unless given. The grid grows where the best lies on its edge.
    optimizer: a name, fields (`{"name": "sgd", "momentum": 0.9}`), or an `Optimizer`. settings: of a loop of your own,
    what `run.settings` has: values to try of each, `{"weight_decay": [1e-4, 1e-3]}`, tuned together with the peak.
    seeds: fresh seeds to confirm on; unless given 10, or more where many schedules ask more than 10 seeds answer well
    (8 schedules: 12). tuning_seeds: seeds each peak is tried on.
    name: the study's. store: the file records are kept in, `lrlab-results/records.db` unless given, or LRLAB_STORE.
    workers: processes; as many as cores unless given; 0 trains in this process. engine: "auto" (measured), "lanes",
    "stacked" or "reference". device: "cpu", "cuda" (all cards that torch sees) or one of them, "cuda:1".
    max_seconds: stop at a checkpoint after so long. keep: use the records of your task from before its program changed.
    data_dir: the folder with image data, LRLAB_DATA unless given.
    progress: a bar on standard error, nothing (False), or a function that is called with every event.
    trial_timeout: how long a trial may take, as a budget is written; one that takes longer is ended, as it hangs, and
    fails. retry_failed: train the trials alone that failed the last time.
    began: when time began to count, as `time.monotonic` has it; now unless given.

    Raises a LabError: StudyError, TaskError, UnknownName for what cannot be; RunError where trials failed; TimeUp where
    time was up; Unfinished where failed trials alone were trained. What was measured is stored before.
    """
    options = check_options(store, workers, engine, device, max_seconds, keep, data_dir, progress, began)
    options = with_failures(options, trial_timeout, retry_failed)
    check_kinds(optimizer=optimizer, batch_size=batch_size, tuning_seeds=tuning_seeds, seeds=seeds)
    question = _Question(
        task=check_task(task),
        schedules=check_schedules(schedules),
        length=_length_of(epochs, updates),
        budget=budget,
        peaks=check_peaks(peaks),
        settings=check_settings(settings),
        fields={
            "name": study_name(task, name),
            "optimizer": fields_of(optimizer),
            "tuning_seeds": int(tuning_seeds),
            "confirm_seeds": None if seeds is None else int(seeds),
            "batch_size": int(batch_size),
        },
    )
    draft = question.draft()  # so that what cannot be is said before anything is opened
    return _answer_question(question, options, usual_seed_words(draft) if seeds is None else "")


class _Question(NamedTuple):
    """What a comparison asks. length: of a trial, as a span; "": not said. fields: of the study, as they are."""

    task: "str | Task | OwnLoop"
    schedules: list[str | Schedule | Rule]
    length: str
    budget: str | float | None
    peaks: list[float] | None
    settings: dict[str, list[SettingValue]] | None
    fields: dict[str, Any]

    @property
    def seconds(self) -> float | None:
        """The budget in seconds; None where none was given, or none is needed."""
        if self.budget is None:
            return None if self.length else seconds_of(USUAL_BUDGET)
        return seconds_of(self.budget)

    def draft(self, loop: "OwnLoop | None" = None) -> Study:
        """The study, as far as it is known before its task is opened; a loop brings its own usual peaks."""
        return comparison_study(
            self.task if isinstance(self.task, str) else "task",
            self.schedules,
            budget=self.length or f"{MOST_EPOCHS} epochs",
            peaks=self.peaks if self.peaks is not None or loop is None else loop.peaks,
            settings=self.settings,
            **self.fields,
        )


def _length_of(epochs: float | None, updates: int | None) -> str:
    """The length of a trial as a span, or "". Raises StudyError where both are given."""
    check_kinds(epochs=epochs, updates=updates)
    if epochs is not None and updates is not None:
        raise StudyError(f"a trial has one length, but got epochs={epochs} and updates={updates}; leave out one")
    if updates is not None:
        return f"{updates} updates"
    return "" if epochs is None else f"{epochs} epochs"


def _answer_question(question: _Question, options: RunOptions, remark: str) -> Results:
    """Run the study; within its budget, if it has one. remark: is said before."""
    with opened(options) as using:
        if remark:
            using.listen(Said(text=f"{remark}."))
        place = open_task(question.task, send=options.workers != 0)
        place = kept_version(place, using.store) if options.keep else place
        if place.loop is not None:
            return _answer_loop(question, place, using, options)
        draft = question.draft()
        prepared = prepare(draft, place)
        if question.length:
            return train_and_answer(prepared, using, options)
        seconds = question.seconds
        assert seconds is not None
        request = f"{draft.key} {place.data} {seconds:g} s"
        budget = Budget(seconds, options.began)
        prepared, keeper = fit_budget(prepared, budget, request, *using, options.engine, options.device)
        return train_and_answer(prepared, using, options, request, keeper)


def _answer_loop(question: _Question, place: OpenedTask, using: Opened, options: RunOptions) -> Results:
    """Run the study of a loop of the user's own. Raises StudyError where nobody says how long a trial is."""
    if not question.length:
        raise StudyError(
            f"how long a trial of {place.name} is to be is not known before it runs; give updates=2000 or epochs=5 "
            "(--updates, --epochs)"
        )
    prepared, seconds = prepare(question.draft(place.loop), place), question.seconds
    if seconds is None:
        return train_and_answer(prepared, using, options)
    keeper = loop_keeper(prepared, Budget(seconds, options.began), using.store, using.executor, options.device)
    return train_and_answer(prepared, using, options, "", keeper)


def study_name(task: "str | Path | Task | OwnLoop", asked: str | None = None) -> str:
    """The name of a comparison: the one asked for, or one from its task's. Raises StudyError for what is no text.

    >>> study_name("digits/convnet"), study_name("any/folder/mine.py:task")
    ('compare-digits-convnet', 'compare-mine-task')
    """
    check_kinds(name=asked)
    if asked:
        return asked
    text = str(task) if isinstance(task, str | Path) else _made_name(task)
    own = (":" in text or text.endswith(".py")) and not text.startswith("hub:")
    place = re.sub(r"\.py(:|$)", r"\1", text).rpartition("/")[2] if own else text
    return f"compare-{re.sub(r'[^A-Za-z0-9_]+', '-', place).strip('-')}"[:80]


def _made_name(made: "Task | OwnLoop") -> str:
    """The name of a task or loop that was made in this program."""
    from ..tasks import Task, task_name  # torch is loaded here, not before

    return f"task:{task_name(made)}" if isinstance(made, Task) else f"loop:{made.name}"


def fields_of(optimizer: str | Mapping[str, object] | Optimizer) -> Mapping[str, object]:
    if isinstance(optimizer, Optimizer):
        return optimizer.to_dict()
    return {"name": optimizer} if isinstance(optimizer, str) else optimizer
