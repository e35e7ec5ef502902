"""The figures of a study's page as still pictures."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..spec import StudyResults
from ._figures import Advantage, EpochBand, advantage_of, used_rates
from ._numbers import ScoreScale, scale_of
from ._page_figures import curve_panels, page_figures
from ._stills import (
    INK,
    LINES,
    MARKS,
    draw_peaks,
    draw_rates,
    empty_figure,
    plain_text,
    save_figure,
    style_axes,
    title_axes,
)
from ._styles import NEUTRAL, LabelStyle, label_styles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 5.0, 3.4  # inches of one panel


def write_figures(results: StudyResults, folder: Path | str, kind: str = "svg") -> list[Path]:
    """Write each figure of the page as STUDY-FIGURE.svg, and say where: rates, epochs, peaks, differences.

    folder: must exist. kind: "svg", "png" or "pdf". The same results give the same bytes. Raises LabError where one
    cannot be written.
    """
    paths = []
    for page_figure in page_figures(results):
        path = Path(folder) / f"{results.study.name}-{page_figure.name}.{kind}"
        figure = DRAWN_BY_NAME[page_figure.name](results, path)
        figure.suptitle(plain_text(page_figure.title), color=INK, fontweight="bold", fontsize=12)
        save_figure(figure, path)
        paths.append(path)
    return paths


def draw_bands(axes: "Axes", bands: Sequence[EpochBand], factor: int, styles: dict[str, LabelStyle]) -> None:
    """Means against epochs with their intervals.

    axes: to draw on. bands: a label each. factor: what values are shown times. styles: by label.
    """
    for band in bands:
        style = styles[band.label]
        line = {"color": style.color, "linestyle": LINES[style.line], "linewidth": 1.4}
        axes.plot(band.epochs, band.mean * factor, label=plain_text(band.label), **line)
        axes.fill_between(
            band.epochs, band.low * factor, band.high * factor, color=style.color, alpha=0.15, linewidth=0
        )
    style_axes(axes, "epoch", "")


def _draw_rates_figure(results: StudyResults, path: Path) -> "Figure":
    figure = empty_figure(2 * WIDTH, HEIGHT + 1, path)
    draw_rates(figure.subplots(), used_rates(results), label_styles(results.study.labels))
    return _add_legend(figure)


def _draw_epochs_figure(results: StudyResults, path: Path) -> "Figure":
    panels = curve_panels(results)
    across = min(len(panels), 2)
    down = -(-len(panels) // across)
    figure = empty_figure(2 * WIDTH, HEIGHT * down + 1, path)
    axes = np.ravel(figure.subplots(down, across))
    for place, (title, (bands, scale)) in enumerate(panels.items()):
        draw_bands(axes[place], bands, scale.factor if scale else 1, label_styles(results.study.labels))
        title_axes(axes[place], title)
    for empty in axes[len(panels) :]:
        empty.set_axis_off()
    return _add_legend(figure)


def _draw_peaks_figure(results: StudyResults, path: Path) -> "Figure":
    figure = empty_figure(2 * WIDTH, HEIGHT + 1, path)
    draw_peaks(figure.subplots(), results, label_styles(results.study.labels))
    return _add_legend(figure)


def draw_differences(
    axes: "Axes", advantages: Sequence[Advantage], scale: ScoreScale, styles: dict[str, LabelStyle]
) -> None:
    """One line per question: the advantage and its interval, full and in colour where one is claimed.

    Where both lie within the margin, this is shaded, and the point is full, without colour.
    """
    for place, advantage in enumerate(advantages):
        color = styles[advantage.first].color if advantage.claimed else NEUTRAL
        mark = MARKS[styles[advantage.first].mark] if advantage.claimed else "o"
        low, middle, high = (value * scale.factor for value in (advantage.low, advantage.advantage, advantage.high))
        axes.plot([low, high], [place] * 2, color=color, linewidth=3)
        known = advantage.claimed or advantage.within is not None
        axes.plot(middle, place, mark, color=color, markersize=8, fillstyle="full" if known else "none")
        if advantage.within is not None:
            reach = advantage.within * scale.factor
            axes.fill_betweenx([place - 0.2, place + 0.2], -reach, reach, color=NEUTRAL, alpha=0.15, linewidth=0)
        words = f"{advantage.first} {advantage.word} {advantage.second}"
        where = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
        axes.annotate(plain_text(words), (0.0, place), (0, 9), color=INK, **where)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_ylim(len(advantages) - 0.5, -0.9)
    style_axes(axes, plain_text(f"advantage, {scale.unit}"), "")
    axes.set_yticks([])


def _draw_differences_figure(results: StudyResults, path: Path) -> "Figure":
    scale, styles = scale_of(results), label_styles(results.study.labels)
    figure = empty_figure(2 * WIDTH, 0.6 * len(results.claims) + 1.2, path)
    advantages = [advantage_of(claim, results.metric) for claim in results.claims]
    draw_differences(figure.subplots(), advantages, scale, styles)
    return figure


def _add_legend(figure: "Figure") -> "Figure":
    """The names of the schedules below the panels, once."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, frameon=False, labelcolor=INK)
    return figure


DRAWN_BY_NAME: dict[str, Callable[[StudyResults, Path], "Figure"]] = {
    "rates": _draw_rates_figure,
    "epochs": _draw_epochs_figure,
    "peaks": _draw_peaks_figure,
    "differences": _draw_differences_figure,
}
