"""Which way is better, and whether the curves leave a doubt."""

from collections.abc import Sequence

import numpy as np

from ..errors import RunsError
from ..trackers import RunTable
from ._values import RunCurve


def direction_of(table: RunTable, metric: str, asked: bool | None) -> bool:
    """Whether higher values of a metric are better. Raises RunsError where neither its name nor the user says."""
    if asked is not None:
        return asked
    if metric not in table.higher_is_better:
        raise RunsError(
            f"the name {metric} does not say whether higher is better, and a guess could turn every verdict around; "
            f"write --higher-is-better or --lower-is-better"
        )
    return table.higher_is_better[metric]


def doubt_of(curves: Sequence[RunCurve], metric: str, higher_is_better: bool) -> tuple[str, ...]:
    """What is to be said where a guessed direction meets arms that move both ways over their steps."""
    moves: dict[str, list[float]] = {}
    for curve in curves:
        there = curve.values[np.isfinite(curve.values)]
        if len(there) > 1:
            moves.setdefault(curve.arm, []).append(float(there[-1] - there[0]))
    grows = [arm for arm, of_arm in moves.items() if np.mean(of_arm) > 0]
    falls = [arm for arm, of_arm in moves.items() if np.mean(of_arm) < 0]
    if not (grows and falls):
        return ()
    word, option = ("higher", "--lower-is-better") if higher_is_better else ("lower", "--higher-is-better")
    return (
        f"{metric} grows with the steps in {grows[0]} and falls in {falls[0]}, so look whether {word} really is "
        f"better; if not, write {option}",
    )
