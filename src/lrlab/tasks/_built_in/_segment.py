"""Digits on noise, a label for every pixel: 0 is background, 1 to 10 are the digits 0 to 9.

Each image is 16x16 bytes: one or two of scikit-learn's 8x8 digits on noise, at places drawn at random where they do
not overlap. A pixel belongs to a digit where that has at least 4 of 16 grey values. Noise is even from 0 to 63 and is
added to the digit, of which white is 191. Digits stay in the split they have in `digits/mlp`; every one is the first
of one image, so there are 1,000 images to train on, 297 for validation and 500 for test. Drawn once, from a fixed seed.

Source: the digits of Alpaydin & Kaynak, UCI, 1998; the network of Ronneberger, Fischer and Brox, "U-Net", 2015.
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._base import Task
from ._digits import digits_parts
from ._generated import SEED

SIDE, DIGIT = 16, 8
BRIGHT, WHITE, NOISE = 0.25, 191, 64
Bytes = NDArray[np.uint8]


def digits_segment(width: int) -> Task:
    """Every pixel's class under a U-Net."""
    from ...models import unet  # torch is loaded here, not before
    from ...objectives import PerPixel

    rng = np.random.Generator(np.random.PCG64(SEED))
    parts: dict[str, Any] = {name: draw_scenes(*part, rng) for name, part in digits_parts().items()}
    return Task(model=partial(unet, 1, 11, width=width), objective=PerPixel(), version="1", **parts)


def draw_scenes(
    digits: NDArray[np.float64], labels: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Bytes, NDArray[np.int64]]:
    """Images (N, 1, SIDE, SIDE) and the class of each pixel (N, SIDE, SIDE), of digits (N, 8, 8) in [0, 1]."""
    count = len(digits)
    images = rng.integers(0, NOISE, (count, SIDE, SIDE))
    classes = np.zeros((count, SIDE, SIDE), dtype=np.int64)
    for scene in range(count):
        row, column = rng.integers(0, SIDE - DIGIT + 1, 2).tolist()
        pasted: list[tuple[int, int, int]] = [(scene, row, column)]
        beside = _places_beside(row, column)
        other, draw, place = int(rng.integers(count)), rng.random(), rng.random()
        if draw < 0.5 and beside:
            pasted.append((other, *beside[int(place * len(beside))]))
        for number, top, left in pasted:
            window = scene, slice(top, top + DIGIT), slice(left, left + DIGIT)
            images[window] += (digits[number] * WHITE).astype(int)
            classes[window][digits[number] >= BRIGHT] = labels[number] + 1
    return images[:, None].astype(np.uint8), classes


def _places_beside(row: int, column: int) -> list[tuple[int, int]]:
    """Where a second digit fits without overlap."""
    places = range(SIDE - DIGIT + 1)
    return [(top, left) for top in places for left in places if abs(top - row) >= DIGIT or abs(left - column) >= DIGIT]
