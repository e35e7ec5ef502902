"""A judgement as one still picture."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..spec import Judgement
from ._figure_stills import draw_differences
from ._judged_numbers import interval_of, judged_scale, turned_pair
from ._judged_table import score_cells
from ._judged_words import what_words
from ._stills import INK, MARKS, empty_figure, plain_text, save_figure, style_axes, title_axes
from ._styles import LabelStyle, label_styles
from ._words import capitalized

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, LINE, FRAME = 12.0, 0.6, 1.4  # inches


def save_judgement_picture(judgement: Judgement, path: Path | str) -> None:
    """Arms with their intervals and runs beside the differences of pairs.

    .png, .svg or .pdf says which kind. The same judgement gives the same bytes. Raises LabError where it cannot be
    written.
    """
    lines = max(len(judgement.arms), len(judgement.pairs))
    figure = empty_figure(WIDTH, LINE * lines + FRAME, path)
    left, right = figure.subplots(1, 2)
    styles, scale = label_styles(arm.label for arm in judgement.arms), judged_scale(judgement)
    _draw_arms(left, judgement, styles)
    title_axes(left, capitalized(what_words(judgement)))
    draw_differences(right, [turned_pair(pair, judgement) for pair in judgement.pairs], scale, styles)
    title_axes(right, "Differences, 95 % intervals")
    save_figure(figure, path)


def _draw_arms(axes: "Axes", judgement: Judgement, styles: dict[str, LabelStyle]) -> None:
    """A line for each arm: mean, interval, and a faint point for each run."""
    scale = judged_scale(judgement)
    for place, arm in enumerate(judgement.arms):
        style, interval = styles[arm.label], interval_of(arm)
        if interval:
            score, low, high = (value * scale.factor for value in interval)
            axes.plot([low, high], [place] * 2, color=style.color, linewidth=3)
            axes.plot(score, place, MARKS[style.mark], color=style.color, markersize=8)
        runs = [value * scale.factor for value in arm.values if value is not None]
        axes.scatter(runs, [place + 0.22] * len(runs), color=style.color, s=14, alpha=0.5, linewidths=0)
        words = f"{arm.label}: {score_cells(arm, scale)[0]}"
        where = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
        axes.annotate(plain_text(words), (0.0, place), (0, 9), color=INK, **where)
    axes.set_ylim(len(judgement.arms) - 0.5, -0.9)
    style_axes(axes, plain_text(scale.heading), "")
    axes.set_yticks([])
