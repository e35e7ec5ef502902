"""Cuts by the same factor: after every span, or at milestones of your own."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ._base import Schedule, register
from ._checks import canonical_span, canonical_spans, check_number, fit_milestones, milestones, span_updates
from ._clock import Horizon


@final
@register("step")
@dataclass(frozen=True, kw_only=True)
class Step(Schedule):
    r"""A cut by the factor `gamma` after every span `every`, and the same rate in between.

    .. math:: s_t = \gamma^{\lfloor t / S \rfloor}

    S = every, in whole updates.
    First update: 1. Last update: gamma to the power floor((T - 1) / S). After: gamma to the power floor(T / S), which
    is one more cut where S divides T.

    Ge et al., `The Step Decay Schedule <https://arxiv.org/abs/1904.12838>`_, 2019.

    >>> rates = Step(gamma=0.5, every="2 updates").bind(peak=1.0, horizon=Horizon(updates=5, updates_per_epoch=5))
    >>> rates.all().tolist()
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    gamma: float = 0.1
    every: str = "30%"

    def __post_init__(self) -> None:
        check_number(self, "gamma", 0, 1, open_low=True)
        canonical_span(self, "every")

    def fit(self, horizon: Horizon) -> None:
        """Refuse a span of less than one update."""
        span_updates(self, "every", horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return np.power(self.gamma, np.floor(t / span_updates(self, "every", horizon)))


@final
@register("multi_step")
@dataclass(frozen=True, kw_only=True)
class MultiStep(Schedule):
    r"""A cut by the factor `gamma` at every milestone `at`, and the same rate in between.

    .. math:: s_t = \gamma^{n}, \qquad n = \#\{m \in M : m \le t\}

    M = at: spans from the start of the run, in whole updates; update m is the first that uses the lower rate.
    First update: 1. Last update: gamma to the power of the number of milestones. After: the same.

    He et al., `Deep Residual Learning <https://arxiv.org/abs/1512.03385>`_, 2015; with the milestones of
    `torch <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html>`_.

    >>> rates = MultiStep(at=("2 updates", "80%")).bind(peak=1.0, horizon=Horizon(updates=5, updates_per_epoch=5))
    >>> rates.all().round(15).tolist()
    [1.0, 1.0, 0.1, 0.1, 0.01]
    """

    at: tuple[str, ...] = ("50%", "75%")
    gamma: float = 0.1

    def __post_init__(self) -> None:
        canonical_spans(self, "at")
        check_number(self, "gamma", 0, 1, open_low=True)

    def fit(self, horizon: Horizon) -> None:
        """Refuse milestones out of order, or that no update of the run would reach."""
        fit_milestones(self, "at", horizon, last=horizon.updates - 1)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        levels = np.power(self.gamma, np.arange(len(self.at) + 1.0))
        return levels[np.searchsorted(milestones(self, "at", horizon), t, side="right")]
