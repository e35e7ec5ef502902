"""How often a study of equal arms claims something: by simulation, and on real trials dealt again."""

from collections.abc import Callable

import numpy as np
import polars as pl

from lrlab.stats import judge, paired

from . import twins

TITLE = "False claims of one look"
ALPHA, SEEDS = 0.05, 10
ARMS = (2, 8, 14)
MARGIN = 1.0  # within which arms count as equal, in standard deviations of an arm

Draw = Callable[[np.random.Generator, int, int], np.ndarray]  # studies, arms: (R, arms, N)


def _normal(rng: np.random.Generator, studies: int, arms: int) -> np.ndarray:
    return rng.standard_normal((studies, arms, SEEDS))


def _skewed(rng: np.random.Generator, studies: int, arms: int) -> np.ndarray:
    return -rng.lognormal(size=(studies, arms, SEEDS))


def _heavy(rng: np.random.Generator, studies: int, arms: int) -> np.ndarray:
    return rng.standard_t(2, size=(studies, arms, SEEDS))


def _correlated(rng: np.random.Generator, studies: int, arms: int) -> np.ndarray:
    return _normal(rng, studies, arms) + 3 * rng.standard_normal((studies, 1, SEEDS))


def _unlike(rng: np.random.Generator, studies: int, arms: int) -> np.ndarray:
    return _normal(rng, studies, arms) * np.linspace(1, 5, arms)[:, None]


def _diverging(rng: np.random.Generator, studies: int, arms: int) -> np.ndarray:
    """One run in ten diverges, and counts as the worst of its study."""
    scores = _normal(rng, studies, arms)
    lost = rng.random(scores.shape) < 0.1
    return np.where(lost, scores.min(axis=(1, 2), keepdims=True), scores)


def _one_worse(rng: np.random.Generator, studies: int, arms: int) -> np.ndarray:
    """The last arm is far behind: what is claimed of it is right, of all others wrong."""
    scores = _normal(rng, studies, arms)
    scores[:, -1] -= 3.0
    return scores


def _unlike_skew(rng: np.random.Generator, studies: int, arms: int) -> np.ndarray:
    """Equal means, but the leader is skewed and the others are not: differences are not symmetric."""
    scores = _normal(rng, studies, arms)
    scores[:, 0] = 1 - rng.exponential(size=(studies, SEEDS))
    return scores


NULLS: dict[str, Draw] = {
    "normal": _normal,
    "skewed (lognormal)": _skewed,
    "heavy-tailed (t, 2 df)": _heavy,
    "a common seed effect (correlation .9)": _correlated,
    "spread from 1 to 5": _unlike,
    "10 % diverge": _diverging,
    "one arm worse": _one_worse,
}


def measure(bank: pl.DataFrame | None, quick: bool) -> tuple[list[str], dict[str, object]]:
    """Simulated families, fragile arms, and families of real trials."""
    lines, numbers = _simulated(500 if quick else 100_000)
    skew_lines, skew_numbers = _not_symmetric(500 if quick else 20_000)
    lines += ["", *skew_lines]
    if bank is None:
        return [*lines, "", "Families of real trials need the bank; LRLAB_DATA has none."], numbers | skew_numbers
    real_lines, real_numbers = _real(bank, 40 if quick else 1000)
    return [*lines, "", *real_lines], numbers | skew_numbers | real_numbers


def _wrong(claims: np.ndarray, kind: str, arms: int) -> float:
    """The share of studies with a false claim; of one arm worse, those about the others."""
    if kind == "one arm worse":
        labels = list(range(1, arms)) + list(range(2, arms))
        claims = claims[:, [label != arms - 1 for label in labels]]
    return float(claims.any(axis=1).mean()) if claims.shape[1] else 0.0


