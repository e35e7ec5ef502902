"""The page's figures as Plotly takes them. Numbers come in from `_figures`; nothing is computed from results here."""

import html
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ._curves import Curve
from ._figures import Answer, EpochBand, PeakScores
from ._looks import NEUTRAL, Look
from ._numbers import Scale, rate

Json = dict[str, Any]
GRID, ZERO = "rgba(128,128,128,0.22)", "rgba(128,128,128,0.8)"
TITLE_WIDTH = 44  # characters that fit above a panel, or beside an axis
LABEL_WIDTH = 32  # characters that fit a line of a legend on a narrow screen


class Picture(NamedTuple):
    """A Plotly figure.

    narrow: what is set otherwise on a narrow screen, by dotted path. plot: the height of its data in pixels, wide and
    narrow; entry: the width and height of a legend's entry, from which the page finds the rest.
    """

    data: list[Json]
    layout: Json
    narrow: Json
    plot: tuple[int, int]
    entry: int
    lines: list[int]


def rates_picture(curves: Sequence[Curve], looks: Mapping[str, Look]) -> Picture:
    """Rate against update."""
    data = [
        _line(curve.label, looks[curve.label], curve.updates, curve.rates, "update %{x}<br>rate %{y:.4g}")
        for curve in curves
    ]
    layout = {"xaxis": _axis("update"), "yaxis": _axis("rate", rangemode="tozero", exponentformat="power")}
    return _picture(data, layout, [curve.label for curve in curves], plot=(340, 280))


def epochs_picture(
    panels: Mapping[str, Sequence[EpochBand]], scores: Mapping[str, Scale | None], looks: Mapping[str, Look]
) -> Picture:
    """Panels of one measure each, as `panels_picture`. scores: the scale of each panel, or None."""
    return panels_picture(panels, {title: scale.factor if scale else 1 for title, scale in scores.items()}, looks)


def panels_picture(
    panels: Mapping[str, Sequence[EpochBand]], factors: Mapping[str, int], looks: Mapping[str, Look]
) -> Picture:
    """Panels of one measure each, two a row, one a row on a narrow screen. factors: what each panel is times."""
    data: list[Json] = []
    layout: Json = {"annotations": []}
    narrow: Json = {}
    rows = -(-len(panels) // 2)
    last = max((int(band.epochs[-1]) for bands in panels.values() for band in bands if len(band.epochs)), default=1)
    for place, (title, bands) in enumerate(panels.items()):
        axis = "" if place == 0 else str(place + 1)
        for band in bands:
            data += _band(band, looks[band.label], factors[title], axis, legend=place == 0)
        layout[f"xaxis{axis}"] = _axis(
            "epoch", anchor=f"y{axis}", domain=_split(place % 2, 2, 0.09), range=[0.7, last + 0.3]
        )
        layout[f"yaxis{axis}"] = _axis("", anchor=f"x{axis}", domain=_split(rows - 1 - place // 2, rows, 0.4 / rows))
        layout["annotations"].append(_heading(title, f"x{axis} domain", f"y{axis} domain"))
        narrow |= {
            f"xaxis{axis}.domain": [0, 1],
            f"yaxis{axis}.domain": _split(len(panels) - 1 - place, len(panels), 0.4 / len(panels)),
        }
    labels = [band.label for band in next(iter(panels.values()))]
    return _picture(data, layout, labels, plot=(290 * rows, 260 * len(panels)), narrow=narrow, top=26)


def peaks_picture(found: Sequence[PeakScores], looks: Mapping[str, Look], scale: Scale) -> Picture:
    """Validation score against peak: means as lines, trials as points, chosen peaks as stars, diverged as crosses."""
    data: list[Json] = []
    for scores in found:
        look, group = looks[scores.label], {"legendgroup": scores.label, "showlegend": False}
        hover = f"peak %{{x:.4g}}<br>{_text(scale.heading)} %{{y:.5g}}"
        data.append(_line(scores.label, look, scores.peaks, scores.scores * scale.factor, "mean at " + hover))
        for points, symbol, size, word in (
            (scores.trials, "circle", 5, "trial"),
            (scores.diverged, "x", 9, "diverged"),
        ):
            if len(points):
                marker = {"symbol": symbol, "size": size, "color": look.color, "opacity": 0.75}
                data.append(_points(scores.label, points, scale.factor, marker, f"{word}, {hover}") | group)
        star = {"symbol": "star", "size": 16, "color": look.color, "line": {"width": 1, "color": "rgba(0,0,0,0.6)"}}
        data.append(_points(scores.label, [scores.chosen], scale.factor, star, "chosen, " + hover) | group)
    peaks = sorted({float(peak) for scores in found for peak in scores.peaks})
    ticks = {"tickvals": peaks, "ticktext": [rate(peak) for peak in peaks]}
    layout = {
        "xaxis": _axis("peak rate", type="log", **ticks),
        "yaxis": _axis(_wrapped(f"validation {scale.heading}", TITLE_WIDTH)),
    }
    return _picture(data, layout, [scores.label for scores in found], plot=(360, 300))


def differences_picture(answers: Sequence[Answer], looks: Mapping[str, Look], scale: Scale) -> Picture:
    """One line per question: the advantage and its interval, in colour where one is claimed; zero is drawn."""
    data, zeros, notes, short_notes = [], [], [], []
    for place, found in enumerate(answers):
        color = looks[found.first].color if found.claimed else NEUTRAL
        numbers = f"{scale.difference(found.advantage)} ({scale.between(found.low, found.high)})"
        words = f"{found.first} {'beats' if found.claimed else 'against'} {found.second}"
        data.append(_interval(found, place, color, scale.factor, f"{_text(words)}<br>{numbers}"))
        above = {"xref": "x domain", "x": 0, "yref": "y", "y": place - 0.22}
        notes.append(_note(_wrapped(f"{words}: {numbers}", 120), above))
        short_notes.append(_note(_wrapped(words, 36), above))
        # In pieces, so that it does not run through the words.
        ends = {"x0": 0, "x1": 0, "y0": place - 0.2, "y1": place + 0.36}
        zeros.append({"type": "line", "line": {"color": ZERO, "width": 2}} | ends)
    reach = [0.0, *(end * scale.factor for found in answers for end in (found.low, found.high))]
    room = 0.06 * (max(reach) - min(reach)) or 1.0
    layout = {
        "xaxis": _axis(_wrapped(f"advantage, {scale.unit}", TITLE_WIDTH), range=[min(reach) - room, max(reach) + room]),
        "yaxis": {"range": [len(answers) - 0.5, -0.9], "visible": False, "fixedrange": True},
        "shapes": zeros,
        "annotations": notes,
    }
    height = 60 * len(answers) + 20
    return _picture(data, layout, [], plot=(height, height), narrow={"annotations": short_notes})


def _picture(
    data: list[Json],
    layout: Json,
    labels: Sequence[str],
    *,
    plot: tuple[int, int],
    narrow: Json | None = None,
    top: int = 8,
) -> Picture:
    """What all figures share. The page adds height, colours of the theme and the room for the legend."""
    lines = [_wrapped(label, LABEL_WIDTH).split("<br>") for label in labels]
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
    return Picture(
        data,
        shared | layout,
        {"margin.l": 52, "dragmode": False} | (narrow or {}),
        plot,
        entry,
        [len(label) for label in lines],
    )


def _line(label: str, look: Look, x: ArrayLike, y: ArrayLike, hover: str) -> Json:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _wrapped(label, LABEL_WIDTH),
        "legendgroup": label,
        "x": _list(x),
        "y": _list(y),
        "line": {"color": look.color, "width": 2, "dash": look.line},
        "hovertemplate": f"{_text(label)}<br>{hover}<extra></extra>",
    }


def _points(label: str, points: ArrayLike, factor: int, marker: Json, hover: str) -> Json:
    x, y = np.array(points).T
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _wrapped(label, LABEL_WIDTH),
        "x": _list(x),
        "y": _list(y * factor),
        "marker": marker,
        "hovertemplate": f"{_text(label)}<br>{hover}<extra></extra>",
    }


def _band(band: EpochBand, look: Look, factor: int, axis: str, *, legend: bool) -> list[Json]:
    """The mean, and under it the interval where there is one."""
    place = {"xaxis": f"x{axis}", "yaxis": f"y{axis}"}
    line = _line(band.label, look, band.epochs, band.mean * factor, "epoch %{x}, mean %{y:.4g}")
    line |= place | {"showlegend": legend, "mode": "lines+markers", "marker": {"symbol": look.mark, "size": 6}}
    there = np.isfinite(band.low) & np.isfinite(band.high)
    if not there.any():
        return [line]
    red, green, blue = (int(look.color[i : i + 2], 16) for i in (1, 3, 5))
    around = {
        "type": "scatter",
        "mode": "lines",
        "x": _list(np.concatenate([band.epochs[there], band.epochs[there][::-1]])),
        "y": _list(np.concatenate([band.low[there], band.high[there][::-1]]) * factor),
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},0.18)",
        "line": {"width": 0},
        "legendgroup": band.label,
        "showlegend": False,
        "hoverinfo": "skip",
    }
    return [around | place, line]


