"""The page's figures as Plotly takes them, of numbers from `_figures`; nothing is computed from results here."""

import html
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ._curves import CurveArrays
from ._figures import Advantage, EpochBand, PeakScores
from ._numbers import ScoreScale, rate
from ._styles import NEUTRAL, LabelStyle

PlotlyJson = dict[str, Any]
GRID, ZERO = "rgba(128,128,128,0.22)", "rgba(128,128,128,0.8)"
TITLE_WIDTH = 44  # characters that fit above a panel, or beside an axis
LABEL_WIDTH = 32  # characters that fit a line of a legend on a narrow screen


class PlotlyFigure(NamedTuple):
    """A Plotly figure.

    narrow: what is set otherwise on a narrow screen, by dotted path. plot: the height of its data in pixels, wide and
    narrow; entry: the width and height of a legend's entry, from which the page finds the rest.
    """

    data: list[PlotlyJson]
    layout: PlotlyJson
    narrow: PlotlyJson
    plot: tuple[int, int]
    entry: int
    lines: list[int]


def rates_picture(curves: Sequence[CurveArrays], styles: Mapping[str, LabelStyle]) -> PlotlyFigure:
    """Rate against update."""
    data = [
        _line_trace(curve.label, styles[curve.label], curve.updates, curve.rates, "update %{x}<br>rate %{y:.4g}")
        for curve in curves
    ]
    layout = {"xaxis": _axis("update"), "yaxis": _axis("rate", rangemode="tozero", exponentformat="power")}
    return _plotly_figure(data, layout, [curve.label for curve in curves], plot=(340, 280))


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
            data += _band_traces(band, styles[band.label], factors[title], axis, legend=place == 0)
        layout[f"xaxis{axis}"] = _axis(
            "epoch", anchor=f"y{axis}", domain=_split_axis(place % 2, 2, 0.09), range=[0.7, last + 0.3]
        )
        layout[f"yaxis{axis}"] = _axis(
            "", anchor=f"x{axis}", domain=_split_axis(rows - 1 - place // 2, rows, 0.4 / rows)
        )
        layout["annotations"].append(_panel_heading(title, f"x{axis} domain", f"y{axis} domain"))
        narrow |= {
            f"xaxis{axis}.domain": [0, 1],
            f"yaxis{axis}.domain": _split_axis(len(panels) - 1 - place, len(panels), 0.4 / len(panels)),
        }
    labels = [band.label for band in next(iter(panels.values()))]
    return _plotly_figure(data, layout, labels, plot=(290 * rows, 260 * len(panels)), narrow=narrow, top=26)


def peaks_picture(tuned: Sequence[PeakScores], styles: Mapping[str, LabelStyle], scale: ScoreScale) -> PlotlyFigure:
    """Validation score against peak: means as lines, trials as points, chosen peaks as stars, diverged as crosses."""
    data: list[PlotlyJson] = []
    for scores in tuned:
        style, group = styles[scores.label], {"legendgroup": scores.label, "showlegend": False}
        hover = f"peak %{{x:.4g}}<br>{_escape_tags(scale.heading)} %{{y:.5g}}"
        data.append(_line_trace(scores.label, style, scores.peaks, scores.scores * scale.factor, "mean at " + hover))
        for points, symbol, size, word in (
            (scores.trials, "circle", 5, "trial"),
            (scores.diverged, "x", 9, "diverged"),
        ):
            if len(points):
                marker = {"symbol": symbol, "size": size, "color": style.color, "opacity": 0.75}
                data.append(_point_trace(scores.label, points, scale.factor, marker, f"{word}, {hover}") | group)
        star = {"symbol": "star", "size": 16, "color": style.color, "line": {"width": 1, "color": "rgba(0,0,0,0.6)"}}
        data.append(_point_trace(scores.label, [scores.chosen], scale.factor, star, "chosen, " + hover) | group)
    peaks = sorted({float(peak) for scores in tuned for peak in scores.peaks})
    ticks = {"tickvals": peaks, "ticktext": [rate(peak) for peak in peaks]}
    layout = {
        "xaxis": _axis("peak rate", type="log", **ticks),
        "yaxis": _axis(_wrap_label(f"validation {scale.heading}", TITLE_WIDTH)),
    }
    return _plotly_figure(data, layout, [scores.label for scores in tuned], plot=(360, 300))


def differences_picture(
    advantages: Sequence[Advantage], styles: Mapping[str, LabelStyle], scale: ScoreScale
) -> PlotlyFigure:
    """One line per question: the advantage and its interval, in colour where one is claimed; zero is drawn."""
    data, zeros, notes, short_notes = [], [], [], []
    for place, advantage in enumerate(advantages):
        color = styles[advantage.first].color if advantage.claimed else NEUTRAL
        numbers = f"{scale.difference(advantage.advantage)} ({scale.between(advantage.low, advantage.high)})"
        words = f"{advantage.first} {'beats' if advantage.claimed else 'against'} {advantage.second}"
        data.append(_interval_trace(advantage, place, color, scale.factor, f"{_escape_tags(words)}<br>{numbers}"))
        above = {"xref": "x domain", "x": 0, "yref": "y", "y": place - 0.22}
        notes.append(_text_note(_wrap_label(f"{words}: {numbers}", 120), above))
        short_notes.append(_text_note(_wrap_label(words, 36), above))
        # In pieces, so that it does not run through the words.
        ends = {"x0": 0, "x1": 0, "y0": place - 0.2, "y1": place + 0.36}
        zeros.append({"type": "line", "line": {"color": ZERO, "width": 2}} | ends)
    reach = [0.0, *(end * scale.factor for advantage in advantages for end in (advantage.low, advantage.high))]
    room = 0.06 * (max(reach) - min(reach)) or 1.0
    layout = {
        "xaxis": _axis(
            _wrap_label(f"advantage, {scale.unit}", TITLE_WIDTH), range=[min(reach) - room, max(reach) + room]
        ),
        "yaxis": {"range": [len(advantages) - 0.5, -0.9], "visible": False, "fixedrange": True},
        "shapes": zeros,
        "annotations": notes,
    }
    height = 60 * len(advantages) + 20
    return _plotly_figure(data, layout, [], plot=(height, height), narrow={"annotations": short_notes})


def _plotly_figure(
    data: list[PlotlyJson],
    layout: PlotlyJson,
    labels: Sequence[str],
    *,
    plot: tuple[int, int],
    narrow: PlotlyJson | None = None,
    top: int = 8,
) -> PlotlyFigure:
    """Data and layout with what all figures share. The page adds height, colours and the legend's room."""
    lines = [_wrap_label(label, LABEL_WIDTH).split("<br>") for label in labels]
    entry = round(56 + 7.8 * max((len(line) for label in lines for line in label), default=0))
    shared = {
        "font": {"family": "system-ui, sans-serif", "size": 13},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "margin": {"l": 62, "r": 12, "t": top, "b": 48},
        "showlegend": len(labels) > 0,
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "tracegroupgap": 0,
            "entrywidth": entry - 40,
            "entrywidthmode": "pixels",
        },
    }
    # On a touch screen, dragging over a figure must scroll the page.
    return PlotlyFigure(
        data,
        shared | layout,
        {"margin.l": 52, "dragmode": False} | (narrow or {}),
        plot,
        entry,
        [len(label) for label in lines],
    )


