"""A function of t as a schedule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ..schedules import Horizon, Schedule
from ._fingerprint import fingerprint

ENDLESS = 10**12  # the longest horizon there is: that of a function given without one


@final
@dataclass(frozen=True, kw_only=True)
class FunctionSchedule(Schedule):
    """A function from update t, a whole number, to the fraction of the peak, as torch's LambdaLR takes it."""

    name = "function"

    function: Callable[[int], float]

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:  # noqa: ARG002
        """The fraction of the peak at update(s) t."""
        return np.array([self._fraction_at(int(update)) for update in t], dtype=np.float64)

    def _fraction_at(self, t: int) -> float:
        got = self.function(t)
        try:
            value = float(got)
        except (TypeError, ValueError):
            value = np.nan
        if not np.isfinite(value):
            raise ScheduleError(
                f"{self}: a function of t must return the fraction of the peak, a finite number, but at t = {t} it "
                f"returned {got!r}; return 1.0 for the peak itself"
            )
        return value

    def to_dict(self) -> dict[str, Any]:
        """The name, and a fingerprint of what the function does."""
        return {"name": self.name, "code": fingerprint(self.function)}

    def __str__(self) -> str:
        return f"function {getattr(self.function, '__qualname__', type(self.function).__qualname__)}"
