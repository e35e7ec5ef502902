"""Answers to published claims: every pair a claim names, compared by seed, and one word for all of them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from statistics import fmean
from typing import NamedTuple

from ..lab import claim_of, learners, worst_for_diverged
from ..measures import Measure, measure
from ..spec import Claim, Record, Study
from ..stats import Draws, PairedDifference, fewest_pairs, generator, judge, most_comparisons, paired
from ._measured import AnswerWord, ClaimAnswer
from ._publication import Publication, PublishedClaim

ByLabel = Mapping[str, Sequence[Record]]
ValuesBySeed = dict[str, dict[int, float | None]]  # by label and seed


class _ArmPair(NamedTuple):
    """Two arms on a measure, in the study's order: "a beats b" and "b beats a" ask for one comparison."""

    measure: str
    a: str
    b: str


class _PartComparisons(NamedTuple):
    """The comparisons asked of a part: those that were made, and why the others could not be.

    shared: whether all were made, on the same seeds, so that these are flipped for all at once. values: of each
    measure that is asked about.
    """

    study: Study
    comparisons: dict[_ArmPair, Claim]
    missing: dict[_ArmPair, str]
    shared: bool
    values: dict[str, ValuesBySeed]

    @property
    def family(self) -> int:
        """How many were asked."""
        return len(self.comparisons) + len(self.missing)


def answer_claims(publication: Publication, records: Mapping[str, ByLabel]) -> tuple[ClaimAnswer, ...]:
    """The answers, in the order of the claims. records: those of the confirm phase, by part and label.

    Arms are paired by the seeds that both have. All comparisons that the claims ask of a part are one family, each
    counted once: judged by flips of whole seeds where all could be made on the same ones, of several measures too; else
    by Holm, and those without records count. A diverged trial counts as the worst value that any trial of the part has,
    whatever its own is. An arm at chance is better than no other.
    """
    parts = {study.name: _compare_pairs(publication, study, records.get(study.name, {})) for study in publication.parts}
    return tuple(
        _answer_claim(claim, parts[claim.part])
        if claim.part
        else ClaimAnswer(claim=claim, word="not testable", why=claim.reason)
        for claim in publication.claims
    )


def too_few_for_claims(publication: Publication) -> tuple[str, ...]:
    """Why the seeds of a part can answer none of its claims, as far as is known before anything is trained."""
    reasons = (
        _overcharged_seeds(study, len(study.confirm.seeds), len(_asked_pairs(publication, study)), shared=True)
        for study in publication.parts
    )
    return tuple(filter(None, reasons))


def _asked_pairs(publication: Publication, study: Study) -> list[_ArmPair]:
    """The pairs that the claims ask of a part, each once."""
    claims = [claim for claim in publication.claims if claim.part == study.name]
    return list(dict.fromkeys(pair for claim in claims for pair, _ in _pairs_of_claim(study, claim)))


def _compare_pairs(publication: Publication, study: Study, groups: ByLabel) -> _PartComparisons:
    """Every comparison that the claims ask of a part."""
    asked = _asked_pairs(publication, study)
    values = {name: _measure_records(measure(name), groups) for name in {pair.measure for pair in asked}}
    draws, differences, missing = Draws(study.key), dict[_ArmPair, PairedDifference](), dict[_ArmPair, str]()
    seeds = {frozenset(_shared_seeds(pair, values[pair.measure])) for pair in asked}
    for pair in asked:
        a, b, why = _values_of_pair(study, pair, values[pair.measure])
        if why:
            missing[pair] = why
        else:
            between = [x - y for x, y in zip(a, b, strict=True)]
            differences[pair] = paired(a, b, rng=draws.of(between, *pair, kind=pair.measure))
    may_win, shared = learners(groups), len(seeds) == 1 and not missing
    rng = generator(study.key, "family", "")
    verdicts = judge(list(differences.values()), family=max(1, len(asked)), shared=shared, rng=rng)
    comparisons = {
        pair: claim_of(pair.a, pair.b, verdict, measure(pair.measure).higher_is_better, may_win)
        for pair, verdict in zip(differences, verdicts, strict=True)
    }
    return _PartComparisons(study, comparisons, missing, shared, values)


def _pairs_of_claim(study: Study, claim: PublishedClaim) -> Iterable[tuple[_ArmPair, bool]]:
    """Each better with each worse arm, and whether the two stand in the study's order as the claim has them."""
    for better, worse in product(claim.better, claim.worse):
        a, b = sorted((better, worse), key=study.labels.index)
        yield _ArmPair(claim.measure, a, b), a == better


