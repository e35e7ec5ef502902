"""Trial by trial: every one with its settings, and those that failed."""

from collections.abc import Mapping, Sequence

from ..measures import MEASURES, trial_row
from ..spec import Optimizer, Record, Study, StudyResults, Trial, text_of_optimizer
from ._field_words import value_words
from ._numbers import ScoreScale, plain, rate
from ._words import TextTable, further_words

Phases = Mapping[str, Sequence[Record]]  # records by the phase they belong to
MAY_VARY = ("optimizer", "batch_size", "budget", "precision", "settings")  # from trial to trial, beside the peak
KEY_LETTERS = 12  # of a trial's key that are shown


def study_phases(results: StudyResults) -> Phases:
    """The records of a study by phase."""
    return {"tuning": results.tuned, "confirm": results.confirmed, "other peaks": results.rivals}


def trials_table(study: Study, phases: Phases, scale: ScoreScale) -> TextTable:
    """A line for each trial, with the settings in which trials differ; columns without anything are left out."""
    varied = _varied_fields(phases)
    lines = [
        _trial_cells(record, study.label_of(record.trial), phase, scale, varied)
        for phase, records in phases.items()
        for record in records
    ]
    fullest = max(lines, key=len)  # a metric that is no number has no cell
    header = [name for name in fullest if any(line.get(name) for line in lines)]
    return TextTable(tuple(header), tuple(tuple(line.get(name, "") for name in header) for line in lines))


def failures_table(study: Study, phases: Phases) -> TextTable:
    """The trials that diverged or ended near chance."""
    rows = tuple(
        (
            study.label_of(record.trial),
            phase,
            rate(record.trial.peak),
            str(record.trial.seed),
            f"diverged at update {record.diverged_at:,}" if record.diverged_at is not None else "ended near chance",
            f"{record.updates:,}",
        )
        for phase, records in phases.items()
        for record in records
        if not record.learned
    )
    return TextTable(("schedule", "phase", "peak", "seed", "what", "updates"), rows)


def _varied_fields(phases: Phases) -> list[str]:
    """The fields in which trials differ, beside schedule, peak and seed."""
    trials = [record.trial for records in phases.values() for record in records]
    return [name for name in MAY_VARY if len({_field_words(trial, name) for trial in trials}) > 1]


def _further_cells(record: Record, scale: ScoreScale) -> dict[str, str]:
    """The metrics beside the one that decides, on test data."""
    known = {name: value for name, value in record.test.scores.items() if name in MEASURES}
    return {
        f"test {MEASURES[name].title}": further_words(name, value, scale)
        for name, value in known.items()
        if not (name == "macro_f1" and record.test.macro is not None)
    }


def _field_words(trial: Trial, name: str) -> str:
    value = getattr(trial, name)
    if isinstance(value, Optimizer):
        return text_of_optimizer(value)
    if not isinstance(value, Mapping):
        return value_words(value)
    return ", ".join(f"{field} {value_words(each)}" for field, each in value.items()) or "as usual"


def _trial_cells(record: Record, label: str, phase: str, scale: ScoreScale, varied: list[str]) -> dict[str, str]:
    row, trial = trial_row(record), record.trial
    scores = {"validation score": row["validation_score"], f"test {scale.heading}": row["test_score"]}
    shares = {f"test {name}": row[f"test_{name.lower()}"] for name in ("precision", "recall", "F1")}
    seconds = record.train_seconds + record.evaluate_seconds
    return {
        "schedule": label,
        "phase": phase,
        "peak": rate(trial.peak),
        "seed": str(trial.seed),
        **{name.replace("_", " "): _field_words(trial, name) for name in varied},
        "outcome": "finished" if record.learned else "diverged" if record.diverged else "near chance",
        **{name: "" if value is None else scale.bare(value) for name, value in scores.items()},
        "test loss": "" if row["test_loss"] is None else plain(row["test_loss"]),
        **{name: "" if value is None else scale.share(value) for name, value in shares.items()},
        **_further_cells(record, scale),
        "updates": f"{record.updates:,}",
        "seconds": plain(seconds),
        "key": trial.key[:KEY_LETTERS],
    }
