"""A curve as a small SVG picture: what a notebook and the catalogue show, drawn with nothing but text."""

from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 340, 150
LEFT, RIGHT, TOP, BOTTOM = 12, 8, 26, 22  # the margins around the curve
COLUMNS = 160  # stretches of updates told apart: each is drawn by its lowest and highest value
INK, CURVE = "#7F7F7F", "#0072B2"  # legible on a light and on a dark page


def picture(rates: NDArray[np.float64], updates: int, title: str) -> str:
    """The curve of these rates, evenly spread over so many updates, with its first, highest and last value.

    >>> picture(np.array([1.0, 0.75, 0.5, 0.25]), 4, "linear").count("<text")
    5
    """
    place, points = _thin_rates(rates)
    top = float(points.max()) or 1.0
    x = LEFT + (WIDTH - LEFT - RIGHT) * place / max(len(rates) - 1, 1)
    y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * points / top
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    base, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    first, last = (f"{value:.4g}" for value in (rates[0], rates[-1]))
    words = (
        (LEFT, 12, "start", _shorten_title(title)),
        (right, 12, "end", f"{updates} updates"),
        (LEFT, HEIGHT - 7, "start", f"first {first}"),
        (WIDTH // 2, HEIGHT - 7, "middle", f"highest {top:.4g}"),
        (right, HEIGHT - 7, "end", f"last {last}"),
    )
    texts = "".join(
        f'<text x="{a}" y="{b}" text-anchor="{anchor}">{escape(text)}</text>' for a, b, anchor, text in words
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" font-family="sans-serif" font-size="10" fill="{INK}"><title>{escape(title)}</title>'
        f'<path d="M{LEFT} {TOP}V{base}H{right}" fill="none" stroke="{INK}" stroke-opacity="0.5"/>'
        f'<polyline points="{line}" fill="none" stroke="{CURVE}" stroke-width="1.6" stroke-linejoin="round"/>'
        f"{texts}</svg>"
    )


def figure(svg: str, caption: str) -> str:
    """A picture with words under it, as HTML."""
    return f'<figure style="margin:0">{svg}<figcaption><code>{escape(caption)}</code></figcaption></figure>'


def _shorten_title(title: str) -> str:
    """The title, cut where it would leave the picture; the whole of it is the picture's <title>."""
    return title if len(title) <= 45 else f"{title[:44]}…"


def _thin_rates(rates: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Both ends, of each stretch its lowest and highest value, and both sides of every jump.

    Even spacing would lose spikes, and slant the sides of steps.
    """
    count = len(rates)
    if count <= 2 * COLUMNS:
        return np.arange(count), rates
    edges = np.linspace(0, count, COLUMNS + 1).astype(np.int64)
    stretches = [(start, rates[start:end]) for start, end in pairwise(edges)]
    extremes = [start + find(part) for start, part in stretches for find in (np.argmin, np.argmax)]
    jumps = np.flatnonzero(np.abs(np.diff(rates)) > (rates.max() - rates.min()) / 50)[:COLUMNS]
    keep = np.unique([0, *extremes, *jumps, *(jumps + 1), count - 1])
    return keep, rates[keep]
