"""What every factory asks of its options, and how `width` scales a model."""

import math

from ..errors import TaskError


def check_options(model: str, smallest: int, *, channels: int, classes: int, size: int, width: float) -> None:
    """Raise TaskError unless the counts are whole numbers from 1, size from `smallest`, and width is positive.

    model: its name, as the errors have it. smallest: the least side of its images. channels, classes, size, width: what
    its factory was given.
    """
    check_counts(model, channels=channels, classes=classes, size=size)
    if size < smallest:
        raise TaskError(
            f"{model} needs images of at least {smallest} x {smallest} pixels, but got size {size}: "
            f"enlarge the images to {smallest}, or take mlp, which has no smallest size"
        )
    if isinstance(width, bool) or not isinstance(width, int | float) or not (math.isfinite(width) and width > 0):
        raise TaskError(
            f"{model}: width multiplies the hidden widths and must be a finite number above 0, but got {width!r}; "
            "1.0 is the published model, 0.5 one of half its widths"
        )


def check_counts(model: str, **counts: int) -> None:
    """Raise TaskError unless each is a whole number from 1. model: its name, as the errors have it."""
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise TaskError(f"{model}: {name} must be a whole number of at least 1, but got {count!r}")


def check_heads(model: str, dim: int, heads: int) -> None:
    """Raise TaskError unless a width can be cut into so many heads. model: its name, as the errors have it."""
    if dim % heads:
        raise TaskError(
            f"{model}: dim is cut into heads, so it must be a multiple of heads, but got dim {dim} and {heads} heads; "
            f"dim {dim // heads * heads or heads} works"
        )


def scaled(width: float, *counts: int) -> list[int]:
    """Each count times width, to the nearest whole number (a half to the even one), at least 1.

    >>> scaled(0.25, 64, 6, 1)
    [16, 2, 1]
    """
    return [max(1, round(count * width)) for count in counts]
