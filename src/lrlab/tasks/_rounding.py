"""Do labels survive in float32? Large ones that lie close together become one."""

import numpy as np

from ..errors import TaskError

EXACT = 2**24  # up to which float32 has every whole number
COARSE = 1e-3  # of the standard deviation: an error of rounding beyond it is seen in what is measured


def check_rounding(name: str, labels: np.ndarray) -> None:
    """Raise TaskError where float32 rounds labels (N, ...) by more than a thousandth of their standard deviation.

    name: of the split.
    """
    if labels.dtype.itemsize <= 4 and labels.dtype.kind == "f":
        return
    if labels.dtype.kind != "f" and -EXACT <= int(labels.min()) <= int(labels.max()) <= EXACT:
        return
    given_ND = labels.reshape(len(labels), -1).astype(np.float64)
    with np.errstate(over="ignore"):
        error_D = np.abs(given_ND - given_ND.astype(np.float32)).max(axis=0)
    if not error_D.any() or not np.isfinite(error_D).all():  # beyond float32, which is said elsewhere
        return
    spread_D = given_ND.std(axis=0)
    coarse_D = (np.ptp(given_ND, axis=0) > 0) & (error_D > COARSE * spread_D)
    if coarse_D.any():
        column = int(coarse_D.argmax())
        values = given_ND[:, column]
        raise TaskError(
            f"{name} labels go from {values.min():.15g} to {values.max():.15g}, with a standard deviation of "
            f"{spread_D[column]:g}, and float32, in which they are kept, rounds them by up to {error_D[column]:g}; "
            "subtract the mean, or scale them"
        )
