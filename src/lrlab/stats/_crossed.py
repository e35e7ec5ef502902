"""An interval over seeds and test examples at once. Suffix S: seeds; E: examples."""

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from ..errors import StatisticsError
from ._checks import fraction
from ._interval import Interval


def crossed_interval(differences: ArrayLike, *, level: float = 0.95) -> Interval:
    r"""The mean of values by seed and test example, as if both seeds and examples had been drawn again.

    .. math:: \bar d \pm t_\nu \sqrt V, \qquad V = \frac{MS_S}{S E} + \frac{(MS_E - MS_R)_+}{S E}, \qquad
        \nu = V^2 \Big/ \sum_i \frac{v_i^2}{\nu_i}

    differences: shape (S, E), any unit, S >= 2 seeds by E >= 2 examples; of two arms, whether A was right less whether
    B was. MS = the mean squares of rows, columns and rest of the two-way table; V adds to the variance over seeds what
    other examples would add, and is never below it. nu: Satterthwaite's degrees of freedom, the terms' own being S - 1,
    E - 1 and (S - 1)(E - 1); at least the smallest of these.

    All values equal: the interval is the point. Raises StatisticsError: another shape, NaN or inf, level outside
    (0, 1).

    Searle, Casella & McCulloch, `Variance Components <https://doi.org/10.1002/9780470316856>`_, 1992, chapter 4; for
    its bootstrap twin Owen, `The Pigeonhole Bootstrap <https://doi.org/10.1214/07-AOAS122>`_, 2007.

    >>> point, low, high, *_ = crossed_interval([[1, 0, 1, 1], [1, 0, 0, 1], [1, 1, 1, 1]])
    >>> point, round(low, 2), round(high, 2)
    (0.75, 0.11, 1.39)
    """
    from scipy.special import stdtrit

    value_SE, level = np.asarray(differences, dtype=np.float64), fraction(level, "level")
    if value_SE.ndim != 2 or min(value_SE.shape) < 2 or not np.isfinite(value_SE).all():
        raise StatisticsError(
            f"`differences` must be finite, 2 or more seeds by 2 or more examples, but got shape {value_SE.shape}; "
            "give a row to each seed"
        )
    seeds, examples = value_SE.shape
    point, cells = float(value_SE.mean()), seeds * examples
    row_S, column_E = value_SE.mean(axis=1) - point, value_SE.mean(axis=0) - point
    of_seeds, of_examples = float(examples * (row_S**2).sum()), float(seeds * (column_E**2).sum())
    of_rest = max(float(((value_SE - point) ** 2).sum()) - of_seeds - of_examples, 0.0)
    squares = [of_seeds / (seeds - 1), of_examples / (examples - 1), of_rest / ((seeds - 1) * (examples - 1))]
    more = squares[1] > squares[2] * (1 + 1e-9)  # equal except for rounding adds nothing
    terms = list(zip(squares, (seeds - 1, examples - 1, (seeds - 1) * (examples - 1)), strict=True))
    variance = (squares[0] + (squares[1] - squares[2]) * more) / cells
    if variance <= 0:
        return Interval(point, point, point, level, seeds)
    # Of a difference of mean squares Satterthwaite's number may be next to none.
    satterthwaite = variance**2 / sum((square / cells) ** 2 / own for square, own in (terms if more else terms[:1]))
    freedom = max(satterthwaite, min(seeds, examples) - 1)
    half = float(stdtrit(freedom, (1 + level) / 2)) * sqrt(variance)
    return Interval(point, point - half, point + half, level, seeds)
