"""A curve without a formula here, of a class of the user's own say, as a table of its values."""

import numpy as np
from numpy.typing import NDArray

from ._curves import FunctionBody

EXACT = 1e-13  # of the highest value: what the arithmetic of a straight line may be off
NEAR = 1e-6  # of the highest value, where the table would have too many knots
MOST = 1000  # knots with all digits


def values_body(values: NDArray[np.float64], what: str) -> FunctionBody:
    r"""A function of t with these values at t = 0, 1, ...; held after the last. what: the word for a value.

    Where straight lines run through many of them, they are given by the knots between the lines.

    >>> print(*values_body(np.array([1.0] * 6 + [0.5, 0.25, 0.0]), "fractions").constants, sep="\n")
    ('KNOTS', [0, 5, 6, 8], 'updates; straight lines lie between them')
    ('VALUES', [1.0, 1.0, 0.5, 0.0], 'fractions at the knots')
    """
    highest = float(np.abs(values).max())
    knots, precision = knots_of(values, EXACT * highest), ""
    if len(knots) > MOST:
        knots, precision = knots_of(values, NEAR * highest), f", within {NEAR:g} of the highest"
    if 2 * len(knots) > len(values):
        constants = (("VALUES", values.tolist(), f"{what}, update by update"),)
        return FunctionBody(constants, (f"return VALUES[min(t, {len(values) - 1})]",))
    constants = (
        ("KNOTS", knots, f"updates; straight lines lie between them{precision}"),
        ("VALUES", values[knots].tolist(), f"{what} at the knots"),
    )
    lines = (
        f"t = min(t, {knots[-1]})",
        "n = bisect.bisect_left(KNOTS, t, 1)  # the knot at t, or after it",
        "way = (t - KNOTS[n - 1]) / (KNOTS[n] - KNOTS[n - 1])",
        "return VALUES[n - 1] + (VALUES[n] - VALUES[n - 1]) * way",
    )
    return FunctionBody(constants, lines)


def knots_of(values: NDArray[np.float64], tolerance: float) -> list[int]:
    """Places, the first and the last among them, between which straight lines pass every value within the tolerance."""
    heights, knots = values.tolist(), [0]
    lowest, highest = -np.inf, np.inf  # slopes that pass every value since the last knot
    for place in range(1, len(heights)):
        step, rise = place - knots[-1], heights[place] - heights[knots[-1]]
        if not lowest <= rise / step <= highest:
            knots.append(place - 1)
            lowest, highest = -np.inf, np.inf
            step, rise = 1, heights[place] - heights[place - 1]
        lowest = max(lowest, (rise - tolerance) / step)
        highest = min(highest, (rise + tolerance) / step)
    return [*knots, len(heights) - 1]
