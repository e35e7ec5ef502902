"""The recommended setting as lines for a loop of your own."""

from ..export import average_lines, scheduler_lines, torch_lines
from ..rules import Rule
from ..spec import Record, StudyResults, horizon_of
from ._study_answer import PastedCode
from ._words import recommended_row


def lines_to_paste(results: StudyResults) -> str:
    """Plain PyTorch for the recommended schedule at its chosen peak, with its optimizer; "" where none is recommended.

    Of a rule, and in a loop of the user's own, lrlab's scheduler drives it. Raises LabError for a schedule that cannot
    be written as lines.
    """
    code = code_to_paste(results)
    return code.torch or code.lrlab


def code_to_paste(results: StudyResults) -> PastedCode:
    """The recommended setting as code; none where nothing is recommended. Raises LabError as `lines_to_paste`."""
    record = record_to_use(results)
    if record is None:
        return PastedCode()
    trial, plan = record.trial, record.trial.schedule
    where = {"peak": trial.peak, "horizon": horizon_of(results.study.budget, record.updates_per_epoch)}
    if record.own_loop:
        return PastedCode(lrlab=scheduler_lines(plan, settings=trial.settings, **where))
    how = where | {"optimizer": trial.optimizer.name, "settings": trial.optimizer.model_dump(exclude={"name"})}
    more = "" if trial.average is None else "\n" + average_lines(trial.average, horizon=where["horizon"])
    short = scheduler_lines(plan, **how) + more
    if "torch." in more and not short.startswith("import torch\n"):
        short = f"import torch\n{short}"
    return PastedCode(lrlab=short, torch="" if isinstance(plan, Rule) else torch_lines(plan, **how) + more)


def record_to_use(results: StudyResults) -> Record | None:
    """A record of the recommended setting: its schedule, peak and optimizer as they were run."""
    row = recommended_row(results)
    if row is None:
        return None
    return next(record for record in results.confirmed if results.study.label_of(record.trial) == row.label)
