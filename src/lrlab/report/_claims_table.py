"""Claims as the lines of a table: what was compared, the verdict, and every number behind it."""

from collections.abc import Callable, Iterator, Sequence

from ..measures import MEASURES
from ..spec import Claim, JudgedPair, Metric, StudyResults
from ._claim_words import join_peaks, margin_words
from ._figures import Advantage, advantage_of, advantage_sign
from ._numbers import ScoreScale, fitting_scale, probability
from ._words import TextTable

LOSS = Metric(name="test loss", higher_is_better=False)


def claims_table(claims: Sequence[Claim], metric: Metric, scale: ScoreScale) -> TextTable:
    """A line for each claim, the better one first; of what is known of none, no column.

    metric: of what was compared. scale: of its values.
    """
    columns = list(_claim_columns(claims, metric, scale))
    rows = tuple(
        (*pair_cells(advantage_of(claim, metric), claim, scale), *(cell(claim) for _, cell in columns))
        for claim in claims
    )
    header = ("first", "second", "advantage", "95 % interval", "p", "adjusted p", *(heading for heading, _ in columns))
    return TextTable(header, rows)


def loss_table(results: StudyResults) -> TextTable:
    """The claims by test loss; no lines where there are none."""
    losses = [row.loss for row in results.rows if row.loss is not None]
    spreads = [(abs(claim.difference), claim.low, claim.high) for claim in results.loss_claims]
    scale = fitting_scale(MEASURES["loss"], [*spreads, *((loss, loss, loss) for loss in losses if not spreads)])
    return claims_table(results.loss_claims, LOSS, scale)


def pair_cells(advantage: Advantage, claim: Claim | JudgedPair, scale: ScoreScale) -> tuple[str, ...]:
    """Who is compared with whom, the advantage and its interval, p and adjusted p."""
    return (
        advantage.first,
        advantage.second,
        scale.difference(advantage.advantage),
        scale.between(advantage.low, advantage.high),
        probability(claim.p),
        probability(claim.adjusted_p),
    )


def visible_words(claim: Claim | JudgedPair, scale: ScoreScale) -> str:
    """The smallest difference that the design shows."""
    return "none" if claim.smallest_visible is None else scale.difference(claim.smallest_visible)


def _claim_columns(
    claims: Sequence[Claim], metric: Metric, scale: ScoreScale
) -> Iterator[tuple[str, Callable[[Claim], str]]]:
    """The columns behind those that every pair has: the heading, and what makes a cell."""
    if any(claim.equal_p is not None for claim in claims):
        yield "p within", lambda claim: "" if claim.equal_p is None else probability(claim.equal_p)
    yield "seeds", lambda claim: str(claim.seeds)
    yield "visible", lambda claim: visible_words(claim, scale)
    yield "verdict", lambda claim: _verdict_cell(claim, scale)
    if any(claim.t_low is not None for claim in claims):
        yield "Student's", lambda claim: _ends_cell(claim, claim.t_low, claim.t_high, metric, scale)
    if any(claim.crossed_low is not None for claim in claims):
        yield "over examples too", lambda claim: _ends_cell(claim, claim.crossed_low, claim.crossed_high, metric, scale)


def _verdict_cell(claim: Claim, scale: ScoreScale) -> str:
    if claim.within is not None:
        return f"within {margin_words(claim.within, scale)}"
    only = f", not at peak {join_peaks(claim.not_at, claim.not_at)}" if claim.not_at else ""
    return f"better{only}" if claim.verdict else "undecided"


def _ends_cell(claim: Claim, low: float | None, high: float | None, metric: Metric, scale: ScoreScale) -> str:
    """An interval of a - b, turned as the advantage is."""
    if low is None or high is None:
        return ""
    sign = advantage_sign(claim, metric)
    return scale.between(*sorted((sign * low, sign * high)))
