"""Still pictures as PNG, SVG or PDF. Every style is passed in; nothing of the user's matplotlib is touched."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LabError
from ..spec import StudyResults
from ._curves import CurveArrays
from ._figures import Numbers, PeakScores, fresh_seeds, tuned_scores, used_rates
from ._files import whole_file
from ._numbers import ScoreScale, peaks_of, rate, scale_of, score_of
from ._short_labels import short_labels
from ._styles import LabelStyle, label_styles
from ._words import among_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = ("png", "svg", "pdf")
LINES: dict[str, Any] = {
    "solid": "-",
    "dash": (0, (4, 1.6)),
    "dot": (0, (1, 1.4)),
    "dashdot": (0, (4, 1.4, 1, 1.4)),
    "longdash": (0, (8, 2)),
    "longdashdot": (0, (8, 1.6, 1, 1.6)),
}
MARKS = {
    "circle": "o",
    "square": "s",
    "diamond": "D",
    "triangle-up": "^",
    "triangle-down": "v",
    "pentagon": "p",
    "hexagon": "h",
}
STEADY: dict[Any, Any] = {"svg.hashsalt": "lrlab"}  # else every file has ids of its own
UNDATED: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
INK, SOFT, GRID = "#1c2430", "#5a6572", "#dde1e7"


def save_summary_png(results: StudyResults, path: Path | str) -> None:
    """A study in one picture of 1500 x 500 pixels: rates, validation score by peak, test scores with intervals.

    Where no peaks were tuned, as of arms with candidates, there is no score by peak.
    .png, .svg or .pdf says which kind. Raises LabError where it cannot be written.
    """
    figure = empty_figure(15, 5, path)
    styles, scale = label_styles(results.study.labels), scale_of(results)
    tuned = tuned_scores(results)
    left, *middle, right = figure.subplots(1, 3 if tuned else 2)
    draw_rates(left, used_rates(results), styles)
    title_axes(left, "Rates at the chosen peaks" if any(results.study.tuned_settings) else "Rates")
    for axes in middle:
        draw_peaks(axes, tuned, scale, styles)
        title_axes(axes, f"Tuning: validation {scale.heading} by peak")
    _draw_scores(right, results, styles)
    title_axes(right, f"Test {scale.heading}, {fresh_seeds(results)}")
    save_figure(figure, path)


def draw_rates(axes: "Axes", curves: Sequence[CurveArrays], styles: dict[str, LabelStyle]) -> None:
    """Rate against update, a line for each curve."""
    for curve in curves:
        style = styles[curve.label]
        axes.plot(
            curve.updates, curve.rates, color=style.color, linestyle=LINES[style.line], label=plain_text(curve.label)
        )
    axes.set_ylim(bottom=0)
    style_axes(axes, "update", "rate")


def draw_peaks(axes: "Axes", tuned: Sequence[PeakScores], scale: ScoreScale, styles: dict[str, LabelStyle]) -> None:
    """Validation score against peak: means are lines, trials points, diverged ones crosses, chosen peaks stars."""
    for scores in tuned:
        style, label = styles[scores.label], plain_text(scores.label)
        mean_P = scores.scores * scale.factor
        axes.plot(scores.peaks, mean_P, color=style.color, linestyle=LINES[style.line], label=label)
        axes.scatter(*_point_columns(scores.trials, scale.factor), color=style.color, s=12, alpha=0.7)
        axes.scatter(*_point_columns(scores.diverged, scale.factor), color=style.color, s=40, marker="x")
        peak, score = scores.chosen
        axes.scatter([peak], [score * scale.factor], color=style.color, s=170, marker="*", edgecolor=INK, zorder=3)
    peaks = sorted({peak for scores in tuned for peak in scores.peaks.tolist()})
    axes.set_xscale("log")
    axes.set_xticks(peaks, [rate(peak, peaks) for peak in peaks])
    axes.minorticks_off()
    style_axes(axes, "peak rate (star: chosen)", plain_text(scale.heading))


def _draw_scores(axes: "Axes", results: StudyResults, styles: dict[str, LabelStyle]) -> None:
    """Test scores with their intervals, in the lines of their curves; the words of what is out of the best are grey."""
    scale = scale_of(results)
    for place, row in enumerate(results.rows):
        style, interval = styles[row.label], score_of(row)
        if interval:
            score, low, high = (value * scale.factor for value in interval)
            axes.plot([low, high], [place] * 2, color=style.color, linestyle=LINES[style.line], linewidth=2)
            axes.plot(score, place, MARKS[style.mark], color=style.color, markersize=9)
    axes.set_ylim(len(results.rows) - 0.5, -0.5)
    style_axes(axes, plain_text(f"{scale.heading}, 95 % interval"), "")
    shown = short_labels([row.label for row in results.rows])
    words = [
        f"{shown[row.label]} at {rate(row.peak, peaks_of(results))}: {scale.shown(row.score)}" for row in results.rows
    ]
    axes.set_yticks(range(len(words)), words)
    for tick, row in zip(axes.get_yticklabels(), results.rows, strict=True):
        tick.set(parse_math=False, color=INK if row.label in among_of(results) else SOFT)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")


def _point_columns(points: Numbers, factor: int) -> tuple[Numbers, Numbers]:
    return points[:, 0], points[:, 1] * factor


def style_axes(axes: "Axes", x: str, y: str) -> None:
    """Name the axes and draw their lines lightly."""
    axes.set_xlabel(x, color=SOFT)
    axes.set_ylabel(y, color=SOFT)
    axes.tick_params(colors=SOFT)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GRID)


def title_axes(axes: "Axes", text: str, size: float = 11) -> None:
    """Write a title at the left. size: in points."""
    axes.set_title(plain_text(text), loc="left", color=INK, fontweight="bold", fontsize=size)


def empty_figure(width: float, height: float, path: Path | str) -> "Figure":
    """An empty picture of 100 dots per inch. The file's kind is looked at first: a slip should not cost the drawing."""
    check_kind(path)
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(wspace=0.05)
    return Figure(figsize=(width, height), dpi=100, layout=layout, facecolor="white")


def check_kind(path: Path | str) -> None:
    """Raise LabError for a name that ends in no kind of picture."""
    if _file_kind(path) not in KINDS:
        raise LabError(f"a picture is one of {', '.join(KINDS)}, but got {Path(path).name!r}; end its name in .png")


def save_figure(figure: "Figure", path: Path | str, dots: float | None = None) -> None:
    """Write a figure, as the end of its path says; the same figure gives the same bytes.

    dots: an inch, of a PNG; the figure's own unless given.

    Raises LabError where it cannot be written.
    """
    import matplotlib as mpl

    kind = _file_kind(path)
    with whole_file(Path(path)) as draft, mpl.rc_context(STEADY):
        figure.savefig(draft, format=kind, dpi=dots or "figure", metadata=UNDATED.get(kind))


def _file_kind(path: Path | str) -> str:
    return Path(path).suffix.lower().removeprefix(".")


def plain_text(text: str) -> str:
    """The text with its dollar signs escaped: matplotlib reads formulas between them."""
    return text.replace("$", r"\$")
