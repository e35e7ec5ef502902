"""The rows of the answer's table: each schedule's shape, score, interval, difference to the leader and verdict."""

from collections.abc import Sequence
from math import ceil, floor, log10

import numpy as np

from ..spec import Claim, Row, StudyResults
from ._claim_words import join_peaks
from ._figures import used_rates
from ._numbers import ScoreScale, peaks_of, rate, scale_of
from ._standing import claims_of_leader
from ._study_answer import AnswerAxis, AnswerCells, AnswerRow, RowVerdict
from ._words import recommended_row, row_of

POINTS = 48  # of a shape
MOST_TICKS = 6
EDGE_MARK = "*"  # behind a peak at the edge of those tried


def answer_rows(results: StudyResults) -> tuple[AnswerRow, ...]:
    """A row for each schedule, best first."""
    asked, shapes = claims_of_leader(results), _shapes_of(results)
    return tuple(_make_row(row, asked.get(row.label), shapes.get(row.label, ()), results) for row in results.rows)


def answer_axis(results: StudyResults) -> AnswerAxis | None:
    """The axis of the intervals of all that learned something; None where nothing did."""
    ends = [(row.low, row.high) for row in results.rows if row.learned and row.low is not None and row.high is not None]
    if not ends:
        return None
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    room = (high - low) / 40 or abs(high) / 100 or 1.0
    low, high = low - room, high + room
    return AnswerAxis(low=low, high=high, ticks=_ticks_between(low, high, scale_of(results)))


def _ticks_between(low: float, high: float, scale: ScoreScale) -> tuple[tuple[float, str], ...]:
    """Round numbers between two values, as they are shown."""
    start, end = low * scale.factor, high * scale.factor
    rough = (end - start) / MOST_TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    decimals = max(0, -floor(log10(step) + 1e-9))
    places = [number * step for number in range(ceil(start / step), floor(end / step) + 1)]
    return tuple((value / scale.factor, _tick_text(value, decimals)) for value in places)


def _tick_text(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if abs(value) < 1e7 and decimals <= 6 else f"{value:.3g}"


def _shapes_of(results: StudyResults) -> dict[str, tuple[float, ...]]:
    """The rates of each schedule as fractions of their highest, evenly spaced."""
    shapes = {}
    for curve in used_rates(results):
        top = float(curve.rates.max()) if len(curve.rates) else 0.0
        if top > 0:
            at = np.linspace(curve.updates[0], curve.updates[-1], POINTS)
            fractions = np.interp(at, curve.updates, curve.rates) / top
            shapes[curve.label] = tuple(np.round(fractions, 4).tolist())
    return shapes


def _make_row(row: Row, claim: Claim | None, shape: Sequence[float], results: StudyResults) -> AnswerRow:
    scale, verdict = scale_of(results), _verdict_of(row, claim, results)
    difference, low, high = _difference_of(row, claim if row_of(results, results.leader).score is not None else None)
    return AnswerRow(
        label=row.label,
        peak=row.peak,
        setting=row.setting,
        at_edge=row.at_edge,
        shape=tuple(shape),
        score=row.score,
        low=row.low,
        high=row.high,
        difference=difference,
        difference_low=low,
        difference_high=high,
        verdict=verdict,
        within=claim.within if claim is not None and verdict == "within" else None,
        visible=claim.smallest_visible if claim is not None and verdict == "undecided" else None,
        not_at=(claim.not_at or ()) if claim is not None else (),
        seeds=row.seeds,
        failed=row.failed,
        shown=AnswerCells(
            peak=(row.setting or rate(row.peak, peaks_of(results))) + EDGE_MARK * row.at_edge,
            score=scale.shown(row.score),
            interval=_interval_words(row, scale),
            difference="" if difference is None else _signed(difference, scale),
            between="" if low is None or high is None else scale.between(low, high),
            verdict=_verdict_words(verdict, claim, scale),
            detail="; ".join(_detail_words(row, claim, verdict, results)),
        ),
    )


def _verdict_of(row: Row, claim: Claim | None, results: StudyResults) -> RowVerdict:
    used = recommended_row(results)
    if used is not None and row.label == used.label:
        return "recommended"
    if not row.learned:
        return "diverged" if row.diverged >= row.collapsed else "at chance"
    if row.label == results.leader:
        return "beaten"
    if claim is None:
        return "not asked"
    if claim.verdict:
        return "worse" if claim.verdict == results.leader else "better"
    return "undecided" if claim.within is None else "within"


def _difference_of(row: Row, claim: Claim | None) -> tuple[float | None, float | None, float | None]:
    """The row's score minus the leader's, and the ends of its interval; none of what never finished."""
    if claim is None or row.score is None:
        return None, None, None
    if claim.a == row.label:
        return claim.difference, claim.low, claim.high
    return -claim.difference, -claim.high, -claim.low


def _interval_words(row: Row, scale: ScoreScale) -> str:
    return "" if row.low is None or row.high is None else f"{scale.bare(row.low)} to {scale.bare(row.high)}"


def _signed(value: float, scale: ScoreScale) -> str:
    text = scale.difference(value)
    return f"+{text}" if value > 0 and text[:1].isdigit() and any(sign in "123456789" for sign in text) else text


def _verdict_words(verdict: RowVerdict, claim: Claim | None, scale: ScoreScale) -> str:
    if verdict == "within" and claim is not None and claim.within is not None:
        return f"within {claim.within * scale.factor:.6g}"
    return verdict


def _shown_words(visible: float | None, scale: ScoreScale) -> str:
    """What the seeds can show; 0 where they gave both the same numbers."""
    if not visible:
        return "too few seeds" if visible is None else "the same numbers"
    return f"shows ≥ {scale.difference(visible)}"


def _detail_words(row: Row, claim: Claim | None, verdict: RowVerdict, results: StudyResults) -> list[str]:
    said = []
    if verdict == "undecided" and claim is not None:
        visible = claim.smallest_visible
        said.append(_shown_words(visible, scale_of(results)))
    if claim is not None and claim.verdict and claim.not_at:
        said.append(f"not at peak {join_peaks(claim.not_at, peaks_of(results))}")
    if row.failed and row.learned:
        said.append(f"{row.failed} of {row.seeds} failed")
    return said