def _interval(found: Answer, place: int, color: str, factor: int, hover: str) -> Json:
    """A point between two ends; full where it is claimed, open where it is not."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": _list(np.array([found.low, found.advantage, found.high]) * factor),
        "y": [place] * 3,
        "line": {"color": color, "width": 4 if found.claimed else 2},
        "marker": {
            "color": color,
            "size": [0, 10, 0],
            "opacity": 1,  # sizes in a list would make it 0.7
            "symbol": "circle" if found.claimed else "circle-open",
            "line": {"width": 2, "color": color},
        },
        "hovertemplate": f"{hover}<extra></extra>",
        "showlegend": False,
    }


def _axis(title: str, **more: Any) -> Json:
    return {
        "title": {"text": title, "standoff": 8},
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": GRID,
        "ticks": "outside",
        "tickcolor": GRID,
        "automargin": True,
    } | more


def _heading(text: str, xref: str, yref: str) -> Json:
    return _note(f"<b>{_wrapped(text, TITLE_WIDTH)}</b>", {"xref": xref, "x": 0, "yref": yref, "y": 1})


def _note(text: str, place: Json) -> Json:
    return {"text": text, "showarrow": False, "xanchor": "left", "yanchor": "bottom", "align": "left"} | place


def _split(place: int, parts: int, gap: float) -> list[float]:
    """The place-th of equal parts of an axis, a gap between them."""
    size = (1 - gap * (parts - 1)) / parts
    return [place * (size + gap), place * (size + gap) + size]


def _text(text: str) -> str:
    """Plotly reads tags in its texts."""
    return html.escape(text, quote=False)


def _wrapped(text: str, width: int) -> str:
    """At most two lines; a text without a name still takes one."""
    return "<br>".join(map(_text, textwrap.wrap(text, width, max_lines=2, placeholder="…") or [""]))


def _list(values: ArrayLike) -> list[float]:
    """Six digits are more than a screen shows; they halve the page's numbers."""
    return [float(f"{value:.6g}") for value in np.asarray(values).tolist()]
