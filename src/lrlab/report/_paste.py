"""The recommended setting as lines for a loop of your own."""

from ..export import rule_lines, torch_lines
from ..rules import Rule, counts_epochs
from ..schedules import Horizon
from ..spec import Record, StudyResults, horizon_of
from ._numbers import rate
from ._words import recommended_row


def lines_to_paste(results: StudyResults) -> str:
    """Plain PyTorch for the recommended schedule at its chosen peak, with its optimizer; "" where none is recommended.

    Raises LabError for a schedule that cannot be written as lines.
    """
    study, record = results.study, record_to_use(results)
    if record is None:
        return ""
    plan = record.trial.schedule
    if record.own_loop:
        return _lines_for_own_loop(record, horizon_of(study.budget, record.updates_per_epoch))
    rest = {
        "peak": record.trial.peak,
        "horizon": horizon_of(study.budget, record.updates_per_epoch),
        "optimizer": record.trial.optimizer.name,
        "settings": record.trial.optimizer.model_dump(exclude={"name"}),
    }
    return rule_lines(plan, **rest) if isinstance(plan, Rule) else torch_lines(plan, **rest)


def _lines_for_own_loop(record: Record, horizon: Horizon) -> str:
    """The scheduler alone: what the loop's optimizer is, only the loop knows."""
    trial = record.trial
    epoch = f", updates_per_epoch={horizon.updates_per_epoch}" if counts_epochs(trial.schedule, horizon) else ""
    settings = ", ".join(f"{name}={value!r}" for name, value in trial.settings.items())
    lines = [
        "from lrlab import Scheduler",
        "",
        f"# your optimizer, made with lr={rate(trial.peak)}{f' and {settings}' if settings else ''}",
        f'scheduler = Scheduler(optimizer, "{trial.schedule}", updates={horizon.updates}{epoch})',
        "",
        "# in the training loop, after optimizer.step():",
        "scheduler.step()  # once per update, not per epoch",
    ]
    if isinstance(trial.schedule, Rule):
        lines += ["", "# after each epoch's validation:", "scheduler.step_metric(validation_loss)"]
    return "\n".join(lines) + "\n"


def record_to_use(results: StudyResults) -> Record | None:
    """A record of the recommended setting: its schedule, peak and optimizer as they were run."""
    row = recommended_row(results)
    if row is None:
        return None
    return next(record for record in results.confirmed if results.study.label_of(record.trial) == row.label)
