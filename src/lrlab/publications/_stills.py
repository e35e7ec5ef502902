"""Still pictures of a published study, as SVG: the same results give the same bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..report import (
    INK,
    LINES,
    SOFT,
    LabelStyle,
    draw_rates,
    empty_figure,
    label_styles,
    plain_text,
    style_axes,
    title_axes,
    whole_file,
)
from ._figures import ArmGroup, Panel, confusions, curves_of, groups, panels_of
from ._measured import MeasuredPublication, PartResults

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 4.2, 3.1  # inches of one panel
ACROSS = 3
STEADY: dict[Any, Any] = {"svg.hashsalt": "lrlab", "svg.fonttype": "none"}  # else every file has ids of its own


def write_publication_figures(results: MeasuredPublication, folder: Path) -> list[Path]:
    """Rates, learning curves and confusion matrices of every part, as PART-rates.svg, -curves.svg and -confusion.svg.

    Returns where they lie. The folder must exist. Raises LabError where it cannot be written.
    """
    places, scale = [], results.publication.scale
    for part in results.parts:
        heading = f"{part.study.name}, scale {scale}"
        curve_arrays = groups(results, part)
        figures = {
            "rates": _rates_figure(part, curve_arrays),
            "curves": _curves_figure(part, curve_arrays),
            "confusion": _confusion_figure(part),
        }
        for name, figure in figures.items():
            if figure is not None:
                figure.suptitle(plain_text(f"{heading}: {name}"), color=INK, fontweight="bold", fontsize=12)
                places.append(folder / f"{part.study.name}-{name}.svg")
                _save_svg(figure, places[-1])
    return places


def _rates_figure(part: PartResults, curve_arrays: tuple[ArmGroup, ...]) -> "Figure":
    """One panel for each group of arms."""
    figure, axes = _panel_axes(len(curve_arrays))
    for axis, group in zip(axes, curve_arrays, strict=True):
        draw_rates(axis, curves_of(part, group), label_styles(group.labels))
        title_axes(axis, group.name or "Rates of the first seed")
        axis.legend(fontsize=7, frameon=False, labelcolor=INK)
    return figure


def _curves_figure(part: PartResults, curve_arrays: tuple[ArmGroup, ...]) -> "Figure":
    """For each group of arms, a panel for each measure."""
    panels = [(group, panel) for group in curve_arrays for panel in panels_of(part, group)]
    figure, axes = _panel_axes(len(panels))
    for place, (axis, (group, panel)) in enumerate(zip(axes, panels, strict=True)):
        _draw_bands(axis, panel, label_styles(group.labels))
        title_axes(axis, f"{group.name} {panel.title}".strip())
        if place == 0 or panels[place - 1][0] != group:
            axis.legend(fontsize=7, frameon=False, labelcolor=INK)
    return figure


def _draw_bands(axis: "Axes", panel: Panel, look: Mapping[str, LabelStyle]) -> None:
    factor = 100 if panel.share else 1
    for band in panel.bands:
        style = look[band.label]
        line = {"color": style.color, "linestyle": LINES[style.line], "linewidth": 1.2}
        axis.plot(band.epochs, band.mean * factor, label=plain_text(band.label), **line)
        axis.fill_between(
            band.epochs, band.low * factor, band.high * factor, color=style.color, alpha=0.15, linewidth=0
        )
    style_axes(axis, "epoch", "")


def _confusion_figure(part: PartResults) -> "Figure | None":
    """The share of each true class by predicted class, in per cent; a square for each arm."""
    matrices = list(confusions(part))
    if not matrices:
        return None
    figure, axes = _panel_axes(len(matrices), height=4.0)
    for axis, (label, share_CC) in zip(axes, matrices, strict=True):
        axis.imshow(share_CC, cmap="Blues", vmin=0, vmax=1)
        for true, predicted in np.ndindex(*share_CC.shape):
            share = share_CC[true, predicted]
            ink = "white" if share > 0.5 else INK
            axis.text(predicted, true, f"{share * 100:.0f}", ha="center", va="center", fontsize=6, color=ink)
        ticks = range(len(share_CC))
        axis.set_xticks(ticks)
        axis.set_yticks(ticks)
        axis.tick_params(colors=SOFT, labelsize=7, length=0)
        axis.set_xlabel("predicted class", color=SOFT)
        axis.set_ylabel("true class", color=SOFT)
        title_axes(axis, f"{label} (%)")
    return figure


def _panel_axes(count: int, height: float = HEIGHT) -> "tuple[Figure, list[Axes]]":
    across = min(count, ACROSS)
    down = -(-count // across)
    figure = empty_figure(WIDTH * max(across, 1.6), height * down + 0.4, "panels.svg")
    axes = list(np.ravel(figure.subplots(down, across)))
    for axis in axes[count:]:
        axis.set_axis_off()
    return figure, axes[:count]


def _save_svg(figure: "Figure", path: Path) -> None:
    import matplotlib as mpl

    with whole_file(path) as draft, mpl.rc_context(STEADY):
        figure.savefig(draft, format="svg", metadata={"Date": None})
