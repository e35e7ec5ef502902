"""The table of a study, and words that several sentences share."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from ..measures import MEASURES
from ..spec import Choice, Claim, Row, Study, StudyResults, counted
from ..stats import fewest_pairs
from ._numbers import ScoreScale, is_the_loss, peaks_of, plain, rate, scale_of, score_of

EDGE = " (edge)"
OUT = "out"  # of the best set


class TextTable(NamedTuple):
    """Formatted cells; each row as long as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def recommended_row(results: StudyResults) -> Row | None:
    """The setting to use: the leader, or the first in the table of those that beat it, as one may beat a baseline.

    Where the best set leaves the leader out, the first of that set. None where it learned nothing.
    """
    better = {claim.verdict for claim in results.claims if results.leader in (claim.a, claim.b)} - {"", results.leader}
    if not better and results.leader not in among_of(results):
        better = set(among_of(results))
    row = next((row for row in results.rows if row.label in better), row_of(results, results.leader))
    return row if row.learned else None


def optimizer_names(results: StudyResults) -> str:
    """The names of the optimizers that were used, in the order of the table; "" where only the user's loop knows."""
    if results.own_loop:
        return ""
    by_label = {label: records[-1].trial.optimizer.name for label, records in results.by_label.items() if records}
    return ", ".join(dict.fromkeys(by_label[row.label] for row in results.rows))


def too_few_words(seeds: int, asked: int) -> str:
    """The reason why so many paired seeds show no difference in so many questions, and how many seeds can.

    asked: 1 where all questions share their seeds, which then carry any number of them, or none.

    >>> too_few_words(3, 1), too_few_words(5, 3)[-27:]
    ('with 3 seeds no difference can be claimed, however clear it is; 6 seeds can', '7 seeds carry 3 comparisons')
    """
    no = f"with {counted(seeds, 'seed')} no difference can be claimed, however clear it is"
    needed = f"{fewest_pairs(asked)} seeds"
    return f"{no}; {needed} can" if asked == 1 else f"{no}; {needed} carry {counted(asked, 'comparison')}"


def student_words(seeds: int) -> str:
    """Whose interval it is where paired seeds are so few that their test rejects no difference; "" where they are not.

    >>> student_words(5), student_words(6)
    (" by Student's t, as 5 seeds give the test none", '')
    """
    return f" by Student's t, as {counted(seeds, 'seed')} give the test none" if seeds < fewest_pairs(1) else ""


def comparisons_to_carry(claims: Sequence[Claim]) -> int:
    """How many comparisons the seeds of a study must carry: 1 where all share them, as these are flipped for all."""
    return 1 if len({claim.seeds for claim in claims}) == 1 else len(claims)


def candidate_score(choice: Choice, place: int, study: Study, scale: ScoreScale) -> str:
    """The mean validation score of what was tried.

    choice: of an arm or schedule of the study. place: the position among what was tried. scale: of the study's scores.
    """
    if place < len(choice.stopped) and choice.stopped[place]:
        return f"stopped at epoch {choice.stopped[place]}"
    gone = place < len(choice.diverged) and choice.diverged[place] == choice.seeds_of(place, len(study.tune.seeds))
    return scale.shown(None if gone else choice.scores[place])


def chosen_word(choice: Choice, place: int) -> str:
    """The word that marks what was chosen; "" for all else."""
    return "chosen" if place == choice.chosen else ""


def table(results: StudyResults) -> TextTable:
    """One line per schedule, best first. Precision, recall and F1 only where the task has classes."""
    columns = list(_table_columns(results))
    cells = tuple(tuple(cell(row) for _, cell in columns) for row in results.rows)
    return TextTable(tuple(heading for heading, _ in columns), cells)


def join_names(names: Sequence[str], word: str = "and") -> str:
    """Names in a sentence.

    >>> join_names(["a"]), join_names(["a", "b", "c"]), join_names(["a", "b"], "or")
    ('a', 'a, b and c', 'a or b')
    """
    return f" {word} ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def is_or_are(names: Sequence[str]) -> str:
    """The verb after so many names."""
    return "is" if len(names) == 1 else "are"


def capitalized(text: str) -> str:
    """The text with a capital at its start, the rest as it is.

    >>> capitalized("training F1")
    'Training F1'
    """
    return text[:1].upper() + text[1:]


def _table_columns(results: StudyResults) -> Iterator[tuple[str, Callable[[Row], str]]]:
    """The columns that have something to say: the heading, and what makes a row's cell."""
    scale, rows, peaks = scale_of(results), results.rows, peaks_of(results)
    yield "schedule", lambda row: row.label
    setting = "setting" if any(row.setting for row in rows) else "peak"
    yield setting, lambda row: (row.setting or rate(row.peak, peaks)) + EDGE * row.at_edge
    yield scale.heading, lambda row: scale.shown(row.score)
    yield "95 % interval", lambda row: _interval_cell(row, scale)
    if results.best is not None and results.best.out:
        one = "yes" if len(results.best.among) == 1 else "maybe"
        yield "best", lambda row: one if row.label in among_of(results) else OUT
    if any(row.f1 is not None for row in rows):
        for name in ("precision", "recall", "f1"):
            yield _heading(name, scale), partial(_share_cell, name=name, scale=scale)
    for name in dict.fromkeys(name for row in rows for name in row.scores):
        yield MEASURES[name].column(scale.factor == 100), partial(_further_cell, name=name, scale=scale)
    if _shows_loss(results):
        yield _heading("loss", scale), lambda row: "" if row.loss is None else plain(row.loss)
    yield _heading("seconds", scale), lambda row: plain(row.seconds)
    yield _heading("diverged", scale), lambda row: f"{row.diverged} of {row.seeds}"
    if any(row.collapsed for row in rows):
        yield _heading("collapsed", scale), lambda row: f"{row.collapsed} of {row.seeds}"
    if any(row.fallen for row in rows):
        yield "fell behind", lambda row: f"{row.fallen} of {row.seeds}"


def _interval_cell(row: Row, scale: ScoreScale) -> str:
    interval = score_of(row)
    return f"{scale.bare(interval[1])} to {scale.bare(interval[2])}" if interval else ""


def _share_cell(row: Row, name: str, scale: ScoreScale) -> str:
    value = {"precision": row.precision, "recall": row.recall, "f1": row.f1}[name]
    return "" if value is None else scale.share(value)


def _further_cell(row: Row, name: str, scale: ScoreScale) -> str:
    value = row.scores.get(name)
    return "" if value is None else further_words(name, value, scale)


def further_words(name: str, value: float, scale: ScoreScale) -> str:
    """A metric beside the one that decides: a share as shares are shown, other numbers as they are."""
    return scale.share(value) if MEASURES[name].unit == "%" and scale.factor == 100 else plain(value, 4)


def _heading(name: str, scale: ScoreScale) -> str:
    return MEASURES[name].column(scale.factor == 100)


def among_of(results: StudyResults) -> tuple[str, ...]:
    """The labels of the best set; all of them where nothing can be said of it."""
    return results.study.labels if results.best is None else results.best.among


def _shows_loss(results: StudyResults) -> bool:
    """Whether the loss has a column: it is not the metric, and was measured, as a loop of the user's own may not."""
    measured = any(record.test.loss is not None for record in results.confirmed)
    return measured and not is_the_loss(results)


def row_of(results: StudyResults, label: str) -> Row:
    """The line of the table with this label."""
    return next(row for row in results.rows if row.label == label)
