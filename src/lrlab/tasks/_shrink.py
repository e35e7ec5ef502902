"""Images made smaller by exact means over areas."""

from functools import lru_cache

import numpy as np

CHUNK = 1000  # images at a time: numbers wider than a byte are never made of all of them


def shrink(pixels: np.ndarray, size: int) -> np.ndarray:
    """Pixels (N, C, H, W) uint8 as (N, C, size, size): means over areas, rounded to whole grey values, halves up.

    size: at most H and W. A pixel of the source that lies in two areas counts in each by the part of it that lies
    there. Whole numbers all the way: the same images on every machine.
    """
    count, channels, height, width = pixels.shape
    if (height, width) == (size, size):
        return pixels
    rows, columns = _area_overlaps(height, size), _area_overlaps(width, size)
    small = np.empty((count, channels, size, size), dtype=np.uint8)
    for start in range(0, count, CHUNK):
        chunk = pixels[start : start + CHUNK].astype(np.float64)  # exact: the sums stay far below 2**53
        sums = (rows @ chunk @ columns.T).astype(np.int64)
        small[start : start + CHUNK] = (2 * sums + height * width) // (2 * height * width)
    return small


@lru_cache(maxsize=64)
def _area_overlaps(side: int, size: int) -> np.ndarray:
    """(size, side): how much of source pixel j lies in area i, in units of 1/size of a pixel; rows sum to `side`."""
    area, pixel = np.arange(size)[:, None] * side, np.arange(side)[None, :] * size
    return np.clip(np.minimum(area + side, pixel + size) - np.maximum(area, pixel), 0, None).astype(np.float64)
