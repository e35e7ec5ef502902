"""A study's records as polars frames."""

from typing import TYPE_CHECKING

from ..measures import epoch_columns, epoch_rows, further_columns, further_row, trial_columns, trial_row
from ..spec import Record, StudyResults

if TYPE_CHECKING:
    import polars


def trial_frame(findings: StudyResults, *, rivals: bool = False) -> "polars.DataFrame":
    """A row for each trial: phase ("tune" or "confirm"), label of schedule or arm, and the columns of `trial_row`.

    rivals: with the trials of peaks that were confirmed beside the chosen ones, phase "rivals".
    Then the metrics beside the one that decides, if there are any. At the end, whether it learned something, whether a
    higher score is better, and the key of the study.
    """
    import polars

    rows = [
        {"phase": phase, "label": findings.study.label_of(record.trial)}
        | trial_row(record)
        | further_row(record)
        | {"learned": record.learned, "higher_is_better": record.metric.higher_is_better, "study": findings.study.key}
        for phase, record in _records_by_phase(findings, rivals)
    ]
    further = further_columns(record for _, record in _records_by_phase(findings, rivals))
    last = {"learned": bool, "higher_is_better": bool, "study": str}
    columns = {"phase": str, "label": str} | trial_columns() | further | last
    return polars.DataFrame([{name: row.get(name) for name in columns} for row in rows], schema=columns)


def epoch_frame(findings: StudyResults, *, rivals: bool = False) -> "polars.DataFrame":
    """A row for each trial and epoch, from 1: phase, label, peak, seed, metric, and the columns of `epoch_rows`.

    Each row says how its trial ended, as `trial_frame` does: outcome, and whether it learned something.
    """
    import polars

    own = {"phase": str, "label": str, "peak": float, "seed": int, "metric": str, "higher_is_better": bool}
    own |= {"outcome": str, "learned": bool}
    rows = [
        {"phase": phase, "label": findings.study.label_of(record.trial), "peak": record.trial.peak}
        | {"seed": record.trial.seed, "metric": record.metric.name, "higher_is_better": record.metric.higher_is_better}
        | {"outcome": record.outcome, "learned": record.learned}
        | row
        for phase, record in _records_by_phase(findings, rivals)
        for row in epoch_rows([record])
    ]
    return polars.DataFrame(rows, schema=own | epoch_columns())


def _records_by_phase(findings: StudyResults, rivals: bool) -> list[tuple[str, Record]]:
    """Every record with its phase. rivals: those of peaks that were confirmed beside the chosen ones too."""
    phases = {"tune": findings.tuned, "confirm": findings.confirmed} | ({"rivals": findings.rivals} if rivals else {})
    return [(phase, record) for phase, records in phases.items() for record in records]
