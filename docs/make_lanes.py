"""Writes lanes.svg, the picture of lanes.md: `python docs/make_lanes.py`.

Text is grey and shades are half-tones, so that it is read on a dark page and on a light one.
"""

from pathlib import Path

HERE = Path(__file__).parent
LANES = 8  # trials in a register
SIDE = 7  # of a lane
WIDTH, HEIGHT = 760, 270


def register(x: float, y: float) -> str:
    """The same number of eight trials."""
    return f'<use href="#r" x="{x:g}" y="{y:g}"/>'


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """Words that start, end or have their middle at a place."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{words}</text>'


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    """A thin grey line."""
    return f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="#7F7F7F" fill="none"/>'


def lanes() -> str:
    """What `register` shows: one shade for each trial."""
    squares = "".join(
        f'<rect x="{trial * SIDE}" width="{SIDE}" height="10" fill="hsl({200 + 20 * trial},55%,55%)"/>'
        for trial in range(LANES)
    )
    return (
        f'<defs><g id="r">{squares}<rect width="{LANES * SIDE}" height="10" fill="none" stroke="#7F7F7F"/></g></defs>'
    )


def image() -> list[str]:
    """An image of 4 x 4 pixels; one of them, with its three channels; and the line they make in memory."""
    parts = [text(12, 20, "an image in memory: [row][column][channel][trial]")]
    for row in range(4):
        for column in range(4):
            fill = "#7F7F7F" if (row, column) == (1, 2) else "none"
            parts.append(
                f'<rect x="{12 + 22 * column}" y="{34 + 22 * row}" width="22" height="22" fill="{fill}" '
                f'fill-opacity="0.4" stroke="#7F7F7F"/>'
            )
    parts += [line(78, 56, 140, 42), line(78, 78, 140, 112), text(140, 36, "a pixel: a register for each channel")]
    for channel in range(3):
        parts += [register(144, 48 + 24 * channel), text(208, 57 + 24 * channel, f"channel {channel}")]
    parts += [text(12, 160, "one pixel after the other:")]
    for place in range(6):
        parts.append(register(12 + 58 * place, 172))
    parts += [text(12 + 58 * 1.5, 198, "column 0", "middle"), text(12 + 58 * 4.5, 198, "column 1", "middle")]
    parts += [
        register(12, 232),
        text(76, 241, "a register: the same number of 8 trials,"),
        text(76, 256, "trial 0 to trial 7"),
    ]
    return parts


def tile() -> list[str]:
    """Twelve sums in registers, and what each step of `multiply` reads."""
    left, top, step = 500, 96, 62
    parts = [text(400, 20, "a tile of multiply: 3 pixels x 4 outputs, each a register")]
    parts += [text(left + 122, 44, "weight[row][output]: a panel of 4", "middle")]
    for output in range(4):
        parts.append(register(left + step * output, 54))
    parts += [text(400, 84, "in[pixel + row]")]
    for pixel in range(3):
        parts += [register(400, top + 26 * pixel), text(468, top + 9 + 26 * pixel, "x")]
        parts += [register(left + step * output, top + 26 * pixel) for output in range(4)]
    parts += [
        f'<rect x="{left - 8}" y="{top - 9}" width="{4 * step + 6}" height="80" fill="none" stroke="#7F7F7F" '
        'stroke-dasharray="4 3"/>'
    ]
    parts += [text(left, 190, "sum[pixel][output] += in * weight, for every row")]
    parts += [text(left, 206, "lane by lane: no trial meets another")]
    parts += [text(400, 241, "correlate is the same with rows for pixels, and runs over pixels:")]
    parts += [text(400, 256, "gradient[row][output] += in * d")]
    return parts


def picture() -> str:
    """The whole file."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" font-family="sans-serif" font-size="12" fill="#7F7F7F">'
        "<title>Images, registers and the tile of the lane engine</title>"
    )
    return "\n".join([head, lanes(), *image(), line(380, 10, 380, 262), *tile(), "</svg>"]) + "\n"


def main() -> None:
    """Write it."""
    (HERE / "lanes.svg").write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
