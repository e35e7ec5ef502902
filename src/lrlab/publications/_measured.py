"""What was measured of a published study: its tables' cells, the best of its arms, the answers to its claims."""

from typing import Literal

from ..spec import Choice, Claim, Noun, RateCurve, Record, Study
from ._publication import Publication, PublishedClaim

AnswerWord = Literal["supported", "contradicted", "undecided", "not testable"]


class Cell(Noun):
    """One measure of one arm over the confirm seeds: mean, interval of 95 %, seeds that have it.

    low and high are None with fewer than two seeds; mean too with none.
    """

    mean: float | None
    low: float | None
    high: float | None
    seeds: int


class MeasuredTable(Noun):
    """What was measured for a published table: cells[row][measure], a row for each arm of the part."""

    title: str
    part: str
    measures: tuple[str, ...]
    labels: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


class BestRow(Noun):
    """The best of a family. chosen: by all seeds; times: by so many of them, each choosing without its own result.

    accuracy: on test data, each seed's of the arm that the other seeds choose. differences: the same minus that of each
    benchmark, seed by seed. Without two seeds there is no choice and no number.
    """

    family: str
    chosen: str = ""
    times: int = 0
    accuracy: Cell
    differences: tuple[Cell, ...]


class MeasuredBest(Noun):
    """What was measured for a published comparison of the best: a row for each family."""

    title: str
    part: str
    benchmarks: tuple[str, ...]
    rows: tuple[BestRow, ...]


class ClaimAnswer(Noun):
    """The answer to a published claim. pairs: one comparison for each better and worse arm, on the claim's measure.

    supported: every pair is separated as claimed. contradicted: at least one is separated the other way, or at all
    where the claim is that they do not differ. undecided: neither. not testable: no such measure, or with
    these seeds nothing could have been separated; `why` says which. ahead: arms that the claim does not name, with a
    better mean than the arm that it has best, the best first.
    """

    claim: PublishedClaim
    word: AnswerWord
    pairs: tuple[Claim, ...] = ()
    why: str = ""
    ahead: tuple[str, ...] = ()


class EnsembleScore(Noun):
    """An ensemble of one seed: its accuracy and loss (of the mean probabilities), and its members' accuracies."""

    label: str
    part: str
    seed: int
    accuracy: float
    loss: float
    members: tuple[float, ...]


class PartResults(Noun):
    """The records of one part. tuned and confirmed are those of the two phases; curves: rates of the first seed."""

    study: Study
    choices: tuple[Choice, ...]
    tuned: tuple[Record, ...]
    confirmed: tuple[Record, ...]
    curves: tuple[RateCurve, ...]


class MeasuredPublication(Noun):
    """All that a published study's page, tables and figures are drawn from."""

    publication: Publication
    parts: tuple[PartResults, ...]
    tables: tuple[MeasuredTable, ...]
    bests: tuple[MeasuredBest, ...]
    answers: tuple[ClaimAnswer, ...]
    ensembles: tuple[EnsembleScore, ...]
