"""A rule as lines for a PyTorch training loop. It watches the run, so they use the scheduler of lrlab."""

from collections.abc import Mapping
from typing import Any

from ..rules import Rule
from ..schedules import Horizon, is_own, parts_of
from ._optimizers import optimizer_line, step_lines


def rule_lines(rule: Rule, *, peak: float, horizon: Horizon, optimizer: str, settings: Mapping[str, Any]) -> str:
    """Lines of PyTorch in which the rule drives the rate by the validation loss of each epoch.

    optimizer and settings as in `torch_lines`.

    >>> from lrlab.rules import parse_rule
    >>> rule, horizon = parse_rule("plateau(patience=2)+constant"), Horizon(updates=100, updates_per_epoch=20)
    >>> print(rule_lines(rule, peak=0.1, horizon=horizon, optimizer="sgd", settings={"momentum": 0.9}))
    import torch
    <BLANKLINE>
    from lrlab import Scheduler
    <BLANKLINE>
    PEAK = 0.1  # the highest rate
    EPOCHS, UPDATES_PER_EPOCH = 5, 20
    <BLANKLINE>
    optimizer = torch.optim.SGD(model.parameters(), lr=PEAK, momentum=0.9)
    rule = "plateau(patience=2)+constant"
    scheduler = Scheduler(optimizer, rule, epochs=EPOCHS, updates_per_epoch=UPDATES_PER_EPOCH)
    <BLANKLINE>
    # in the training loop, after loss.backward():
    optimizer.step()
    scheduler.step()  # once per update, not per epoch
    <BLANKLINE>
    # after each epoch's validation:
    scheduler.step_metric(validation_loss)
    <BLANKLINE>
    """
    rule.bind(peak=peak, horizon=horizon)
    lines = (
        *_head_lines(rule, peak, horizon),
        optimizer_line(optimizer, settings),
        *_scheduler_lines(rule, horizon),
        *step_lines(settings),
        "",
        "# after each epoch's validation:",
        "scheduler.step_metric(validation_loss)",
    )
    return "\n".join(lines) + "\n"


def _head_lines(rule: Rule, peak: float, horizon: Horizon) -> tuple[str, ...]:
    """What is imported, and the numbers of the run."""
    return (
        "import torch",
        "",
        "from lrlab import Scheduler",
        "",
        *_registration_lines(rule),
        f"PEAK = {peak}  # the highest rate",
        *(() if _is_whole(horizon) else (f"T = {horizon.updates}  # updates in the run",)),
        f"EPOCHS, UPDATES_PER_EPOCH = {horizon.epochs}, {horizon.updates_per_epoch}",
        "",
    )


def _scheduler_lines(rule: Rule, horizon: Horizon) -> tuple[str, ...]:
    length = "epochs=EPOCHS" if _is_whole(horizon) else "updates=T"
    return (
        f'rule = "{rule}"',
        f"scheduler = Scheduler(optimizer, rule, {length}, updates_per_epoch=UPDATES_PER_EPOCH)",
        "",
    )


def _is_whole(horizon: Horizon) -> bool:
    """Whether the last epoch is as long as the others."""
    return horizon.updates % horizon.updates_per_epoch == 0


def _registration_lines(rule: Rule) -> tuple[str, ...]:
    """What has to run before a class of the user's own is known by its name."""
    own = [part for part in parts_of(rule) if is_own(type(part))]
    lines = {f"# {part.name} is registered in {type(part).__module__}, which has to be imported here" for part in own}
    return (*sorted(lines), "") if lines else ()
