"""What all figures of pages are made of: traces, axes, notes, and the frame around them."""

import html
import textwrap
from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ._figures import EpochBand
from ._styles import LabelStyle

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


def plotly_figure(
    data: list[PlotlyJson],
    layout: PlotlyJson,
    labels: Sequence[str],
    *,
    plot: tuple[int, int],
    narrow: PlotlyJson | None = None,
    top: int = 8,
) -> PlotlyFigure:
    """Data and layout with what all figures share. The page adds height, colours and the legend's room."""
    lines = [wrap_label(label, LABEL_WIDTH).split("<br>") for label in labels]
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


def line_trace(label: str, style: LabelStyle, x: ArrayLike, y: ArrayLike, hover: str) -> PlotlyJson:
    """A line in a label's style, by its name in the legend. hover: below the name, with Plotly's places for numbers."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": wrap_label(label, LABEL_WIDTH),
        "legendgroup": label,
        "x": short_numbers(x),
        "y": short_numbers(y),
        "line": {"color": style.color, "width": 2, "dash": style.line},
        "hovertemplate": f"{escape_tags(label)}<br>{hover}<extra></extra>",
    }


def point_trace(label: str, points: ArrayLike, factor: int, marker: PlotlyJson, hover: str) -> PlotlyJson:
    """Points of shape (n, 2), marked. factor: what the second number is shown times."""
    x, y = np.array(points).T
    return {
        "type": "scatter",
        "mode": "markers",
        "name": wrap_label(label, LABEL_WIDTH),
        "x": short_numbers(x),
        "y": short_numbers(y * factor),
        "marker": marker,
        "hovertemplate": f"{escape_tags(label)}<br>{hover}<extra></extra>",
    }


def band_traces(
    band: EpochBand, style: LabelStyle, factor: int, axis: str, *, legend: bool, clock: str = "epoch"
) -> list[PlotlyJson]:
    """The line of the mean, and under it the interval where there is one. clock: what is counted along the axis.

    Only epochs are marked one by one: of steps there are too many.
    """
    place = {"xaxis": f"x{axis}", "yaxis": f"y{axis}"}
    line = line_trace(band.label, style, band.epochs, band.mean * factor, f"{clock} %{{x}}, mean %{{y:.4g}}")
    line |= place | {"showlegend": legend}
    if clock == "epoch":
        line |= {"mode": "lines+markers", "marker": {"symbol": style.mark, "size": 6}}
    there = np.isfinite(band.low) & np.isfinite(band.high)
    if not there.any():
        return [line]
    red, green, blue = (int(style.color[i : i + 2], 16) for i in (1, 3, 5))
    around = {
        "type": "scatter",
        "mode": "lines",
        "x": short_numbers(np.concatenate([band.epochs[there], band.epochs[there][::-1]])),
        "y": short_numbers(np.concatenate([band.low[there], band.high[there][::-1]]) * factor),
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},0.18)",
        "line": {"width": 0},
        "legendgroup": band.label,
        "showlegend": False,
        "hoverinfo": "skip",
    }
    return [around | place, line]


def interval_trace(ends: Sequence[float], place: int, color: str, hover: str, *, full: bool) -> PlotlyJson:
    """A point between two ends, on a line of its own. ends: low, point, high. full: strong; else thin and open."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": short_numbers(ends),
        "y": [place] * 3,
        "line": {"color": color, "width": 4 if full else 2},
        "marker": {
            "color": color,
            "size": [0, 10, 0],
            "opacity": 1,  # sizes in a list would make it 0.7
            "symbol": "circle" if full else "circle-open",
            "line": {"width": 2, "color": color},
        },
        "hovertemplate": f"{hover}<extra></extra>",
        "showlegend": False,
    }


def note_above(text: str, place: int, width: int) -> PlotlyJson:
    """Words above the line of that place, at the left."""
    return text_note(wrap_label(text, width), {"xref": "x domain", "x": 0, "yref": "y", "y": place - 0.22})


def line_axis(lines: int) -> PlotlyJson:
    """The hidden axis of a figure with a line for each thing, the first on top."""
    return {"range": [lines - 0.5, -0.9], "visible": False, "fixedrange": True}


def with_room(values: Sequence[float]) -> list[float]:
    """The range of an axis that holds the values and a little room."""
    room = 0.06 * (max(values) - min(values)) or 1.0
    return [min(values) - room, max(values) + room]


def value_axis(title: str, **more: Any) -> PlotlyJson:
    """An axis of numbers. more: fields of Plotly's, instead of these or beside them."""
    return {
        "title": {"text": title, "standoff": 8},
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": GRID,
        "ticks": "outside",
        "tickcolor": GRID,
        "automargin": True,
    } | more


def panel_heading(text: str, xref: str, yref: str) -> PlotlyJson:
    """The title of a panel, at its top left."""
    return text_note(f"<b>{wrap_label(text, TITLE_WIDTH)}</b>", {"xref": xref, "x": 0, "yref": yref, "y": 1})


def text_note(text: str, place: PlotlyJson) -> PlotlyJson:
    """Words that are not cut off by any axis. text: escaped."""
    return {"text": text, "showarrow": False, "xanchor": "left", "yanchor": "bottom", "align": "left"} | place


def split_axis(place: int, parts: int, gap: float) -> list[float]:
    """The place-th of equal parts of an axis, a gap between them."""
    size = (1 - gap * (parts - 1)) / parts
    return [place * (size + gap), place * (size + gap) + size]


def escape_tags(text: str) -> str:
    """The text with escapes for what Plotly would read as tags, or as a place for a number."""
    return html.escape(text, quote=False).replace("{", "&#123;")


def wrap_label(text: str, width: int) -> str:
    """The text in at most two lines, at least one, escaped."""
    return "<br>".join(map(escape_tags, textwrap.wrap(text, width, max_lines=2, placeholder="…") or [""]))


def short_numbers(values: ArrayLike) -> list[float | None]:
    """The values to six digits: more than a screen shows, and half the size of the page's numbers.

    What is no number is None, a gap: JSON has neither NaN nor infinity.
    """
    numbers = np.asarray(values, dtype=np.float64).tolist()
    return [float(f"{value:.6g}") if isfinite(value) else None for value in numbers]
