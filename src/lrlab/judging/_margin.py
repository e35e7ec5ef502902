"""Within which difference arms count as equal."""

from collections.abc import Sequence

import numpy as np

from ..spec import Margin
from ..stats import rounded_step
from ._arms import ArmRuns


def margin_of(
    arms: Sequence[ArmRuns],
    shown_in_points: bool,
    point: float | None,
    higher_is_better: bool,
    asked: float | None,
    part: float = 0.05,
) -> Margin | None:
    """The margin that was asked for, in the unit of tables; else a point, or part of the best arm's mean.

    shown_in_points: whether tables show values times 100. point: in the unit of the values; None: they are no shares.

    The latter is rounded to 1, 2 or 5 times a power of ten, so that it hardly depends on luck. None: that mean is 0.
    """
    if asked is not None:
        return Margin(value=asked / 100 if shown_in_points else asked, why="as asked")
    if point is not None:
        return Margin(value=point, why="a point, the usual one of shares; --margin sets another")
    means = [float(np.mean(arm.values)) for arm in arms if not arm.empty]
    best = max(means) if higher_is_better else min(means)
    if best == 0:
        return None
    why = f"{100 * part:g} % of the best arm's {best:.3g}, rounded; --margin sets another"
    return Margin(value=rounded_step(part * abs(best)), why=why)
