"""A rule replayed on a given loss curve, without training."""

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ScheduleError
from ..schedules import Horizon
from ._base import Floats, Rule


def simulate(rule: Rule, losses: ArrayLike, *, peak: ArrayLike, horizon: Horizon) -> Floats:
    """The rates a run with these validation losses would have used, shape (T,), or (K, T) for K trials.

    losses: one after each epoch, shape (E,), or (K, E) for K trials; that of the last epoch changes nothing and may be
    left out. None and nan: not measured. peak: one for all trials, or K.

    >>> from lrlab.rules import parse_rule
    >>> rule = parse_rule("plateau(patience=0)+constant")
    >>> simulate(rule, [0.5, 0.7, 0.6], peak=0.1, horizon=Horizon(updates=5, updates_per_epoch=2)).round(3).tolist()
    [0.1, 0.1, 0.1, 0.1, 0.01]
    """
    if not isinstance(rule, Rule):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ScheduleError(f'simulate: a rule is made by lrlab.parse("plateau+constant"), but got {rule!r}; give one')
    if not isinstance(horizon, Horizon):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ScheduleError(
            f"simulate: a horizon is Horizon(updates=..., updates_per_epoch=...), so that epochs can be counted, "
            f"but got {horizon!r}"
        )
    loss_KE = _check_losses(losses, horizon)
    try:
        peaks = np.broadcast_to(np.asarray(peak, dtype=object), loss_KE.shape[:-1])
    except ValueError:
        raise ScheduleError(
            f"simulate: one peak, or one per trial, must be given for losses of shape {loss_KE.shape}, "
            f"but got peaks of shape {np.shape(peak)}"
        ) from None
    return rule.bind(peak=peaks, horizon=horizon).replay(loss_KE)


def _check_losses(losses: ArrayLike, horizon: Horizon) -> Floats:
    """The losses as numbers, if they are as many as the epochs, or one fewer."""
    try:
        loss_KE = np.asarray(losses, dtype=np.float64)
    except (TypeError, ValueError):
        raise ScheduleError(
            f"simulate: losses are numbers, one after each epoch, in equally long lists where there are several "
            f"trials, but got {losses!r}"
        ) from None
    epochs = horizon.epochs
    if loss_KE.ndim not in (1, 2) or loss_KE.shape[-1] not in (epochs - 1, epochs):
        raise ScheduleError(
            f"simulate: one loss after each of the {epochs} epochs must be given, shape ({epochs},) or "
            f"(K, {epochs}), but got shape {loss_KE.shape}; shorten the losses or the horizon to the other's length"
        )
    return loss_KE
