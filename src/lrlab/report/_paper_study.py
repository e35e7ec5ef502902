"""A study's figures for papers: key, rates, learning curves, peaks, scores and differences, each with its numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..spec import Insights, StudyResults
from ._figures import Advantage, EpochBand, PeakScores, advantage_of, fresh_seeds, tuned_scores, used_rates
from ._numbers import ScoreScale, peaks_of, rate, scale_of, score_of
from ._page_figures import curve_panels as measured_panels
from ._paper import NumberTable, PaperFigure, write_paper_figures
from ._paper_axes import (
    EndedCurve,
    curve_panels,
    draw_curve,
    label_ends,
    mark_values,
    name_axes,
    row_axes,
    zoom_on_ends,
)
from ._paper_insights import insight_stills
from ._paper_rates import MANY_TIMES, rates_figure
from ._short_labels import short_labels
from ._stills import INK, LINES, MARKS
from ._styles import NEUTRAL, LabelStyle, label_styles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW = 6  # curves whose intervals can be shaded and still be told apart
MOST_ROWS = 45  # that fit a page of paper


def write_figures(results: StudyResults, folder: Path | str, insights: Insights | None = None) -> list[Path]:
    """Write a study's figures as STUDY-FIGURE.svg, .pdf and .png, their numbers as .csv, into a folder, which is made.

    insights: what the records tell beyond the answer, drawn as well. Returns where they lie; the same results give the
    same bytes. Raises LabError where one cannot be written.
    """
    return write_paper_figures(study_figures(results, insights), results.study.name, folder)


def study_figures(results: StudyResults, insights: Insights | None = None) -> list[PaperFigure]:
    """The figures that there are numbers for. insights: what the records tell beyond the answer, drawn as well."""
    labels, styles = results.study.labels, label_styles(results.study.labels)
    scale = scale_of(results)
    figures = [key_figure(styles, "schedule")]
    if curves := used_rates(results):
        figures.append(rates_figure(curves, styles))
    panels = {title: (bands, scale.factor if of else 1) for title, (bands, of) in measured_panels(results).items()}
    if panels:
        figures.append(bands_figure("epochs", panels, styles, "epoch", "schedule"))
    tuned = tuned_scores(results)
    if any(len(scores.trials) + len(scores.diverged) for scores in tuned):
        figures.append(_peaks_figure(tuned, styles, scale))
    if any(score_of(row) for row in results.rows):
        figures.append(_scores_figure(results, styles, scale))
    figures += difference_figures([advantage_of(claim, results.metric) for claim in results.claims], styles, scale)
    return figures + (insight_stills(insights, labels, styles, scale) if insights else [])


def key_figure(styles: dict[str, LabelStyle], head: str) -> PaperFigure:
    """Which line and mark is whose, in every other figure. head: what is told apart."""

    def draw() -> "Figure":
        figure, axes = row_axes(list(short_labels(list(styles)).values()), "Key")
        for place, style in enumerate(styles.values()):
            look = {"color": style.color, "linestyle": LINES[style.line], "marker": MARKS[style.mark]}
            axes.plot([0, 0.5, 1], [place] * 3, markersize=4, markevery=[1], **look)
        axes.set_xticks([])
        axes.grid(visible=False)
        axes.spines[["left", "bottom"]].set_visible(False)
        return figure

    rows = [(label, *style) for label, style in styles.items()]
    return PaperFigure("key", draw, NumberTable((head, "colour", "line", "mark"), rows))


def bands_figure(
    name: str,
    panels: Mapping[str, tuple[Sequence[EpochBand], int]],
    styles: dict[str, LabelStyle],
    clock: str,
    head: str,
) -> PaperFigure:
    """A panel for each title: means with their intervals, where few enough, and what they are shown times."""

    def draw() -> "Figure":
        labels = [band.label for band in next(iter(panels.values()))[0]]
        figure, axes = curve_panels(list(panels), labels)
        for axis, (title, (bands, factor)) in zip(axes, panels.items(), strict=True):
            if factor == 1 and "loss" in title.lower():
                _stretch_losses(axis, bands)
            elif factor == 100:
                zoom_on_ends(axis, [_curve_of(band, factor) for band in bands])
            name_axes(axis, clock, whole=clock == "epoch")
            draw_bands(axis, bands, factor, styles)
        return figure

    rows = [
        (title, band.label, *point)
        for title, (bands, _) in panels.items()
        for band in bands
        for point in zip(band.epochs.tolist(), band.mean.tolist(), band.low.tolist(), band.high.tolist(), strict=True)
    ]
    return PaperFigure(name, draw, NumberTable(("measure", head, clock, "mean", "low", "high"), rows))


def _curve_of(band: EpochBand, factor: int) -> EndedCurve:
    return EndedCurve(band.label, band.epochs.astype(np.float64), band.mean * factor)


def draw_bands(axes: "Axes", bands: Sequence[EpochBand], factor: int, styles: dict[str, LabelStyle]) -> None:
    """Means against epochs, shaded intervals where they are few, and the name of each at its end.

    axes: to draw on. bands: a label each. factor: what values are shown times. styles: by label.
    """
    for place, band in enumerate(bands):
        style = styles[band.label]
        if len(bands) <= FEW:
            ends = (band.low * factor, band.high * factor)
            axes.fill_between(band.epochs, *ends, color=style.color, alpha=0.13, linewidth=0)
        draw_curve(axes, _curve_of(band, factor), style, place)
    label_ends(axes, [_curve_of(band, factor) for band in bands], styles)


def _stretch_losses(axes: "Axes", bands: Sequence[EpochBand]) -> None:
    """A logarithmic axis where losses are many times one another."""
    means = np.concatenate([band.mean[np.isfinite(band.mean)] for band in bands])
    if len(means) and means.min() > 0 and means.max() > MANY_TIMES * means.min():
        axes.set_yscale("log")


def _peaks_figure(tuned: Sequence[PeakScores], styles: dict[str, LabelStyle], scale: ScoreScale) -> PaperFigure:
    def draw() -> "Figure":
        labels = [scores.label for scores in tuned]
        figure, (axes,) = curve_panels([f"Tuning: validation {scale.heading} by peak"], labels)
        ended = [EndedCurve(scores.label, scores.peaks, scores.scores * scale.factor) for scores in tuned]
        for place, (scores, curve) in enumerate(zip(tuned, ended, strict=True)):
            draw_curve(axes, curve, styles[scores.label], place)
            _mark_trials(axes, scores, styles[scores.label], scale.factor)
        peaks = sorted({peak for scores in tuned for peak in scores.peaks.tolist()})
        mark_values(axes, peaks, [rate(peak, peaks) for peak in peaks])
        name_axes(axes, "peak rate (star: chosen, cross: diverged)")
        label_ends(axes, ended, styles)
        return figure

    rows = [
        (scores.label, what, *point)
        for scores in tuned
        for what, points in (
            ("mean", np.column_stack([scores.peaks, scores.scores]).tolist()),
            ("trial", scores.trials.tolist()),
            ("diverged trial", scores.diverged.tolist()),
            ("chosen", [scores.chosen]),
        )
        for point in points
    ]
    return PaperFigure("peaks", draw, NumberTable(("schedule", "what", "peak", "validation score"), rows))


def _mark_trials(axes: "Axes", scores: PeakScores, style: LabelStyle, factor: int) -> None:
    color = style.color
    axes.scatter(scores.trials[:, 0], scores.trials[:, 1] * factor, color=color, s=4, alpha=0.6, linewidths=0)
    axes.scatter(scores.diverged[:, 0], scores.diverged[:, 1] * factor, color=color, s=14, marker="x", linewidths=0.8)
    peak, score = scores.chosen
    axes.scatter([peak], [score * factor], color=color, s=45, marker="*", edgecolor=INK, linewidths=0.4, zorder=3)


def _scores_figure(results: StudyResults, styles: dict[str, LabelStyle], scale: ScoreScale) -> PaperFigure:
    rows = results.rows

    def draw() -> "Figure":
        shown = short_labels([row.label for row in rows])
        title = f"Test {scale.heading}, 95 % interval, {fresh_seeds(results)}"
        names = [f"{shown[row.label]} at {rate(row.peak, peaks_of(results))}" for row in rows]
        figure, axes = row_axes(names, title, [scale.shown(row.score) for row in rows])
        for place, row in enumerate(rows):
            if interval := score_of(row):
                score, low, high = (value * scale.factor for value in interval)
                draw_interval(axes, place, (low, score, high), styles[row.label])
        name_axes(axes, scale.heading)
        return figure

    cells = [(row.label, row.peak, row.seeds, row.score, row.low, row.high) for row in rows]
    return PaperFigure("scores", draw, NumberTable(("schedule", "peak", "seeds", "score", "low", "high"), cells))


def draw_interval(
    axes: "Axes", place: int, ends: tuple[float, float, float], style: LabelStyle, full: bool = True
) -> None:
    """A mark between two ends on a row. ends: low, middle, high. full: filled."""
    low, middle, high = ends
    axes.plot([low, high], [place] * 2, color=style.color, linewidth=1.6, solid_capstyle="butt")
    look = {"color": style.color, "markersize": 4.5, "markerfacecolor": style.color if full else "white"}
    axes.plot([middle], [place], MARKS[style.mark], **look)


def difference_figures(
    advantages: Sequence[Advantage], styles: dict[str, LabelStyle], scale: ScoreScale
) -> list[PaperFigure]:
    """A row for each question; as many to a figure as fit a page. None where nothing was asked."""
    parts = [advantages[begin : begin + MOST_ROWS] for begin in range(0, len(advantages), MOST_ROWS)]
    return [
        _differences_figure(f"differences-{number}" if number > 1 else "differences", part, styles, scale)
        for number, part in enumerate(parts, start=1)
    ]


def _differences_figure(
    name: str, advantages: Sequence[Advantage], styles: dict[str, LabelStyle], scale: ScoreScale
) -> PaperFigure:
    def draw() -> "Figure":
        shown = short_labels(list(styles))
        rows = [f"{shown[each.first]} {each.word} {shown[each.second]}" for each in advantages]
        right = [f"{scale.difference(each.advantage)}, {scale.between(each.low, each.high)}" for each in advantages]
        figure, axes = row_axes(rows, "Differences, 95 % intervals; filled: decided", right)
        axes.axvline(0, color=INK, linewidth=0.7)
        for place, each in enumerate(advantages):
            _draw_advantage(axes, place, each, styles, scale.factor)
        name_axes(axes, f"advantage of the first in {scale.unit.removeprefix('of ')}")
        return figure

    header = ("first", "second", "advantage", "low", "high", "claimed", "margin it is within")
    cells = [
        (each.first, each.second, each.advantage, each.low, each.high, "yes" if each.claimed else "no", each.within)
        for each in advantages
    ]
    return PaperFigure(name, draw, NumberTable(header, cells))


def _draw_advantage(axes: "Axes", place: int, each: Advantage, styles: dict[str, LabelStyle], factor: int) -> None:
    style = styles[each.first] if each.claimed else LabelStyle(NEUTRAL, "solid", "circle")
    if each.within is not None:
        reach = each.within * factor
        axes.fill_betweenx([place - 0.3, place + 0.3], -reach, reach, color=NEUTRAL, alpha=0.18, linewidth=0)
    low, middle, high = (value * factor for value in (each.low, each.advantage, each.high))
    draw_interval(axes, place, (low, middle, high), style, full=each.claimed or each.within is not None)
