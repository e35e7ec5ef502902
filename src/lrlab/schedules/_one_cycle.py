"""One rise and one fall over the run."""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, canonical_span, check_number, check_word, register
from ._clock import Horizon, Span
from ._cosine import half_cosine


@final
@register("one_cycle")
@dataclass(frozen=True, kw_only=True)
class OneCycle(Schedule):
    r"""One rise from `start` to the peak and one fall to `final`, as in torch's OneCycleLR.

    .. math:: s_t = \begin{cases}
        a + (1 - a) \, g(t / (R - 1)) & t \le R - 1 \\
        b + (1 - b) \, g((T - 1 - t) / (T - R)) & t > R - 1 \end{cases}

    a = start, b = final, fractions of the peak: by default torch's 1 / 25 and 1 / 25 / 10,000. T = updates.
    R = rise in updates, not rounded: where it is not whole, the peak falls between two updates.
    g(x) = (1 - cos(pi x)) / 2 (anneal="cosine") or x (anneal="linear").
    Momentum is left alone, as with torch's cycle_momentum=False.
    First update: a. Last update: b exactly. After: b.

    Smith & Topin, `Super-Convergence <https://arxiv.org/abs/1708.07120>`_, 2018; with the phases of
    `torch <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html>`_.

    >>> rates = OneCycle(start=0, final=0, rise="3 updates", anneal="linear").bind(
    ...     peak=1.0, horizon=Horizon(updates=7, updates_per_epoch=7)
    ... )
    >>> rates.all().tolist()
    [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0]
    """

    start: float = 0.04
    final: float = 4e-6
    rise: str = "30%"
    anneal: Literal["cosine", "linear"] = "cosine"

    def __post_init__(self) -> None:
        check_number(self, "start", 0, 1)
        check_number(self, "final", 0, 1)
        canonical_span(self, "rise")
        check_word(self, "anneal", ("cosine", "linear"))

    def fit(self, horizon: Horizon) -> None:
        """Refuse a rise or a fall too short to draw.

        torch draws them all the same: a rise below 1 update begins part of the way down, one of 1 divides by zero.
        """
        length, longest = Span.parse(self.rise).length(horizon), horizon.updates - 1
        if longest < 2:
            raise ScheduleError(
                f"one_cycle: a rise and a fall need 3 updates, but got {horizon.updates}; "
                f"lengthen the run by {2 - longest}"
            )
        if not 2 <= length <= longest:
            mend = "lengthen" if length < 2 else "shorten"
            raise ScheduleError(
                f'one_cycle: `2 updates <= rise <= run - 1 update` must hold, but "{self.rise}" is {length:.12g} of '
                f'{horizon.updates} updates; {mend} it to rise="{2 if length < 2 else longest} updates"'
            )

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        top = Span.parse(self.rise).length(horizon) - 1
        last = horizon.updates - 1
        ease = half_cosine if self.anneal == "cosine" else np.asarray
        rise = self.start + (1 - self.start) * ease(t / top)
        fall = self.final + (1 - self.final) * ease(np.maximum(last - t, 0.0) / (last - top))
        return np.where(t <= top, rise, fall)
