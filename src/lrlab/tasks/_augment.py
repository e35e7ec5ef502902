"""What is done to an image before a model sees it: values. The work on tensors is in `_prepare.py`."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import TaskError

CHANNELS = (1, 3, 4)  # that images usually have


@dataclass(frozen=True)
class Augment:
    """Random changes of training images, drawn again each time an image is used; images of (C, H, W).

    crop: pixels of zeros (black) put around the image before a window of its own size is cut out of it, at one of the
    (2 crop + 1)² places, each as likely. 0 leaves it out.
    flip: mirror left and right with probability 1/2.
    cutout: side, in pixels, of a square set to 0 after normalisation. Its centre is any of the image's pixels, each as
    likely, and what lies beyond the border is cut off. 0 leaves it out. Source: DeVries & Taylor,
    https://arxiv.org/abs/1708.04552.

    Raises TaskError where a number of pixels is not a whole number from 0.

    >>> Augment(crop=4, flip=True)
    Augment(crop=4, flip=True, cutout=0)
    """

    crop: int = 0
    flip: bool = False
    cutout: int = 0

    def __post_init__(self) -> None:
        for name in ("crop", "cutout"):
            pixels = getattr(self, name)
            if isinstance(pixels, bool) or not isinstance(pixels, int) or pixels < 0:
                raise TaskError(f"Augment: `{name}` must be a whole number of pixels from 0, but got {pixels!r}")
        if not isinstance(self.flip, bool):
            raise TaskError(f"Augment: `flip` must be True or False, but got {self.flip!r}")

    def check(self, shape: tuple[int, ...], labels: tuple[int, ...] = (), *, whole: bool = False) -> None:
        """Raise TaskError where inputs of this shape, without the examples' axis, cannot be augmented.

        labels: the shape of one example's. Labels with places in the image, such as a mask, would not move with it.
        whole: they are whole numbers; in a row, as many as there are pixels, they are a class for each.
        """
        if len(shape) != 3:
            raise TaskError(
                f"augment needs images, inputs of shape (N, C, H, W), but each input has shape {shape}; "
                "reshape them, or leave augment out"
            )
        if shape[2] in CHANNELS and shape[0] not in CHANNELS and shape[0] > shape[2]:
            raise TaskError(
                f"augment needs images (N, C, H, W), but images of {shape} look as if their {shape[2]} channels came "
                "last, and would be mirrored or cut; give inputs.transpose(0, 3, 1, 2), or leave augment out"
            )
        if self.crop >= min(shape[1:]):
            raise TaskError(
                f"Augment: `crop` must be smaller than the image, but got {self.crop} pixels for images of "
                f"{shape[1]} x {shape[2]}"
            )
        count = math.prod(labels)
        placed = count > 1 and (len(labels) > 1 or (whole and count == math.prod(shape[1:])))
        if placed and (self.crop or self.flip):
            raise TaskError(
                f"Augment: crop and flip move the images, and labels of shape {labels} per image, which have places in "
                "it, would stay where they were; leave crop and flip out, or move images and labels before they become "
                "a task"
            )


# What the parts of a name's `augment` set, for square images of so many pixels a side: 4 and 16 for 32x32, as is usual.
AUGMENTATIONS: dict[str, Callable[[int], Any]] = {
    "crop": lambda side: min(max(1, side // 8), side - 1),
    "flip": lambda side: True,  # noqa: ARG005
    "cutout": lambda side: max(1, side // 2),
}


@dataclass(frozen=True)
class Normalize:
    """Shift and scale of each channel: (x - mean) / std, with x on the scale 0 to 1.

    Raises TaskError where mean and std are not as many finite numbers, std above 0.

    >>> Normalize(mean=[0.5], std=[0.25])
    Normalize(mean=(0.5,), std=(0.25,))
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            try:
                object.__setattr__(self, name, tuple(float(value) for value in getattr(self, name)))
            except (TypeError, ValueError):
                got = getattr(self, name)
                raise TaskError(f"Normalize: `{name}` must be numbers, one for each channel, but got {got!r}") from None
        if len(self.mean) != len(self.std) or not self.mean:
            raise TaskError(
                "Normalize: mean and std need one number for each channel, but got "
                f"{len(self.mean)} and {len(self.std)}"
            )
        if not all(math.isfinite(value) for value in self.mean + self.std) or min(self.std) <= 0:
            raise TaskError(f"Normalize: numbers must be finite and std above 0, but got {self}")

    def check(self, shape: tuple[int, ...], images: bool) -> None:
        """Raise TaskError where inputs of this shape are not uint8 images (C, H, W) of as many channels."""
        if not images:
            raise TaskError(
                "normalize is for uint8 images of shape (N, C, H, W); normalise other inputs before they become a task"
            )
        if shape[0] != len(self.mean):
            raise TaskError(
                f"Normalize: images of shape {shape} have {shape[0]} channels, but mean and std have {len(self.mean)}; "
                "images are (N, C, H, W), channels first"
            )
