"""The recommended setting as lines for a loop of one's own."""

from ..export import rule_lines, torch_lines
from ..rules import Rule
from ..spec import Results, horizon_of
from ._words import recommended


def lines_to_paste(results: Results) -> str:
    """Plain PyTorch for the recommended schedule at its chosen peak, with its optimizer; nothing where none is.

    Raises LabError for a schedule that cannot be written as lines.
    """
    study, row = results.study, recommended(results)
    if row is None:
        return ""
    record = next(record for record in results.confirmed if study.label_of(record.trial) == row.label)
    plan = record.trial.schedule
    rest = {
        "peak": record.trial.peak,
        "horizon": horizon_of(study.budget, record.updates_per_epoch),
        "optimizer": record.trial.optimizer.name,
        "settings": record.trial.optimizer.model_dump(exclude={"name"}),
    }
    return rule_lines(plan, **rest) if isinstance(plan, Rule) else torch_lines(plan, **rest)
