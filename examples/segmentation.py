"""A class for every pixel: bright discs and squares on noise, and a small network. Try

lrlab compare examples/segmentation.py:task constant cosine --optimizer adamw --epochs 5

Put your own images, (N, C, H, W) as uint8, and masks, (N, H, W) whole numbers, in the place of `scenes`. Pixels whose
class is not known have the label -100 and do not count.
"""

import numpy as np
from torch import nn

from lrlab import Task
from lrlab.models import unet
from lrlab.objectives import PerPixel

SIDE, COUNT = 16, 600


def scenes():
    """Images (N, 1, H, W) and the class of each pixel: 0 is background, 1 a disc, 2 a square."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    images = rng.integers(0, 120, (COUNT, SIDE, SIDE))
    masks = np.zeros((COUNT, SIDE, SIDE), dtype=np.int64)
    for image, mask in zip(images, masks, strict=True):
        row, column, radius, kind = *rng.integers(4, SIDE - 4, 2), rng.integers(2, 5), rng.integers(1, 3)
        far = (np.hypot if kind == 1 else np.maximum)(np.abs(rows - row), np.abs(columns - column))
        mask[far < radius] = kind
        image[far < radius] += 80
    return images[:, None].astype(np.uint8), masks


def model() -> nn.Module:
    return unet(channels=1, classes=3, width=4)


def task():
    images, masks = scenes()
    return Task.from_arrays(model=model, inputs=images, labels=masks, objective=PerPixel())
