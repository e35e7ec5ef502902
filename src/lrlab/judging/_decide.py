"""The verdicts on all pairs that are asked about, in one family, and which arms may be the best."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from ..spec import BestSet, JudgedArm, JudgedPair, Margin
from ..stats import (
    Draws,
    PairedDifference,
    UnpairedDifference,
    Verdict,
    best_set,
    generator,
    judge,
    paired,
    subtract,
    unpaired,
)
from ._arms import ArmRuns
from ._pairing import Pairing, pair_runs
from ._questions import AskedPairs

SHUFFLES = 19_999  # of an unpaired comparison, at least

Difference = PairedDifference | UnpairedDifference


class Decided(NamedTuple):
    """How each pair was compared, what was found, and the seeds that all of them share; () where they do not."""

    pairings: tuple[Pairing, ...]
    verdicts: tuple[Verdict[Difference], ...]
    seeds: tuple[str, ...]


def decide_pairs(arms: Sequence[ArmRuns], asked: AskedPairs, seeded: bool, key: str, margin: Margin | None) -> Decided:
    """A verdict for each pair, all in one family: by flips of whole seeds where all share them, else by Holm."""
    by_label, draws = {arm.label: arm for arm in arms}, Draws(key)
    pairings = [pair_runs(by_label[a], by_label[b], seeded, asked.family) for a, b in asked.pairs]
    seeds = _shared_seeds(pairings)
    if seeds:
        pairings = [Pairing(seeds) for _ in pairings]
    differences = [
        _compare_pair(by_label[a], by_label[b], pairing, asked.family, draws, key)
        for (a, b), pairing in zip(asked.pairs, pairings, strict=True)
    ]
    verdicts = judge(
        differences,
        family=asked.family,
        margin=None if margin is None else margin.value,
        shared=bool(seeds),
        among=_others(arms, asked, seeds) if seeds else (),
        rng=generator(key, "family", ""),
    )
    return Decided(tuple(pairings), verdicts, seeds)


def _shared_seeds(pairings: Sequence[Pairing]) -> tuple[str, ...]:
    """The seeds by which every pair is paired; () where pairs differ in them."""
    return pairings[0].seeds if len({frozenset(pairing.seeds) for pairing in pairings}) == 1 else ()


def _compare_pair(a: ArmRuns, b: ArmRuns, pairing: Pairing, family: int, draws: Draws, key: str) -> Difference:
    if pairing.seeds:
        first, second = a.on(pairing.seeds), b.on(pairing.seeds)
        return paired(first, second, rng=draws.of(subtract(first, second).tolist(), a.label, b.label))
    rng = generator(key, a.label, b.label)
    # so many that the smallest p, times the family, is well below 0.05
    shuffles = max(SHUFFLES, 100 * family)
    return unpaired(a.values, b.values, rng=rng, strata=pairing.strata, shuffles=shuffles)


def _others(arms: Sequence[ArmRuns], asked: AskedPairs, seeds: Sequence[str]) -> list[list[float]]:
    """The differences of the pairs that were not asked about, but would have been, had chance picked another leader."""
    if asked.family == len(asked.pairs):
        return []
    known = {frozenset(pair) for pair in asked.pairs}
    scores = [(arm.label, arm.on(seeds)) for arm in arms]
    others = [(first, second) for (a, first), (b, second) in combinations(scores, 2) if {a, b} not in known]
    return [subtract(first, second).tolist() for first, second in others]


def find_best(
    arms: Sequence[ArmRuns],
    ordered: Sequence[JudgedArm],
    pairs: Sequence[JudgedPair],
    higher_is_better: bool,
    seeded: bool,
    key: str,
) -> BestSet | None:
    """Which arms may be the best, in the table's order; None where they share no seeds, or none learned.

    seeded: whether seeds were given; else runs are numbered by their rows, and two of one number share nothing.

    One that a verdict says is worse than another is not among them.
    """
    learned = {arm.label: arm for arm in arms if arm.learned and not arm.empty}
    seeds = arms[0].seeds
    if not (seeded and learned) or len(arms) < 2 or any(set(arm.seeds) != set(seeds) for arm in arms):
        return None
    scores = {label: arm.on(seeds) for label, arm in learned.items()}
    kept = best_set(scores, higher_is_better=higher_is_better, rng=generator(key, "best", ""))
    beaten = {pair.b if pair.verdict == pair.a else pair.a for pair in pairs if pair.verdict}
    labels = [arm.label for arm in ordered]
    among = tuple(label for label in labels if label in kept and label not in beaten)
    among = among or tuple(label for label in labels if label in learned)[:1]
    return BestSet(among=among, out=tuple(label for label in labels if label not in among))
