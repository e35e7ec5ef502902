"""The answer of a study as data: what terminal, page, notebook and JSON show first, in the same words."""

from typing import Literal

from ..spec import Noun

RowVerdict = Literal[
    "recommended", "better", "worse", "beaten", "within", "undecided", "diverged", "at chance", "not asked"
]


class AnswerRow(Noun):
    """A schedule's line of the answer's table, as numbers and as they are shown.

    shape: its rates as fractions of the highest, evenly spaced; none where they are not known. difference: its score
    minus the leader's, paired by seed, with the ends of its interval; None for the leader and where it was not asked.
    within: the margin of that verdict. visible: of "undecided", the smallest difference that these seeds show; None:
    none. not_at: peaks at which the verdict cannot be given.
    """

    label: str
    peak: float
    setting: str
    at_edge: bool
    shape: tuple[float, ...]
    score: float | None
    low: float | None
    high: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    verdict: RowVerdict
    within: float | None
    visible: float | None
    not_at: tuple[float, ...]
    seeds: int
    failed: int
    shown: "AnswerCells"


class AnswerCells(Noun):
    """The cells of a row in words: "" where there is nothing to say. detail: what the verdict alone hides."""

    peak: str
    score: str
    interval: str
    difference: str
    between: str
    verdict: str
    detail: str


class AnswerAxis(Noun):
    """The axis that all intervals share: its ends, and its ticks with their words."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def place(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high one; beyond them outside."""
        return (value - self.low) / (self.high - self.low)


class AnswerHeadings(Noun):
    """What stands over the columns that depend on the study."""

    peak: str
    score: str
    interval: str
    against: str
    verdict: str


class PastedCode(Noun):
    """The recommended setting as code. lrlab: a few lines with its scheduler. torch: the same rates without lrlab.

    "" where nothing is recommended, and of torch where a rule or a loop of the user's own needs lrlab's scheduler.
    """

    lrlab: str = ""
    torch: str = ""


class StudyAnswer(Noun):
    """The answer of a study.

    headline: what to use, and what it reaches. standing: against whom it is better, and against whom not. remarks: how
    it was chosen, and what may lie beyond. leader: the schedule that was best on validation data, or the baseline, with
    which `rows` are compared. recommended: the schedule to use; None where nothing was learned. also: what was asked
    beside. basis: over how many seeds scores are means, and for how many questions verdicts are adjusted. notes: what
    else the numbers say.
    """

    headline: str
    standing: str
    remarks: tuple[str, ...]
    leader: str
    recommended: str | None
    headings: AnswerHeadings
    axis: AnswerAxis | None
    rows: tuple[AnswerRow, ...]
    basis: str
    also: tuple[str, ...]
    notes: tuple[str, ...]
    code: PastedCode = PastedCode()
