from fractions import Fraction

import numpy as np
import pytest

from lrlab.tasks._shrink import shrink


def twin(image, size):
    """The mean over areas by fractions, pixel by pixel, rounded half up."""
    height, width = image.shape
    small = np.zeros((size, size), dtype=np.uint8)
    for i in range(size):
        for j in range(size):
            total = Fraction(0)
            for y in range(height):
                for x in range(width):
                    part = overlap(i, y, Fraction(height, size)) * overlap(j, x, Fraction(width, size))
                    total += part * int(image[y, x])
            small[i, j] = int(total / Fraction(height * width, size * size) + Fraction(1, 2))
    return small


def overlap(area, pixel, side):
    return max(Fraction(0), min((area + 1) * side, pixel + 1) - max(area * side, pixel))


@pytest.mark.parametrize(
    ("shape", "size"), [((8, 8), 4), ((8, 8), 2), ((9, 9), 4), ((7, 10), 3), ((6, 6), 5), ((5, 5), 1)]
)
def test_images_are_shrunk_by_exact_means(shape, size):
    pixels = np.random.default_rng(1).integers(0, 256, (3, 2, *shape), dtype=np.uint8)
    small = shrink(pixels, size)
    assert small.dtype == np.uint8
    assert np.array_equal(small, [[twin(channel, size) for channel in image] for image in pixels])


def test_halves_are_rounded_up():
    pixels = np.array([[[[0, 1], [0, 1]]], [[[255, 254], [254, 255]]]], dtype=np.uint8)
    assert shrink(pixels, 1).ravel().tolist() == [1, 255]