def _measure_records(of: Measure, groups: ByLabel) -> ValuesBySeed:
    """The measure of every record; a diverged trial takes the worst there is."""
    values = {label: [of.of(record) for record in records] for label, records in groups.items()}
    worst = worst_for_diverged(values, groups, of.higher_is_better)
    return {
        label: {record.trial.seed: value for record, value in zip(records, worst[label], strict=True)}
        for label, records in groups.items()
    }


def _values_of_pair(study: Study, pair: _ArmPair, values: ValuesBySeed) -> tuple[list[float], list[float], str]:
    """The values of both arms on the seeds they share, and why there are none."""
    a, b, seeds = values.get(pair.a, {}), values.get(pair.b, {}), _shared_seeds(pair, values)
    if len(seeds) < 2:
        return [], [], f"{pair.a} and {pair.b} share {len(seeds)} of {len(study.confirm.seeds)} seeds so far"
    for label, by_seed in ((pair.a, a), (pair.b, b)):
        lacking = [seed for seed in seeds if by_seed[seed] is None]
        if lacking:
            where = f" at seed {lacking[0]}" if len(lacking) < len(seeds) else ""
            return [], [], f"{label} has no {measure(pair.measure).title}{where}"
    both = [(x, y) for x, y in ((a[seed], b[seed]) for seed in seeds) if x is not None and y is not None]
    return [x for x, _ in both], [y for _, y in both], ""


def _shared_seeds(pair: _ArmPair, values: ValuesBySeed) -> list[int]:
    return sorted(set(values.get(pair.a, {})) & set(values.get(pair.b, {})))


def _answer_claim(claim: PublishedClaim, part: _PartComparisons) -> ClaimAnswer:
    asked = list(_pairs_of_claim(part.study, claim))
    pairs = tuple(
        part.comparisons[pair] if in_order else _swap_arms(part.comparisons[pair])
        for pair, in_order in asked
        if pair in part.comparisons
    )
    word, why = _word_of_pairs(claim, pairs), ""
    if word != "contradicted":
        why = next((part.missing[pair] for pair, _ in asked if pair in part.missing), "")
    if word == "undecided" and not why:
        why = _too_few_seeds(part, pairs)
    ahead = _arms_ahead(claim, part.values[claim.measure]) if claim.best and not why else ()
    return ClaimAnswer(claim=claim, word="not testable" if why else word, pairs=pairs, why=why, ahead=ahead)


def _arms_ahead(claim: PublishedClaim, values: ValuesBySeed) -> tuple[str, ...]:
    """Arms that a claim does not name, with a better mean than each that it has best, the best first."""
    known = {label: [value for value in by_seed.values() if value is not None] for label, by_seed in values.items()}
    sign = 1 if measure(claim.measure).higher_is_better else -1
    means = {label: sign * fmean(each) for label, each in known.items() if each}
    named = max(means[label] for label in claim.better)
    ahead = [label for label in means if label not in (*claim.better, *claim.worse) and means[label] > named]
    return tuple(sorted(ahead, key=lambda label: -means[label]))


def _word_of_pairs(claim: PublishedClaim, pairs: Sequence[Claim]) -> AnswerWord:
    """What the pairs say where all could be made; `a` is the arm that the claim has better."""
    against = any(pair.verdict and (claim.equal or pair.verdict == pair.b) for pair in pairs)
    if against:
        return "contradicted"
    if all(pair.verdict == pair.a for pair in pairs):
        return "supported"
    return "undecided"


def _too_few_seeds(part: _PartComparisons, pairs: Sequence[Claim]) -> str:
    """Why seeds so few can separate nothing; nothing where they can."""
    return _overcharged_seeds(part.study, min(pair.seeds for pair in pairs), part.family, part.shared)


def _overcharged_seeds(study: Study, seeds: int, family: int, shared: bool) -> str:
    """Why so many seeds carry too few comparisons; shared by all, they carry any number or none."""
    carried, needed = most_comparisons(seeds), fewest_pairs(1 if shared else family)
    if family == 0 or seeds >= needed:
        return ""
    reach = (
        f"can decide {carried or 'none'} of the {family} comparisons"
        if family > 1
        else "cannot decide the one comparison"
    )
    return f"{seeds} seeds are too few: they {reach} of {study.name}; {needed} can"


def _swap_arms(claim: Claim) -> Claim:
    """The same comparison, b before a."""
    turned = {
        "a": claim.b,
        "b": claim.a,
        "difference": 0.0 - claim.difference,
        "low": 0.0 - claim.high,
        "high": 0.0 - claim.low,
        "t_low": None if claim.t_high is None else 0.0 - claim.t_high,
        "t_high": None if claim.t_low is None else 0.0 - claim.t_low,
        "failed_a": claim.failed_b,
        "failed_b": claim.failed_a,
        "superiority": 1 - claim.superiority,
    }
    return claim.model_copy(update=turned)
