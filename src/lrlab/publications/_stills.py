"""A published study's figures for papers, each with its numbers: the same results give the same bytes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..report import (
    INK,
    SOFT,
    EndedCurve,
    NumberTable,
    PaperFigure,
    curve_panels,
    draw_bands,
    draw_curve,
    key_figure,
    label_ends,
    label_styles,
    name_axes,
    title_axes,
    write_paper_figures,
)
from ._figures import ArmGroup, confusions, curves_of, groups, panels_of
from ._measured import MeasuredPublication, PartResults

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS, SIZE = 3, 2.3  # confusion matrices in a row; inches of one
FORMATS = ("svg", "pdf", "png", "csv")


def write_publication_figures(
    results: MeasuredPublication, folder: Path, formats: Sequence[str] = FORMATS
) -> list[Path]:
    """Key, rates, learning curves and confusion matrices of every part, as PART-FIGURE in each of the formats.

    Returns where they lie. The folder is made. Raises LabError where it cannot be written.
    """
    places = []
    for part in results.parts:
        arm_groups, styles = groups(results, part), label_styles(part.study.labels)
        figures = [key_figure(styles, "arm"), _rates_figure(part, arm_groups), _curves_figure(part, arm_groups)]
        matrices = list(confusions(part))
        if matrices:
            figures.append(_confusion_figure(matrices))
        places += write_paper_figures(figures, part.study.name, folder, formats)
    return places


def _most_labels(arm_groups: Sequence[ArmGroup]) -> int:
    return max(len(group.labels) for group in arm_groups)


def _rates_figure(part: PartResults, arm_groups: tuple[ArmGroup, ...]) -> PaperFigure:
    """One panel for each group of arms."""

    def draw() -> "Figure":
        titles = [group.name or "Rates of the first seed" for group in arm_groups]
        figure, axes = curve_panels(titles, part.study.labels, _most_labels(arm_groups))
        for axis, group in zip(axes, arm_groups, strict=True):
            styles = label_styles(part.study.labels)
            ended = [
                EndedCurve(curve.label, curve.updates.astype(np.float64), curve.rates)
                for curve in curves_of(part, group)
            ]
            for place, curve in enumerate(ended):
                draw_curve(axis, curve, styles[curve.label], place)
            axis.set_ylim(bottom=0)
            name_axes(axis, "update", "rate", whole=True)
            label_ends(axis, ended, styles)
        return figure

    everything = ArmGroup("", part.study.labels)
    rows = [
        (curve.label, update, value)
        for curve in curves_of(part, everything)
        for update, value in zip(curve.updates.tolist(), curve.rates.tolist(), strict=True)
    ]
    return PaperFigure("rates", draw, NumberTable(("arm", "update", "rate"), rows))


def _curves_figure(part: PartResults, arm_groups: tuple[ArmGroup, ...]) -> PaperFigure:
    """For each group of arms, a panel for each measure."""
    panels = [(group, panel) for group in arm_groups for panel in panels_of(part, group)]

    def draw() -> "Figure":
        titles = [f"{group.name} {panel.title}".strip() for group, panel in panels]
        figure, axes = curve_panels(titles, part.study.labels, _most_labels(arm_groups))
        for axis, (_, panel) in zip(axes, panels, strict=True):
            name_axes(axis, "epoch", whole=True)
            draw_bands(axis, panel.bands, 100 if panel.share else 1, label_styles(part.study.labels))
        return figure

    rows = [
        (panel.title, band.label, *point)
        for panel in panels_of(part, ArmGroup("", part.study.labels))
        for band in panel.bands
        for point in zip(band.epochs.tolist(), band.mean.tolist(), band.low.tolist(), band.high.tolist(), strict=True)
    ]
    return PaperFigure("curves", draw, NumberTable(("measure", "arm", "epoch", "mean", "low", "high"), rows))


def _confusion_figure(matrices: Sequence[tuple[str, NDArray[np.float64]]]) -> PaperFigure:
    """The share of each true class by predicted class, in per cent; a square for each arm."""

    def draw() -> "Figure":
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        across, down = min(len(matrices), ACROSS), -(-len(matrices) // ACROSS)
        figure = Figure(figsize=(SIZE * across, (SIZE + 0.25) * down), layout=ConstrainedLayoutEngine())
        axes = list(np.ravel(figure.subplots(down, across)))
        for axis in axes[len(matrices) :]:
            axis.set_axis_off()
        for axis, (label, share_CC) in zip(axes, matrices, strict=False):
            axis.imshow(share_CC, cmap="Blues", vmin=0, vmax=1)
            _write_shares(axis, share_CC)
            name_axes(axis, "predicted class", "true class")
            title_axes(axis, f"{label} (%)", size=7)
        return figure

    rows = [
        (label, true, predicted, float(share_CC[true, predicted]))
        for label, share_CC in matrices
        for true, predicted in np.ndindex(*share_CC.shape)
    ]
    return PaperFigure("confusion", draw, NumberTable(("arm", "true class", "predicted class", "share"), rows))


def _write_shares(axis: "Axes", share_CC: NDArray[np.float64]) -> None:
    for true, predicted in np.ndindex(*share_CC.shape):
        share = share_CC[true, predicted]
        ink = "white" if share > 0.5 else INK
        axis.text(predicted, true, f"{share * 100:.0f}", ha="center", va="center", fontsize=5, color=ink)
    ticks = range(len(share_CC))
    axis.set_xticks(ticks)
    axis.set_yticks(ticks)
    axis.tick_params(colors=SOFT, labelsize=6, length=0)
