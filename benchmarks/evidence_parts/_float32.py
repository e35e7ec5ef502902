"""What float32 means: the same trials by two engines, and how much of the spread over seeds is rounding."""

from statistics import pvariance
from typing import NamedTuple

import numpy as np
import polars as pl

from lrlab.engine import train_stack
from lrlab.spec import Optimizer, Precision, Trial
from lrlab.tasks import get

TITLE = "What float32 means"
TASK = "digits/convnet"
ENGINES = ("lanes", "grouped")
CASES = (
    ("linear", 0.1, 6),
    ("cosine", 0.1, 6),
    ("exponential", 0.1, 6),
    ("constant", 0.05, 6),
    ("constant", 0.1, 6),
    ("constant", 0.2, 6),
    ("constant", 0.1, 16),
    ("linear", 0.1, 16),
)


class Apart(NamedTuple):
    """The same trials by two engines. Test scores in points, (S,) each: seeds."""

    one: np.ndarray
    other: np.ndarray
    losses: float
    equal: int

    @property
    def share(self) -> float:
        """Of the variance over seeds, the part that is rounding: half the mean square of what two engines differ by."""
        spread = (pvariance(self.one.tolist()) + pvariance(self.other.tolist())) / 2
        return float(((self.one - self.other) ** 2).mean() / 2 / spread) if spread else 0.0


def measure(bank: pl.DataFrame | None, quick: bool) -> tuple[list[str], dict[str, object]]:  # noqa: ARG001  it trains
    """Lines for the page, and the numbers behind them."""
    seeds, cases = (4, CASES[:1]) if quick else (40, CASES)
    lines = [
        f"The same trials of {TASK} in lanes and in torch's grouped layout, {seeds} seeds: equal in all but the order "
        "of sums. Share: of the variance of the test score over seeds, what is rounding; in float64 the largest "
        "relative difference of the test loss.",
        "",
        "| schedule, peak, epochs | equal confusion matrices | largest difference, points | share | float64: loss |",
        "| --- | --- | --- | --- | --- |",
    ]
    numbers: dict[str, object] = {}
    for schedule, peak, epochs in cases:
        single = run_twice(schedule, peak, epochs, seeds, "float32")
        double = run_twice(schedule, peak, epochs, max(seeds // 4, 2), "float64")
        largest = float(np.abs(single.one - single.other).max())
        lines.append(
            f"| {schedule} {peak:g}, {epochs} | {single.equal} of {seeds} | {largest:.1f} | {100 * single.share:.0f} % "
            f"| {double.losses:.0e} |"
        )
        numbers[f"{schedule}@{peak:g}, {epochs} epochs"] = {
            "seeds": seeds, "equal": single.equal, "largest": largest, "share": single.share, "float64": double.losses,
        }  # fmt: skip
    return lines, numbers


def run_twice(schedule: str, peak: float, epochs: int, seeds: int, precision: Precision) -> Apart:
    """The trials of one setting by both engines."""
    task = get(TASK)
    trials = [
        Trial(
            task=TASK, data=task.fingerprint, optimizer=Optimizer(), schedule=schedule, peak=peak, seed=1000 + seed,
            budget=f"{epochs} epochs", evaluate_every=epochs, batch_size=32, precision=precision,
        )
        for seed in range(seeds)
    ]  # fmt: skip
    runs = [train_stack(trials, task, engine) for engine in ENGINES]
    tests = [[trained.record.test for trained in run or ()] for run in runs]
    scores = [np.array([100 * (test.score or 0.0) for test in found]) for found in tests]
    losses = [np.array([test.loss or 0.0 for test in found]) for found in tests]
    equal = sum(a.confusion == b.confusion for a, b in zip(*tests, strict=True))
    return Apart(scores[0], scores[1], float((np.abs(losses[0] - losses[1]) / losses[1]).max()), equal)
