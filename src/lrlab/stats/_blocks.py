"""Many pairs taken together in blocks, so that what flips signs has no more than some hundred to flip.

Suffix N: pairs; M: questions; J: blocks.
"""

import numpy as np
from numpy.typing import NDArray

MOST_PAIRS = 512  # up to so many each has a sign of its own
BLOCKS = 256


def sum_blocks(value_N: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    r"""The sums of 256 random blocks of values, or the values as they are where there are no more than 512.

    .. math:: b_j = \sum_{i : block(i) = j} d_i

    value_N: shape (..., N), the last axis is summed; blocks are the same for all that comes before it, and their sizes
    differ by one at most. Where all signs of the values are equally likely, so are those of the blocks: a test that
    flips blocks keeps its level exactly. What it loses is what Student's t of 255 degrees loses beside the normal one.
    `rng` is drawn from only where there are blocks; it must not depend on the values.
    """
    if value_N.shape[-1] <= MOST_PAIRS:
        return value_N
    start_J = np.linspace(0, value_N.shape[-1], BLOCKS, endpoint=False).astype(int)
    return np.add.reduceat(value_N[..., rng.permutation(value_N.shape[-1])], start_J, axis=-1)
