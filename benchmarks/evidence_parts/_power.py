"""Power that is promised, before a study and after it, and power that is found."""

import numpy as np
import polars as pl

from lrlab.stats import judge, paired, pairs_to_decide, smallest_decided_difference

from . import twins

TITLE = "Power promised and power found"
ARMS, SEEDS = (2, 8, 14), (10, 12, 16, 20, 30)


def measure(bank: pl.DataFrame | None, quick: bool) -> tuple[list[str], dict[str, object]]:
    """One arm worse by just so much, of normal arms and of real ones."""
    studies = 200 if quick else 4000
    error = twins.error_of(0.8, studies)
    lines = [
        "`lrlab plan` names the difference that is decided in four of five studies (power 0.80), before anything is "
        f"trained. Found: {studies:,} simulated studies each, one arm worse than all others by just that, judged by "
        "max-T (step-down, so that what else is claimed helps) or by Holm; standard error "
        f"{error:.3f}. In standard deviations of the paired differences. The question: leader against that arm.",
        "",
        "| arms | questions | seeds | promised | found by max-T | at its first step | Holm, same difference |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    found: dict[str, object] = {}
    for arms in ARMS:
        for seeds in SEEDS:
            questions = max(1, 2 * arms - 3)
            promised = smallest_decided_difference(1.0, seeds, comparisons=questions)
            shares = _found(arms, seeds, promised, studies)
            found[f"{arms} arms, {seeds} seeds"] = {"promised": promised} | shares
            cells = " | ".join(f"{share:.3f}" for share in shares.values())
            lines.append(f"| {arms} | {questions} | {seeds} | {promised:.2f} | {cells} |")
    lines += ["", _plan_words()]
    if bank is None:
        return lines, {"normal": found}
    more, real = _after(bank, 40 if quick else 400)
    return [*lines, "", *more], {"normal": found, "real": real}


def _plan_words() -> str:
    words = [f"{size:g} sd: {pairs_to_decide(size, 1.0, comparisons=13)} seeds" for size in (0.5, 1.0, 1.5)]
    return f"Seeds that decide a difference with 13 questions asked: {', '.join(words)}."


def _found(arms: int, seeds: int, size: float, studies: int) -> dict[str, float]:
    rng, hits, step = np.random.default_rng([arms, seeds]), np.zeros(3), 250
    asked = arms - 2  # leader against the last arm
    for start in range(0, studies, step):
        scores = rng.standard_normal((min(step, studies - start), arms, seeds)) / 2**0.5
        scores[:, -1] -= size
        rows = twins.questions_of(scores)
        p, alone = twins.p_of_max_t(rows)[:, asked], twins.p_by_holm(twins.p_alone(rows))[:, asked]
        # at the first step the worse arm's other question cannot help
        first = np.delete(rows, -1, axis=1) if arms > 2 else rows
        hits += [(p < 0.05).sum(), (twins.p_of_max_t(first)[:, asked] < 0.05).sum(), (alone < 0.05).sum()]
    return dict(zip(("max-T", "first step", "Holm"), (hits / studies).tolist(), strict=True))


def _after(bank: pl.DataFrame, studies: int) -> tuple[list[str], dict[str, object]]:
    """Real arms, shifted so that one is worse by what a verdict said could be seen."""
    lines = [
        "After a study a verdict names the smallest difference that the design would have seen, from its own "
        "spread. Found "
        f"on real trials: eight settings of the bank, all shifted to one mean and one to that difference below, "
        f"{studies} "
        "studies each with fresh seeds; the difference is the median of what 200 studies named.",
        "",
        "| seeds | promised (points) | found |",
        "| --- | --- | --- |",
    ]
    arms = twins.arms_of(bank)
    labels = ("linear@0.1", "warmup+constant@0.05", "cosine@0.1", "one_cycle@0.1", "exponential@0.3", "step@0.1")
    scores = [arms[label] - arms[label].mean() for label in (*labels, "linear@0.2", "constant@0.05")]
    found: dict[str, object] = {}
    for seeds in SEEDS:
        rng = np.random.default_rng(seeds)
        named = [_verdicts(scores, seeds, 0.0, rng)[-1].smallest_visible for _ in range(max(20, studies // 2))]
        promised = float(np.median(named))
        share = np.mean([_verdicts(scores, seeds, promised, rng)[-1].claim == "a" for _ in range(studies)])
        found[f"{seeds} seeds"] = {"promised": promised, "found": float(share)}
        lines.append(f"| {seeds} | {promised:.2f} | {share:.3f} |")
    return lines, found


def _verdicts(scores: list[np.ndarray], seeds: int, size: float, rng: np.random.Generator) -> tuple:
    """Of the leader against each; the last arm is worse by this."""
    places = rng.integers(0, 200, seeds)
    drawn = np.stack([values[places] for values in scores])
    drawn[-1] -= size
    rows = twins.questions_of(drawn[None])[0]
    pairs = [paired(row, np.zeros(seeds), rng=rng) for row in rows]
    return judge(pairs, shared=True, rng=rng)[: len(scores) - 1]
