"""The rules of `lrlab.stats` for many studies at once, written again. Suffix R: studies; M: questions; N: seeds."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lrlab.stats import failure_bound

Rows = NDArray[np.float64]
Answers = NDArray[np.bool_]
DRAWN = 2000  # patterns of signs, where not all are counted
AT_ONCE = 3_000_000  # statistics in memory


def questions_of(arms: Rows) -> Rows:
    """Leader (the first arm) against each, each against the baseline (the second): (R, arms, N) to (R, M, N)."""
    against_leader = arms[:, :1] - arms[:, 1:]
    return np.concatenate([against_leader, arms[:, 2:] - arms[:, 1:2]], axis=1)


def signs_of(n: int, seed: int = 0) -> NDArray[np.float32]:
    """Half of all patterns of n signs up to 11, the first one all +; else drawn ones."""
    if n <= 11:
        bits = np.arange(2 ** (n - 1))[:, None] >> np.arange(n) & 1
    else:
        bits = np.random.default_rng(seed).integers(0, 2, (DRAWN, n))
        bits[0] = 0
    return (1.0 - 2.0 * bits).astype(np.float32)


def parts_of(differences: Rows):
    """Studies a bounded number at a time: where they begin and end."""
    studies, questions, n = differences.shape
    step = max(1, AT_ONCE // (questions * len(signs_of(n))))
    return [(start, min(start + step, studies)) for start in range(0, studies, step)]


def _flips(differences: Rows, signs: NDArray[np.float32]) -> NDArray[np.float32]:
    """The statistic under every pattern, (R, M, patterns); the first is as seen."""
    norms = np.sqrt((differences**2).sum(axis=2, keepdims=True))
    units = (differences / np.where(norms > 0, norms, 1.0)).astype(np.float32)
    return units @ signs.T


def p_of_max_t(differences: Rows) -> Rows:
    """Adjusted p by step-down max-T, (R, M)."""
    signs = signs_of(differences.shape[2])
    p = np.empty(differences.shape[:2])
    for start, end in parts_of(differences):
        flips = np.abs(_flips(differences[start:end], signs))
        order = np.argsort(-flips[:, :, 0], axis=1, kind="stable")
        flips = np.take_along_axis(flips, order[:, :, None], axis=1)
        largest = np.maximum.accumulate(flips[:, ::-1], axis=1)[:, ::-1]
        stepped = np.maximum.accumulate((largest >= flips[:, :, :1] - 1e-5).mean(axis=2), axis=1)
        np.put_along_axis(p[start:end], order, stepped, axis=1)
    return p


def p_alone(differences: Rows) -> Rows:
    """The sign-flip p of each question by itself, (R, M)."""
    signs = signs_of(differences.shape[2])
    p = np.empty(differences.shape[:2])
    for start, end in parts_of(differences):
        flips = np.abs(_flips(differences[start:end], signs))
        p[start:end] = (flips >= flips[:, :, :1] - 1e-5).mean(axis=2)
    return p


def p_by_holm(p: Rows) -> Rows:
    """Holm's adjusted p of each study's questions, (R, M)."""
    order = np.argsort(p, axis=1, kind="stable")
    stepped = np.take_along_axis(p, order, axis=1) * np.arange(p.shape[1], 0, -1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(np.maximum.accumulate(stepped, axis=1), 1.0), axis=1)
    return adjusted


def p_of_equal(differences: Rows, margin: float) -> Rows:
    """Holm's adjusted p of lying within the margin: two one-sided sign-flip tests, (R, M)."""
    half = signs_of(differences.shape[2])
    signs = np.concatenate([half, -half]) if differences.shape[2] <= 11 else half
    p = np.empty(differences.shape[:2])
    for start, end in parts_of(differences):
        both = [_flips(sided, signs) for sided in (differences[start:end] + margin, margin - differences[start:end])]
        p[start:end] = np.maximum(*[(flips >= flips[:, :, :1] - 1e-5).mean(axis=2) for flips in both])
    return p_by_holm(p)


def error_of(share: float, studies: int) -> float:
    """The standard error of a share of so many studies."""
    return float(np.sqrt(max(share * (1 - share), 1e-9) / studies))


def bounds_of(n: int) -> Rows:
    """`failure_bound` of 0 .. n failures in n runs."""
    return np.array([failure_bound(failed, n) for failed in range(n + 1)])


def arms_of(bank: pl.DataFrame, measure: str = "test_accuracy") -> dict[str, Rows]:
    """The 200 seeds of each schedule at each peak, in points, by "linear@0.1"."""
    found = {}
    for (schedule, peak), group in bank.sort("seed").group_by("schedule", "peak", maintain_order=True):
        found[f"{schedule}@{peak:g}"] = (100 * group[measure].to_numpy().astype(np.float64)).round(4)  # kept as float32
    return found
