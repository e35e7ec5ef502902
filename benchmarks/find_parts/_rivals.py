"""The rules of other libraries on one sweep: the rate grows from 1e-7 to 10 over 100 updates of one training.

torch-lr-finder and Lightning are called as they are; fastai's rules are written again from its documentation, for it
does not install beside them here.
"""

import math
from collections.abc import Callable

import numpy as np

UPDATES, LOW, HIGH = 100, 1e-7, 10.0


def sweep_rates() -> list[float]:
    return np.geomspace(LOW, HIGH, UPDATES).tolist()


def smoothed(losses: list[float], beta: float = 0.98) -> list[float]:
    """The moving average of fastai and Lightning, corrected for its start."""
    mean, out = 0.0, []
    for number, loss in enumerate(losses, 1):
        mean = beta * mean + (1 - beta) * loss
        out.append(mean / (1 - beta**number))
    return out


def until_diverged(losses: list[float], factor: float) -> list[float]:
    """The losses up to where they are so many times the best: there these libraries stop."""
    best = math.inf
    for number, loss in enumerate(losses):
        best = min(best, loss) if math.isfinite(loss) else best
        if not math.isfinite(loss) or (number > 1 and loss > factor * best):
            return losses[: number + 1]
    return losses


def suggestions(losses: list[float]) -> dict[str, float | None]:
    """The rate that each rule finds on the raw losses of a sweep; None: none."""
    rates = sweep_rates()
    mean = until_diverged(smoothed(losses), 4)
    found = {name: _fastai(rule, rates[: len(mean)], mean) for name, rule in FASTAI.items()}
    found["torch-lr-finder"] = _torch_lr_finder(rates, losses)
    found["Lightning"] = _lightning(rates[: len(mean)], mean)
    return found


def _torch_lr_finder(rates: list[float], losses: list[float]) -> float | None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot
    from torch_lr_finder import LRFinder

    history, best = [], math.inf
    for number, loss in enumerate(losses):  # smooth_f=0.05, diverge_th=5: its defaults in `range_test`
        value = loss if number == 0 else 0.05 * loss + 0.95 * history[-1]
        history.append(value)
        best = min(best, value)
        if not value <= 5 * best:
            break
    finder = LRFinder.__new__(LRFinder)
    finder.history = {"lr": rates[: len(history)], "loss": history}
    axes = pyplot.figure().subplots()
    try:
        return float(finder.plot(ax=axes, suggest_lr=True)[1])
    except (ValueError, TypeError, IndexError):
        return None
    finally:
        pyplot.close("all")


def _lightning(rates: list[float], losses: list[float]) -> float | None:
    from lightning.pytorch.tuner.lr_finder import _LRFinder

    finder = _LRFinder("exponential", LOW, HIGH, UPDATES)
    finder.results = {"lr": rates, "loss": losses}
    return finder.suggestion()


def _fastai(rule: Callable[[np.ndarray, np.ndarray], float], rates: list[float], losses: list[float]) -> float | None:
    lr, loss = np.array(rates)[UPDATES // 10 : -5], np.array(losses)[UPDATES // 10 : -5]
    return float(rule(lr, loss)) if len(loss) > 2 and np.isfinite(loss).all() else None


def _valley(lr: np.ndarray, loss: np.ndarray) -> float:
    """Two thirds, less a sixth, down the longest run of losses that fall, gaps allowed."""
    length, before = np.ones(len(loss), dtype=int), np.arange(len(loss))
    for i in range(1, len(loss)):
        for j in range(i):
            if loss[i] < loss[j] and length[i] < length[j] + 1:
                length[i], before[i] = length[j] + 1, j
    end = int(length.argmax())
    start = end - length[end]
    section = (end - start) / 3
    return lr[max(start + int(section) + int(section / 2), 0)]


def _slide(lr: np.ndarray, loss: np.ndarray, width: int = 15, threshold: float = 0.005) -> float:
    """From the right, the left end of the last window whose slopes at both ends differ by more than the threshold."""
    slope, left = np.gradient(loss), len(loss) - 1 - width
    found = lr[max(left, 0)]
    while left >= 0 and abs(slope[left + width] - slope[left]) > threshold:
        found, left = lr[left], left - 1
    return found


FASTAI = {
    "fastai valley": _valley,
    "fastai steep": lambda lr, loss: lr[np.argmin(np.diff(loss) / np.diff(np.log(lr)))],
    "fastai minimum/10": lambda lr, loss: lr[loss.argmin()] / 10,
    "fastai slide": _slide,
}
