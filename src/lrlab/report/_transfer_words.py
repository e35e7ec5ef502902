"""How far an answer carries, in words and tables."""

from typing import NamedTuple

from ..spec import CarriedPair, CarriedPlace, StudyResults, Transfer, counted, spoken
from ._numbers import ScoreScale, fixed, probability, rate, scale_of
from ._words import EDGE, TextTable, capitalized, join_names, student_words

ANSWERS = {"holds": "the order holds", "flips": "the order flips", "cannot tell": "the seeds cannot tell"}


class TransferSection(NamedTuple):
    """What the page shows: a sentence, a line for each claim at each place, a line for each arm there."""

    summary: str
    claims: TextTable
    arms: TextTable


def transfer_section(results: StudyResults) -> TransferSection | None:
    """The page's section on how far the claims carry; None where nobody asked."""
    asked = results.transfer
    if asked is None:
        return None
    claims = [row for place in asked.places for row in _claim_rows(place, results)]
    arms = [row for place in asked.places for row in _arm_rows(place, results)]
    return TransferSection(
        transfer_sentence(asked),
        TextTable(("at", "claim of the study", "there", "advantage", "95 % interval", "adjusted p"), tuple(claims)),
        TextTable(
            ("at", "best first", "peak there", scale_of(results).heading, "95 % interval", "failed"), tuple(arms)
        ),
    )


def transfer_lines(results: StudyResults) -> list[str]:
    """How far the claims carry: in one sentence, then a line for each place; none where nobody asked."""
    asked = results.transfer
    if asked is None:
        return []
    return ["", transfer_sentence(asked), *(f"- {place_sentence(place, results)}" for place in asked.places)]


def transfer_sentence(asked: Transfer) -> str:
    """Where the order holds, where it flips, where it cannot be told, and what was not run."""
    among = f" ({counted(len(asked.claims), 'claim')} among {join_names(asked.labels)})" if asked.claims else ""
    found = {answer: [place.place.words for place in asked.places if place.answer == answer] for answer in ANSWERS}
    parts = [f"{ANSWERS[answer]} at {join_names(where)}" for answer, where in found.items() if where]
    sentences = [f"{'; '.join(parts)}."] * bool(parts) + [f"{note}." for note in asked.notes]
    return f"How far it carries{among}: {' '.join([*sentences[:1], *map(capitalized, sentences[1:])])}"


def place_sentence(place: CarriedPlace, results: StudyResults) -> str:
    """What is claimed at a place, with its differences, the order as a whole, and the peaks tuned there."""
    scale = scale_of(results)
    pairs = "; ".join(_pair_words(pair, scale, place.seeds) for pair in place.pairs)
    tau = f"; Kendall's tau of the {len(place.arms)} arms {fixed(place.tau, 2)}" if place.tau is not None else ""
    peaks = join_names([f"{arm.label} {rate(arm.peak)}{EDGE if arm.at_edge else ''}" for arm in place.arms])
    where = f"{place.task}, {spoken(place.budget)}, {counted(place.seeds, 'seed')}"
    return f"at {place.place.words} ({where}) {ANSWERS[place.answer]}: {pairs}{tau}; peaks tuned there: {peaks}"


def _pair_words(pair: CarriedPair, scale: ScoreScale, seeds: int) -> str:
    first, second, sign = pair.better, pair.worse, 1
    if pair.there == "other way":
        first, second, sign = pair.worse, pair.better, -1
    low, high = sorted((sign * pair.low, sign * pair.high))
    verb = "beats" if pair.there else _open_word(pair, scale)
    by = scale.with_unit(scale.difference(sign * pair.advantage), directed=True)
    whose = student_words(seeds) if low < high else ""
    basis = f"95 % interval {scale.between(low, high)}{whose}, adjusted p {probability(pair.adjusted_p)}"
    return f"{first} {verb} {second}{' by' if pair.there else ','} {by} ({basis})"


def _open_word(pair: CarriedPair, scale: ScoreScale) -> str:
    """What is said of a pair of which neither is claimed better."""
    if pair.within is None:
        return "is undecided against"
    return f"is within {scale.with_unit(scale.difference(pair.within))} of"


def _claim_rows(place: CarriedPlace, results: StudyResults) -> list[tuple[str, ...]]:
    scale = scale_of(results)
    there = {"same": "the same", "other way": "the other way round"}
    return [
        (
            place.place.words,
            f"{pair.better} over {pair.worse}",
            there.get(pair.there, "within the margin" if pair.within is not None else "undecided"),
            scale.difference(pair.advantage),
            scale.between(pair.low, pair.high),
            probability(pair.adjusted_p),
        )
        for pair in place.pairs
    ]


def _arm_rows(place: CarriedPlace, results: StudyResults) -> list[tuple[str, ...]]:
    scale = scale_of(results)
    return [
        (
            place.place.words,
            arm.label,
            rate(arm.peak) + (EDGE if arm.at_edge else ""),
            scale.shown(arm.score),
            "" if arm.low is None or arm.high is None else f"{scale.bare(arm.low)} to {scale.bare(arm.high)}",
            f"{arm.failed} of {place.seeds}",
        )
        for arm in place.arms
    ]
