"""Small tables of runs, as a reader would have made them."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars

from lrlab.trackers import RunTable

SCHEMA = {"arm": str, "seed": str, "metric": str, "step": float, "value": float, "where": str}
UP = {"accuracy": True, "loss": False, "validation_accuracy": True}


def table_of(rows: Iterable[tuple], metrics: Sequence[str] = ("accuracy",), *, seeded: bool = True, **more) -> RunTable:
    """Rows of arm, seed, metric, step and value, as lines of runs.csv from the second on."""
    lines = [
        (arm, str(seed), metric, step, value, f"runs.csv:{line}")
        for line, (arm, seed, metric, step, value) in enumerate(rows, 2)
    ]
    frame = polars.DataFrame(lines, schema=SCHEMA, orient="row")
    known = {"higher_is_better": {name: UP[name] for name in metrics if name in UP}} | more
    return RunTable(frame=frame, metrics=tuple(metrics), seeded=seeded, **known)


def finals(values: Mapping[str, Mapping[object, float]], metric: str = "accuracy", **more) -> RunTable:
    """One value of each run, by arm and seed."""
    rows = [(arm, seed, metric, None, value) for arm, runs in values.items() for seed, value in runs.items()]
    return table_of(rows, (metric,), **more)


def curves(values: Mapping[str, Mapping[object, Mapping[float, float]]], metric: str = "accuracy", **more) -> RunTable:
    """Values by arm, seed and step."""
    rows = [
        (arm, seed, metric, step, value)
        for arm, runs in values.items()
        for seed, curve in runs.items()
        for step, value in curve.items()
    ]
    return table_of(rows, (metric,), **more)


def lucky(means: Mapping[str, float], seeds: Sequence[int] = range(10), luck: float = 0.02, own: float = 0.005) -> dict:
    """Values by arm and seed: arms share the luck of a seed, and have chance of their own."""
    shared = {seed: np.random.default_rng(seed).normal(scale=luck) for seed in seeds}
    return {
        arm: {seed: mean + shared[seed] + np.random.default_rng([seed, place]).normal(scale=own) for seed in seeds}
        for place, (arm, mean) in enumerate(means.items())
    }
