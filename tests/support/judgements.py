"""Small, made-up, coherent judgements, for tests of how a judgement is shown."""

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from statistics import mean, stdev
from typing import Any, Literal

import numpy as np
from scipy.stats import permutation_test, ttest_ind

from lrlab.spec import JudgedArm, JudgedCurve, JudgedPair, Judgement, Metric
from lrlab.stats import Verdict, holm, judge, mean_interval, paired

ACCURACY = Metric(name="accuracy")
LABELS = ("linear", "cosine", "constant", "step")
Questions = Literal["leader", "baseline", "pairs"]
Values = Mapping[str, Sequence[float | None]]


def example_values(labels: Sequence[str] = LABELS, runs: int = 10, higher_is_better: bool = True) -> dict[str, list]:
    """The last arm is clearly worse; the others are much alike, and share the luck of a seed."""
    luck = np.random.default_rng(0).normal(scale=0.006, size=runs)
    values = {}
    for place, label in enumerate(labels):
        skill = 0.90 if place == len(labels) - 1 else 0.955 - 0.002 * place
        own = np.random.default_rng(place + 1).normal(scale=0.003, size=runs)
        quality = skill + luck + own
        values[label] = (quality if higher_is_better else 1 - quality).round(6).tolist()
    return values


def example_judgement(
    values: Values | None = None,
    *,
    is_paired: bool = True,
    questions: Questions = "leader",
    leader: str = "",
    metric: Metric = ACCURACY,
    what: str = "final value",
    steps: int = 0,
    needed: int | None = 42,
    **changes: Any,
) -> Judgement:
    """Verdicts by `lrlab.stats` where paired, else by scipy's permutation test. steps: of the curves; 0: none.

    needed: of each pair that is not decided. changes: fields as they are.
    """
    given = dict(values or example_values(higher_is_better=metric.higher_is_better))
    sign = 1 if metric.higher_is_better and not what.startswith("steps") else -1
    every = [value for run in given.values() for value in run if value is not None]
    worst = min(every, key=lambda value: sign * value) if every else 0.0
    filled = {label: [worst if v is None else v for v in run] for label, run in given.items()}
    order = sorted(given, key=lambda label: -sign * mean(filled[label]))
    leading = leader or (order[0] if questions == "leader" else "")
    baseline = order[-1] if questions == "baseline" else ""
    asked = _questions(order, questions, leading or baseline)
    pairs = (_paired if is_paired else _unpaired)([(a, b, filled[a], filled[b]) for a, b in asked], sign, needed)
    fields: dict[str, Any] = {
        "metric": metric,
        "what": what,
        "questions": questions,
        "baseline": baseline,
        "leader": leading,
        "chosen_by": "",
        "family": len(pairs),
        "arms": tuple(_arm(label, given[label], filled[label]) for label in order),
        "pairs": pairs,
        "paired": is_paired,
        "pairing": "Paired by seed." if is_paired else "Not paired: the arms share no seed.",
        "notes": ("The column 'schedule' was taken for the arm.",),
        "curves": tuple(_curve(label, filled[label], steps) for label in order) if steps else (),
        "sources": ("runs.csv",),
    }
    return Judgement(**(fields | changes))


def _questions(order: Sequence[str], questions: Questions, reference: str) -> list[tuple[str, str]]:
    if questions == "pairs":
        return list(combinations(order, 2))
    others = [label for label in order if label != reference]
    return [(reference, label) if questions == "leader" else (label, reference) for label in others]


def _arm(label: str, given: Sequence[float | None], filled: Sequence[float]) -> JudgedArm:
    seeds = tuple(map(str, range(len(given))))
    if all(value is None for value in given):
        return JudgedArm(label=label, score=None, low=None, high=None, sd=None, seeds=seeds, values=tuple(given))
    found = mean_interval(filled, rng=np.random.default_rng(0))
    sd = stdev(filled) if len(filled) > 1 else None
    return JudgedArm(
        label=label, score=found.point, low=found.low, high=found.high, sd=sd, seeds=seeds, values=tuple(given)
    )


def _paired(asked: Sequence[tuple[str, str, list, list]], sign: int, needed: int | None) -> tuple[JudgedPair, ...]:
    found = judge([paired(a, b, rng=np.random.default_rng(0)) for _, _, a, b in asked])
    return tuple(_pair_of(names[:2], each, sign, needed) for names, each in zip(asked, found, strict=True))


def _pair_of(names: tuple[str, str], each: Verdict, sign: int, needed: int | None) -> JudgedPair:
    a, b = names
    found = each.difference
    verdict = "" if each.claim == "none" else a if (each.claim == "a") == (sign > 0) else b
    return JudgedPair(
        a=a,
        b=b,
        verdict=verdict,
        paired=True,
        difference=found.difference,
        low=found.low,
        high=found.high,
        p=found.p,
        adjusted_p=each.adjusted_p,
        runs_a=found.n,
        runs_b=found.n,
        welch_p=None,
        correlation=None if np.isnan(found.rho) else found.rho,
        superiority=found.superiority if sign > 0 else 1 - found.superiority,
        smallest_visible=each.smallest_visible if np.isfinite(each.smallest_visible) else None,
        needed=None if verdict else needed,
    )


def _unpaired(asked: Sequence[tuple[str, str, list, list]], sign: int, needed: int | None) -> tuple[JudgedPair, ...]:
    tests = [ttest_ind(a, b, equal_var=False) for _, _, a, b in asked]
    ps = [
        float(permutation_test((a, b), lambda x, y: np.mean(x) - np.mean(y), n_resamples=999, rng=0).pvalue)
        for _, _, a, b in asked
    ]
    pairs = []
    for (a, b, x, y), welch, p, adjusted in zip(asked, tests, ps, holm(ps), strict=True):
        difference, interval = mean(x) - mean(y), welch.confidence_interval()
        separated = adjusted < 0.05 and interval.low * interval.high > 0
        verdict = (a if sign * difference > 0 else b) if separated else ""
        pairs.append(
            JudgedPair(
                a=a,
                b=b,
                verdict=verdict,
                paired=False,
                difference=difference,
                low=float(interval.low),
                high=float(interval.high),
                p=p,
                adjusted_p=float(adjusted),
                runs_a=len(x),
                runs_b=len(y),
                welch_p=float(welch.pvalue),
                correlation=None,
                superiority=mean((sign * (i - j) > 0) + 0.5 * (i == j) for i, j in product(x, y)),
                smallest_visible=0.01,
                needed=None if verdict else needed,
            )
        )
    return tuple(pairs)


def _curve(label: str, values: Sequence[float], steps: int) -> JudgedCurve:
    at = np.linspace(0, 1000, steps)
    means = mean(values) * (1 - 0.5 * np.exp(-at / 200))
    return JudgedCurve(
        label=label,
        steps=tuple(at.tolist()),
        means=tuple(means.tolist()),
        lows=tuple((means - 0.01).tolist()),
        highs=tuple((means + 0.01).tolist()),
    )
