"""What an optimizer's update multiplies by, from rate, momentum and weight decay: of K trials, or of whole epochs."""

import numpy as np
from numpy.typing import NDArray

from ..spec import Optimizer

FieldValues = NDArray[np.float64]
UpdateNumbers = dict[str, NDArray[np.float64]]
Steps = int | NDArray[np.int64]
NADAM_DECAY = 4e-3  # of the momentum's warm-up, as torch's NAdam has it by default


def momentum_numbers(settings: Optimizer, values_F: FieldValues, steps: Steps) -> UpdateNumbers:  # noqa: ARG001
    """Of SGD and RMSprop."""
    rate, momentum, decay = values_F
    return {"down": -rate, "momentum": momentum, "decay": decay}


def adam_numbers(settings: Optimizer, values_F: FieldValues, steps: Steps) -> UpdateNumbers:
    """Of Adam, AdamW and Muon."""
    rate, momentum, decay = values_F
    return {
        "down": -rate / (1 - momentum**steps),
        "fresh": 1 - momentum,
        "decay": decay,
        "shrink": 1 - rate * decay,
        "root": _root(settings, rate, steps),
        "whole": -rate,
        "momentum": momentum,
    }


def _root(settings: Optimizer, like: FieldValues, steps: Steps) -> FieldValues:
    """What the root of the running mean square is divided by."""
    return np.zeros(like.shape) + np.sqrt(1 - settings.beta2 ** np.asarray(steps, dtype=np.float64))


def sign_numbers(settings: Optimizer, values_F: FieldValues, steps: Steps) -> UpdateNumbers:  # noqa: ARG001
    """Of Lion and Signum."""
    rate, momentum, decay = values_F
    return {"down": -rate, "fresh": 1 - momentum, "shrink": 1 - rate * decay}


def lamb_numbers(settings: Optimizer, values_F: FieldValues, steps: Steps) -> UpdateNumbers:
    """Of LAMB."""
    rate, momentum, decay = values_F
    correction, root = 1 - momentum**steps, _root(settings, rate, steps)
    return {"down": -rate, "fresh": 1 - momentum, "decay": decay, "correction": correction, "root": root}


def nadam_numbers(settings: Optimizer, values_F: FieldValues, steps: Steps) -> UpdateNumbers:
    """Of NAdam. now, next: the momentum of this update and the next, on its warm-up."""
    rate, momentum, decay = values_F
    now, ahead = (momentum * (1 - 0.5 * 0.96 ** ((np.asarray(steps) + more) * NADAM_DECAY)) for more in (0, 1))
    shrink, root = 1 - rate * decay, _root(settings, rate, steps)
    return {"down": -rate, "fresh": 1 - momentum, "shrink": shrink, "root": root, "now": now, "next": ahead}


def radam_numbers(settings: Optimizer, values_F: FieldValues, steps: Steps) -> UpdateNumbers:
    """Of RAdam. rectified: multiplies the adaptive step; plain: the step that is none, before the other is safe."""
    rate, momentum, decay = values_F
    power = settings.beta2 ** np.asarray(steps, dtype=np.float64)
    longest = 2 / (1 - settings.beta2) - 1
    length = longest - 2 * np.asarray(steps) * power / (1 - power)
    safe = np.where(length > 5, length, 6.0)
    rectified = np.sqrt((safe - 4) * (safe - 2) * longest / ((longest - 4) * (longest - 2) * safe) * (1 - power))
    down, zero = -rate / (1 - momentum**steps), np.zeros(rate.shape)
    return {
        "fresh": 1 - momentum,
        "shrink": 1 - rate * decay,
        "rectified": np.where(length > 5, down * rectified, zero),
        "plain": np.where(length > 5, zero, down),
    }


def adafactor_numbers(settings: Optimizer, values_F: FieldValues, steps: Steps) -> UpdateNumbers:  # noqa: ARG001
    """Of Adafactor, as torch has it: fresh: how much of the square is new; down: at most 1 / sqrt(update)."""
    rate, _, decay = values_F
    count = np.zeros(rate.shape) + steps
    return {"down": -np.minimum(rate, count**-0.5), "fresh": count**-0.8, "shrink": 1 - rate * decay}


def schedule_free_numbers(settings: Optimizer, values_F: FieldValues, steps: Steps) -> UpdateNumbers:
    """Of schedule-free SGD and AdamW."""
    rate, momentum, decay = values_F
    return {"rate": rate, "down": -rate, "momentum": momentum, "decay": decay, "root": _root(settings, rate, steps)}


def prodigy_numbers(settings: Optimizer, values_F: FieldValues, steps: Steps) -> UpdateNumbers:  # noqa: ARG001
    """Of Prodigy."""
    rate, momentum, decay = values_F
    return {"rate": rate, "momentum": momentum, "fresh": 1 - momentum, "decay": decay}
