"""What records tell beyond the answer as figures for papers: the peak's room, the target, the way, the tuning."""

from collections.abc import Sequence
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from ..spec import AnytimeCurve, Insights, Sensitivity, Target, TuningCurve
from ._insight_figures import factor_ticks
from ._numbers import ScoreScale
from ._paper import NumberTable, PaperFigure
from ._paper_axes import EndedCurve, curve_panels, draw_curve, label_ends, mark_values, name_axes, zoom_on_ends
from ._stills import INK
from ._styles import LabelStyle

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def insight_stills(
    insights: Insights, labels: Sequence[str], styles: dict[str, LabelStyle], scale: ScoreScale
) -> list[PaperFigure]:
    """The figures that there are numbers for. labels: of the schedules, in the study's order."""
    known = [each for each in insights.sensitivities if each.factor is not None]
    figures = [_sensitivity_figure(known, insights.margin.value, styles, scale)] if known else []
    if insights.target is not None:
        figures.append(_target_figure(insights.target, styles))
    if insights.curves:
        figures.append(_anytime_figure(insights.curves, styles, scale))
    if insights.tuning:
        figures.append(_tuning_figure(insights.tuning, styles, scale))
    return [figure for figure in figures if labels]


def _sensitivity_figure(
    known: Sequence[Sensitivity], margin: float, styles: dict[str, LabelStyle], scale: ScoreScale
) -> PaperFigure:
    def draw() -> "Figure":
        figure, (axes,) = curve_panels(["How far the peak may be off"], [each.label for each in known])
        curves = [_falls_of(each, scale.factor) for each in known]
        for place, curve in enumerate(curves):
            draw_curve(axes, curve, styles[curve.label], place)
        axes.axhline(margin * scale.factor, color=INK, linewidth=0.6, linestyle="--")
        deepest = max(float(np.nanmax(curve.y)) for curve in curves)
        lowest = min(0.0, *(float(np.nanmin(curve.y)) for curve in curves))
        axes.set_ylim(min(max(deepest, 2 * margin * scale.factor), 12 * margin * scale.factor) * 1.05, lowest - 0.05)
        factors = [value for curve in curves for value in curve.x.tolist()]
        places, words = zip(*factor_ticks(min(factors), max(factors)), strict=True)
        mark_values(axes, places, words)
        name_axes(axes, "factor off the peak (dashed: margin)", f"behind in {scale.size_unit}")
        label_ends(axes, curves, styles)
        return figure

    rows = [
        (each.label, point.peak, point.peak / each.peak, point.fall, point.fall_low, point.fall_high, point.seeds)
        for each in known
        for point in each.points
    ]
    header = ("schedule", "peak", "factor", "behind", "low", "high", "seeds")
    return PaperFigure("sensitivity", draw, NumberTable(header, rows))


def _falls_of(each: Sensitivity, factor: int) -> EndedCurve:
    points = [(point.peak / each.peak, point.fall * factor) for point in each.points if point.fall is not None]
    x, y = np.array(points, dtype=np.float64).reshape(-1, 2).T
    return EndedCurve(each.label, x, y)


def _target_figure(target: Target, styles: dict[str, LabelStyle]) -> PaperFigure:
    def draw() -> "Figure":
        figure, (axes,) = curve_panels(["Time to the target"], [each.label for each in target.arrivals])
        factor_F = np.array(target.factors)
        curves = [EndedCurve(each.label, factor_F, np.array(each.shares) * 100) for each in target.arrivals]
        for place, curve in enumerate(curves):
            draw_curve(axes, curve, styles[curve.label], place, steps=True)
        axes.set_ylim(-3, 103)
        name_axes(axes, "updates, times the fastest of the seed", "share of seeds at the target (%)")
        label_ends(axes, curves, styles)
        return figure

    rows = [
        (each.label, factor, share)
        for each in target.arrivals
        for factor, share in zip(target.factors, each.shares, strict=True)
    ]
    return PaperFigure("target", draw, NumberTable(("schedule", "factor", "share"), rows))


def _anytime_figure(curves: Sequence[AnytimeCurve], styles: dict[str, LabelStyle], scale: ScoreScale) -> PaperFigure:
    def draw() -> "Figure":
        figure, (axes,) = curve_panels([f"Validation {scale.heading} on the way"], [each.label for each in curves])
        ended = [
            EndedCurve(each.label, np.array(each.updates, dtype=np.float64), np.array(each.mean) * scale.factor)
            for each in curves
        ]
        for place, curve in enumerate(ended):
            draw_curve(axes, curve, styles[curve.label], place)
        if scale.higher_is_better:
            zoom_on_ends(axes, ended)
        name_axes(axes, "update", whole=True)
        label_ends(axes, ended, styles)
        return figure

    rows = [
        (each.label, *point)
        for each in curves
        for point in zip(each.updates, each.mean, each.low, each.high, strict=True)
    ]
    return PaperFigure("anytime", draw, NumberTable(("schedule", "update", "mean", "low", "high"), rows))


def _tuning_figure(curves: Sequence[TuningCurve], styles: dict[str, LabelStyle], scale: ScoreScale) -> PaperFigure:
    def draw() -> "Figure":
        figure, (axes,) = curve_panels(
            [f"Best validation {scale.heading} of k settings"], [each.label for each in curves]
        )
        ended = [
            EndedCurve(each.label, np.array(each.tries, dtype=np.float64), np.array(each.score) * scale.factor)
            for each in curves
        ]
        for place, (curve, each) in enumerate(zip(ended, curves, strict=True)):
            draw_curve(axes, curve, styles[curve.label], place)
            for side in (each.low, each.high):
                end_K = np.array([nan if end is None else end * scale.factor for end in side])
                axes.plot(curve.x, end_K, color=styles[curve.label].color, linewidth=0.4, linestyle=":")
        if scale.higher_is_better:
            zoom_on_ends(axes, ended)
        name_axes(axes, "settings tried (dotted: band of all k)", whole=True)
        label_ends(axes, ended, styles)
        return figure

    rows = [
        (each.label, *point)
        for each in curves
        for point in zip(each.tries, each.score, each.low, each.high, strict=True)
    ]
    return PaperFigure("tuning", draw, NumberTable(("schedule", "settings", "score", "low", "high"), rows))
