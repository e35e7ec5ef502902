"""How well peaks are tuned, and what is then said wrongly of schedules: replays of designs on the bank.

Axes: S schedule, P peak, N seed; M question. Truth: the mean test accuracy of all 200 seeds of the bank.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

TITLE = "Tuning"
GRID, BEYOND = (0.01, 0.03, 0.1, 0.3), 0.9
BETWEEN = {
    0.01: (),
    0.03: (0.05,),
    0.1: (0.05, 0.2),
    0.3: (0.2,),
    0.9: (),
}  # the bank has nothing between 0.01 and 0.03
FRESH = 20  # of a shuffle of the 200 seeds, the first that confirms; those before it may tune
FLIPS, ERRORS = 2000, 2.0
COLUMNS = ("validation_accuracy", "validation_loss", "test_accuracy")
Values = NDArray[np.floating[Any]]


class Design(NamedTuple):
    """How peaks are tuned. seeds: for all. further: that the best `finalists` have beyond them."""

    name: str
    grid: str
    by: str
    seeds: int
    finalists: int = 1
    further: int = 0


OLD = Design("factor 3, 2 seeds, by accuracy (before)", "coarse", "accuracy", 2)
NEW = Design("refined, 2 seeds + 4 for the best two, by loss (now)", "refined", "loss", 2, 2, 4)
DESIGNS = (
    OLD,
    Design("factor 3, 5 seeds, by accuracy", "coarse", "accuracy", 5),
    Design("refined, 2 seeds, by accuracy", "refined", "accuracy", 2),
    Design("refined, 2 seeds, by loss", "refined", "loss", 2),
    Design("refined, 2 + 4, by accuracy", "refined", "accuracy", 2, 2, 4),
    NEW,
    Design("all seven peaks, 2 + 4, by accuracy", "all", "accuracy", 2, 2, 4),
    Design("all seven peaks, 5 seeds, by accuracy", "all", "accuracy", 5),
    Design("all seven peaks, 5 seeds, by loss", "all", "loss", 5),
)


class Bank:
    """The trials. validation: by criterion, higher is better, (S, P, N); test: in per cent; truth: (S, P)."""

    def __init__(self, table: pl.DataFrame) -> None:
        rows = table.sort("schedule", "peak", "seed")
        self.schedules = rows["schedule"].unique(maintain_order=True).to_list()
        self.peaks = rows["peak"].unique().sort().to_list()
        shape = (len(self.schedules), len(self.peaks), -1)
        accuracy, loss, test = (rows[name].cast(pl.Float64).to_numpy().reshape(shape) for name in COLUMNS)
        self.validation = {"accuracy": accuracy, "loss": -loss}
        self.test, self.truth = 100 * test, 100 * test.mean(axis=2)


class Tuned(NamedTuple):
    """A schedule after its tuning phase. peak: by its place. score: what a leader is found by."""

    peak: int
    rivals: tuple[int, ...]
    score: float
    trials: int


def tune(bank: Bank, schedule: int, design: Design, seeds_N: NDArray[np.int64]) -> Tuned:
    """Tune a schedule on the first of these seeds."""
    values_PN = bank.validation[design.by][schedule]
    first_N = seeds_N[: design.seeds]
    mean_P = values_PN[:, first_N].mean(axis=1)
    tried = _tried_peaks(bank, design, mean_P)
    order = sorted(tried, key=lambda peak: -mean_P[peak])
    finalists, all_N = order[: design.finalists], seeds_N[: design.seeds + design.further]
    final_P = values_PN[:, all_N].mean(axis=1)
    best = max(finalists, key=lambda peak: final_P[peak])
    rivals = tuple(peak for peak in finalists if peak != best and _is_equal(values_PN, best, peak, all_N))
    trials = len(tried) * design.seeds + len(finalists) * design.further
    return Tuned(best, rivals, float(final_P[best]), trials)


def _tried_peaks(bank: Bank, design: Design, mean_P: Values) -> list[int]:
    """The places of the peaks that are tried, given how they do."""
    if design.grid == "all":
        return list(range(len(bank.peaks)))
    tried = list(GRID)

    def best() -> float:
        return max(tried, key=lambda peak: mean_P[bank.peaks.index(peak)])

    if best() == GRID[-1]:
        tried.append(BEYOND)
    if design.grid == "refined":
        tried += BETWEEN[best()]
    return sorted(bank.peaks.index(peak) for peak in tried)


def _is_equal(values_PN: Values, best: int, other: int, seeds_N: NDArray[np.int64]) -> bool:
    """Whether tuning cannot tell the other peak from the best, as `lab` decides it."""
    behind_N = values_PN[best, seeds_N] - values_PN[other, seeds_N]
    return bool(behind_N.mean() <= ERRORS * behind_N.std(ddof=1) / np.sqrt(len(behind_N)))


class Said(NamedTuple):
    """What a study says: (better, worse) pairs of arms, of the chosen settings and of the schedules."""

    of_settings: list[tuple[int, int]]
    of_schedules: list[tuple[int, int]]
    rivals: int


def judge_arms(bank: Bank, arms: Sequence[tuple[int, Tuned, NDArray[np.int64]]], seeds: int, twins: bool) -> Said:
    """Ask the leader against each arm, and each against the first; of twins the leader alone.

    arms: schedule, how it was tuned, and its seeds.
    """
    leader = max(range(len(arms)), key=lambda arm: arms[arm][1].score)
    asked = [(leader, arm) for arm in range(len(arms)) if arm != leader]
    asked += [] if twins or leader == 0 else [(arm, 0) for arm in range(1, len(arms)) if arm != leader]

    def scores(arm: int, peak: int) -> Values:
        schedule, _, seeds_N = arms[arm]
        return bank.test[schedule, peak, seeds_N[FRESH : FRESH + seeds]]

    chosen = [scores(arm, tuned.peak) for arm, (_, tuned, _) in enumerate(arms)]
    claims = _claims(chosen, asked)
    rivals = {
        (arm, peak): _claims([*chosen[:arm], scores(arm, peak), *chosen[arm + 1 :]], asked)
        for arm, (_, tuned, _) in enumerate(arms)
        if arm != leader
        for peak in tuned.rivals
    }
    lasting = [pair for pair in claims if all(pair in held for (arm, _), held in rivals.items() if arm == pair[1])]
    return Said(claims, lasting, len(rivals))


def _claims(scores: Sequence[Values], asked: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs (better, worse) that max-T claims at 5 %."""
    difference_MN = np.array([scores[a] - scores[b] for a, b in asked])
    adjusted_M = _max_t(difference_MN)
    means = difference_MN.mean(axis=1)
    return [
        (a, b) if mean > 0 else (b, a) for (a, b), mean, p in zip(asked, means, adjusted_M, strict=True) if p < 0.05
    ]


