"""A study's records as polars frames."""

from typing import TYPE_CHECKING

from ..measures import epoch_columns, epoch_rows, further_columns, further_row, trial_columns, trial_row
from ..spec import Record, StudyResults

if TYPE_CHECKING:
    import polars


def trial_frame(findings: StudyResults) -> "polars.DataFrame":
    """A row for each trial: phase ("tune" or "confirm"), label of schedule or arm, and the columns of `trial_row`.

    Then the metrics beside the one that decides, if there are any. At the end, whether it learned something, and the
    key of the study.
    """
    import polars

    rows = [
        {"phase": phase, "label": findings.study.label_of(record.trial)}
        | trial_row(record)
        | further_row(record)
        | {"learned": record.learned, "study": findings.study.key}
        for phase, record in _records_by_phase(findings)
    ]
    further = further_columns(record for _, record in _records_by_phase(findings))
    columns = {"phase": str, "label": str} | trial_columns() | further | {"learned": bool, "study": str}
    return polars.DataFrame([{name: row.get(name) for name in columns} for row in rows], schema=columns)


def epoch_frame(findings: StudyResults) -> "polars.DataFrame":
    """A row for each trial and epoch, from 1: phase, label, peak, seed, and the columns of `epoch_rows`."""
    import polars

    own = {"phase": str, "label": str, "peak": float, "seed": int}
    rows = [
        {"phase": phase, "label": findings.study.label_of(record.trial), "peak": record.trial.peak}
        | {"seed": record.trial.seed}
        | row
        for phase, record in _records_by_phase(findings)
        for row in epoch_rows([record])
    ]
    return polars.DataFrame(rows, schema=own | epoch_columns())


def _records_by_phase(findings: StudyResults) -> list[tuple[str, Record]]:
    """Every record with its phase."""
    tuned = [("tune", record) for record in findings.tuned]
    return tuned + [("confirm", record) for record in findings.confirmed]
