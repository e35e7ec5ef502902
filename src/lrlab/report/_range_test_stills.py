"""A range test as a still picture."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..spec import RangeTest, counted
from ._numbers import rate
from ._range_test import range_sentences
from ._stills import GRID, INK, SOFT, empty_figure, plain_text, save_figure, style_axes, title_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CURVE, GOOD = "#1f5fa8", "#2e7d4f"


def save_range_png(test: RangeTest, path: Path | str) -> None:
    """Draw a range test to a file; .png, .svg or .pdf says which kind. Raises LabError where it cannot be written."""
    figure = empty_figure(8, 4.5, path)
    _draw_test(figure, test)
    save_figure(figure, path)


def range_png(test: RangeTest) -> bytes:
    """The same picture as PNG, in memory."""
    figure = empty_figure(8, 4.5, "range.png")
    _draw_test(figure, test)
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _draw_test(figure: "Figure", test: RangeTest) -> None:
    axes = figure.subplots()
    draw_range_interval(axes, test)
    draw_range_losses(axes, test)
    title_axes(axes, range_sentences(test)[0].partition(";")[0])
    axes.set_xscale("log")
    style_axes(axes, "constant rate", plain_text(f"{test.measured} after {counted(test.updates, 'update')}"))
    figure.legend(loc="outside lower left", ncols=3, frameon=False, labelcolor=INK)


def draw_range_interval(axes: "Axes", test: RangeTest) -> None:
    """Shade the interval, and draw a line at the suggestion, where there are any."""
    if test.interval is not None:
        label = f"interval: {rate(test.interval[0])} to {rate(test.interval[1])}"
        axes.axvspan(*test.interval, color=GOOD, alpha=0.12, linewidth=0, label=label)
    if test.suggestion is not None:
        axes.axvline(test.suggestion, color=GOOD, linewidth=2, label=f"suggestion: {rate(test.suggestion)}")


def draw_range_losses(axes: "Axes", test: RangeTest) -> None:
    """Losses of seeds, their band and the blurred mean; above the loss before training little is to be seen."""
    start = float(np.mean(test.untrained))
    rate_R = np.array(test.rates)
    low_R, high_R = (np.array([np.nan if loss is None else loss for loss in ends]) for ends in (test.low, test.high))
    foot = float(np.nanmin(low_R)) if np.isfinite(low_R).any() else start - abs(start) or -1.0
    top = start + 0.25 * max(start - foot, 1e-3 * abs(start), 1e-12)
    axes.fill_between(rate_R, np.minimum(low_R, top), np.minimum(high_R, top), color=CURVE, alpha=0.18, linewidth=0)
    for seed in range(len(test.seeds)):
        loss_R = np.array([np.nan if losses[seed] is None else losses[seed] for losses in test.losses], dtype=float)
        axes.plot(rate_R, np.where(loss_R <= top, loss_R, np.nan), ".", color=CURVE, alpha=0.6, markersize=4)
    axes.plot(
        rate_R, test.smooth, color=CURVE, linewidth=2, label=f"mean of {counted(len(test.seeds), 'seed')}, blurred"
    )
    axes.axhline(start, color=SOFT, linewidth=1, linestyle="--", label="before training")
    gone = [value for value, share in zip(test.rates, test.diverged, strict=True) if share]
    if gone:
        axes.plot(gone, [top] * len(gone), "x", color=INK, markersize=6, label="a seed diverged", clip_on=False)
    axes.set_ylim(foot - 0.05 * (top - foot), top)
    axes.axhline(top, color=GRID, linewidth=0.5)
