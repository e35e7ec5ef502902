"""A range test as a figure for papers, with its numbers."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..spec import RangeTest, counted
from ._numbers import rate
from ._paper import NumberTable, PaperFigure, write_paper_figures
from ._paper_axes import EndedCurve, curve_panels, label_ends, name_axes
from ._range_test_stills import CURVE, draw_range_interval, draw_range_losses
from ._stills import SOFT
from ._styles import LabelStyle

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_range_figures(test: RangeTest, folder: Path | str) -> list[Path]:
    """Write its figure as find-TASK-losses.svg, .pdf and .png, the numbers as .csv, into a folder, which is made.

    Returns where they lie. Raises LabError where one cannot be written.
    """
    return write_paper_figures([_losses_figure(test)], f"find-{test.of}", folder)


def _losses_figure(test: RangeTest) -> PaperFigure:
    """Losses against rates, the interval and the suggestion."""

    def draw() -> "Figure":
        styles = {
            f"mean of {counted(len(test.seeds), 'seed')}": LabelStyle(CURVE, "solid", "circle"),
            "before training": LabelStyle(SOFT, "dash", "square"),
        }
        figure, (axes,) = curve_panels([_title_of(test)], list(styles))
        draw_range_interval(axes, test)
        draw_range_losses(axes, test)
        axes.set_xscale("log")
        name_axes(axes, "constant rate (shaded: interval)", f"{test.measured}, {counted(test.updates, 'update')}")
        rate_R, start = np.array(test.rates), float(np.mean(test.untrained))
        curves = (np.array(test.smooth), np.full(len(rate_R), start))
        label_ends(
            axes, [EndedCurve(label, rate_R, curve) for label, curve in zip(styles, curves, strict=True)], styles
        )
        return figure

    columns = zip(test.rates, test.smooth, test.low, test.high, test.diverged, test.losses, strict=True)
    rows = [(value, smooth, low, high, share, *losses) for value, smooth, low, high, share, losses in columns]
    rows.append(("before training", None, None, None, None, *test.untrained))
    header = ("rate", "blurred mean", "low", "high", "share diverged", *(f"seed {seed}" for seed in test.seeds))
    return PaperFigure("losses", draw, NumberTable(header, rows))


def _title_of(test: RangeTest) -> str:
    if test.suggestion is None:
        return "No suggestion"
    low, high = test.interval or (test.suggestion, test.suggestion)
    return f"Suggested {rate(test.suggestion)}, {rate(low)} to {rate(high)}"
