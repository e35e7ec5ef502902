"""Records as two tables in parquet, for other programs: a row for each trial, and a row for each epoch of each."""

import io
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from ..errors import StoreError, StudyError
from ..measures import epoch_columns, epoch_rows, trial_columns, trial_row
from ..spec import Record, Trial
from ._publication import Publication

FIRST_COLUMNS = {"key": str, "part": str, "phase": str, "arm": str}


def record_table(publication: Publication, data: Mapping[str, str], records: Sequence[Record]) -> bytes:
    """A parquet file with a row for each trial: where it stands in the study, and the columns of `measures.trial_row`.

    part, phase ("tune" or "confirm") and arm are empty where the trial belongs to no part of the study as it is now.
    data: the fingerprint of each part's data, by the part's name. Raises StoreError where polars is not installed.
    """
    rows = [trial_row(record) | _place_in_study(publication, data, record.trial) for record in records]
    return _as_parquet(rows, FIRST_COLUMNS | trial_columns())


def epoch_table(records: Sequence[Record]) -> bytes:
    """A parquet file with a row for each trial and epoch, from 1, as `measures.epoch_rows` has them.

    Raises StoreError where polars is not installed.
    """
    return _as_parquet(epoch_rows(records), epoch_columns())


def _as_parquet(rows: list[dict[str, Any]], columns: Mapping[str, Any]) -> bytes:
    try:
        polars = import_module("polars")
    except ImportError as error:
        raise StoreError('results are kept as parquet, which needs polars: pip install "lrlab[data]"') from error
    buffer = io.BytesIO()
    polars.DataFrame(rows, schema=columns).write_parquet(buffer)
    return buffer.getvalue()


def _place_in_study(publication: Publication, data: Mapping[str, str], trial: Trial) -> dict[str, str]:
    """The part, phase and arm of the study to which a trial belongs; nothing where it belongs to none."""
    for part in publication.parts:
        phase = "confirm" if trial.seed in part.confirm.seeds else "tune" if trial.seed in part.tune.seeds else ""
        if phase and (part.task, data.get(part.name)) == (trial.task, trial.data):
            try:
                return {"part": part.name, "phase": phase, "arm": part.label_of(trial)}
            except StudyError:  # of a plan before this one, or of the next part
                continue
    return {}
