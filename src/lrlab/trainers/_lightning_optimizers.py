"""What a LightningModule's `configure_optimizers` returns, read: the one optimizer, and the scheduler beside it."""

from typing import Any

from torch.optim import Optimizer

from ..errors import TaskError

ONE = "a trial has one optimizer; return it, or write the loop yourself: @lrlab.trial, with run.scheduler(optimizer)"


def read_optimizers(configured: Any) -> tuple[Optimizer, str]:
    """The optimizer, and the name of the scheduler beside it, "" where there is none. Raises TaskError.

    configured: an optimizer; a list of one; a pair of lists, of optimizers and of schedulers; a dictionary with
    "optimizer" and perhaps "lr_scheduler"; or a list of one such dictionary.
    """
    optimizers, schedulers = _split_configured(configured)
    if len(optimizers) != 1 or not isinstance(optimizers[0], Optimizer):
        raise TaskError(f"configure_optimizers returned {len(optimizers)} optimizers: {configured!r}; {ONE}")
    return optimizers[0], ", ".join(map(_name_scheduler, schedulers))


def _split_configured(configured: Any) -> tuple[list[Any], list[Any]]:
    if configured is None:
        return [], []
    if isinstance(configured, dict):
        scheduler = configured.get("lr_scheduler")
        return [configured.get("optimizer")], [] if scheduler is None else [scheduler]
    if not isinstance(configured, list | tuple):
        return [configured], []
    if len(configured) == 2 and isinstance(configured[0], list | tuple):
        return list(configured[0]), list(configured[1])
    parts = [_split_configured(part) for part in configured]
    return [one for optimizers, _ in parts for one in optimizers], [one for _, others in parts for one in others]


def _name_scheduler(scheduler: Any) -> str:
    return type(scheduler["scheduler"] if isinstance(scheduler, dict) else scheduler).__name__
