"""What records tell beyond the answer as figures of a study's page."""

from collections.abc import Mapping, Sequence
from math import nan

import numpy as np

from ..spec import AnytimeCurve, Insights, Sensitivity, StudyResults, TuningCurve, counted
from ._figures import EpochBand
from ._insight_words import InsightPart, insight_parts
from ._numbers import ScoreScale, scale_of
from ._page_figures import PageFigure
from ._plotly_parts import (
    TITLE_WIDTH,
    ZERO,
    PlotlyFigure,
    PlotlyJson,
    band_traces,
    escape_tags,
    line_trace,
    plotly_figure,
    point_trace,
    value_axis,
    with_room,
    wrap_label,
)
from ._styles import LabelStyle, label_styles

Styles = Mapping[str, LabelStyle]
FEWEST = 3  # seeds of which an interval is narrow enough to be drawn
DEEPEST = 12  # margins that the axis of falls goes down
STEPS = (1, 2, 3)  # of the factors along the axis, in each decade; 2 only where there is room


def insight_figures(results: StudyResults, insights: Insights) -> list[PageFigure]:
    """Figures of the peak's room, of the target, the way and the tuning: those that there are numbers for."""
    styles = label_styles(results.study.labels)
    drawn = {
        "sensitivity": lambda: _sensitivity_picture(results, insights, styles),
        "target": lambda: _profiles_picture(insights, styles),
        "anytime": lambda: _anytime_picture(insights.curves, styles, scale_of(results)),
        "tuning": lambda: _tuning_picture(insights.tuning, styles, scale_of(results)),
    }
    parts = [part for part in insight_parts(results, insights) if part.name in drawn]
    return [_as_figure(part, drawn[part.name](), counted(len(results.study.labels), "schedule")) for part in parts]


ALT = {
    "sensitivity": "Lines: how far the validation score lies behind that of the chosen peak, by factor off it",
    "target": "Lines: the share of seeds on which the target was reached within a factor of the fastest",
    "anytime": "Lines: mean validation score by updates",
    "tuning": "Lines: the score that the best of so many settings reaches",
}


def _as_figure(part: InsightPart, picture: PlotlyFigure, who: str) -> PageFigure:
    return PageFigure(
        part.name, part.title, " ".join(part.sentences), f"{ALT[part.name]}, for {who}.", picture, part.numbers
    )


def _sensitivity_picture(results: StudyResults, insights: Insights, styles: Styles) -> PlotlyFigure:
    """How far behind the chosen peak, downwards, by factor off it; the margin is dashed, the chosen peak a star."""
    scale, data, deepest = scale_of(results), list[PlotlyJson](), 0.0
    known = [each for each in insights.sensitivities if each.factor is not None]
    for each in known:
        behind = _behind_band(each)
        deepest = max(deepest, float(np.nanmax(behind.mean)))
        data += _marked(band_traces(behind, styles[each.label], scale.factor, "", legend=True, clock="×"), styles)
    star = {"symbol": "star", "size": 14, "color": ZERO}
    data.append(point_trace("chosen peak", [(1.0, 0.0)], 1, star, "chosen") | {"showlegend": False})
    margin = insights.margin.value
    low = min([0.0, *(float(np.nanmin(_behind_band(each).mean)) for each in known)])
    ends = with_room([low * scale.factor, min(max(deepest, 2 * margin), DEEPEST * margin) * scale.factor])
    factors = [point.peak / each.peak for each in known for point in each.points] or [1.0]
    values, texts = factor_ticks(min(factors), max(factors))
    layout = {
        "xaxis": value_axis("peak, by factor off the chosen one", type="log", tickvals=values, ticktext=texts),
        "yaxis": value_axis(wrap_label(f"behind, {scale.unit}", TITLE_WIDTH), range=ends[::-1]),
        "shapes": [_dashed_line(margin * scale.factor)],
    }
    return plotly_figure(data, layout, [each.label for each in known], plot=(340, 300))


def _behind_band(each: Sensitivity) -> EpochBand:
    """The falls by factor; an interval only of seeds enough."""
    points = [point for point in each.points if point.fall is not None]
    falls = [
        (point.fall, point.fall_low, point.fall_high) if point.seeds >= FEWEST else (point.fall, None, None)
        for point in points
    ]
    fall, low, high = np.array(falls, dtype=np.float64).T
    return EpochBand(each.label, np.array([point.peak / each.peak for point in points]), fall, low, high)