def _line_trace(label: str, style: LabelStyle, x: ArrayLike, y: ArrayLike, hover: str) -> PlotlyJson:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _wrap_label(label, LABEL_WIDTH),
        "legendgroup": label,
        "x": _short_numbers(x),
        "y": _short_numbers(y),
        "line": {"color": style.color, "width": 2, "dash": style.line},
        "hovertemplate": f"{_escape_tags(label)}<br>{hover}<extra></extra>",
    }


def _point_trace(label: str, points: ArrayLike, factor: int, marker: PlotlyJson, hover: str) -> PlotlyJson:
    x, y = np.array(points).T
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _wrap_label(label, LABEL_WIDTH),
        "x": _short_numbers(x),
        "y": _short_numbers(y * factor),
        "marker": marker,
        "hovertemplate": f"{_escape_tags(label)}<br>{hover}<extra></extra>",
    }


def _band_traces(band: EpochBand, style: LabelStyle, factor: int, axis: str, *, legend: bool) -> list[PlotlyJson]:
    """The line of the mean, and under it the interval where there is one."""
    place = {"xaxis": f"x{axis}", "yaxis": f"y{axis}"}
    line = _line_trace(band.label, style, band.epochs, band.mean * factor, "epoch %{x}, mean %{y:.4g}")
    line |= place | {"showlegend": legend, "mode": "lines+markers", "marker": {"symbol": style.mark, "size": 6}}
    there = np.isfinite(band.low) & np.isfinite(band.high)
    if not there.any():
        return [line]
    red, green, blue = (int(style.color[i : i + 2], 16) for i in (1, 3, 5))
    around = {
        "type": "scatter",
        "mode": "lines",
        "x": _short_numbers(np.concatenate([band.epochs[there], band.epochs[there][::-1]])),
        "y": _short_numbers(np.concatenate([band.low[there], band.high[there][::-1]]) * factor),
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},0.18)",
        "line": {"width": 0},
        "legendgroup": band.label,
        "showlegend": False,
        "hoverinfo": "skip",
    }
    return [around | place, line]