def _simulated(studies: int) -> tuple[list[str], dict[str, object]]:
    lines = [
        f"Equal arms on {SEEDS} seeds, {studies:,} studies of each kind: the share with any false claim, nominal "
        f"0.05. The "
        f"questions are a study's: leader against each, each against the baseline (1, 13, 25). Standard error "
        f"{twins.error_of(0.05, studies):.4f}. Naive: each p by itself. Equal: every pair with the leader lies "
        f"exactly a "
        f"margin ({MARGIN:g} standard deviation) away, and one is called equal within it.",
        "",
        "| arms differ in | arms | max-T | Holm | naive | equal within |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    found: dict[str, object] = {}
    for kind, draw in NULLS.items():
        for arms in ARMS:
            if kind == "one arm worse" and arms == 2:
                continue
            shares = _shares(kind, draw, arms, studies)
            found[f"{kind}, {arms} arms"] = shares
            cells = " | ".join(f"{shares[name]:.4f}" for name in ("max-T", "Holm", "naive"))
            equal = "" if shares["equal"] is None else f"{shares['equal']:.4f}"
            lines.append(f"| {kind} | {arms} | {cells} | {equal} |")
    return lines, {"studies": studies, "simulated": found}


def _shares(kind: str, draw: Draw, arms: int, studies: int) -> dict[str, float | None]:
    rng = np.random.default_rng([arms, len(kind)])
    hits, equal = np.zeros(3), 0.0
    for start in range(0, studies, 5000):
        scores = draw(rng, min(5000, studies - start), arms)
        share = len(scores) / studies
        rows = twins.questions_of(scores)
        alone = twins.p_alone(rows)
        claims = [twins.p_of_max_t(rows) < ALPHA, twins.p_by_holm(alone) < ALPHA, alone < ALPHA]
        hits += [share * _wrong(each, kind, arms) for each in claims]
        if kind != "one arm worse":
            scores[:, 0] += MARGIN
            within = twins.p_of_equal(twins.questions_of(scores), MARGIN) < ALPHA
            equal += share * float(within[:, : arms - 1].any(axis=1).mean())
    names = dict(zip(("max-T", "Holm", "naive"), hits.tolist(), strict=True))
    return names | {"equal": None if kind == "one arm worse" else equal}


def _not_symmetric(studies: int) -> tuple[list[str], dict[str, object]]:
    lines = [
        "Equal *means*, but the leader's differences are not symmetric, which no test of few seeds can make up for. A "
        "fragile leader fails on a share q of seeds (60 standard deviations down) and is better on the others, so that "
        "the means agree. The complete statement is: better on the seeds that did not fail, and at most so many fail "
        "(95 %, from what was seen). It is false where the sign on seeds that do not fail is wrong, or the true "
        "rate is "
        f"above the bound. {studies:,} studies each, {SEEDS} seeds.",
        "",
        "| leader | arms | claimed better, though the means agree | complete statement false |",
        "| --- | --- | --- | --- |",
    ]
    found: dict[str, object] = {}
    for arms in ARMS:
        rng = np.random.default_rng(arms)
        rows = twins.questions_of(_unlike_skew(rng, studies, arms))
        share = _of_leader(rows, arms).any(axis=1).mean()
        found[f"skewed leader, {arms} arms"] = {"claims": float(share)}
        lines.append(f"| skewed, never fails | {arms} | {share:.3f} | {share:.3f} |")
    for arms in ARMS:
        for rate in (0.02, 0.05, 0.1, 0.2):
            claimed, false = _fragile(studies, arms, rate)
            found[f"fails {rate:g}, {arms} arms"] = {"claims": claimed, "complete false": false}
            lines.append(f"| fails on {100 * rate:g} % | {arms} | {claimed:.3f} | {false:.3f} |")
    return lines, {"asymmetric": found}


def _of_leader(rows: np.ndarray, arms: int) -> np.ndarray:
    """Which of the leader's questions are claimed."""
    return (twins.p_of_max_t(rows) < ALPHA)[:, : arms - 1]


def _fragile(studies: int, arms: int, rate: float) -> tuple[float, float]:
    rng = np.random.default_rng([arms, int(1000 * rate)])
    scores = _normal(rng, studies, arms)
    failed = rng.random((studies, SEEDS)) < rate
    better = 60 * rate / (1 - rate)  # of the seeds that do not fail, so that the mean is that of the others
    scores[:, 0] += np.where(failed, -60.0, better)
    rows = twins.questions_of(scores)
    claims = _of_leader(rows, arms)
    up = (claims & (rows[:, : arms - 1].mean(axis=2) > 0)).any(axis=1)
    down = (claims & (rows[:, : arms - 1].mean(axis=2) < 0)).any(axis=1)
    bound = twins.bounds_of(SEEDS)[failed.sum(axis=1)]
    # A statement is made where something is claimed; "worse" is wrong on the seeds that do not fail.
    false = (up & (rate > bound)) | down
    return float(up.mean()), float(false.mean())


def _real(bank: pl.DataFrame, studies: int) -> tuple[list[str], dict[str, object]]:
    """Families of real trials in which no arm can be better, judged by `lrlab.stats.judge` itself."""
    lines = [
        f"Real trials of which none can be better, judged by `lrlab.stats.judge` itself, {SEEDS} seeds, {studies:,} "
        f"families each; standard error {twins.error_of(0.05, studies):.3f}. Dealt: the 200 seeds of one setting are "
        f"dealt to all arms. Shuffled: arms are different settings, and in every seed the labels are shuffled, so that "
        f"what a seed brings to all is kept.",
        "",
        "| trials | arms | max-T | Holm | each p alone | twin of the simulation agrees |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    arms, found = twins.arms_of(bank), {}
    kinds: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
        "linear@0.1, dealt": lambda rng, k: _dealt(arms["linear@0.1"], rng, k),
        "constant@0.1, dealt": lambda rng, k: _dealt(arms["constant@0.1"], rng, k),
        "one_cycle@0.2 (collapses), dealt": lambda rng, k: _dealt(arms["one_cycle@0.2"], rng, k),
        "all settings up to 0.3, shuffled": lambda rng, k: _shuffled(arms, rng, k),
    }
    for name, draw in kinds.items():
        for count in ARMS:
            shares = _judged(draw, count, studies)
            found[f"{name}, {count} arms"] = shares
            lines.append(f"| {name} | {count} | {' | '.join(f'{value:.3f}' for value in shares.values())} |")
    return lines, {"real": found}


def _dealt(values: np.ndarray, rng: np.random.Generator, arms: int) -> np.ndarray:
    return rng.permutation(values)[: arms * SEEDS].reshape(arms, SEEDS)


def _shuffled(arms: dict[str, np.ndarray], rng: np.random.Generator, count: int) -> np.ndarray:
    labels = rng.permutation([label for label in arms if not label.endswith("@0.9")])[:count]
    seeds = rng.permutation(200)[:SEEDS]
    return rng.permuted(np.stack([arms[label][seeds] for label in labels]), axis=0)


def _judged(draw: Callable[[np.random.Generator, int], np.ndarray], arms: int, studies: int) -> dict[str, float]:
    rng, hits, same = np.random.default_rng(arms), np.zeros(3), 0
    for _ in range(studies):
        rows = twins.questions_of(draw(rng, arms)[None])
        pairs = [paired(row, np.zeros(SEEDS), rng=rng) for row in rows[0]]
        shared, unshared = judge(pairs, shared=True, rng=rng), judge(pairs)
        claims = [any(verdict.claim != "none" for verdict in verdicts) for verdicts in (shared, unshared)]
        hits += [*claims, any(pair.p < ALPHA for pair in pairs)]
        twin = twins.p_of_max_t(rows)[0]
        same += np.allclose(twin, [verdict.adjusted_p for verdict in shared], atol=1e-12)
    shares = hits / studies
    return dict(zip(("max-T", "Holm", "alone"), shares.tolist(), strict=True)) | {"agree": same / studies}
