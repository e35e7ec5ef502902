"""Scores by epoch as lines in an SVG, drawn without a script."""

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

from ..spec import ScoresByEpoch
from ._styles import LabelStyle

WIDE, HIGH, LEFT, BOTTOM, TOP, RIGHT = 900, 280, 64, 34, 12, 10  # of the drawing, and room around its lines
DASHES = {
    "solid": "",
    "dash": "7 4",
    "dot": "2 3",
    "dashdot": "7 3 2 3",
    "longdash": "13 4",
    "longdashdot": "13 4 2 4",
}


class ScoreLine(NamedTuple):
    """Scores of a trial by epoch. strong: it is under way."""

    label: str
    scores: ScoresByEpoch
    strong: bool


def draw_score_lines(
    lines: Sequence[ScoreLine], styles: Mapping[str, LabelStyle], factor: float, title: str, foot: str = "epoch"
) -> str:
    """The lines as an SVG; "" where nothing was measured. factor: what a score is shown times."""
    points = {place: _points_of(line.scores, factor) for place, line in enumerate(lines)}
    every = [point for some in points.values() for point in some]
    if not every:
        return ""
    last = max(max(x for x, _ in every), 2)
    low, high = min(y for _, y in every), max(y for _, y in every)
    room = 0.06 * (high - low) or abs(high) * 0.05 or 1.0
    frame = _Frame(last, low - room, high + room)
    order = sorted((place for place in points if points[place]), key=lambda place: lines[place].strong)
    drawn = [_line_part(lines[place], points[place], styles[lines[place].label], frame) for place in order]
    head = (
        f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
    )
    return f"{head}{_axis_parts(frame, foot)}{''.join(drawn)}</svg>"


class _Frame(NamedTuple):
    last: float
    low: float
    high: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        across = (x - 1) / (self.last - 1) if self.last > 1 else 0.0
        up = (y - self.low) / (self.high - self.low)
        return LEFT + across * (WIDE - LEFT - RIGHT), HIGH - BOTTOM - up * (HIGH - BOTTOM - TOP)


def _points_of(scores: ScoresByEpoch, factor: float) -> list[tuple[int, float]]:
    return [(place, factor * score) for place, score in enumerate(scores, start=1) if score is not None]


def _axis_parts(frame: _Frame, foot: str) -> str:
    parts = []
    for value in _round_values(frame.low, frame.high):
        _, y = frame.place(1, value)
        parts.append(f'<line class="rule" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.6g}</text>')
    for x, anchor in ((1, "start"), (frame.last, "end")):
        place, _ = frame.place(x, frame.low)
        parts.append(f'<text x="{place:.1f}" y="{HIGH - 12}" text-anchor="{anchor}">{x:g}</text>')
    parts.append(f'<text x="{(LEFT + WIDE) / 2}" y="{HIGH - 12}" text-anchor="middle">{escape(foot)}</text>')
    return "".join(parts)


def _round_values(low: float, high: float) -> list[float]:
    """A few round values between the two."""
    least = (high - low) / 5
    power = 10.0 ** floor(log10(least))
    step = next(power * part for part in (1, 2, 5, 10, 20) if power * part >= least)
    return [step * count for count in range(ceil(low / step), floor(high / step) + 1)]


def _line_part(line: ScoreLine, points: Sequence[tuple[int, float]], style: LabelStyle, frame: _Frame) -> str:
    places = [frame.place(*point) for point in points]
    weight = 'stroke-width="2.2"' if line.strong else 'stroke-width="1.2" opacity="0.5"'
    dash = f' stroke-dasharray="{DASHES[style.line]}"' if DASHES.get(style.line) else ""
    name = f"<title>{escape(line.label)}</title>"
    x, y = places[-1]
    end = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{style.color}">{name}</circle>' if line.strong else ""
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{way}" fill="none" stroke="{style.color}" {weight}{dash}>{name}</polyline>{end}'
