"""Axes of figures for papers: room for labels, labels at the ends of curves and beside rows, none over another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import visible
from ._figures import Numbers
from ._short_labels import short_labels
from ._stills import GRID, INK, LINES, MARKS, SOFT
from ._styles import LabelStyle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ONE_COLUMN, TWO_COLUMNS = 3.4, 7.0  # inches, as most journals have them
FONT, PITCH = 7.0, 0.118  # points; inches from one label to the next
LEFT, BOTTOM, TOP, RIGHT = 0.52, 0.42, 0.26, 0.08  # inches around a plot
LEADER, SAMPLE, GAP = 0.12, 0.3, 0.05  # inches before a label: a line to it, a piece of its curve, nothing
LOW, LOW_ACROSS = 1.45, 2.0  # inches, the least height of a plot, and of one across two columns
TICK = 0.27  # inches, the least between ticks
RISEN = 0.3  # of the whole rise, half way
WIDE = 5.0  # inches, beyond which a plot is higher
WIDEST = 1.5  # inches of labels that a column has room for


class EndedCurve(NamedTuple):
    """A curve with the name that stands at its end."""

    label: str
    x: Numbers
    y: Numbers


def text_width(texts: Sequence[str], size: float = FONT) -> float:
    """The width of the longest text in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(size=size)
    paths = (TextPath((0, 0), _unmarked(text), prop=font, usetex=False) for text in texts)
    return max((path.get_extents().x1 for path in paths), default=0) / 72


def _unmarked(text: str) -> str:
    """The text as it is measured: a dollar sign would begin a formula."""
    return text.replace("$", "S") or " "


