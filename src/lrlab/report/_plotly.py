"""The figures of a study's page as Plotly takes them, of numbers from `_figures`; nothing is computed from results."""

from collections.abc import Mapping, Sequence

from ._curves import CurveArrays
from ._figures import Advantage, EpochBand, PeakScores
from ._numbers import ScoreScale, rate
from ._plotly_parts import (
    GRID,
    TITLE_WIDTH,
    ZERO,
    PlotlyFigure,
    PlotlyJson,
    band_traces,
    escape_tags,
    interval_trace,
    line_axis,
    line_trace,
    note_above,
    panel_heading,
    plotly_figure,
    point_trace,
    split_axis,
    value_axis,
    with_room,
    wrap_label,
)
from ._styles import NEUTRAL, LabelStyle


def rates_picture(curves: Sequence[CurveArrays], styles: Mapping[str, LabelStyle]) -> PlotlyFigure:
    """Rate against update."""
    data = [
        line_trace(curve.label, styles[curve.label], curve.updates, curve.rates, "update %{x}<br>rate %{y:.4g}")
        for curve in curves
    ]
    layout = {"xaxis": value_axis("update"), "yaxis": value_axis("rate", rangemode="tozero", exponentformat="power")}
    return plotly_figure(data, layout, [curve.label for curve in curves], plot=(340, 280))


def epochs_picture(
    panels: Mapping[str, Sequence[EpochBand]], scores: Mapping[str, ScoreScale | None], styles: Mapping[str, LabelStyle]
) -> PlotlyFigure:
    """Panels of one measure each, as `panels_picture`. scores: the scale of each panel, or None."""
    return panels_picture(panels, {title: scale.factor if scale else 1 for title, scale in scores.items()}, styles)


def panels_picture(
    panels: Mapping[str, Sequence[EpochBand]], factors: Mapping[str, int], styles: Mapping[str, LabelStyle]
) -> PlotlyFigure:
    """Panels of one measure each, two a row, one a row on a narrow screen. factors: what each panel is times."""
    data: list[PlotlyJson] = []
    layout: PlotlyJson = {"annotations": []}
    narrow: PlotlyJson = {}
    rows = -(-len(panels) // 2)
    last = max((int(band.epochs[-1]) for bands in panels.values() for band in bands if len(band.epochs)), default=1)
    for place, (title, bands) in enumerate(panels.items()):
        axis = "" if place == 0 else str(place + 1)
        for band in bands:
            data += band_traces(band, styles[band.label], factors[title], axis, legend=place == 0)
        layout[f"xaxis{axis}"] = value_axis(
            "epoch", anchor=f"y{axis}", domain=split_axis(place % 2, 2, 0.09), range=[0.7, last + 0.3]
        )
        layout[f"yaxis{axis}"] = value_axis(
            "", anchor=f"x{axis}", domain=split_axis(rows - 1 - place // 2, rows, 0.4 / rows)
        )
        layout["annotations"].append(panel_heading(title, f"x{axis} domain", f"y{axis} domain"))
        narrow |= {
            f"xaxis{axis}.domain": [0, 1],
            f"yaxis{axis}.domain": split_axis(len(panels) - 1 - place, len(panels), 0.4 / len(panels)),
        }
    labels = [band.label for band in next(iter(panels.values()))]
    return plotly_figure(data, layout, labels, plot=(290 * rows, 260 * len(panels)), narrow=narrow, top=26)


def peaks_picture(tuned: Sequence[PeakScores], styles: Mapping[str, LabelStyle], scale: ScoreScale) -> PlotlyFigure:
    """Validation score against peak: means as lines, trials as points, chosen peaks as stars, diverged as crosses."""
    data: list[PlotlyJson] = []
    for scores in tuned:
        style, group = styles[scores.label], {"legendgroup": scores.label, "showlegend": False}
        hover = f"peak %{{x:.4g}}<br>{escape_tags(scale.heading)} %{{y:.5g}}"
        data.append(line_trace(scores.label, style, scores.peaks, scores.scores * scale.factor, "mean at " + hover))
        for points, symbol, size, word in (
            (scores.trials, "circle", 5, "trial"),
            (scores.diverged, "x", 9, "diverged"),
        ):
            if len(points):
                marker = {"symbol": symbol, "size": size, "color": style.color, "opacity": 0.75}
                data.append(point_trace(scores.label, points, scale.factor, marker, f"{word}, {hover}") | group)
        star = {"symbol": "star", "size": 16, "color": style.color, "line": {"width": 1, "color": "rgba(0,0,0,0.6)"}}
        data.append(point_trace(scores.label, [scores.chosen], scale.factor, star, "chosen, " + hover) | group)
    peaks = sorted({float(peak) for scores in tuned for peak in scores.peaks})
    ticks = {"tickvals": peaks, "ticktext": [rate(peak) for peak in peaks]}
    layout = {
        "xaxis": value_axis("peak rate", type="log", **ticks),
        "yaxis": value_axis(wrap_label(f"validation {scale.heading}", TITLE_WIDTH)),
    }
    return plotly_figure(data, layout, [scores.label for scores in tuned], plot=(360, 300))


def differences_picture(
    advantages: Sequence[Advantage], styles: Mapping[str, LabelStyle], scale: ScoreScale
) -> PlotlyFigure:
    """One line per question: the advantage and its interval, in colour where one is claimed; zero is drawn.

    Where both lie within the margin, this is shaded, and the point is full, without colour.
    """
    data, zeros, notes, short_notes = [], [], [], []
    for place, advantage in enumerate(advantages):
        color = styles[advantage.first].color if advantage.claimed else NEUTRAL
        numbers = f"{scale.difference(advantage.advantage)} ({scale.between(advantage.low, advantage.high)})"
        words = f"{advantage.first} {advantage.word} {advantage.second}"
        ends = [value * scale.factor for value in (advantage.low, advantage.advantage, advantage.high)]
        hover = f"{escape_tags(words)}<br>{numbers}"
        data.append(interval_trace(ends, place, color, hover, full=advantage.claimed or advantage.within is not None))
        zeros += _margin_shades(advantage.within, place, scale.factor)
        notes.append(note_above(f"{words}: {numbers}", place, 120))
        short_notes.append(note_above(words, place, 36))
        # In pieces, so that it does not run through the words.
        line = {"x0": 0, "x1": 0, "y0": place - 0.2, "y1": place + 0.36}
        zeros.append({"type": "line", "line": {"color": ZERO, "width": 2}} | line)
    ends = [0.0, *(end for each in advantages for end in (each.low, each.high))]
    ends += [end for each in advantages if each.within is not None for end in (-each.within, each.within)]
    reach = [end * scale.factor for end in ends]
    layout = {
        "xaxis": value_axis(wrap_label(f"advantage, {scale.unit}", TITLE_WIDTH), range=with_room(reach)),
        "yaxis": line_axis(len(advantages)),
        "shapes": zeros,
        "annotations": notes,
    }
    height = 60 * len(advantages) + 20
    return plotly_figure(data, layout, [], plot=(height, height), narrow={"annotations": short_notes})


def _margin_shades(margin: float | None, place: int, factor: int) -> list[PlotlyJson]:
    """The margin on both sides of zero, behind the line of that place; nothing without one."""
    if margin is None:
        return []
    ends = {"x0": -margin * factor, "x1": margin * factor, "y0": place - 0.2, "y1": place + 0.2}
    return [{"type": "rect", "layer": "below", "fillcolor": GRID, "line": {"width": 0}} | ends]
