"""A judgement's figures for papers: key, arms with their runs, differences, seeds and curves, each with its numbers."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..spec import JudgedArm, Judgement
from ._judged_figures import shared_seeds
from ._judged_numbers import curve_bands, interval_of, judged_scale, metric_heading, turned_pair
from ._judged_table import score_cells
from ._judged_words import what_words
from ._numbers import ScoreScale
from ._paper import NumberTable, PaperFigure, write_paper_figures
from ._paper_axes import EndedCurve, curve_panels, draw_curve, label_ends, name_axes, row_axes
from ._paper_study import MOST_ROWS, bands_figure, difference_figures, draw_interval, key_figure
from ._short_labels import short_labels
from ._styles import LabelStyle, label_styles
from ._words import capitalized

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NAMED = 12  # seeds that are named along an axis


def write_judgement_figures(judgement: Judgement, folder: Path | str) -> list[Path]:
    """Write its figures as judge-METRIC-FIGURE.svg, .pdf and .png, their numbers as .csv, into a folder, which is made.

    Returns where they lie; the same judgement gives the same bytes. Raises LabError where one cannot be written.
    """
    return write_paper_figures(judged_stills(judgement), f"judge-{judgement.metric.name}", folder)


def judged_stills(judgement: Judgement) -> list[PaperFigure]:
    """The figures that there are numbers for."""
    styles, scale = label_styles(arm.label for arm in judgement.arms), judged_scale(judgement)
    (bands, factor), seeds = curve_bands(judgement), shared_seeds(judgement)
    figures = [key_figure(styles, "arm")]
    if any(arm.score is not None for arm in judgement.arms):
        parts = [judgement.arms[begin : begin + MOST_ROWS] for begin in range(0, len(judgement.arms), MOST_ROWS)]
        title = capitalized(what_words(judgement))
        figures += [_arms_figure(number, part, title, styles, scale) for number, part in enumerate(parts, start=1)]
    figures += difference_figures([turned_pair(pair, judgement) for pair in judgement.pairs], styles, scale)
    if len(seeds) > 1:
        figures.append(_seeds_figure(judgement, seeds, styles, scale))
    if bands:
        heading = metric_heading(judgement.metric, factor)
        figures.append(bands_figure("curves", {capitalized(heading): (bands, factor)}, styles, "step", "arm"))
    return figures


def _arms_figure(
    number: int, arms: Sequence[JudgedArm], title: str, styles: dict[str, LabelStyle], scale: ScoreScale
) -> PaperFigure:
    """A row for each arm: mean, interval, and a faint point for each run."""

    def draw() -> "Figure":
        shown = short_labels([arm.label for arm in arms])
        figure, axes = row_axes(list(shown.values()), title, [score_cells(arm, scale)[0] for arm in arms])
        for place, arm in enumerate(arms):
            _draw_arm(axes, place, arm, styles[arm.label], scale.factor)
        name_axes(axes, f"{scale.heading}; pale: single runs")
        return figure

    cells = [(arm.label, "mean", None, arm.score, arm.low, arm.high) for arm in arms] + [
        (arm.label, "run", seed, value, None, None)
        for arm in arms
        for seed, value in zip(arm.seeds, arm.values, strict=True)
    ]
    name = "arms" if number == 1 else f"arms-{number}"
    return PaperFigure(name, draw, NumberTable(("arm", "what", "seed", "value", "low", "high"), cells))


def _draw_arm(axes: "Axes", place: int, arm: JudgedArm, style: LabelStyle, factor: int) -> None:
    runs = [value * factor for value in arm.values if value is not None]
    axes.scatter(runs, [place + 0.3] * len(runs), color=style.color, s=5, alpha=0.5, linewidths=0)
    if interval := interval_of(arm):
        score, low, high = (value * factor for value in interval)
        draw_interval(axes, place, (low, score, high), style)


def _seeds_figure(
    judgement: Judgement, seeds: Sequence[str], styles: dict[str, LabelStyle], scale: ScoreScale
) -> PaperFigure:
    values = {arm.label: dict(zip(arm.seeds, arm.values, strict=True)) for arm in judgement.arms}

    def draw() -> "Figure":
        figure, (axes,) = curve_panels([f"{capitalized(scale.heading)}, seed by seed"], list(values))
        place_S = np.arange(len(seeds), dtype=np.float64)
        curves = [
            EndedCurve(label, place_S, np.array([run.get(seed) for seed in seeds], dtype=np.float64) * scale.factor)
            for label, run in values.items()
        ]
        for place, curve in enumerate(curves):
            draw_curve(axes, curve, styles[curve.label], place)
        named = range(0, len(seeds), -(-len(seeds) // MOST_NAMED))
        axes.set_xticks(list(named), [text[:8] for text in short_labels([seeds[n] for n in named]).values()])
        for tick in axes.get_xticklabels():
            tick.set_parse_math(False)
        name_axes(axes, "seed")
        label_ends(axes, curves, styles)
        return figure

    cells = [(label, seed, run.get(seed)) for label, run in values.items() for seed in seeds]
    return PaperFigure("seeds", draw, NumberTable(("arm", "seed", "value"), cells))