def _max_t(difference_MN: Values) -> Values:
    """As `lrlab.stats.max_t`, with fewer flips, the same for all studies."""
    norm_M = np.sqrt((difference_MN**2).sum(axis=1))
    unit_MN = difference_MN / np.where(norm_M > 0, norm_M, 1.0)[:, None]
    seen_M = np.abs(unit_MN.sum(axis=1))
    order_M = np.argsort(-seen_M, kind="stable")
    flipped_FM = np.abs(_signs(unit_MN.shape[1]) @ unit_MN[order_M].T)
    largest_FM = np.maximum.accumulate(flipped_FM[:, ::-1], axis=1)[:, ::-1]
    p_M = ((largest_FM >= seen_M[order_M] - 1e-9).sum(axis=0) + 1) / (FLIPS + 1)
    adjusted_M = np.empty(len(p_M))
    adjusted_M[order_M] = np.maximum.accumulate(p_M)
    return adjusted_M


@cache
def _signs(seeds: int) -> Values:
    return 1.0 - 2.0 * np.random.default_rng(1).integers(0, 2, size=(FLIPS, seeds))


def measure(bank: pl.DataFrame | None, quick: bool) -> tuple[list[str], dict[str, object]]:
    """Designs of the tuning phase; claims wrong about schedules; twins of one schedule, tuned separately."""
    if bank is None:
        return ["Not measured: the bank of trials is not in LRLAB_DATA."], {}
    trials, studies = Bank(bank), 20 if quick else 1000
    peaks = {design.name: _measure_peaks(trials, design, studies) for design in DESIGNS}
    claims = [_measure_claims(trials, design, seeds, studies) for design, seeds in product((OLD, NEW), (12, 30))]
    twins = list(_measure_twins(trials, studies))
    return [*_peak_lines(peaks, studies), *_claim_lines(claims, studies), *_twin_lines(twins, studies)], {
        "studies": studies,
        "peaks": peaks,
        "claims": claims,
        "twins": twins,
    }


def _measure_peaks(bank: Bank, design: Design, studies: int) -> dict[str, float]:
    """Wrong peaks, regret in points of accuracy, that of the worst arm, of the leader, and trials, a study."""
    rng, found = np.random.default_rng(0), list[tuple[float, ...]]()
    best_S = bank.truth.max(axis=1)
    for _ in range(studies):
        seeds_N = rng.permutation(bank.test.shape[2])
        tuned = [tune(bank, schedule, design, seeds_N) for schedule in range(len(bank.schedules))]
        regret_S = best_S - [bank.truth[schedule, each.peak] for schedule, each in enumerate(tuned)]
        leader = max(range(len(tuned)), key=lambda arm: tuned[arm].score)
        led = best_S.max() - best_S[leader]
        found.append(((regret_S > 0).mean(), regret_S.mean(), regret_S.max(), led, sum(each.trials for each in tuned)))
    names = ("wrong", "regret", "worst", "leader", "trials")
    return dict(zip(names, np.mean(found, axis=0).tolist(), strict=True))


