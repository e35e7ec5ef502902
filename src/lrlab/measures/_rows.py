"""Records as rows of plain data, for tables of any library: a row for each trial, and one for each of its epochs."""

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from ..spec import KNOWN_METRICS, Epoch, Evaluation, Provenance, Record

TEST = "test_"
Kinds = dict[str, Any]  # of columns: str, int, float or bool
TRIAL_COLUMNS: Kinds = {
    "key": str,
    "task": str,
    "data": str,
    "schedule": str,
    "peak": float,
    "optimizer": str,
    "seed": int,
    "budget": str,
    "batch_size": int,
    "precision": str,
    "watch": str,
    "protocol": str,
    "outcome": str,
    "diverged_at": int,
    "metric": str,
    "test_score": float,
    "test_loss": float,
    "test_precision": float,
    "test_recall": float,
    "test_f1": float,
    "validation_score": float,
    "validation_loss": float,
    "updates": int,
    "updates_per_epoch": int,
    "train_seconds": float,
    "evaluate_seconds": float,
}


def trial_row(record: Record) -> dict[str, Any]:
    """A row for a trial: what it was, its end, its provenance.

    test_precision, test_recall and test_f1 are macro averages over the classes that occur; None without classes.
    optimizer and batch_size are None of a loop of the user's own, which alone knows them.
    """
    trial, validation = record.trial, record.validation
    macro = _macro_averages(record.test)
    return {
        "key": trial.key,
        "task": trial.task,
        "data": trial.data,
        "schedule": trial.arm,
        "peak": trial.peak,
        "optimizer": None if record.own_loop else trial.optimizer.name,
        "seed": trial.seed,
        "budget": trial.budget,
        "batch_size": None if record.own_loop else trial.batch_size,
        "precision": trial.precision,
        "watch": trial.watch,
        "protocol": trial.protocol,
        "outcome": record.outcome,
        "diverged_at": record.diverged_at,
        "metric": record.metric.name,
        "test_score": record.test.score,
        "test_loss": record.test.loss,
        **dict(zip(("test_precision", "test_recall", "test_f1"), macro, strict=True)),
        "validation_score": validation.score if validation else None,
        "validation_loss": validation.loss if validation else None,
        "updates": record.updates,
        "updates_per_epoch": record.updates_per_epoch,
        "train_seconds": record.train_seconds,
        "evaluate_seconds": record.evaluate_seconds,
    } | {name: getattr(record.provenance, name) for name in Provenance.model_fields}


def trial_columns() -> Kinds:
    """The columns of `trial_row`, in order, and the kind of each; None may stand in any."""
    return TRIAL_COLUMNS | columns_of(Provenance)


def further_row(record: Record) -> dict[str, float | None]:
    """The metrics on test data beside the one that decides, each as "test_" and its name."""
    return {f"{TEST}{name}": value for name, value in record.test.scores.items()}


def further_columns(records: Iterable[Record]) -> Kinds:
    """The columns of `further_row` of all records, in order, and the kind of each; none of tasks with one metric."""
    names = {name for record in records for name in record.test.scores}
    known = [name for name in KNOWN_METRICS if name in names]
    return {f"{TEST}{name}": float for name in (*known, *sorted(names - {*known}))}


def epoch_rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    """A row for each trial and epoch, counted from 1: the trial's key, and the fields of `Epoch`."""
    return [
        {"key": record.trial.key, "epoch": number} | epoch.to_dict()
        for record in records
        for number, epoch in enumerate(record.epochs, start=1)
    ]


def epoch_columns() -> Kinds:
    """The columns of `epoch_rows`, in order, and the kind of each."""
    return {"key": str, "epoch": int} | columns_of(Epoch)


def columns_of(noun: type[Epoch] | type[Provenance]) -> Kinds:
    """The fields of a noun, and the kind of each, None or not."""
    kinds = {name: field.annotation for name, field in noun.model_fields.items()}
    return {name: get_args(kind)[0] if get_args(kind) else kind for name, kind in kinds.items()}


def _macro_averages(evaluation: Evaluation) -> tuple[float | None, float | None, float | None]:
    """Macro precision, recall and F1; None where the task has no classes."""
    macro = evaluation.macro
    return (None, None, None) if macro is None else (macro.precision, macro.recall, macro.f1)
