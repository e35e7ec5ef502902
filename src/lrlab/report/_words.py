"""The answer, the claims and the table in words: the same sentences on the terminal and on the page."""

from collections.abc import Sequence
from typing import NamedTuple

from ..spec import Claim, Results, Row, counted
from ..stats import most_comparisons
from ._figures import turned
from ._numbers import is_the_loss, plain, probability, rate, scale_of, score_of

EDGE = " (edge)"
DIVERGED = "diverged"  # in the place of a score


class Table(NamedTuple):
    """Formatted cells; each row as long as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def answer(results: Results) -> str:
    """The leader, its score on test data, and how it stands against the others: never more than the claims allow."""
    row, scale = _row(results, results.leader), scale_of(results)
    notes = [", the edge of the peaks tried"] * row.at_edge
    why = "the best on validation data" if results.study.tuned else "the baseline"
    notes += [f", {why}"] * (row != results.rows[0] or not results.study.tuned)
    start = f"{row.label} at peak {rate(row.peak)}{''.join(notes)}{',' * bool(notes)}"
    found = score_of(row)
    if found is None:
        return f"{start} diverged on every one of {counted(row.seeds, 'seed')}. {_standing(results)}"
    score, low, high = map(scale.bare, found)
    said = f"{score} % {scale.name}" if scale.factor == 100 else f"{scale.name} {score}"
    return (
        f"{start} reaches {said} on test data (95 % interval {low} to {high}, {counted(row.seeds, 'seed')}). "
        f"{_standing(results)}"
    )


def recommended(results: Results) -> Row | None:
    """The setting to use: the leader, or the first in the table of those that beat it, as one may beat a baseline.

    None where that diverged on every seed.
    """
    better = {claim.verdict for claim in results.claims if results.leader in (claim.a, claim.b)} - {"", results.leader}
    row = next((row for row in results.rows if row.label in better), _row(results, results.leader))
    return row if score_of(row) else None


def how_to_use(results: Results) -> str:
    """The heading of the lines to paste; "it" is the setting that the answer begins with."""
    row = recommended(results)
    what = "it" if row is None or row.label == results.leader else f"{row.label} at peak {rate(row.peak)}"
    return f"To use {what} in a loop of your own:"


def optimizers(results: Results) -> str:
    """The names of the optimizers that were used, in the order of the table."""
    by_label = {results.study.label_of(record.trial): record.trial.optimizer.name for record in results.confirmed}
    return ", ".join(dict.fromkeys(by_label[row.label] for row in results.rows))


def claim_sentence(claim: Claim, results: Results) -> str:
    """Who beats whom by how much, or "not separated" with what the design could have seen."""
    found, scale = turned(claim, results.metric), scale_of(results)
    first, second = (f"{label} at {rate(_row(results, label).peak)}" for label in (found.first, found.second))
    advantage = f"{scale.bare(found.advantage)} {scale.unit}"
    basis = (
        f"95 % interval {scale.bare(found.low)} to {scale.bare(found.high)}, "
        f"adjusted p {probability(claim.adjusted_p)}, {counted(claim.seeds, 'paired seed')}"
    )
    if found.claimed:
        return f"{first} beats {second} by {advantage} ({basis})"
    if claim.smallest_visible is None:
        return f"{first} is not separated from {second}: {_too_few(claim, results)}"
    visible = f"{scale.bare(claim.smallest_visible)} {scale.unit.split(',')[0]}"
    return (
        f"{first} is not separated from {second}: this design could have seen {visible} "
        f"(advantage {advantage}, {basis})"
    )


def claimed_first(results: Results) -> list[Claim]:
    """The claims in the order they are told: what was found, then what was not separated."""
    return sorted(results.claims, key=lambda claim: not claim.verdict)


def table(results: Results) -> Table:
    """One line per schedule, best first. Precision, recall and F1 only where the task has classes."""
    scale = scale_of(results)
    classes = any(row.f1 is not None for row in results.rows)
    unit = " (%)" if scale.factor == 100 else ""
    header = ["schedule", "peak", scale.heading, "95 % interval"]
    header += [f"precision{unit}", f"recall{unit}", f"F1{unit}"] if classes else []
    header += [] if is_the_loss(results) else ["loss"]
    return Table((*header, "s per trial", "diverged"), tuple(_cells(row, results, classes) for row in results.rows))


def markdown(results: Results) -> str:
    """The table in Markdown."""
    header, rows = table(results)
    lines = [header, ("---", *("---:" for _ in header[1:])), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _cells(row: Row, results: Results, classes: bool) -> tuple[str, ...]:
    scale, found = scale_of(results), score_of(row)
    score, low, high = map(scale.bare, found) if found else (DIVERGED, "", "")
    shares = ["" if value is None or not found else scale.share(value) for value in (row.precision, row.recall, row.f1)]
    return (
        row.label,
        rate(row.peak) + (EDGE if row.at_edge else ""),
        score,
        f"{low} to {high}" if found else "",
        *(shares if classes else []),
        *([] if is_the_loss(results) else [plain(row.loss) if found else ""]),
        plain(row.seconds),
        f"{row.diverged} of {row.seeds}",
    )


def _row(results: Results, label: str) -> Row:
    return next(row for row in results.rows if row.label == label)


def _standing(results: Results) -> str:
    """The leader against every other schedule, one short sentence."""
    others = [row.label for row in results.rows if row.label != results.leader]
    asked = {
        claim.b if claim.a == results.leader else claim.a: claim
        for claim in results.claims
        if results.leader in (claim.a, claim.b)
    }
    if not others:
        return "It is the only schedule of this study."
    if not asked:
        return "It was compared with no other schedule."
    beaten = [label for label in others if label in asked and asked[label].verdict == results.leader]
    better = [label for label in others if label in asked and asked[label].verdict == label]
    alike = [label for label in others if label in asked and not asked[label].verdict]
    if beaten == others:
        return f"It beats {others[0] if len(others) == 1 else f'every other schedule: {listed(others)}'}."
    parts = [f"is beaten by {listed(better)}"] if better else []
    parts += [f"beats {listed(beaten)}"] if beaten else []
    if alike:
        blind = next((asked[label] for label in alike if asked[label].smallest_visible is None), None)
        parts.append(f"is not separated from {listed(alike)}" + (f": {_too_few(blind, results)}" if blind else ""))
    return f"It {', but '.join(parts)}."


def _too_few(claim: Claim, results: Results) -> str:
    """Why no claim was possible, and a number of seeds with which one would be."""
    asked, enough = len(results.claims), 10
    while most_comparisons(enough) < asked:
        enough += 1
    return (
        f"with {counted(claim.seeds, 'seed')} and {counted(asked, 'comparison')} no claim is possible; "
        f"{enough} seeds allow {most_comparisons(enough)}"
    )
