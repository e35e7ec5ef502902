"""`compare`: the shortest way to an answer."""

import re
from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StudyError, shortened
from ..lab import Budget, comparison_study, fit_budget, kept_version, open_task, prepare
from ..rules import Rule
from ..schedules import Schedule
from ..spec import Optimizer, Study
from ._checks import check_kinds, check_peaks, check_schedules, check_task
from ._options import ProgressOption, RunOptions, check_options, opened
from ._results import Results
from ._training import train_and_answer

if TYPE_CHECKING:
    from ..tasks import Task

MOST_EPOCHS = 30  # of a trial, where a budget of seconds decides
LONGEST_BUDGET = 1e9  # seconds; a longer one is a slip of the keyboard
DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?:in)?)?(?:(\d+(?:\.\d+)?)s)?")


def compare(
    task: "str | Path | Task",
    schedules: Sequence[str | Schedule | Rule],
    *,
    budget: str | float = "5m",
    epochs: float | None = None,
    peaks: Sequence[float] | None = None,
    optimizer: str | Mapping[str, object] | Optimizer = "sgd",
    batch_size: int = 32,
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
    progress: ProgressOption = True,
    began: float | None = None,
) -> Results:
    """Find out which of these schedules is best on a task, each at its own best peak, and how sure that is.

    Each schedule's peak is tuned on validation data; the best settings are trained again on fresh seeds, paired across
    schedules, and compared on test data. Every record is stored as it comes: the same call after an interruption goes
    on, and trains nothing twice.

    task: a name (`"digits/convnet"`), a file of your own (`"net.py:task"`), or a `Task` made in your program, which is
    sent to the workers as it is. schedules: texts such as `"warmup(span=5%)+cosine"`, or schedules and rules.
    budget: how long all of it may take: seconds, or `"90s"`, `"5m"`, `"1h30m"`. epochs: the length of a trial, instead.
    peaks: peak rates to try; the optimizer's usual ones unless given. The grid grows where the best lies on its edge.
    optimizer: a name, fields (`{"name": "sgd", "momentum": 0.9}`), or an `Optimizer`.
    seeds: fresh seeds to confirm on; unless given 10, or what the questions of many schedules need. tuning_seeds: seeds
    each peak is tried on.
    name: the study's. store: the file records are kept in, `lrlab-results/records.db` unless given, or LRLAB_STORE.
    workers: processes; as many as cores unless given; 0 trains in this process. engine: "auto" (measured), "lanes",
    "stacked" or "reference". device: "cpu", "cuda" (all cards that torch sees) or one of them, "cuda:1".
    max_seconds: stop at a checkpoint after so long. keep: use the records of your task from before its program changed.
    data_dir: the folder with image data, LRLAB_DATA unless given.
    progress: a bar on standard error, nothing (False), or a function that is called with every event.
    began: when time began to count, as `time.monotonic` has it; now unless given.

    Raises a LabError: StudyError, TaskError, UnknownName for what cannot be; RunError where trials failed; TimeUp where
    time was up. What was measured is stored before.
    """
    options = check_options(store, workers, engine, device, max_seconds, keep, data_dir, progress, began)
    check_kinds(optimizer=optimizer, batch_size=batch_size, tuning_seeds=tuning_seeds, seeds=seeds, epochs=epochs)
    draft = comparison_study(
        _study_task(task),
        check_schedules(schedules),
        name=study_name(task, name),
        budget=f"{epochs if epochs is not None else MOST_EPOCHS} epochs",
        optimizer=_fields_of(optimizer),
        peaks=check_peaks(peaks),
        tuning_seeds=int(tuning_seeds),
        confirm_seeds=None if seeds is None else int(seeds),
        batch_size=int(batch_size),
    )
    return _answer_draft(draft, check_task(task), None if epochs is not None else seconds_of(budget), options)


def _study_task(task: "str | Path | Task") -> str:
    """What the draft of a study calls its task, before that is opened."""
    checked = check_task(task)
    return checked if isinstance(checked, str) else "task"


def _answer_draft(draft: Study, task: "str | Task", seconds: float | None, options: RunOptions) -> Results:
    """Run the study; within so many seconds, if not None, at the length that fits."""
    with opened(options) as using:
        place = open_task(task, send=options.workers != 0)
        place = kept_version(place, using.store) if options.keep else place
        prepared = prepare(draft, place)
        if seconds is None:
            return train_and_answer(prepared, using, options)
        request = f"{draft.key} {place.data} {seconds:g} s"
        budget = Budget(seconds, options.began)
        prepared, keeper = fit_budget(prepared, budget, request, *using, options.engine, options.device)
        return train_and_answer(prepared, using, options, request, keeper)


def seconds_of(budget: str | float) -> float:
    """A duration, seconds or a text such as "90s", "5m" or "1h30m", in seconds. Raises StudyError.

    >>> seconds_of("1h30m"), seconds_of("90 s"), seconds_of(90)
    (5400.0, 90.0, 90.0)
    """
    seconds = 0.0
    if isinstance(budget, str):
        match = DURATION.fullmatch(budget.replace(" ", "").lower())
        parts = [float(part or 0) for part in match.groups()] if match else []
        seconds = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
    elif isinstance(budget, Real) and not isinstance(budget, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
        seconds = float(budget)
    if not 0 < seconds <= LONGEST_BUDGET:
        raise StudyError(
            f'a budget is a duration, but got {shortened(str(budget), 100)!r}; write "90s", "5m" or "1h30m"'
        )
    return seconds


def study_name(task: "str | Path | Task", asked: str | None = None) -> str:
    """The name of a comparison: the one asked for, or one from its task's. Raises StudyError for what is no text.

    >>> study_name("digits/convnet"), study_name("any/folder/mine.py:task")
    ('compare-digits-convnet', 'compare-mine-task')
    """
    check_kinds(name=asked)
    if asked:
        return asked
    text = str(task) if isinstance(task, str | Path) else f"task:{_task_name(task)}"
    own = (":" in text or text.endswith(".py")) and not text.startswith("hub:")
    place = re.sub(r"\.py(:|$)", r"\1", text).rpartition("/")[2] if own else text
    return f"compare-{re.sub(r'[^A-Za-z0-9_]+', '-', place).strip('-')}"[:80]


def _task_name(task: "Task") -> str:
    from ..tasks import task_name  # torch is loaded here, not before

    return task_name(task)


def _fields_of(optimizer: str | Mapping[str, object] | Optimizer) -> Mapping[str, object]:
    if isinstance(optimizer, Optimizer):
        return optimizer.to_dict()
    return {"name": optimizer} if isinstance(optimizer, str) else optimizer
