"""Within which difference arms count as equal."""

from collections.abc import Sequence

import numpy as np

from ..errors import RunsError
from ..measures import MOST_SHARE
from ..spec import Margin, asked_margin
from ..stats import rounded_step
from ._arms import ArmRuns


def margin_of(
    arms: Sequence[ArmRuns],
    point: float | None,
    higher_is_better: bool,
    asked: float | None,
    part: float = 0.05,
    in_percent: bool = False,
) -> Margin | None:
    """The margin that was asked for, in points of shares; else a point, or part of the best arm's mean.

    point: in the unit of the values; None: they are no shares. in_percent: whether tables show shares times 100.

    The latter is rounded to 1, 2 or 5 times a power of ten, so that it hardly depends on luck. None: that mean is 0.

    Raises RunsError where what was asked for is as wide as all values of 0 to 1 together.
    """
    if asked is not None:
        _check_asked(arms, point, higher_is_better, asked)
        return asked_margin(asked, point, in_percent)
    if point is not None:
        return Margin(value=point, why="a point, the usual one of shares; --margin sets another")
    means = [float(np.mean(arm.values)) for arm in arms if not arm.empty]
    best = max(means) if higher_is_better else min(means)
    if best == 0:
        return None
    why = f"{100 * part:g} % of the best arm's {best:.3g}, rounded; --margin sets another"
    return Margin(value=rounded_step(part * abs(best)), why=why)


def _check_asked(arms: Sequence[ArmRuns], point: float | None, higher_is_better: bool, asked: float) -> None:
    """Refuse a margin that was meant in points, of scores that are shares by their values though not by their name."""
    values = [value for arm in arms for value in arm.known.values() if value is not None]
    if point is None and higher_is_better and asked >= 1 and all(0 <= value <= MOST_SHARE for value in values):
        raise RunsError(
            f"a margin of {asked:g} holds every difference of values that lie between 0 and 1, as all do here, so it "
            f"would call all arms equal; if they are shares and you mean points, write {asked / 100:g}"
        )
