"""The questions of a study, answered together: one family of claims, and the set in which the best arm lies."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..spec import BestSet, Claim, Row, Study
from ..stats import Draws, PairedDifference, best_set, generator, judge, max_t, paired, subtract
from ._compare import claim_of
from ._looks import Followed, verdict_at_look

ALPHA = 0.05
ValuesBySeed = Mapping[str, Mapping[int, float]]  # of each label


class Family(NamedTuple):
    """What is judged together.

    key: of the study, for random numbers. values: what is compared. may_win: the labels that did not end at chance.
    failed: how many seeds of each label failed. margin: for the verdict "within", in the unit of the values; None: no
    such verdict. kind: of the values, as random numbers are told apart by it. followed: where each question stands
    after planned looks, and looks: these; none where all seeds are looked at once.
    """

    key: str
    asked: tuple[tuple[str, str], ...]
    values: ValuesBySeed
    higher_is_better: bool
    may_win: Collection[str]
    failed: Mapping[str, int]
    margin: float | None = None
    kind: str = ""
    followed: tuple[Followed, ...] = ()
    looks: tuple[int, ...] = ()


def questions(study: Study, leader: str) -> tuple[tuple[str, str], ...]:
    """The pairs of labels that are compared. They depend on the plan and the tuning phase, never on a test score."""
    if study.confirm.questions == "pairs":
        return tuple((a, b) for i, a in enumerate(study.labels) for b in study.labels[i + 1 :])
    against_leader = [(leader, label) for label in study.labels if label != leader]
    base = study.reference
    return (
        *against_leader,
        *((label, base) for label in study.labels if label not in (leader, base) and leader != base),
    )


def make_claims(family: Family) -> tuple[Claim, ...]:
    """The claim of each question. The same values give the same claims, to the digit.

    Pairs are of the seeds that both arms have. p is adjusted by `max_t` where all have the same, else by Holm.
    """
    if family.followed:
        return _claims_at_looks(family)
    draws = Draws(family.key)
    pairs = [_pair_arms(family.values[a], family.values[b], draws, a, b, family.kind) for a, b in family.asked]
    shared = len({tuple(family.values[label]) for pair in family.asked for label in pair}) <= 1
    rng = generator(family.key, "family", family.kind)
    verdicts = judge(pairs, margin=family.margin, shared=shared, rng=rng)
    return tuple(
        claim_of(a, b, verdict, family.higher_is_better, family.may_win, family.failed)
        for (a, b), verdict in zip(family.asked, verdicts, strict=True)
    )


def losers(family: Family) -> set[str]:
    """The labels that another one beats, as `make_claims` has them: all that its intervals take time for is left out.

    All labels where arms are not on the same seeds.
    """
    if not family.asked:
        return set()
    if family.followed:
        found = [(each.a, each.b, each.verdict.claim == "a", each.verdict.claim in "ab") for each in family.followed]
    elif len({tuple(family.values[label]) for label in family.values}) > 1:
        return set(family.values)
    else:
        row_MN = np.array([_row_of_pair(family.values[a], family.values[b]) for a, b in family.asked])
        p_M = max_t(row_MN, rng=generator(family.key, "family", family.kind))
        ahead_M = row_MN.sum(axis=1) > 0
        found = [(a, b, ahead_M[place], p_M[place] < ALPHA) for place, (a, b) in enumerate(family.asked)]
    return {b if ahead == family.higher_is_better else a for a, b, ahead, claimed in found if claimed}


def _row_of_pair(a: Mapping[int, float], b: Mapping[int, float]) -> list[float]:
    return subtract(list(a.values()), [b[seed] for seed in a]).tolist()


def _claims_at_looks(family: Family) -> tuple[Claim, ...]:
    """As `make_claims`; each question on the seeds at which it was decided or given up, or those it has come to."""
    draws, claims = Draws(family.key), list[Claim]()
    for each in family.followed:
        a, b = (dict(list(family.values[label].items())[: each.seeds]) for label in (each.a, each.b))
        pair = _pair_arms(a, b, draws, each.a, each.b, family.kind)
        rng = generator(family.key, "interval", each.a, each.b, family.kind)
        verdict = verdict_at_look(pair, each.verdict, family.looks, len(family.asked), family.margin, rng)
        claim = claim_of(each.a, each.b, verdict, family.higher_is_better, family.may_win, family.failed)
        claims.append(claim.model_copy(update={"look": each.look}))
    return tuple(claims)


def find_best(family: Family, rows: Sequence[Row], claims: Sequence[Claim]) -> BestSet | None:
    """The arms of which neither the claims nor all arms together say that another is better, in the table's order.

    rows: of the table, best first. None where there is one arm, or all are at chance.
    """
    learned = [row.label for row in rows if row.label in family.may_win]
    if len(rows) < 2 or not learned:
        return None
    seeds = set.intersection(*(set(family.values[label]) for label in learned))
    values = {label: [value for seed, value in family.values[label].items() if seed in seeds] for label in learned}
    rng = generator(family.key, "best", family.kind)
    kept = learned if family.looks else best_set(values, higher_is_better=family.higher_is_better, rng=rng)
    beaten = {claim.b if claim.verdict == claim.a else claim.a for claim in claims if claim.verdict}
    among = tuple(label for label in learned if label in kept and label not in beaten) or tuple(learned[:1])
    return BestSet(among=among, out=tuple(row.label for row in rows if row.label not in among))


def _pair_arms(
    a_values: Mapping[int, float], b_values: Mapping[int, float], draws: Draws, a: str, b: str, kind: str
) -> PairedDifference:
    seeds = [seed for seed in a_values if seed in b_values]
    first, second = [a_values[seed] for seed in seeds], [b_values[seed] for seed in seeds]
    between = subtract(first, second).tolist()
    return paired(first, second, rng=draws.of(between, a, b, kind=kind))
