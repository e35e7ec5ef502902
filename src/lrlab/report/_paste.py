"""The recommended setting as lines for a loop of one's own."""

from ..export import rule_lines, torch_lines
from ..rules import Rule
from ..spec import Record, StudyResults, horizon_of
from ._words import recommended_row


def lines_to_paste(results: StudyResults) -> str:
    """Plain PyTorch for the recommended schedule at its chosen peak, with its optimizer; "" where none is recommended.

    Raises LabError for a schedule that cannot be written as lines.
    """
    study, record = results.study, record_to_use(results)
    if record is None:
        return ""
    plan = record.trial.schedule
    rest = {
        "peak": record.trial.peak,
        "horizon": horizon_of(study.budget, record.updates_per_epoch),
        "optimizer": record.trial.optimizer.name,
        "settings": record.trial.optimizer.model_dump(exclude={"name"}),
    }
    return rule_lines(plan, **rest) if isinstance(plan, Rule) else torch_lines(plan, **rest)


def record_to_use(results: StudyResults) -> Record | None:
    """A record of the recommended setting: its schedule, peak and optimizer as they were run."""
    row = recommended_row(results)
    if row is None:
        return None
    return next(record for record in results.confirmed if results.study.label_of(record.trial) == row.label)
