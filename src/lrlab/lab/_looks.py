"""The confirm phase in planned looks: which questions are decided, and which arms go on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..spec import Record, Study, metric_of_groups
from ..stats import (
    LookVerdict,
    PairedDifference,
    Verdict,
    generator,
    interval_of_claim,
    judge_look,
    repeated_interval,
    smallest_visible_difference,
    spent_shares,
    subtract,
)
from ._compare import worst_for_diverged
from ._margin import with_margin

ScoresAtLook = Mapping[str, Mapping[int, float]]  # of each label, by seed


class Followed(NamedTuple):
    """A question as planned looks left it.

    look: the seeds at which it was decided or given up; None: it is open. seeds: those it stopped at, or has come to.
    verdict: of that look.
    """

    a: str
    b: str
    look: int | None
    seeds: int
    verdict: LookVerdict


def looks_of(study: Study) -> tuple[int, ...]:
    """The planned looks of a study; one, at all seeds, where none are planned."""
    return study.confirm.looks or (len(study.confirm.seeds),)


def follow_looks(
    study: Study,
    asked: Sequence[tuple[str, str]],
    records: Mapping[str, Sequence[Record]],
    margin: float | None,
    kind: str = "",
) -> tuple[Followed, ...]:
    """Where each question stands after the looks that its arms have come to: the same records, the same answer.

    asked: pairs of labels. records: by label. margin: of the verdict "within", fixed before the confirm phase. kind: of
    the values: "" the score, "loss" the loss. At each look only what was there by then counts, also for what a diverged
    seed counts as; what is decided at a look stays so.
    """
    looks, known = looks_of(study), dict[tuple[str, str], Followed]()
    for look in looks:
        seeds = study.confirm.seeds[:look]
        by_then = {label: [each for each in group if each.trial.seed in seeds] for label, group in records.items()}
        values = _values_by_seed(by_then, kind)
        rows = {pair: _row(values, pair, seeds, looks) for pair in asked}
        if not all(rows.values()) or not any(len(row) == look for row in rows.values()):
            break
        verdicts = _judged(tuple(rows.values()), looks, margin, with_margin(study, None).key, kind)
        for pair, verdict in zip(asked, verdicts, strict=True):
            before = known.get(pair)
            if before is None or before.look is None:
                reached = len(rows[pair])
                stops = reached == look and (verdict.claim != "none" or (verdict.hopeless and look != looks[-1]))
                known[pair] = Followed(*pair, look if stops else None, reached, verdict)
    return tuple(known[pair] for pair in asked if pair in known)


def arms_going_on(followed: Sequence[Followed], look: int) -> set[str]:
    """The labels of the arms that stand in an open question after a look."""
    return {label for each in followed if each.look is None and each.seeds == look for label in (each.a, each.b)}


def parts_of(study: Study) -> list[tuple[int, tuple[int, ...]]]:
    """Each look with the seeds that it adds."""
    return [(look, study.confirm.seeds[before:look]) for before, look in pairwise((0, *looks_of(study)))]


def looks_until(study: Study, seeds: int) -> tuple[int, ...] | None:
    """The looks of a study of which only so many seeds are kept; None where it has none."""
    looks = study.confirm.looks
    return None if looks is None else (*(look for look in looks if look < seeds), seeds)


def verdict_at_look(
    pair: PairedDifference,
    found: LookVerdict,
    looks: Sequence[int],
    comparisons: int,
    margin: float | None,
    rng: np.random.Generator,
) -> Verdict[PairedDifference]:
    """What was found at a look as a verdict: with the repeated interval, and p that hold at every look.

    Zero is not in the interval of what is claimed to differ. smallest_visible is what the look that sees most does
    alone, with its share of alpha: with all looks a little more is seen.
    """
    interval_of = interval_of_claim if found.claim in ("a", "b") else repeated_interval
    interval = interval_of(pair.differences, looks, rng=rng)
    shares = zip(looks, spent_shares(looks).tolist(), strict=True)
    visible = min(
        smallest_visible_difference(pair.sd, look, comparisons=comparisons, alpha=0.05 * share)
        for look, share in shares
    )
    return Verdict(
        difference=replace(pair, low=interval.low, high=interval.high, p=found.p),
        adjusted_p=found.adjusted_p,
        claim=found.claim,
        smallest_visible=visible,
        margin=margin,
        equal_p=found.equal_p,
    )


def _values_by_seed(records: Mapping[str, Sequence[Record]], kind: str) -> ScoresAtLook:
    groups = {label: group for label, group in records.items() if group}
    measured = {label: [_value(each, kind) for each in group] for label, group in groups.items()}
    metric = metric_of_groups(groups)
    higher = kind == "" and metric is not None and metric.higher_is_better
    filled = worst_for_diverged(measured, groups, higher)
    return {
        label: {each.trial.seed: value or 0.0 for each, value in zip(group, filled[label], strict=True)}
        for label, group in groups.items()
    }


def _value(record: Record, kind: str) -> float | None:
    return record.test.loss if kind == "loss" else record.test.score


def _row(
    values: ScoresAtLook, pair: tuple[str, str], seeds: Sequence[int], looks: Collection[int]
) -> tuple[float, ...]:
    """The differences a - b on the first seeds that both have, as many as the last look they both came to has."""
    a, b = (values.get(label, {}) for label in pair)
    shared = 0
    while shared < len(seeds) and seeds[shared] in a and seeds[shared] in b:
        shared += 1
    reached = max((look for look in looks if look <= shared), default=0)
    return tuple(subtract([a[seed] for seed in seeds[:reached]], [b[seed] for seed in seeds[:reached]]).tolist())


@lru_cache(maxsize=128)
def _judged(
    rows: tuple[tuple[float, ...], ...], looks: tuple[int, ...], margin: float | None, key: str, kind: str
) -> tuple[LookVerdict, ...]:
    return judge_look(rows, looks, margin=margin, rng=generator(key, "looks", kind))
