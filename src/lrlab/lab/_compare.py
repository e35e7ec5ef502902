"""One comparison of two arms, in words."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from ..spec import Claim, Record
from ..stats import PairedDifference, Verdict, fill_with_worst

Value = TypeVar("Value", float, float | None)


def worst_for_diverged(
    values: Mapping[str, Sequence[Value]], records: Mapping[str, Sequence[Record]], higher_is_better: bool
) -> dict[str, list[Value]]:
    """The values by label and record, those of diverged trials replaced by the worst that is there.

    As `stats.fill_with_worst` has it.
    """
    lost = {label: [record.diverged for record in group] for label, group in records.items()}
    return fill_with_worst(values, lost, higher_is_better)


def learned(records: Sequence[Record]) -> bool:
    """Whether half of these trials or more learned something; else they are at chance."""
    return 2 * sum(record.learned for record in records) >= len(records)


def learners(records: Mapping[str, Sequence[Record]]) -> set[str]:
    """The labels that are not at chance."""
    return {label for label, group in records.items() if learned(group)}


def claim_of(
    a: str,
    b: str,
    verdict: Verdict[PairedDifference],
    higher_is_better: bool,
    may_win: Collection[str],
    failed: Mapping[str, int] = {},
) -> Claim:
    """What a verdict on a - b says of the two labels.

    verdict: on their scores. higher_is_better: the direction of these. may_win: the labels that did not end at chance.
    failed: how many seeds of each label failed; none of a label that is not among them.
    """
    difference = verdict.difference
    larger, smaller = (a, b) if higher_is_better else (b, a)
    better = {"a": larger, "b": smaller}.get(verdict.claim, "")
    alike = verdict.claim == "equal" and a in may_win and b in may_win
    return Claim(
        a=a,
        b=b,
        verdict=better if better in may_win else "",
        difference=difference.difference,
        low=difference.low,
        high=difference.high,
        p=difference.p,
        adjusted_p=verdict.adjusted_p,
        seeds=difference.n,
        correlation=None if math.isnan(difference.rho) else difference.rho,
        superiority=difference.superiority if higher_is_better else 1 - difference.superiority,
        smallest_visible=verdict.smallest_visible if math.isfinite(verdict.smallest_visible) else None,
        within=verdict.margin if alike else None,
        equal_p=verdict.equal_p,
        t_low=difference.t_low,
        t_high=difference.t_high,
        failed_a=failed.get(a, 0),
        failed_b=failed.get(b, 0),
    )
