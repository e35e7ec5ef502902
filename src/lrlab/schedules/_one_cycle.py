"""One rise and one fall over the run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, register
from ._checks import canonical_span, check_number, check_numbers, check_whole, check_word
from ._clock import Horizon, Span
from ._cosine import half_cosine

MOMENTA = "[0.95, 0.85]"


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
    phases: 2, as above; or 3, where the rate falls back to a until 2R - 2, as fast as it rose, and then from a to b.
    momenta: left out, momentum (beta1) is left alone; [0.95, 0.85] lowers it from the first to the second while the
    rate rises and raises it back while the rate falls (of 3 phases the last keeps it), along the same g.
    First update: a. Last update: b exactly. After: b.

    Smith & Topin, `Super-Convergence <https://arxiv.org/abs/1708.07120>`_, 2018; with the phases of
    `torch <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html>`_.

    >>> rates = OneCycle(start=0, final=0, rise="3 updates", anneal="linear", momenta=(0.9, 0.5)).bind(
    ...     peak=1.0, horizon=Horizon(updates=7, updates_per_epoch=7)
    ... )
    >>> rates.all().tolist(), rates.momentum([0, 1, 2, 6]).round(15).tolist()
    ([0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0], [0.9, 0.7, 0.5, 0.9])
    """

    start: float = 0.04
    final: float = 4e-6
    rise: str = "30%"
    anneal: Literal["cosine", "linear"] = "cosine"
    phases: int = 2
    momenta: tuple[float, ...] = ()
    example_values: ClassVar[Mapping[str, str]] = {"momenta": MOMENTA}

    def __post_init__(self) -> None:
        check_number(self, "start", 0, 1)
        check_number(self, "final", 0, 1)
        canonical_span(self, "rise")
        check_word(self, "anneal", ("cosine", "linear"))
        check_whole(self, "phases", 2, 3)
        if self.momenta != ():
            check_numbers(self, "momenta", 0, 1, open_high=True, example=MOMENTA)
            if len(self.momenta) != 2:
                raise ScheduleError(
                    f"one_cycle: `momenta` must be the first and the other momentum, but got {self.momenta!r}; "
                    f"write momenta={MOMENTA}"
                )

    def fit(self, horizon: Horizon) -> None:
        """Refuse a rise or a fall too short to draw.

        torch draws them all the same: a rise below 1 update begins part of the way down, one of 1 divides by zero.
        """
        length, total = Span.parse(self.rise).length(horizon), horizon.updates
        longest = total - 1 if self.phases == 2 else total / 2
        if longest < 2:
            needed = 3 if self.phases == 2 else 4
            raise ScheduleError(
                f"one_cycle: {'a rise and a fall need' if needed == 3 else '3 phases need'} {needed} updates, but got "
                f"{total}; lengthen the run by {needed - total}"
            )
        if not 2 <= length <= longest:
            mend = "lengthen" if length < 2 else "shorten"
            law = "run - 1 update" if self.phases == 2 else "half the run"
            raise ScheduleError(
                f'one_cycle: `2 updates <= rise <= {law}` must hold, but "{self.rise}" is {length:.12g} of '
                f'{total} updates; {mend} it to rise="{2 if length < 2 else int(longest)} updates"'
            )

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        top, last, ease = self._rise_and_ease(horizon)
        # One curve over the place between two ends, not one curve for each phase: the sine is what takes time.
        low, high = np.where(t <= top, self.start, self.final), 1.0
        left = np.where(t <= top, t / top, np.maximum(last - t, 0.0) / (last - top))
        if self.phases == 3:
            low, high = np.where(t <= 2 * top, self.start, self.final), np.where(t <= 2 * top, 1.0, self.start)
            fall = np.where(t <= 2 * top, (2 * top - t) / top, np.maximum(last - t, 0.0) / (last - 2 * top))
            left = np.where(t <= top, t / top, fall)
        return low + (high - low) * ease(left)

    def momentum(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64] | None:
        """The momentum at update(s) t."""
        if not self.momenta:
            return None
        high, low = self.momenta
        top, last, ease = self._rise_and_ease(horizon)
        back = (last if self.phases == 2 else 2 * top) - top
        away = np.where(t <= top, t / top, np.maximum(top + back - t, 0.0) / back)
        return high + (low - high) * ease(away)

    def _rise_and_ease(
        self, horizon: Horizon
    ) -> tuple[float, int, Callable[[NDArray[np.float64]], NDArray[np.float64]]]:
        """Where the rise ends, the last update, and the way from 0 to 1."""
        top = Span.parse(self.rise).length(horizon) - 1
        return top, horizon.updates - 1, half_cosine if self.anneal == "cosine" else np.asarray
