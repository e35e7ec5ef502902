"""Mean curves of arms by step, with a band."""

from collections.abc import Sequence

import numpy as np

from ..spec import JudgedCurve
from ..stats import band
from ._arms import LARGEST
from ._values import RunCurve

MOST_POINTS = 300


def mean_curves(curves: Sequence[RunCurve]) -> tuple[JudgedCurve, ...]:
    """A curve for each arm that has steps, at those of its steps where two runs or more have a number."""
    by_arm: dict[str, list[RunCurve]] = {}
    for curve in curves:
        if len(curve.steps) > 1 and not np.isnan(curve.steps).any():
            by_arm.setdefault(curve.arm, []).append(curve)
    found = (_mean_curve(label, of_arm) for label, of_arm in by_arm.items() if len(of_arm) > 1)
    return tuple(curve for curve in found if len(curve.steps) > 1)


def _mean_curve(label: str, curves: Sequence[RunCurve]) -> JudgedCurve:
    every = np.unique(np.concatenate([curve.steps for curve in curves]))
    value_SE = np.full((len(curves), len(every)), np.nan)
    for row, curve in zip(value_SE, curves, strict=True):
        row[np.searchsorted(every, curve.steps)] = np.where(np.abs(curve.values) > LARGEST, np.nan, curve.values)
    there = np.flatnonzero(np.isfinite(value_SE).sum(axis=0) > 1)
    if len(there) > MOST_POINTS:
        there = there[np.unique(np.linspace(0, len(there) - 1, MOST_POINTS).round().astype(np.int64))]
    means, lows, highs = band(value_SE[:, there])
    keep = np.isfinite(lows) & np.isfinite(highs)
    return JudgedCurve(
        label=label,
        steps=tuple(every[there][keep].tolist()),
        means=tuple(means[keep].tolist()),
        lows=tuple(lows[keep].tolist()),
        highs=tuple(highs[keep].tolist()),
    )
