"""Torch's schedulers as curves, without training and without touching them."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from ..errors import ScheduleError


class _IdleOptimizer(Optimizer):
    """An optimizer that makes its updates to nothing."""

    def __init__(self, groups: list[dict[str, Any]], defaults: dict[str, Any]) -> None:
        super().__init__(groups, defaults)

    def step(self, closure: Any = None) -> Any:  # noqa: ARG002
        """Do nothing."""
        self._opt_called = True  # torch's schedulers warn where no step of the optimizer was seen


_IdleOptimizer.step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]  # they would wrap it, to see that


def simulate(
    scheduler: LRScheduler | Callable[[Optimizer], LRScheduler],
    updates: int,
    *,
    metrics: Sequence[float] | None = None,
    lr: float | Sequence[float] = 1.0,
) -> NDArray[np.float64]:
    """The rates of the next `updates` updates under any torch scheduler: (updates,), or (groups, updates) of several.

    scheduler: a live one, simulated from where it stands; or a function that builds one over a given optimizer, such
    as `lambda optimizer: StepLR(optimizer, 30)`, simulated from the start. A live scheduler is copied and its copy
    bound to a stand-in with the same groups, so that neither it nor its optimizer changes by a bit.
    metrics: for ReduceLROnPlateau, what each call of `step` is told; an "update" is then one call.
    lr: for a function, the rate of the stand-in's group, or one rate for each of several groups.

    Raises ScheduleError.

    >>> from torch.optim.lr_scheduler import StepLR
    >>> simulate(lambda optimizer: StepLR(optimizer, 2, gamma=0.5), 5, lr=0.8).tolist()
    [0.8, 0.8, 0.4, 0.4, 0.2]
    """
    if isinstance(updates, bool) or not isinstance(updates, int | np.integer) or updates < 1:
        raise ScheduleError(f"simulate: `updates` must be a whole number, at least 1, but got {updates!r}")
    copy = _copy_scheduler(scheduler) if isinstance(scheduler, LRScheduler) else _build_scheduler(scheduler, lr)
    if isinstance(copy, ReduceLROnPlateau) and (metrics is None or len(metrics) < updates - 1):
        raise ScheduleError(
            f"simulate: ReduceLROnPlateau needs a metric between each two of {updates} updates, but got "
            f"{0 if metrics is None else len(metrics)}; give `metrics` at least {updates - 1} values"
        )
    if metrics is not None and hasattr(copy, "step_metric"):
        raise ScheduleError(
            "simulate: `metrics` are what ReduceLROnPlateau is told at each call of step, but a rule of lrlab is told "
            "one after each epoch; write lrlab.rules.simulate(rule, metrics, peak=..., horizon=...)"
        )
    rates_GT = np.empty((len(copy.optimizer.param_groups), updates))  # G groups, T updates
    for t in range(updates):
        if t:
            _make_update(copy, t, metrics)
        rates_GT[:, t] = [float(group["lr"]) for group in copy.optimizer.param_groups]
    return rates_GT if len(rates_GT) > 1 else rates_GT[0]


def _make_update(scheduler: LRScheduler, t: int, metrics: Sequence[float] | None) -> None:
    """Make update t - 1."""
    scheduler.optimizer.step()
    try:
        if not isinstance(scheduler, ReduceLROnPlateau):
            scheduler.step()
        elif metrics is not None:
            scheduler.step(metrics[t - 1])
    except ValueError as error:
        raise ScheduleError(
            f"simulate: {type(scheduler).__name__} goes no further than {t} updates; ask for no more ({error})"
        ) from error


def _copy_scheduler(scheduler: LRScheduler) -> LRScheduler:
    """The scheduler, and all it holds, over a stand-in for its optimizer."""
    optimizer = scheduler.optimizer
    return deepcopy(scheduler, {id(optimizer): _stand_in(optimizer.param_groups, optimizer.defaults)})


def _build_scheduler(build: Callable[[Optimizer], LRScheduler], lr: float | Sequence[float]) -> LRScheduler:
    """The scheduler a function builds over a stand-in."""
    rates = [float(rate) for rate in lr] if isinstance(lr, Sequence) else [float(lr)]
    if not callable(build):
        raise ScheduleError(
            f"simulate: a torch scheduler, or a function of an optimizer that builds one, is needed, "
            f"but got {build!r}; write lambda optimizer: StepLR(optimizer, 30)"
        )
    defaults = {"lr": rates[0], "momentum": 0.9, "weight_decay": 0.0}  # OneCycleLR and CyclicLR ask for a momentum
    scheduler = build(_stand_in([{"lr": rate} for rate in rates], defaults))
    if not isinstance(scheduler, LRScheduler):
        raise ScheduleError(
            f"simulate: the function must return a torch scheduler, but it returned {scheduler!r}; "
            f"let it return the scheduler it builds"
        )
    return scheduler


def _stand_in(groups: Sequence[dict[str, Any]], defaults: dict[str, Any]) -> _IdleOptimizer:
    """An optimizer with groups of the same fields, of one parameter each."""
    bare = [{key: value for key, value in group.items() if key not in ("params", "param_names")} for group in groups]
    filled = [deepcopy(group) | {"params": [torch.zeros(1)]} for group in bare]
    return _IdleOptimizer(filled, deepcopy(defaults))
