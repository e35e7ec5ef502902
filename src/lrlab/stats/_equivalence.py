"""Are two arms within a margin of each other? Suffix N: pairs; P: sign patterns."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import numbers
from ._sign_flip import one_sided_flip_p

_TIE = 1e-9  # of the margin: so close to it counts as at it


def equivalence_p(differences: ArrayLike, margin: float, *, rng: np.random.Generator | None = None) -> float:
    r"""The p of two one-sided sign-flip tests: does the mean difference lie within the margin, on both sides?

    .. math:: p = \max\big( p_>(d + margin),\ p_>(margin - d) \big)

    p_>(x) = share of the 2^n sign patterns whose sum of s x is at least that of x: small where x is clearly above 0.
    differences: shape (n,), in the unit of the margin, which is above 0. Each of the two tests would reject at alpha,
    so that "within the margin" is said wrongly at most alpha often, with no adjustment for there being two.

    Raises StatisticsError: no differences, NaN or inf, a margin that is not above 0, more than 20 pairs and no rng.

    Schuirmann, `A comparison of the two one-sided tests procedure <https://doi.org/10.1007/BF01068419>`_, 1987.

    >>> equivalence_p([0.1, -0.2, 0.0, 0.3, -0.1, 0.1], 0.5), equivalence_p([0.1, -0.2, 0.0, 0.3, -0.1, 0.1], 0.1)
    (0.015625, 0.25)
    """
    difference_N = numbers(differences, "differences", at_least=1)
    check_margin(margin)
    return max(
        one_sided_flip_p(_room(difference_N, margin), rng=rng), one_sided_flip_p(_room(-difference_N, margin), rng=rng)
    )


def _room(difference_N: NDArray[np.float64], margin: float) -> NDArray[np.float64]:
    """Differences + margin; zero where they are minus the margin except for rounding, which must not decide."""
    room_N = difference_N + margin
    return np.where(np.abs(room_N) <= _TIE * margin, 0.0, room_N)


def check_margin(margin: float) -> float:
    """The margin, which must be above 0 and finite."""
    if not 0 < margin < np.inf:
        raise StatisticsError(
            f"`0 < margin < inf` must hold, but got {margin}; give the largest difference that would not matter to you"
        )
    return float(margin)
