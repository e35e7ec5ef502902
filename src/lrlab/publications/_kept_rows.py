"""Records as two tables in parquet, for other programs: a row for each trial, and a row for each epoch of each."""

import io
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, get_args

from ..errors import StoreError, StudyError
from ..spec import Epoch, Evaluation, Provenance, Record, Trial
from ._publication import Publication

Kinds = dict[str, Any]
TRIAL: Kinds = {
    "key": str,
    "part": str,
    "phase": str,
    "arm": str,
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


def record_table(publication: Publication, data: Mapping[str, str], records: Sequence[Record]) -> bytes:
    """A parquet file with a row for each trial: what it was, where it stands in the study, its end, its provenance.

    part, phase ("tune" or "confirm") and arm are empty where the trial belongs to no part of the study as it is now.
    test_precision, test_recall and test_f1 are macro averages over the classes that occur, empty where the
    task has none. Raises StoreError where polars is not installed.
    """
    rows = [_record_row(record) | _place(publication, data, record.trial) for record in records]
    return _parquet(rows, TRIAL | _kinds(Provenance))


def epoch_table(records: Sequence[Record]) -> bytes:
    """A parquet file with a row for each trial and epoch, from 1: the trial's key, and the fields of `Epoch`.

    Raises StoreError where polars is not installed.
    """
    rows = [
        {"key": record.trial.key, "epoch": number} | epoch.to_dict()
        for record in records
        for number, epoch in enumerate(record.epochs, start=1)
    ]
    return _parquet(rows, {"key": str, "epoch": int} | _kinds(Epoch))


def _kinds(noun: type[Epoch] | type[Provenance]) -> Kinds:
    """The kind of each field, None or not."""
    kinds = {name: field.annotation for name, field in noun.model_fields.items()}
    return {name: get_args(kind)[0] if get_args(kind) else kind for name, kind in kinds.items()}


def _parquet(rows: list[dict[str, Any]], kinds: Kinds) -> bytes:
    try:
        polars = import_module("polars")
    except ImportError as error:
        raise StoreError('results are kept as parquet, which needs polars: pip install "lrlab[data]"') from error
    buffer = io.BytesIO()
    polars.DataFrame(rows, schema=kinds).write_parquet(buffer)
    return buffer.getvalue()


def _place(publication: Publication, data: Mapping[str, str], trial: Trial) -> dict[str, str]:
    """The part, phase and arm of the study to which a trial belongs; nothing where it belongs to none."""
    for part in publication.parts:
        phase = "confirm" if trial.seed in part.confirm.seeds else "tune" if trial.seed in part.tune.seeds else ""
        if phase and (part.task, data.get(part.name)) == (trial.task, trial.data):
            try:
                return {"part": part.name, "phase": phase, "arm": part.label_of(trial)}
            except StudyError:  # of a plan before this one, or of the next part
                continue
    return {}


def _record_row(record: Record) -> dict[str, Any]:
    trial, validation = record.trial, record.validation
    macro = _macro(record.test)
    return record.provenance.to_dict() | {
        "key": trial.key,
        "task": trial.task,
        "data": trial.data,
        "schedule": str(trial.schedule),
        "peak": trial.peak,
        "optimizer": trial.optimizer.name,
        "seed": trial.seed,
        "budget": trial.budget,
        "batch_size": trial.batch_size,
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
    }


def _macro(found: Evaluation) -> tuple[float | None, float | None, float | None]:
    """Macro precision, recall and F1; None where the task has no classes."""
    by_class = found.classification
    if by_class is None:
        return None, None, None
    return by_class.macro.precision, by_class.macro.recall, by_class.macro.f1
