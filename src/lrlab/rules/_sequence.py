"""What the rules that move along a sequence share: a position, and the epoch of `then` it stands for."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..schedules import Horizon, Schedule
from ._base import Floats, warmup_updates


class Position(NamedTuple):
    """How far a rule has moved along its sequence."""

    position: NDArray[np.int64]  # the n of q_n: 0 before the first move


def epochs_clock(then: Schedule, position: NDArray[np.int64], t: Floats, horizon: Horizon) -> Floats:
    """Which update of `then` stands for updates t, shape (n,), at a position n: the first of its epoch n.

    So any schedule is a sequence: q_n is its value at update n U, U updates per epoch, held for a whole epoch. After a
    warm-up of W updates, which plays update by update, q_n is the value at W + n U. Beyond the end of the horizon the
    value is held.
    """
    warm = warmup_updates(then, horizon)
    clock = np.where(t < warm, t, warm + position[..., None] * float(horizon.updates_per_epoch))
    return np.minimum(clock, float(then.extent(horizon)))
