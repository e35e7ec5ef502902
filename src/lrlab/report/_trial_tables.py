"""Trial by trial: every one with its settings, and those that failed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..measures import MEASURES
from ..spec import Optimizer, Record, Study, StudyResults, Trial, know_macros, text_of_optimizer
from ._field_words import value_words
from ._numbers import ScoreScale, plain, rates_apart
from ._words import TextTable, further_words

Phases = Mapping[str, Sequence[Record]]  # records by the phase they belong to
MAY_VARY = ("optimizer", "batch_size", "budget", "precision", "settings")  # from trial to trial, beside the peak
KEY_LETTERS = 12  # of a trial's key that are shown


def study_phases(results: StudyResults) -> Phases:
    """The records of a study by phase."""
    return {"tuning": results.tuned, "confirm": results.confirmed, "other peaks": results.rivals}


def trials_table(study: Study, phases: Phases, scale: ScoreScale) -> TextTable:
    """A line for each trial, with the settings in which trials differ; columns without anything are left out.

    Made a column at a time: a study may have many thousand trials.
    """
    records = [record for group in phases.values() for record in group]
    know_macros(record.test for record in records)
    phase = [name for name, group in phases.items() for _ in group]
    columns = _first_columns(study, records, phase) | _score_columns(records, scale)
    columns = _with_further(columns, records, scale) | {
        "updates": _each_once("{:,}".format, [record.updates for record in records]),
        "seconds": [plain(record.train_seconds + record.evaluate_seconds) for record in records],
        "key": [record.trial.key[:KEY_LETTERS] for record in records],
    }
    header = tuple(name for name, cells in columns.items() if any(cells))
    return TextTable(header, tuple(zip(*(columns[name] for name in header), strict=True)))


def _first_columns(study: Study, records: Sequence[Record], phase: list[str]) -> dict[str, list[str]]:
    """What each trial was, and how it ended."""
    trials = [record.trial for record in records]
    peaks = rates_apart({trial.peak for trial in trials})
    return {
        "schedule": [study.label_of(trial) for trial in trials],
        "phase": phase,
        "peak": [peaks[trial.peak] for trial in trials],
        "seed": _each_once(str, [trial.seed for trial in trials]),
        **{name.replace("_", " "): words for name in MAY_VARY if len(set(words := _field_words(trials, name))) > 1},
        "outcome": [
            "finished" if record.learned else "diverged" if record.diverged else "near chance" for record in records
        ],
    }


def _score_columns(records: Sequence[Record], scale: ScoreScale) -> dict[str, list[str]]:
    tests = [record.test for record in records]
    validations = [None if record.validation is None else record.validation.score for record in records]
    return {
        "validation score": _if_measured(scale.bare, validations),
        f"test {scale.heading}": _if_measured(scale.bare, [test.score for test in tests]),
        "test loss": _if_measured(plain, [test.loss for test in tests]),
        **{
            f"test {title}": _if_measured(scale.share, [test.macro and test.macro[place] for test in tests])
            for place, title in enumerate(("precision", "recall", "F1"))
        },
    }


def _with_further(columns: dict[str, list[str]], records: Sequence[Record], scale: ScoreScale) -> dict[str, list[str]]:
    """The columns with the metrics beside the one that decides, of the trial that has most: one may be no number."""
    cells = [_further_cells(record, scale) for record in records]
    for name in max(cells, key=len):
        before = columns.get(name, [""] * len(records))
        columns[name] = [own.get(name, known) for own, known in zip(cells, before, strict=True)]
    return columns


def _each_once(write: Callable[[Any], str], values: Sequence[Any]) -> list[str]:
    """The text of each value; those that are equal are written once."""
    texts = {value: write(value) for value in set(values)}
    return [texts[value] for value in values]


def _if_measured(write: Callable[[float], str], values: Sequence[float | None]) -> list[str]:
    return ["" if value is None else write(value) for value in values]


def failures_table(study: Study, phases: Phases) -> TextTable:
    """The trials that diverged or ended near chance."""
    peaks = rates_apart({record.trial.peak for records in phases.values() for record in records})
    rows = tuple(
        (
            study.label_of(record.trial),
            phase,
            peaks[record.trial.peak],
            str(record.trial.seed),
            f"diverged at update {record.diverged_at:,}" if record.diverged_at is not None else "ended near chance",
            f"{record.updates:,}",
        )
        for phase, records in phases.items()
        for record in records
        if not record.learned
    )
    return TextTable(("schedule", "phase", "peak", "seed", "what", "updates"), rows)


def _further_cells(record: Record, scale: ScoreScale) -> dict[str, str]:
    """The metrics beside the one that decides, on test data."""
    known = {name: value for name, value in record.test.scores.items() if name in MEASURES}
    return {
        f"test {MEASURES[name].title}": further_words(name, value, scale)
        for name, value in known.items()
        if not (name == "macro_f1" and record.test.macro is not None)
    }


def _field_words(trials: Sequence[Trial], name: str) -> list[str]:
    """A field of each trial in words: thousands of trials share its value, which is then put into words once."""
    values = [getattr(trial, name) for trial in trials]
    texts = {place: _setting_words(value) for place, value in {id(value): value for value in values}.items()}
    return [texts[id(value)] for value in values]


def _setting_words(value: Any) -> str:
    if isinstance(value, Optimizer):
        return text_of_optimizer(value)
    if not isinstance(value, Mapping):
        return value_words(value)
    return ", ".join(f"{field} {value_words(each)}" for field, each in value.items()) or "as usual"