def _marked(traces: list[PlotlyJson], styles: Styles) -> list[PlotlyJson]:
    """Traces with a mark at each point of their lines."""
    return [
        trace | {"mode": "lines+markers", "marker": {"symbol": styles[trace["legendgroup"]].mark, "size": 6}}
        if "name" in trace
        else trace
        for trace in traces
    ]


def factor_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Round factors within the range, both ways from 1, and how they are written."""
    most = max(high, 1 / low) * 1.01
    steps = [step * 10.0**decade for decade in range(9) for step in STEPS if step != 2 or most < 12]
    ticks = {1.0: "1"} | {step: f"×{step:g}" for step in steps if 1 < step <= high * 1.01}
    ticks |= {1 / step: f"÷{step:g}" for step in steps if 1 < step <= 1.01 / low}
    return sorted(ticks), [ticks[value] for value in sorted(ticks)]


def _dashed_line(y: float) -> PlotlyJson:
    """A line across the whole figure."""
    line = {"color": ZERO, "width": 1.5, "dash": "dash"}
    return {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}


def _profiles_picture(insights: Insights, styles: Styles) -> PlotlyFigure:
    """The performance profiles of updates: steps up from the share of seeds on which each was the fastest."""
    target = insights.target
    assert target is not None  # or there is no such part
    hover = "within %{x:.2f}×: %{y:.3g} % of seeds"
    data = [
        line_trace(each.label, styles[each.label], target.factors, np.array(each.shares) * 100, hover)
        for each in target.arrivals
    ]
    data = [trace | {"line": trace["line"] | {"shape": "hv"}} for trace in data]
    layout = {
        "xaxis": value_axis("updates, times the fastest of the seed", range=[0.97, target.factors[-1]]),
        "yaxis": value_axis("share of seeds at the target (%)", range=[-3, 103]),
    }
    return plotly_figure(data, layout, [each.label for each in target.arrivals], plot=(320, 280))


def _anytime_picture(curves: Sequence[AnytimeCurve], styles: Styles, scale: ScoreScale) -> PlotlyFigure:
    """Means by updates with their bands."""
    data = []
    for each in curves:
        ends = (np.array([nan if end is None else end for end in side]) for side in (each.low, each.high))
        band = EpochBand(each.label, np.array(each.updates), np.array(each.mean), *ends)
        data += _marked(band_traces(band, styles[each.label], scale.factor, "", legend=True, clock="update"), styles)
    title = wrap_label(f"validation {scale.heading}", TITLE_WIDTH)
    layout = {"xaxis": value_axis("update", rangemode="tozero"), "yaxis": value_axis(title)}
    return plotly_figure(data, layout, [each.label for each in curves], plot=(360, 300))


def _tuning_picture(curves: Sequence[TuningCurve], styles: Styles, scale: ScoreScale) -> PlotlyFigure:
    """Medians by settings tried; the ends of the band are thin and dotted where there are any."""
    data = list[PlotlyJson]()
    for each in curves:
        style = styles[each.label]
        hover = f"best of %{{x}}: {escape_tags(scale.heading)} %{{y:.5g}}"
        line = line_trace(each.label, style, each.tries, np.array(each.score) * scale.factor, hover)
        data += _marked([line], styles)
        for side, word in ((each.low, "lower"), (each.high, "upper")):
            known = [(k, end) for k, end in zip(each.tries, side, strict=True) if end is not None]
            if known:
                tries, ends = np.array(known, dtype=np.float64).T
                bound = line_trace(each.label, style, tries, ends * scale.factor, f"{word} bound, {hover}")
                thin = {"color": style.color, "width": 1, "dash": "dot"}
                data.append(bound | {"line": thin, "showlegend": False, "mode": "lines+markers", "marker": {"size": 3}})
    title = wrap_label(f"best validation {scale.heading}", TITLE_WIDTH)
    layout = {"xaxis": value_axis("settings tried", tick0=1, dtick=_tick_step(curves)), "yaxis": value_axis(title)}
    return plotly_figure(data, layout, [each.label for each in curves], plot=(320, 280))


def _tick_step(curves: Sequence[TuningCurve]) -> int:
    """One to a tick, or as many as leave about ten ticks."""
    return max(1, round(max(each.settings for each in curves) / 10))
