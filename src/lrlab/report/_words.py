"""The answer, the claims and the table in words: the same sentences on the terminal and on the page."""

from collections.abc import Sequence
from typing import NamedTuple

from ..measures import MEASURES
from ..spec import Choice, Claim, Row, Study, StudyResults, counted
from ..stats import fewest_pairs, most_comparisons
from ._figures import advantage_of
from ._numbers import ScoreScale, is_the_loss, plain, probability, rate, scale_of, score_of

EDGE = " (edge)"


class TextTable(NamedTuple):
    """Formatted cells; each row as long as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def answer(results: StudyResults) -> str:
    """The leader, its score on test data, and how it stands against the others: never more than the claims allow.

    Where nothing was learned it says so, and where better peaks lie.
    """
    if not any(row.learned for row in results.rows):
        return nothing_learned(results)
    row, scale = _row_of(results, results.leader), scale_of(results)
    notes = [", the edge of the peaks tried"] * row.at_edge
    why = "the best on validation data" if results.study.tuned else "the baseline"
    notes += [f", {why}"] * (row != results.rows[0] or not results.study.tuned)
    name = f"{row.label}, as {row.setting}" if row.setting else f"{row.label} at peak {rate(row.peak)}"
    head = f"{name}{''.join(notes)}{',' * bool(notes or row.setting)}"
    idle = [f"{other.label} {_at_chance(other)}." for other in results.rows if not other.learned]
    interval = score_of(row)
    if not row.learned or interval is None:
        return f"{head} {_at_chance(row)}. {_leader_standing(results)}"
    score, low, high = map(scale.bare, interval)
    said = f"{score} % {scale.name}" if scale.factor == 100 else f"{scale.name} {score}"
    sentence = (
        f"{head} reaches {said} on test data (95 % interval {low} to {high}, {counted(row.seeds, 'seed')}). "
        f"{_leader_standing(results)}"
    )
    return " ".join([sentence, *idle])


def nothing_learned(results: StudyResults) -> str:
    """The sentence that every arm is at chance, and where better peaks lie."""
    advice = {row.label: _peak_advice(row) for row in results.rows}
    shared = next(iter(advice.values())) if len(set(advice.values())) == 1 else ""
    parts = [f"{label}: {words.removeprefix('; ')}" for label, words in advice.items() if words] if not shared else []
    each = f" ({'; '.join(parts)})" if parts else ""
    diverged, collapsed, seeds = (
        sum(getattr(row, name) for row in results.rows) for name in ("diverged", "collapsed", "seeds")
    )
    how = [f"{diverged} of {counted(seeds, 'trial')} diverged"] * (diverged > 0)
    how += [f"{collapsed} of {seeds} ended at chance{_chance_words(results)}"] * (collapsed > 0)
    nothing = "Nothing" if diverged + collapsed == seeds else "Next to nothing"
    return f"{nothing} learned at these peaks{shared}{each}: {join_names(how)}."


def _at_chance(row: Row) -> str:
    """How the trials of a row at chance ended: "learned nothing: 6 of 6 seeds diverged; try lower ones"."""
    parts = [f"{row.diverged} of {counted(row.seeds, 'seed')} diverged"] * (row.diverged > 0)
    parts += [f"{row.collapsed} of {row.seeds} ended at chance"] * (row.collapsed > 0)
    left = row.seeds - row.diverged - row.collapsed
    words = f"learned on {left} of {counted(row.seeds, 'seed')} only" if left else "learned nothing"
    return f"{words}: {join_names(parts)}{_peak_advice(row)}"


def _peak_advice(row: Row) -> str:
    """Where better peaks lie, after a semicolon; nothing where that is not known."""
    words = {"lower": "lower ones", "higher": "higher ones", "between": "ones in between"}
    return f"; try {words[row.way]}" if row.way else ""


def _chance_words(results: StudyResults) -> str:
    """What a constant prediction reaches, in brackets."""
    known = [record.chance.constant.score for record in results.confirmed if record.chance is not None]
    scale = scale_of(results)
    if not known or known[0] is None:
        return ""
    return f" ({scale.bare(known[0])}{' %' * (scale.factor == 100)} {scale.name} on validation data)"


def recommended_row(results: StudyResults) -> Row | None:
    """The setting to use: the leader, or the first in the table of those that beat it, as one may beat a baseline.

    None where it learned nothing.
    """
    better = {claim.verdict for claim in results.claims if results.leader in (claim.a, claim.b)} - {"", results.leader}
    row = next((row for row in results.rows if row.label in better), _row_of(results, results.leader))
    return row if row.learned else None


def how_to_use(results: StudyResults) -> str:
    """The heading of the lines to paste; "it" is the setting that the answer begins with."""
    row = recommended_row(results)
    what = "it" if row is None or row.label == results.leader else f"{row.label} at peak {rate(row.peak)}"
    return f"To use {what} in a loop of your own:"


def optimizer_names(results: StudyResults) -> str:
    """The names of the optimizers that were used, in the order of the table; "" where only the user's loop knows."""
    if any(record.own_loop for record in results.confirmed):
        return ""
    by_label = {results.study.label_of(record.trial): record.trial.optimizer.name for record in results.confirmed}
    return ", ".join(dict.fromkeys(by_label[row.label] for row in results.rows))