def _measure_claims(bank: Bank, design: Design, seeds: int, studies: int) -> dict[str, Any]:
    """Claims a study of all schedules, on shared seeds, and in how many one is wrong of the schedules at their best."""
    rng, best_S = np.random.default_rng(1), bank.truth.max(axis=1)
    made, wrong, rivals = np.zeros((studies, 2)), np.zeros((studies, 2)), np.zeros(studies)
    for study in range(studies):
        seeds_N = rng.permutation(bank.test.shape[2])
        arms = [(each, tune(bank, each, design, seeds_N), seeds_N) for each in range(len(bank.schedules))]
        said = judge_arms(bank, arms, seeds, twins=False)
        for kind, pairs in enumerate((said.of_settings, said.of_schedules)):
            made[study, kind] = len(pairs)
            wrong[study, kind] = any(best_S[arms[a][0]] <= best_S[arms[b][0]] for a, b in pairs)
        rivals[study] = said.rivals
    return (
        {"design": design.name, "seeds": seeds, "rivals": float(rivals.mean())}
        | _both("claims", made)
        | _both("wrong", wrong)
    )


def _both(name: str, found: Values) -> dict[str, float]:
    """The means of what is said of settings and of schedules."""
    settings, schedules = found.mean(axis=0).tolist()
    return {name: settings, f"{name} at rivals too": schedules}


def _measure_twins(bank: Bank, studies: int) -> Iterator[dict[str, Any]]:
    """Studies of 2 and of 8 twins of each schedule that say any of them is better; each has seeds of its own."""
    for design, arms in product((OLD, NEW), (2, 8)):
        rates = {}
        for schedule, name in enumerate(bank.schedules):
            rng = np.random.default_rng(2)
            found = np.zeros((studies, 2))
            for study in range(studies):
                orders = [rng.permutation(bank.test.shape[2]) for _ in range(arms)]
                twins = [(schedule, tune(bank, schedule, design, seeds_N), seeds_N) for seeds_N in orders]
                said = judge_arms(bank, twins, 30, twins=True)
                found[study] = bool(said.of_settings), bool(said.of_schedules)
            rates[name] = found.mean(axis=0).tolist()
        yield {"design": design.name, "arms": arms, "rates": rates}


def _peak_lines(peaks: dict[str, dict[str, float]], studies: int) -> list[str]:
    few, five = peaks["all seven peaks, 2 + 4, by accuracy"], peaks["all seven peaks, 5 seeds, by accuracy"]
    rows = [
        f"| {name} | {row['trials']:.0f} | {row['wrong']:.2f} | {row['regret']:.3f} | {row['worst']:.2f} "
        f"| {row['leader']:.2f} |"
        for name, row in peaks.items()
    ]
    return [
        f"Peaks of eight schedules, tuned {studies:,} times on other seeds of the bank. Regret: test accuracy, points, "
        "means of all 200 seeds, that the chosen peak lies below the schedule's best of seven; its standard error is "
        "below .01, of the worst schedule's below .03.",
        "",
        "| design | trials | wrong peak | regret | worst schedule | leader |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *rows,
        "",
        f"2 seeds for all seven peaks and 4 more for the best two: regret {few['regret']:.3f}, with "
        f"{100 * (1 - few['trials'] / five['trials']):.0f} % fewer trials than five seeds for all, "
        f"{five['regret']:.3f}.",
        "",
    ]


def _claim_lines(claims: Sequence[dict[str, Any]], studies: int) -> list[str]:
    rows = [
        f"| {row['design']} | {row['seeds']} | {row['claims']:.2f} | {row['wrong']:.3f} | {row['rivals']:.1f} "
        f"| {row['claims at rivals too']:.2f} | {row['wrong at rivals too']:.3f} |"
        for row in claims
    ]
    return [
        f"Claims of 13 (max-T, {FLIPS:,} flips) in {studies:,} studies, and the share of studies with one that is "
        "wrong of the schedules at their best peaks. At rivals too: a claim that also holds at each peak that tuning "
        "could not tell from the worse schedule's chosen one; rivals: how many such peaks are trained, a study.",
        "",
        "| design | seeds | claims | wrong | rivals | claims at rivals too | wrong |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *rows,
        "",
    ]


def _twin_lines(twins: Sequence[dict[str, Any]], studies: int) -> list[str]:
    names = list(twins[0]["rates"])
    rows = []
    for row, (kind, said) in product(twins, enumerate(("settings", "schedules"))):
        shares = " | ".join(f"{row['rates'][name][kind]:.3f}" for name in names)
        rows.append(f"| {row['design']} | {row['arms']} | {said} | {shares} |")
    return [
        f"Twins: arms of one schedule, each tuned and confirmed on 30 seeds of its own; the share of {studies:,} "
        "studies that say one is better (standard error .007 at .05). Of settings this may be true, as their peaks may "
        "differ; of schedules it is wrong.",
        "",
        f"| design | arms | said of | {' | '.join(names)} |",
        f"| --- | ---: | --- | {' | '.join(['---:'] * len(names))} |",
        *rows,
    ]