def curve_panels(titles: Sequence[str], labels: Sequence[str], most: int = 0) -> "tuple[Figure, list[Axes]]":
    """A figure with a panel for each title, and room at its right for the labels; one column wide where all fit.

    most: how many labels a panel has at most; all unless given.
    """
    shown = list(short_labels(labels).values())
    beside = LEADER + SAMPLE + GAP + text_width(shown) + RIGHT
    across = 1 if len(titles) == 1 or beside > WIDEST else 2
    width = ONE_COLUMN if len(titles) == 1 and beside <= WIDEST else TWO_COLUMNS
    down, plot = (
        -(-len(titles) // across),
        max(LOW_ACROSS if width / across > WIDE else LOW, PITCH * (most or len(labels))),
    )
    height = down * (plot + BOTTOM + TOP)
    figure = _figure_of(width, height)
    cell = width / across
    axes = []
    for place, title in enumerate(titles):
        left, top = (place % across) * cell, height - (place // across) * (plot + BOTTOM + TOP)
        box = (left + LEFT, top - TOP - plot, cell - LEFT - beside, plot)
        axes.append(_placed_axes(figure, box, (width, height)))
        _write_title(axes[-1], title)
    return figure, axes


def row_axes(rows: Sequence[str], title: str, right: Sequence[str] = ()) -> "tuple[Figure, Axes]":
    """A figure with a row for each text, which stands at its left; texts at the right where there are any."""
    left = text_width(rows) + 0.12
    beside = text_width(right) + 0.12 if right else RIGHT
    width = ONE_COLUMN if left + beside <= 2.0 else TWO_COLUMNS
    plot = 0.165 * len(rows) + 0.05
    height = plot + BOTTOM + TOP
    figure = _figure_of(width, height)
    axes = _placed_axes(figure, (left, BOTTOM, width - left - beside, plot), (width, height))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), list(rows), color=INK)
    for tick in axes.get_yticklabels():
        tick.set_parse_math(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    for place, text in enumerate(right):
        axes.text(1, place, f"  {text}", transform=axes.get_yaxis_transform(), va="center", color=INK, parse_math=False)
    figure.text(0.06 / width, 1 - 0.2 / height, visible(title), color=INK, fontweight="bold", parse_math=False)
    return figure, axes


def name_axes(axes: "Axes", x: str, y: str = "", *, whole: bool = False) -> None:
    """Write what the axes count, as it stands: no formulas. whole: only whole numbers along x."""
    if whole:
        axes.locator_params(axis="x", integer=True)
    axes.set_xlabel(visible(x), color=SOFT, labelpad=2, parse_math=False)
    axes.set_ylabel(visible(y), color=SOFT, labelpad=2, parse_math=False)


def draw_curve(axes: "Axes", curve: EndedCurve, style: LabelStyle, place: int, steps: bool = False) -> None:
    """A line with a few marks, which lie elsewhere than those of the curve before it."""
    few = len(curve.x) <= 12
    axes.plot(
        curve.x,
        curve.y,
        color=style.color,
        linestyle=LINES[style.line],
        marker=MARKS[style.mark],
        markersize=3,
        markevery=None if few else ((0.03 + 0.037 * place) % 0.2, 0.2),
        drawstyle="steps-post" if steps else "default",
    )


def mark_values(axes: "Axes", values: Sequence[float], texts: Sequence[str]) -> None:
    """Ticks of a logarithmic axis at these values, ascending, each with its text, as many as there is room for."""
    axes.set_xscale("log")
    inches, last = _inches_of(axes)[0], -1.0
    kept: list[tuple[float, str]] = []
    for value, text in zip(values, texts, strict=True):
        x = float(axes.transAxes.inverted().transform(axes.transData.transform((value, axes.get_ylim()[0])))[0])
        if (x - last) * inches >= TICK:
            kept, last = [*kept, (value, text)], x
    axes.set_xticks([value for value, _ in kept], [text for _, text in kept])
    axes.minorticks_off()


def zoom_on_ends(axes: "Axes", curves: Sequence[EndedCurve]) -> None:
    """Begin the axis of a score where the curves are half way, if they have risen by then: what differs is the end."""
    finite = [curve.y[np.isfinite(curve.y)] for curve in curves if _has_end(curve)]
    if not finite:
        return
    least, most = min(float(y.min()) for y in finite), max(float(y.max()) for y in finite)
    low = min(float(y[len(y) // 2]) for y in finite)
    if least + RISEN * (most - least) < low < most:  # of one value alone there is no end to show
        room = 0.05 * (most - low)
        axes.set_ylim(low - room, most + room)


def label_ends(axes: "Axes", curves: Sequence[EndedCurve], styles: dict[str, LabelStyle]) -> None:
    """Write each curve's name at its end, with a piece of its line; names that would overlap are moved apart.

    The axes' limits must be set: they are kept.
    """
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())
    width, height = _inches_of(axes)
    shown = short_labels([curve.label for curve in curves])
    ended = sorted((curve for curve in curves if _has_end(curve)), key=lambda curve: _end_order(axes, curve))
    missing = [curve for curve in curves if not _has_end(curve)]
    ends = [_share_of_axes(axes, curve)[1] for curve in ended]
    places = spread([0.0] * len(missing) + ends, PITCH / height)
    for curve, y in zip([*missing, *ended], places, strict=True):
        _write_end(axes, shown[curve.label], styles[curve.label], y, width)
        if curve not in missing:
            _lead_to(axes, curve, styles[curve.label], y, width)


def spread(wanted: Sequence[float], pitch: float) -> list[float]:
    """Places at least a pitch apart, within 0 to 1 where they fit, each as near as can be to the one wanted.

    wanted: ascending.

    >>> [round(place, 2) for place in spread([0.0, 0.0, 0.9], 0.1)]
    [0.0, 0.1, 0.9]
    """
    blocks: list[tuple[float, int]] = []  # where a block of labels begins, and how many it has
    for place in wanted:
        begin, size = place, 1
        while blocks and blocks[-1][0] + blocks[-1][1] * pitch > begin:
            before, others = blocks.pop()
            begin = (before * others + (begin - others * pitch) * size) / (others + size)
            size += others
            begin = min(max(begin, 0.0), max(1.0 - (size - 1) * pitch, 0.0))
        blocks.append((begin, size))
    return [begin + n * pitch for begin, size in blocks for n in range(size)]


def _has_end(curve: EndedCurve) -> bool:
    return bool(np.isfinite(curve.y).any())


def _last_point(curve: EndedCurve) -> tuple[float, float]:
    last = np.flatnonzero(np.isfinite(curve.y))[-1]
    return float(curve.x[last]), float(curve.y[last])


def _share_of_axes(axes: "Axes", curve: EndedCurve) -> tuple[float, float]:
    """Where a curve ends, as shares of the axes' width and height."""
    x, y = axes.transAxes.inverted().transform(axes.transData.transform(_last_point(curve)))
    return float(min(max(x, 0.0), 1.0)), float(min(max(y, 0.0), 1.0)) if np.isfinite(y) else 0.0


def _end_order(axes: "Axes", curve: EndedCurve) -> tuple[float, float]:
    """By the height of the end; where ends meet, by the height before, so that few lines cross."""
    before = float(np.nanmean(curve.y[-max(1, len(curve.y) // 3) :]))
    return round(_share_of_axes(axes, curve)[1], 3), -before if axes.yaxis_inverted() else before


def _write_end(axes: "Axes", text: str, style: LabelStyle, y: float, width: float) -> None:
    begin, end = 1 + LEADER / width, 1 + (LEADER + SAMPLE) / width
    look = {"color": style.color, "transform": axes.transAxes, "clip_on": False, "solid_capstyle": "butt"}
    axes.plot([begin, end], [y, y], linestyle=LINES[style.line], **look)
    axes.plot([(begin + end) / 2], [y], marker=MARKS[style.mark], markersize=3, **look)
    axes.text(end + GAP / width, y, text, transform=axes.transAxes, va="center_baseline", color=INK, parse_math=False)


def _lead_to(axes: "Axes", curve: EndedCurve, style: LabelStyle, y: float, width: float) -> None:
    """A thin line from the end of a curve to its name; dotted to the edge where the curve ends before it."""
    x, height = _share_of_axes(axes, curve)
    look = {"color": style.color, "linewidth": 0.4, "transform": axes.transAxes, "clip_on": False}
    axes.plot([1, 1 + LEADER / width], [height, y], **look)
    if x < 0.985:
        axes.plot([x, 1], [height, height], linestyle=":", **look)


def _inches_of(axes: "Axes") -> tuple[float, float]:
    figure = axes.get_figure(root=True)
    assert figure is not None  # it was made for one
    box, (width, height) = axes.get_position(), figure.get_size_inches()
    return box.width * width, box.height * height


def _figure_of(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), facecolor="white")


def _placed_axes(figure: "Figure", box: tuple[float, float, float, float], size: tuple[float, float]) -> "Axes":
    """Axes in a box of inches: left, bottom, width, height."""
    left, bottom, wide, high = box
    axes = figure.add_axes((left / size[0], bottom / size[1], wide / size[0], high / size[1]))
    axes.tick_params(colors=SOFT, width=0.5, length=2.5, pad=2, labelcolor=SOFT)
    axes.grid(color=GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(SOFT)
    return axes


def _write_title(axes: "Axes", title: str) -> None:
    axes.set_title(visible(title), loc="left", color=INK, fontweight="bold", fontsize=FONT, pad=4, parse_math=False)
