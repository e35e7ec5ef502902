"""Writes tasks.svg, the pictures of tasks.md, from the tasks themselves: `python docs/make_tasks.py`.

Text is grey and colours are half-tones, so that it is read on a dark page and on a light one.
"""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from lrlab.tasks import get

HERE = Path(__file__).parent
WIDTH, HEIGHT = 760, 200
SCENES = (0, 7, 13, 24)
SIDE = 44  # of a scene
HUES = (0, 36, 72, 108, 144, 180, 216, 252, 288, 324)  # of the digits 0 to 9


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """Words that start, end or have their middle at a place."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{words}</text>'


def picture(x: float, y: float, pixels: np.ndarray) -> str:
    """Pixels (H, W) or (H, W, 3), uint8, each a small square."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'<image x="{x:g}" y="{y:g}" width="{SIDE}" height="{SIDE}" style="image-rendering:pixelated" '
        f'href="data:image/png;base64,{data}"/>'
    )


def dots(x: np.ndarray, y: np.ndarray, colours: list[str]) -> str:
    """A dot for each point, to half a pixel."""
    return "".join(
        f'<path d="M{a:.1f} {b:.1f}h0" stroke="{colour}"/>' for a, b, colour in zip(x, y, colours, strict=True)
    )


def scenes() -> list[str]:
    """digits/segment: images, and the class of every pixel."""
    train = get("digits/segment").train
    palette = np.array([(40, 40, 40), *(hue_colour(hue) for hue in HUES)], dtype=np.uint8)
    parts = [text(12, 20, "digits/segment")]
    for place, scene in enumerate(SCENES):
        x = 12 + (SIDE + 4) * place
        parts += [
            picture(x, 34, train.inputs[scene, 0].numpy()),
            picture(x, 34 + SIDE + 4, palette[train.labels[scene].numpy()]),
        ]
    return [*parts, text(12, 148, "above what the model sees,"), text(12, 163, "below the class of every pixel")]


def hue_colour(hue: int) -> tuple[int, ...]:
    """A half-tone of that hue, 0 to 359."""
    return tuple(int(110 + 100 * np.cos(np.radians(hue - shift))) for shift in (0, 120, 240))


def cloud(
    left: float, title: str, x: np.ndarray, y: np.ndarray, words: tuple[str, str], classes: np.ndarray
) -> list[str]:
    """Points in a frame of 150 x 120, with words for both axes. classes: 0 or 1, the colour of each."""
    low, high = np.array([x.min(), y.min()]), np.array([x.max(), y.max()])
    across, up = ((np.stack([x, y], 1) - low) / (high - low)).T
    colours = ["#4C8EDA" if one else "#D9822B" for one in classes]
    return [
        text(left, 20, title),
        f'<path d="M{left:g} 34v120h150" stroke="#7F7F7F" fill="none"/>',
        f'<g stroke-width="3" stroke-linecap="round">{dots(left + 4 + 142 * across, 150 - 112 * up, colours)}</g>',
        text(left, 170, words[0]),
        text(left, 185, words[1]),
    ]


def clouds() -> list[str]:
    """diabetes, logistic and quadratic/noisy, two numbers of each example."""
    diabetes, logistic, quadratic = (get(name).train for name in ("diabetes/linear", "logistic", "quadratic/noisy"))
    body, target = diabetes.inputs[:, 2].numpy(), diabetes.labels[:, 0].numpy()
    plain = np.ones(len(target))
    parts = cloud(
        224, "diabetes/linear, diabetes/mlp", body, target, ("across: body mass index", "up: progression"), plain
    )
    some = slice(0, 250)
    inputs, labels = logistic.inputs.numpy(), logistic.labels.numpy()
    steepest = np.linalg.lstsq(inputs, labels - 0.5, rcond=None)[0]
    words = ("across: the best direction", "up: another; colour: class")
    parts += cloud(404, "logistic", (inputs @ steepest)[some], inputs[some, 0], words, labels[some])
    inputs, targets = quadratic.inputs.numpy(), quadratic.labels[:, 0].numpy()
    best = np.linalg.lstsq(inputs, targets, rcond=None)[0]
    words = ("across: w*'x", "up: y, which has noise")
    return parts + cloud(584, "quadratic/noisy", (inputs @ best)[some], targets[some], words, np.ones(250))


def draw() -> str:
    """The whole picture."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="#7F7F7F" role="img" aria-label="Examples of the built-in tasks">'
    )
    return head + "\n".join([*scenes(), *clouds()]) + "</svg>\n"


if __name__ == "__main__":
    (HERE / "tasks.svg").write_text(draw(), encoding="utf-8")
