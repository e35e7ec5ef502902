"""Rates against updates as a still picture, for a paper or by itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ._curves import CurveArrays
from ._paper import NumberTable, PaperFigure, paper_style
from ._paper_axes import EndedCurve, curve_panels, draw_curve, label_ends, name_axes
from ._stills import check_kind, save_figure
from ._styles import LabelStyle, label_styles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MANY_TIMES = 20  # between peaks, or losses, that only a logarithmic axis shows
DOTS = 200  # an inch


def save_png(curves: Sequence[CurveArrays], path: Path | str, title: str = "") -> None:
    """Draw rate curves to a file; .png, .svg or .pdf says which kind. Raises LabError where it cannot be written."""
    check_kind(path)
    with paper_style():
        figure = _draw_rates(curves, label_styles(curve.label for curve in curves), title)
        save_figure(figure, path, DOTS)


def rates_figure(curves: Sequence[CurveArrays], styles: dict[str, LabelStyle]) -> PaperFigure:
    """Rate against update; where peaks are far apart, on a logarithmic axis."""
    rows = [
        (curve.label, update, value)
        for curve in curves
        for update, value in zip(curve.updates.tolist(), curve.rates.tolist(), strict=True)
    ]
    numbers = NumberTable(("schedule", "update", "rate"), rows)
    return PaperFigure("rates", lambda: _draw_rates(curves, styles, "Learning rates"), numbers)


def _draw_rates(curves: Sequence[CurveArrays], styles: dict[str, LabelStyle], title: str) -> "Figure":
    figure, (axes,) = curve_panels([title], [curve.label for curve in curves])
    ended = [EndedCurve(curve.label, curve.updates.astype(np.float64), curve.rates) for curve in curves]
    for place, curve in enumerate(ended):
        draw_curve(axes, curve, styles[curve.label], place)
    peaks = [float(curve.rates.max()) for curve in curves if curve.rates.max() > 0]
    if peaks and max(peaks) > MANY_TIMES * min(peaks):
        axes.set_yscale("log", nonpositive="clip")
        axes.set_ylim(min(peaks) / 1000, max(peaks) * 1.5)
    else:
        axes.set_ylim(bottom=0)
    name_axes(axes, "update", "rate", whole=True)
    label_ends(axes, ended, styles)
    return figure