def _interval_trace(advantage: Advantage, place: int, color: str, factor: int, hover: str) -> PlotlyJson:
    """A point between two ends; full where it is claimed, open where it is not."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": _short_numbers(np.array([advantage.low, advantage.advantage, advantage.high]) * factor),
        "y": [place] * 3,
        "line": {"color": color, "width": 4 if advantage.claimed else 2},
        "marker": {
            "color": color,
            "size": [0, 10, 0],
            "opacity": 1,  # sizes in a list would make it 0.7
            "symbol": "circle" if advantage.claimed else "circle-open",
            "line": {"width": 2, "color": color},
        },
        "hovertemplate": f"{hover}<extra></extra>",
        "showlegend": False,
    }


def _axis(title: str, **more: Any) -> PlotlyJson:
    return {
        "title": {"text": title, "standoff": 8},
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": GRID,
        "ticks": "outside",
        "tickcolor": GRID,
        "automargin": True,
    } | more


def _panel_heading(text: str, xref: str, yref: str) -> PlotlyJson:
    return _text_note(f"<b>{_wrap_label(text, TITLE_WIDTH)}</b>", {"xref": xref, "x": 0, "yref": yref, "y": 1})


def _text_note(text: str, place: PlotlyJson) -> PlotlyJson:
    return {"text": text, "showarrow": False, "xanchor": "left", "yanchor": "bottom", "align": "left"} | place


def _split_axis(place: int, parts: int, gap: float) -> list[float]:
    """The place-th of equal parts of an axis, a gap between them."""
    size = (1 - gap * (parts - 1)) / parts
    return [place * (size + gap), place * (size + gap) + size]


def _escape_tags(text: str) -> str:
    """The text with escapes for what Plotly would read as tags."""
    return html.escape(text, quote=False)


def _wrap_label(text: str, width: int) -> str:
    """The text in at most two lines, at least one, escaped."""
    return "<br>".join(map(_escape_tags, textwrap.wrap(text, width, max_lines=2, placeholder="…") or [""]))


def _short_numbers(values: ArrayLike) -> list[float]:
    """The values to six digits: more than a screen shows, and half the size of the page's numbers."""
    return [float(f"{value:.6g}") for value in np.asarray(values).tolist()]
