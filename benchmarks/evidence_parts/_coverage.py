"""How often intervals hold the truth, on real trials: where arms are ordinary, and where one collapses."""

import numpy as np
import polars as pl
from scipy.stats import bootstrap

from lrlab.stats import fallen_behind, flip_interval, paired, t_interval

from . import twins

TITLE = "Intervals that hold the truth"
ORDINARY = (
    ("linear@0.1", "cosine@0.1"),
    ("linear@0.1", "one_cycle@0.1"),
    ("linear@0.1", "constant@0.05"),
    ("linear@0.1", "constant@0.1"),
    ("linear@0.1", "warmup+constant@0.1"),
    ("linear@0.1", "step@0.1"),
    ("linear@0.1", "exponential@0.3"),
    ("linear@0.2", "cosine@0.2"),
    ("constant@0.05", "constant@0.1"),
    ("constant@0.2", "step@0.3"),
)
COLLAPSING = (("one_cycle@0.2", "linear@0.1"), ("linear@0.3", "linear@0.1"), ("cosine@0.3", "linear@0.1"))
SEEDS = (10, 30)
CHANCE = 20.0  # per cent of accuracy: what a record of such a trial calls collapsed
NAMES = ("low to high", "sign flips alone", "Student's t", "BCa")


def measure(bank: pl.DataFrame | None, quick: bool) -> tuple[list[str], dict[str, object]]:
    """Draws of seeds from the 200 of each pair, whose mean difference is the truth."""
    if bank is None:
        return ["Needs the bank; LRLAB_DATA has none."], {}
    arms, studies = twins.arms_of(bank), 40 if quick else 2000
    lines = [
        f"Seeds are drawn from the 200 of a pair, with replacement, so that the mean of all 200 is the truth; "
        f"{studies:,} draws each, standard error {twins.error_of(0.95, studies):.3f}. Low to high: what is shown "
        f"(`paired`), the sign-flip interval at two thirds of the error. BCa: what it replaces, on a fifth of the "
        f"draws. All are said to hold it in 0.95.",
        "",
        f"| pair | skewness | seeds | {' | '.join(NAMES)} |",
        f"| --- | --- | --- {'| --- ' * len(NAMES)}|",
    ]
    ordinary: dict[str, object] = {}
    for a, b in ORDINARY:
        differences = arms[a] - arms[b]
        skewness = float(((differences - differences.mean()) ** 3).mean() / differences.std() ** 3)
        for n in SEEDS:
            shares = _held(differences, n, studies if n == 10 else studies // 2)
            ordinary[f"{a} - {b}, {n} seeds"] = shares
            lines.append(f"| {a} - {b} | {skewness:.1f} | {n} | {' | '.join(f'{s:.3f}' for s in shares.values())} |")
    more, collapsing = _collapses(arms, studies)
    return [*lines, "", *more], {"ordinary": ordinary, "collapsing": collapsing}


def _held(differences: np.ndarray, n: int, studies: int) -> dict[str, float]:
    rng, hits, bootstrapped, truth = np.random.default_rng(n), np.zeros(len(NAMES) - 1), [], differences.mean()
    for study in range(studies):
        row = differences[rng.integers(0, len(differences), n)]
        pair = paired(row, np.zeros(n), rng=rng)
        ends = [(pair.low, pair.high), flip_interval(row, rng=rng)[1:3], t_interval(row)[1:3]]
        hits += [low <= truth <= high for low, high in ends]
        if study % 5 == 0:
            low, high = bootstrap((row,), np.mean, n_resamples=999, rng=rng).confidence_interval
            bootstrapped.append(low <= truth <= high)
    return dict(zip(NAMES, [*(hits / studies).tolist(), float(np.mean(bootstrapped))], strict=True))


def _collapses(arms: dict[str, np.ndarray], studies: int) -> tuple[list[str], dict[str, object]]:
    lines = [
        "Where an arm collapses on a few seeds (at chance, or fallen far behind), ten seeds mostly show none of it, "
        "and no "
        "interval of ten values holds the mean. What is said then is an interval of the seeds that did not fail, "
        "and how "
        "many may fail at most. Typical: the mean difference of seeds on which neither arm fails.",
        "",
        "| pair, 10 seeds | truly fails | no failure seen | holds the mean | holds the typical difference, of seeds "
        "that "
        "did not fail | the bound holds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    found: dict[str, object] = {}
    for a, b in COLLAPSING:
        shares = _typical(arms[a], arms[b], 10, studies)
        found[f"{a} - {b}"] = shares
        lines.append(f"| {a} - {b} | {' | '.join(f'{share:.3f}' for share in shares.values())} |")
    return lines, found


def _failed(values: np.ndarray) -> np.ndarray:
    return (values < CHANCE) | fallen_behind(values, higher_is_better=True)


def _typical(a: np.ndarray, b: np.ndarray, n: int, studies: int) -> dict[str, float]:
    rng, truly = np.random.default_rng(n), _failed(a) | _failed(b)
    mean, typical, bounds = (a - b).mean(), (a - b)[~truly].mean(), twins.bounds_of(n)
    hits = np.zeros(4)
    for _ in range(studies):
        places = rng.integers(0, len(a), n)
        seen = _failed(a[places]) | _failed(b[places])
        row = (a - b)[places]
        whole = paired(row, np.zeros(n), rng=rng)
        kept = paired(row[~seen], np.zeros((~seen).sum()), rng=rng)
        hits += [
            not seen.any(),
            whole.low <= mean <= whole.high,
            kept.low <= typical <= kept.high,
            truly.mean() <= bounds[seen.sum()],
        ]
    names = ("no failure seen", "mean", "typical", "bound")
    return {"truly": float(truly.mean())} | dict(zip(names, (hits / studies).tolist(), strict=True))
