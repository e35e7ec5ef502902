"""How often the interval of two arms that share no seeds holds the truth, from two runs each on."""

import numpy as np
import polars as pl
from scipy.stats import ttest_ind

from lrlab.stats import unpaired
from lrlab.stats._bca import bca_ends

from . import twins

TITLE = "Intervals of runs that share no seeds"
SIZES = ((2, 2), (3, 3), (4, 4), (5, 5), (3, 10), (10, 10), (20, 20))
KINDS = ("normal", "exponential")
RESAMPLES = 999
NAMES = ("shown", "BCa alone", "Welch's alone")


def measure(bank: pl.DataFrame | None, quick: bool) -> tuple[list[str], dict[str, object]]:  # noqa: ARG001  it draws
    """Draws of both arms from one distribution, so that the difference of means is 0."""
    studies = 40 if quick else 1000
    lines = [
        f"Both arms are drawn from one distribution, so that the true difference is 0; {studies:,} draws each, "
        f"standard error {twins.error_of(0.95, studies):.3f}; {RESAMPLES} resamples. Shown: what `unpaired` gives, "
        f"whose ends are the farther ones of the other two. All are said to hold the truth in 0.95.",
        "",
        f"| runs | values | {' | '.join(NAMES)} |",
        f"| --- | --- {'| ---: ' * len(NAMES)}|",
    ]
    numbers: dict[str, object] = {}
    for kind in KINDS:
        for n_a, n_b in SIZES:
            shares = _held(kind, n_a, n_b, studies)
            numbers[f"{n_a} against {n_b}, {kind}"] = shares
            told = " | ".join(f"{share:.3f}" for share in shares.values())
            lines.append(f"| {n_a} against {n_b} | {kind} | {told} |")
    return lines, numbers


def _held(kind: str, n_a: int, n_b: int, studies: int) -> dict[str, float]:
    rng, hits = np.random.default_rng([n_a, n_b]), np.zeros(len(NAMES))
    for _ in range(studies):
        a, b = (getattr(rng, kind)(size=size) for size in (n_a, n_b))
        found = unpaired(a, b, rng=rng, resamples=RESAMPLES, shuffles=100)
        student = ttest_ind(a, b, equal_var=False).confidence_interval()
        bca = bca_ends([a, b], _difference, rng, 0.95, RESAMPLES)
        ends = (found.low, found.high), bca, (student.low, student.high)
        hits += [low <= 0 <= high for low, high in ends]
    return dict(zip(NAMES, (hits / studies).tolist(), strict=True))


def _difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a.mean(axis=-1) - b.mean(axis=-1)