def claim_sentence(claim: Claim, results: StudyResults) -> str:
    """Who beats whom by how much, or "not separated" with what the design could have seen."""
    turned, scale = advantage_of(claim, results.metric), scale_of(results)
    rows = [_row_of(results, label) for label in (turned.first, turned.second)]
    first, second = (f"{row.label} at {rate(row.peak)}" for row in rows)
    if not any(row.learned for row in rows):
        return f"{first} against {second}: no claim, for neither is better than chance"
    worst = ", a diverged seed counts as the worst" * any(row.diverged for row in rows)
    sure = f"adjusted p {probability(claim.adjusted_p)}, {counted(claim.seeds, 'paired seed')}{worst}"
    if turned.claimed and rows[1].score is None:
        return f"{first} beats {second}, which diverged on every seed ({sure})"
    advantage = f"{scale.difference(turned.advantage)} {scale.unit}"
    basis = f"95 % interval {scale.between(turned.low, turned.high)}, {sure}"
    if turned.claimed:
        return f"{first} beats {second} by {advantage} ({basis})"
    idle = next((row.label for row in rows if not row.learned), "")
    if claim.smallest_visible is None:
        return f"{first} is not separated from {second}: {too_few_words(claim.seeds, len(results.claims))}"
    visible = f"{scale.difference(claim.smallest_visible)} {scale.unit.split(',')[0]}"
    seen = f"{idle} is at chance" if idle else f"this design could have seen {visible}"
    return f"{first} is not separated from {second}: {seen} (advantage {advantage}, {basis})"


def too_few_words(seeds: int, asked: int) -> str:
    """The reason why no verdict is possible with so many paired seeds and questions, and how many seeds allow one.

    >>> too_few_words(3, 1)
    'with 3 seeds and 1 comparison no claim is possible; 10 seeds allow 25'
    """
    enough = max(10, fewest_pairs(asked))
    return (
        f"with {counted(seeds, 'seed')} and {counted(asked, 'comparison')} no claim is possible; "
        f"{enough} seeds allow {most_comparisons(enough)}"
    )


def candidate_score(choice: Choice, place: int, study: Study, scale: ScoreScale) -> str:
    """The mean validation score of what was tried.

    choice: of an arm or schedule of the study. place: the position among what was tried. scale: of the study's scores.
    """
    gone = place < len(choice.diverged) and choice.diverged[place] == choice.seeds_of(place, len(study.tune.seeds))
    return scale.shown(None if gone else choice.scores[place])


def chosen_word(choice: Choice, place: int) -> str:
    """The word that marks what was chosen; "" for all else."""
    return "chosen" if place == choice.chosen else ""


def claimed_first(results: StudyResults) -> list[Claim]:
    """The claims, those with a verdict before those that are not separated."""
    return sorted(results.claims, key=lambda claim: not claim.verdict)


def table(results: StudyResults) -> TextTable:
    """One line per schedule, best first. Precision, recall and F1 only where the task has classes."""
    scale = scale_of(results)
    classes = any(row.f1 is not None for row in results.rows)
    setting = "setting" if any(row.setting for row in results.rows) else "peak"
    header = ["schedule", setting, scale.heading, "95 % interval"]
    names = ["precision", "recall", "f1"] * classes + ["loss"] * _shows_loss(results) + ["seconds", "diverged"]
    names += ["collapsed"] * any(row.collapsed for row in results.rows)
    header += [MEASURES[name].column(scale.factor == 100) for name in names]
    return TextTable(tuple(header), tuple(_row_cells(row, results, classes)[: len(header)] for row in results.rows))


def markdown(results: StudyResults) -> str:
    """The table in Markdown."""
    header, rows = table(results)
    lines = [header, ("---", *("---:" for _ in header[1:])), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def join_names(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> join_names(["a"]), join_names(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def capitalized(text: str) -> str:
    """The text with a capital at its start, the rest as it is.

    >>> capitalized("training F1")
    'Training F1'
    """
    return text[:1].upper() + text[1:]


def _row_cells(row: Row, results: StudyResults, classes: bool) -> tuple[str, ...]:
    """The cells of a row, as many as the longest header has."""
    scale, interval = scale_of(results), score_of(row)
    shares = ["" if value is None else scale.share(value) for value in (row.precision, row.recall, row.f1)]
    return (
        row.label,
        row.setting or rate(row.peak) + (EDGE if row.at_edge else ""),
        scale.shown(row.score),
        f"{scale.bare(interval[1])} to {scale.bare(interval[2])}" if interval else "",
        *(shares if classes else []),
        *(["" if row.loss is None else plain(row.loss)] if _shows_loss(results) else []),
        plain(row.seconds),
        f"{row.diverged} of {row.seeds}",
        f"{row.collapsed} of {row.seeds}",
    )


def _shows_loss(results: StudyResults) -> bool:
    """Whether the loss has a column: it is not the metric, and was measured, as a loop of the user's own may not."""
    measured = any(record.test.loss is not None for record in results.confirmed)
    return measured and not is_the_loss(results)


def _row_of(results: StudyResults, label: str) -> Row:
    return next(row for row in results.rows if row.label == label)


def _leader_standing(results: StudyResults) -> str:
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
        return f"It beats {others[0] if len(others) == 1 else f'every other schedule: {join_names(others)}'}."
    parts = [f"is beaten by {join_names(better)}"] if better else []
    parts += [f"beats {join_names(beaten)}"] if beaten else []
    if alike:
        blind = next((asked[label] for label in alike if asked[label].smallest_visible is None), None)
        parts.append(
            f"is not separated from {join_names(alike)}"
            + (f": {too_few_words(blind.seeds, len(results.claims))}" if blind else "")
        )
    return f"It {', but '.join(parts)}."
