"""What records tell beyond the answer as figures of a study's page."""

from collections.abc import Callable, Sequence
from math import nan

import numpy as np

from ..spec import AnytimeCurve, Insights, RankPoint, Sensitivity, StudyResults, TuningCurve, counted
from ._charts import Chart, ChartAxis, ChartLine, ChartPanel, band_line, point_line, short_numbers
from ._figures import EpochBand
from ._insight_words import InsightPart, insight_parts
from ._numbers import ScoreScale, scale_of
from ._page_figures import PageFigure

FEWEST = 3  # seeds of which an interval is narrow enough to be drawn
MOST_MARKS = 12  # points of a line that are all marked
STEPS = (1, 2, 3)  # of the factors along the axis, in each decade; 2 only where there is room
ALT = {
    "sensitivity": "Lines: how far the validation score lies behind that of the chosen peak, by factor off it",
    "target": "Lines: the share of seeds on which the target was reached within a factor of the fastest",
    "anytime": "Lines: mean validation score by updates, and the order of all by the share of the budget",
    "tuning": "Lines: the score that the best of so many settings reaches",
}


def insight_figures(results: StudyResults, insights: Insights) -> list[PageFigure]:
    """Figures of the peak's room, of the target, the way and the tuning: those that there are numbers for."""
    scale = scale_of(results)
    drawn: dict[str, Callable[[], Chart]] = {
        "sensitivity": lambda: _sensitivity_chart(results, insights),
        "target": lambda: _profiles_chart(insights),
        "anytime": lambda: _anytime_chart(insights.curves, insights.ranks, scale),
        "tuning": lambda: _tuning_chart(insights.tuning, scale),
    }
    parts = [part for part in insight_parts(results, insights) if part.name in drawn]
    return [_as_figure(part, drawn[part.name](), counted(len(results.study.labels), "schedule")) for part in parts]


def _as_figure(part: InsightPart, chart: Chart, who: str) -> PageFigure:
    """What it says beside the figure; the last sentence, how it was found, behind it."""
    *lead, basis = part.sentences
    alt = f"{ALT[part.name]}, for {who}."
    return PageFigure(part.name, part.title, " ".join(lead), alt, chart, part.numbers, basis)


def _sensitivity_chart(results: StudyResults, insights: Insights) -> Chart:
    """How far behind the chosen peak, downwards, by factor off it; the margin is dashed, the chosen peak a star."""
    scale, margin = scale_of(results), insights.margin
    known = [each for each in insights.sensitivities if each.factor is not None]
    falls = [_behind_band(each) for each in known]
    lines = [band_line(band, scale.factor, word="behind by", every=True) for band in falls]
    lines += [point_line(each.label, [(1.0, 0.0)], 1, "star", "chosen") for each in known]
    factors = [point.peak / each.peak for each in known for point in each.points] or [1.0]
    x = ChartAxis("peak, by factor off the chosen one", log=True, ticks=factor_ticks(min(factors), max(factors)))
    y = ChartAxis(bad="high", down=True)
    return Chart([ChartPanel(x, y, lines, f"Behind in {scale.size_unit}", rules=(margin.value * scale.factor,))])


def _behind_band(each: Sensitivity) -> EpochBand:
    """The falls by factor; an interval only of seeds enough."""
    points = [point for point in each.points if point.fall is not None]
    falls = [
        (point.fall, point.fall_low, point.fall_high) if point.seeds >= FEWEST else (point.fall, None, None)
        for point in points
    ]
    fall, low, high = np.array(falls, dtype=np.float64).T
    return EpochBand(each.label, np.array([point.peak / each.peak for point in points]), fall, low, high)


def factor_ticks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Round factors within the range, both ways from 1, and how they are written."""
    most = max(high, 1 / low) * 1.01
    steps = [step * 10.0**decade for decade in range(9) for step in STEPS if step != 2 or most < 12]
    ticks = {1.0: "1"} | {step: f"×{step:g}" for step in steps if 1 < step <= high * 1.01}
    ticks |= {1 / step: f"÷{step:g}" for step in steps if 1 < step <= 1.01 / low}
    return tuple(sorted(ticks.items()))


def _profiles_chart(insights: Insights) -> Chart:
    """The performance profiles of updates: steps up from the share of seeds on which each was the fastest."""
    target = insights.target
    assert target is not None  # or there is no such part
    x = short_numbers(target.factors)
    lines = [
        ChartLine(each.label, x, short_numbers(np.array(each.shares) * 100), kind="steps", word="% of seeds")
        for each in target.arrivals
    ]
    axis = ChartAxis("updates, times the fastest of the seed", ends=(0.97, target.factors[-1]))
    return Chart([ChartPanel(axis, ChartAxis(ends=(-3, 103)), lines, "Share of seeds at the target (%)")])


def _anytime_chart(curves: Sequence[AnytimeCurve], ranks: Sequence[RankPoint], scale: ScoreScale) -> Chart:
    """Means by updates with their bands; beside them the ranks by budget."""
    lines = []
    for each in curves:
        ends = (np.array([nan if end is None else end for end in side]) for side in (each.low, each.high))
        band = EpochBand(each.label, np.array(each.updates), np.array(each.mean), *ends)
        lines.append(band_line(band, scale.factor, every=len(each.updates) <= MOST_MARKS))
    y = ChartAxis(bad="low" if scale.higher_is_better else "high")
    panels = [ChartPanel(ChartAxis("update", whole=True), y, lines, f"Validation {scale.heading}")]
    if len(ranks) > 1 and len(ranks[-1].labels) > 1:
        panels.append(_ranks_panel(ranks))
    return Chart(panels)


def _ranks_panel(ranks: Sequence[RankPoint]) -> ChartPanel:
    """The place of each by the share of the budget, the first on top; each validation stands where it was, once."""
    ranks = list({point.update: point for point in ranks}.values())
    x = short_numbers([100 * point.update / ranks[-1].update for point in ranks])
    labels = ranks[-1].labels
    places = {label: [float(point.labels.index(label) + 1) for point in ranks] for label in labels}
    lines = [ChartLine(label, x, short_numbers(places[label]), word="place", every=True) for label in labels]
    ends = (0.5, len(labels) + 0.5)
    step = max(1, -(-len(labels) // 8))
    ticks = tuple((place, str(place)) for place in range(1, len(labels) + 1, step))
    return ChartPanel(
        ChartAxis("% of the budget"), ChartAxis(ends=ends, ticks=ticks, down=True), lines, "Place in the order"
    )


def _tuning_chart(curves: Sequence[TuningCurve], scale: ScoreScale) -> Chart:
    """Medians by settings tried, and what is known of their band."""
    lines = []
    for each in curves:
        score = np.array(each.score)
        ends = (np.array([nan if end is None else end for end in side]) for side in (each.low, each.high))
        lines.append(band_line(EpochBand(each.label, np.array(each.tries), score, *ends), scale.factor, word="best"))
    every = [line._replace(every=len(line.x) <= MOST_MARKS) for line in lines]
    return Chart(
        [ChartPanel(ChartAxis("settings tried", whole=True), ChartAxis(), every, f"Best validation {scale.heading}")]
    )
